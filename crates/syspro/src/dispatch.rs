//! Writing to dispatch notes: header fields (SORTDH) and status (SORTDS).
//!
//! ```text
//! DispatchHeader… ─► <PostDispNoteHeader><Item/>…</PostDispNoteHeader> ─► Posted, errors given to their items
//! DispatchStatus… ─► <PostDispStatus><Item/>…</PostDispStatus>        ─► Posted
//! ```
//!
//! Many notes travel as many items of one document, which SYSPRO does not treat as all-or-nothing here. Whether an empty
//! element clears a field is not known, so what is not to be set is left out. What is deliberately not here: the order of
//! statuses, which SYSPRO enforces itself (3 to 5, 5 to 7, no skipping).

use jiff::civil::Date;

use crate::answer::Posted;
use crate::enet::Enet;
use crate::error::Error;
use crate::session::Token;
use crate::xml::Element;

/// The fields of a dispatch note's header to be set; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchHeader {
    /// The note, spelt as SYSPRO spells it.
    pub dispatch_note: String,
    /// `UserField1`.
    pub user_field_1: Option<String>,
    /// `UserField2`.
    pub user_field_2: Option<String>,
    /// `ActualDeliveryDate`.
    pub actual_delivery_date: Option<Date>,
}

/// How a SORTDH or SORTDS document is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sortdh {
    /// Only say whether it would be accepted.
    pub validate_only: bool,
}

/// A change of a dispatch note's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchStatus {
    /// The note, spelt as SYSPRO spells it.
    pub dispatch_note: String,
    /// The status it has now, if SYSPRO should check it.
    pub from: Option<String>,
    /// The status it is to have.
    pub to: String,
}

impl DispatchHeader {
    /// A header that sets nothing yet.
    pub fn new(dispatch_note: impl Into<String>) -> Self {
        Self { dispatch_note: dispatch_note.into(), user_field_1: None, user_field_2: None, actual_delivery_date: None }
    }

    /// Sets `UserField1`.
    #[must_use]
    pub fn user_field_1(mut self, text: impl Into<String>) -> Self {
        self.user_field_1 = Some(text.into());
        self
    }

    /// Sets `UserField2`.
    #[must_use]
    pub fn user_field_2(mut self, text: impl Into<String>) -> Self {
        self.user_field_2 = Some(text.into());
        self
    }

    /// Sets `ActualDeliveryDate`.
    #[must_use]
    pub fn actual_delivery_date(mut self, date: Date) -> Self {
        self.actual_delivery_date = Some(date);
        self
    }

    fn item(&self) -> Result<Element, Error> {
        let fields = [
            ("UserField1", self.user_field_1.clone()),
            ("UserField2", self.user_field_2.clone()),
            ("ActualDeliveryDate", self.actual_delivery_date.map(|date| date.to_string())),
        ];
        let fields: Vec<_> = fields.into_iter().filter_map(|(name, text)| Some(Element::leaf(name, text?))).collect();
        if fields.is_empty() {
            return Err(Error::invalid(
                "dispatch header",
                format!("dispatch note {} has nothing to set", self.dispatch_note),
            ));
        }
        Ok(Element::new("Item").with(note(&self.dispatch_note)?).with_all(fields))
    }
}

impl DispatchStatus {
    fn item(&self) -> Result<Element, Error> {
        if self.to.trim().is_empty() {
            return Err(Error::invalid(
                "NewDispatchStatus",
                format!("dispatch note {} has no new status", self.dispatch_note),
            ));
        }
        let from = self.from.iter().map(|from| Element::leaf("DispatchStatus", from));
        let to = Element::leaf("NewDispatchStatus", &self.to);
        Ok(Element::new("Item").with(note(&self.dispatch_note)?).with_all(from).with(to))
    }
}

impl Enet {
    /// Sets header fields of dispatch notes (`SORTDH`, SYSPRO 8). Warnings are applied and reported.
    ///
    /// # Errors
    /// Those of [`Enet::post`]; [`Error::Invalid`] if there is nothing to set or a text cannot be written.
    pub async fn sortdh(&self, token: &Token, headers: &[DispatchHeader], how: Sortdh) -> Result<Posted, Error> {
        let keys: Vec<String> = headers.iter().map(|header| header.dispatch_note.clone()).collect();
        let items = headers.iter().map(DispatchHeader::item).collect::<Result<Vec<_>, _>>()?;
        self.post_notes(token, "SORTDH", "PostDispNoteHeader", items, &keys, how).await
    }

    /// Moves dispatch notes to another status (`SORTDS`). This has meaning for finance and stock.
    ///
    /// # Errors
    /// As [`Self::sortdh`].
    pub async fn sortds(&self, token: &Token, moves: &[DispatchStatus], how: Sortdh) -> Result<Posted, Error> {
        let keys: Vec<String> = moves.iter().map(|change| change.dispatch_note.clone()).collect();
        let items = moves.iter().map(DispatchStatus::item).collect::<Result<Vec<_>, _>>()?;
        self.post_notes(token, "SORTDS", "PostDispStatus", items, &keys, how).await
    }

    async fn post_notes(
        &self,
        token: &Token,
        object: &str,
        root: &str,
        items: Vec<Element>,
        keys: &[String],
        how: Sortdh,
    ) -> Result<Posted, Error> {
        if items.is_empty() {
            return Err(Error::invalid(object, "the document has no items"));
        }
        let parameters = Element::new("Parameters")
            .with(Element::leaf("ValidateOnly", if how.validate_only { "Y" } else { "N" }))
            .with(Element::leaf("IgnoreWarnings", "W"))
            .with(Element::leaf("ApplyIfEntireDocumentValid", "N"));
        let document = Element::new(root).with_all(items);
        self.post_items(token, object, &Element::new(root).with(parameters), &document, keys).await
    }
}

fn note(dispatch_note: &str) -> Result<Element, Error> {
    if dispatch_note.trim().is_empty() {
        return Err(Error::invalid("DispatchNote", "is blank"));
    }
    Ok(Element::leaf("DispatchNote", dispatch_note))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_set_is_written() {
        let header = DispatchHeader::new("000346/0001")
            .user_field_1("1Z & co")
            .actual_delivery_date(jiff::civil::date(2026, 1, 31));
        let xml = header.item().and_then(|item| item.to_xml().map_err(|_| Error::invalid("xml", "")));
        assert_eq!(
            xml.as_deref(),
            Ok(
                "<Item><DispatchNote>000346/0001</DispatchNote><UserField1>1Z &amp; co</UserField1><ActualDeliveryDate>2026-01-31</ActualDeliveryDate></Item>"
            )
        );
        assert!(DispatchHeader::new("1").item().is_err());
        assert!(DispatchHeader::new(" ").user_field_1("x").item().is_err());
    }
}
