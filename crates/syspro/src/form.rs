//! Custom form fields: writing them (COMSFM) and reading them back (COMQFM, or along with an order).
//!
//! ```text
//! FormValue… ─► <SetupCustomForm><Item/>…</SetupCustomForm> ─► Setup/Add or Setup/Update ─► Posted
//! form type + key ─► COMQFM ─► CustomField… (name, column, value)
//! ```
//!
//! A field has a name of at most six characters, by which it is written, and a longer column name in the form's table
//! (`CusSorMaster+` for orders), by which it can be read in bulk. A field must have been created by an administrator
//! first. Whether Add replaces a present value, and whether Update creates a missing one, is not known: a caller adds and
//! updates when [`Posted`] says that the key exists ([`ItemError::is_duplicate`](crate::ItemError::is_duplicate)).

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::answer::Posted;
use crate::enet::Enet;
use crate::error::Error;
use crate::session::Token;
use crate::xml::Element;

/// A value for one field of one form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormValue {
    /// The form's type: `ORD` sales order, `POR` purchase order, `STK` stock code.
    pub form_type: String,
    /// The record's key, spelt as SYSPRO spells it.
    pub key: String,
    /// The field's name, at most six characters.
    pub field: String,
    /// The value.
    pub value: FormData,
}

/// A value by the field's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormData {
    /// Text of at most 255 characters.
    Alpha(String),
    /// A number of at most 12 digits and 6 decimals.
    Numeric(Decimal),
    /// A calendar date.
    Date(Date),
}

/// Whether values are added or replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormMode {
    /// `Setup/Add`.
    Add,
    /// `Setup/Update`.
    Update,
}

/// A custom form field as SYSPRO tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomField {
    /// The field's name of at most six characters.
    pub name: String,
    /// The column's name in the form's table, where SYSPRO tells it.
    pub column: Option<String>,
    /// The value without surrounding blanks; empty if it has none.
    pub value: String,
}

impl FormValue {
    fn item(&self) -> Result<Element, Error> {
        if self.field.is_empty() || self.field.chars().count() > 6 {
            return Err(Error::invalid("FieldName", format!("{:?} must have one to six characters", self.field)));
        }
        if self.key.trim().is_empty() || self.form_type.trim().is_empty() {
            return Err(Error::invalid(
                "KeyField",
                format!("custom form field {} has no key or form type", self.field),
            ));
        }
        let key = Element::new("Key")
            .with(Element::leaf("FormType", &self.form_type))
            .with(Element::leaf("KeyField", &self.key))
            .with(Element::leaf("FieldName", &self.field));
        Ok(Element::new("Item").with(key).with(self.value.element(&self.field)?))
    }

    /// The key as answers repeat it.
    fn answered_key(&self) -> String {
        format!("{} {} {}", self.form_type, self.key, self.field)
    }
}

impl FormData {
    fn element(&self, field: &str) -> Result<Element, Error> {
        match self {
            Self::Alpha(text) if text.chars().count() > 255 => {
                Err(Error::invalid(field, "has more than 255 characters"))
            }
            Self::Alpha(text) => Ok(Element::leaf("AlphaValue", text)),
            Self::Numeric(number) => numeric(field, *number),
            Self::Date(date) => Ok(Element::leaf("DateValue", date.to_string())),
        }
    }
}

fn numeric(field: &str, number: Decimal) -> Result<Element, Error> {
    let number = number.normalize();
    if number.scale() > 6 || number.trunc().abs() >= Decimal::from(1_000_000_000_000_u64) {
        return Err(Error::invalid(field, "has more than 12 digits before or 6 behind the point"));
    }
    Ok(Element::leaf("NumericValue", number.to_string()))
}

impl CustomField {
    /// Every element that looks like a form field: a name beside a column or a value.
    pub(crate) fn all_in(answer: &Element) -> Vec<Self> {
        answer.descendants().filter_map(Self::read).collect()
    }

