//! Writing to dispatch notes: header fields (SORTDH), status (SORTDS) and lines (SORTDA).
//!
//! ```text
//! DispatchHeader… ─► SORTDH.xml ─► post ─► Posted ─► SORQDN proves it
//! DispatchStatus… ─► SORTDS.xml ─► post ─► Posted
//! DispatchLine…   ─► SORTDA.xml ─► post ─► Posted, and another line each time
//! ```
//!
//! Many notes travel as many items of one document, which SYSPRO does not treat as all-or-nothing here. Whether an empty
//! element clears a field is not known, so what is not to be set is left out. What is deliberately not here: the order of
//! statuses, which SYSPRO enforces itself (3 to 5, 5 to 7, no skipping), and any care that a line is added once only.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::answer::Posted;
use crate::enet::Enet;
use crate::error::Error;
use crate::masters::not_blank;
use crate::order_change::FreightCharge;
use crate::session::Token;
use crate::submit::Posting;
use crate::template::Slots;

/// The fields of a dispatch note's header to be set; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchHeader {
    /// The note, spelt as SYSPRO spells it.
    pub dispatch_note: String,
    /// `UserField1`.
    pub user_field_1: Option<String>,
    /// `UserField2`.
    pub user_field_2: Option<String>,
    /// `CustomerPoNumber`, at most 30 characters.
    pub customer_po_number: Option<String>,
    /// `ActualDeliveryDate`.
    pub actual_delivery_date: Option<Date>,
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

/// A line to be added to a dispatch note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatchLine {
    /// A charge for freight.
    Freight {
        /// The note, spelt as SYSPRO spells it.
        dispatch_note: String,
        /// What is charged, and what it costs.
        charge: FreightCharge,
    },
    /// Text.
    Comment {
        /// The note, spelt as SYSPRO spells it.
        dispatch_note: String,
        /// The text, at most 100 characters.
        text: String,
    },
}

impl DispatchHeader {
    /// A header that sets nothing yet.
    pub fn new(dispatch_note: impl Into<String>) -> Self {
        Self {
            dispatch_note: dispatch_note.into(),
            user_field_1: None,
            user_field_2: None,
            customer_po_number: None,
            actual_delivery_date: None,
        }
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

    /// The item's values, for reading back and for counting how many fit into a call.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key, or if nothing is set.
    pub fn slots(&self) -> Result<Slots, Error> {
        not_blank("DispatchNote", &self.dispatch_note)?;
        let key = Slots::new().with("dispatch_note", &self.dispatch_note);
        let slots = key
            .clone()
            .maybe("user_field_1", self.user_field_1.as_deref())
            .maybe("user_field_2", self.user_field_2.as_deref())
            .maybe("customer_po_number", self.customer_po_number.as_deref())
            .maybe("actual_delivery_date", self.actual_delivery_date.map(|date| date.to_string()));
        if slots == key {
            let why = format!("dispatch note {} has nothing to set", self.dispatch_note);
            return Err(Error::invalid("dispatch header", why));
        }
        Ok(slots)
    }
}

impl DispatchStatus {
    /// The item's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key or status.
    pub fn slots(&self) -> Result<Slots, Error> {
        not_blank("DispatchNote", &self.dispatch_note)?;
        not_blank("NewDispatchStatus", &self.to)?;
        let key = Slots::new().with("dispatch_note", &self.dispatch_note).with("new_status", &self.to);
        Ok(key.maybe("status", self.from.as_deref()))
    }
}

impl DispatchLine {
    /// The item's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key, a blank or too long comment, or an amount with more than two decimals.
    pub fn slots(&self) -> Result<Slots, Error> {
        let (Self::Freight { dispatch_note, .. } | Self::Comment { dispatch_note, .. }) = self;
        not_blank("DispatchNote", dispatch_note)?;
        let item = Slots::new().with("dispatch_note", dispatch_note);
        Ok(match self {
            Self::Freight { charge, .. } => item.section("freight_line", [charge.slots()?]),
            Self::Comment { text, .. } => item.section("comment_line", [Slots::new().with("comment", comment(text)?)]),
        })
    }
}

/// A comment that fits into a line.
pub(crate) fn comment(text: &str) -> Result<&str, Error> {
    not_blank("Comment", text)?;
    if text.chars().count() > 100 {
        return Err(Error::invalid("Comment", "has more than 100 characters"));
    }
    Ok(text)
}

/// An amount of money as SYSPRO takes it: two decimals at most.
pub(crate) fn amount(field: &str, amount: Decimal) -> Result<String, Error> {
    if amount.normalize().scale() > 2 || amount.trunc().abs() >= Decimal::from(1_000_000_000_000_u64) {
        return Err(Error::invalid(field, "has more than 12 digits before or 2 behind the point"));
    }
    Ok(format!("{amount:.2}"))
}

impl Enet {
    /// Sets header fields of dispatch notes (`SORTDH`, SYSPRO 8).
    ///
    /// # Errors
    /// Those of [`Enet::post`]; [`Error::Invalid`] if there is nothing to set or a text cannot be written.
    pub async fn sortdh(&self, token: &Token, headers: &[DispatchHeader], how: Posting) -> Result<Posted, Error> {
        let items = headers.iter().map(DispatchHeader::slots).collect::<Result<Vec<_>, _>>()?;
        self.submit(token, self.template("SORTDH")?, &how.slots().section("item", items)).await
    }

    /// Moves dispatch notes to another status (`SORTDS`). This has meaning for finance and stock.
    ///
    /// # Errors
    /// As [`Self::sortdh`].
    pub async fn sortds(&self, token: &Token, moves: &[DispatchStatus], how: Posting) -> Result<Posted, Error> {
        let items = moves.iter().map(DispatchStatus::slots).collect::<Result<Vec<_>, _>>()?;
        self.submit(token, self.template("SORTDS")?, &how.slots().section("item", items)).await
    }

    /// Adds lines to dispatch notes (`SORTDA`). Each call adds them again: read the note before repeating one.
    ///
    /// # Errors
    /// As [`Self::sortdh`].
    pub async fn sortda(&self, token: &Token, lines: &[DispatchLine], how: Posting) -> Result<Posted, Error> {
        let items = lines.iter().map(DispatchLine::slots).collect::<Result<Vec<_>, _>>()?;
        self.submit(token, self.template("SORTDA")?, &how.slots().section("item", items)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_sets_nothing_is_refused() {
        assert!(DispatchHeader::new("1").slots().is_err());
        assert!(DispatchHeader::new(" ").user_field_1("x").slots().is_err());
        let slots = DispatchHeader::new("1").actual_delivery_date(jiff::civil::date(2026, 1, 31)).slots();
        assert_eq!(slots.expect("a date").get("actual_delivery_date"), Some("2026-01-31"));
    }

    #[test]
    fn amounts_have_two_decimals() {
        assert_eq!(amount("FreightValue", Decimal::new(184, 1)).as_deref(), Ok("18.40"));
        assert_eq!(amount("FreightValue", Decimal::new(-5, 0)).as_deref(), Ok("-5.00"));
        assert!(amount("FreightValue", Decimal::new(1, 3)).is_err());
        assert!(comment(&"x".repeat(101)).is_err() && comment(" ").is_err());
    }
}