    fn read(element: &Element) -> Option<Self> {
        let name = ["Name", "FieldName"].iter().find_map(|tag| element.value(tag)).filter(|name| !name.is_empty())?;
        let column = ["Column", "ColumnName"].iter().find_map(|tag| element.value(tag));
        let values = ["Value", "AlphaValue", "NumericValue", "DateValue"];
        let value = values.iter().filter_map(|tag| element.value(tag)).find(|value| !value.is_empty());
        let is_field = column.is_some() || values.iter().any(|tag| element.child(tag).is_some());
        is_field.then(|| Self {
            name: name.to_owned(),
            column: column.filter(|column| !column.is_empty()).map(str::to_owned),
            value: value.unwrap_or_default().to_owned(),
        })
    }
}

impl Enet {
    /// Writes custom form fields (`COMSFM`), one item each. Setup has no way for long documents: on
    /// [`Error::TooLong`] nothing was sent, and the values have to be split.
    ///
    /// # Errors
    /// Those of [`Enet::post`]; [`Error::Invalid`] for a value the field's type cannot hold.
    pub async fn comsfm(
        &self,
        token: &Token,
        values: &[FormValue],
        mode: FormMode,
        validate_only: bool,
    ) -> Result<Posted, Error> {
        if values.is_empty() {
            return Err(Error::invalid("COMSFM", "the document has no items"));
        }
        let keys: Vec<String> = values.iter().map(FormValue::answered_key).collect();
        let items = values.iter().map(FormValue::item).collect::<Result<Vec<_>, _>>()?;
        let validate = Element::leaf("ValidateOnly", if validate_only { "Y" } else { "N" });
        let parameters = Element::new("SetupCustomForm").with(Element::new("Parameters").with(validate));
        let document = Element::new("SetupCustomForm").with_all(items);
        let verb = match mode {
            FormMode::Add => ("add", "/Setup/Add"),
            FormMode::Update => ("update", "/Setup/Update"),
        };
        self.setup(token, verb, "COMSFM", (&parameters, &document), &keys).await
    }

    /// The fields of a form with the values of one record (`COMQFM`): which fields a site has, and what they hold.
    /// `key_columns` names the record by the columns of the form's table, as `[("SalesOrder", "000346")]`.
    ///
    /// # Errors
    /// Those of [`Enet::query`].
    pub async fn comqfm(
        &self,
        token: &Token,
        form_type: &str,
        key: &str,
        key_columns: &[(&str, &str)],
    ) -> Result<Vec<CustomField>, Error> {
        let columns = key_columns.iter().map(|&(column, value)| Element::leaf(column, value));
        let key = Element::new("Key")
            .with(Element::leaf("FormType", form_type))
            .with(Element::leaf("KeyField", key))
            .with(Element::new("KeyFields").with_all(columns));
        let answer = self.query(token, "COMQFM", &Element::new("Query").with(key)).await?;
        Ok(CustomField::all_in(&answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(field: &str, value: FormData) -> FormValue {
        FormValue { form_type: "ORD".to_owned(), key: "000346".to_owned(), field: field.to_owned(), value }
    }

    #[test]
    fn each_type_has_its_element() {
        let xml =
            |data| value("TRKNUM", data).item().and_then(|item| item.to_xml().map_err(|_| Error::invalid("xml", "")));
        let key = "<Key><FormType>ORD</FormType><KeyField>000346</KeyField><FieldName>TRKNUM</FieldName></Key>";
        assert_eq!(xml(FormData::Alpha("1Z".to_owned())), Ok(format!("<Item>{key}<AlphaValue>1Z</AlphaValue></Item>")));
        assert_eq!(
            xml(FormData::Numeric(Decimal::new(1840, 2))),
            Ok(format!("<Item>{key}<NumericValue>18.4</NumericValue></Item>"))
        );
        let day = FormData::Date(jiff::civil::date(2026, 1, 31));
        assert_eq!(xml(day), Ok(format!("<Item>{key}<DateValue>2026-01-31</DateValue></Item>")));
    }

    #[test]
    fn what_the_field_cannot_hold_is_refused() {
        assert!(value("TRACKING", FormData::Alpha("x".to_owned())).item().is_err());
        assert!(value("TRKNUM", FormData::Alpha("x".repeat(256))).item().is_err());
        assert!(value("FRTCST", FormData::Numeric(Decimal::new(1, 7))).item().is_err());
        assert!(value("FRTCST", FormData::Numeric(Decimal::from(1_000_000_000_000_u64))).item().is_err());
    }
}
