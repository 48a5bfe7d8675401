//! Custom form fields: writing them (COMSFM, COMTFM) and reading them back (COMQFM, or along with an order).
//!
//! ```text
//! FormValue…  ─► COMSFM.xml, one item a field by its name ─► Setup/Add or Setup/Update ─► Posted
//! FormRecord… ─► COMTFM.xml, one item a record by its columns ─► post ─► Posted
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
use crate::enet::{Enet, SetupVerb};
use crate::error::Error;
use crate::session::Token;
use crate::submit::Posting;
use crate::template::Slots;
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

/// Fields of one record by their columns' names, as COMTFM takes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormRecord {
    /// The form's type, as in [`FormValue::form_type`].
    pub form_type: String,
    /// The record's key by the columns of the form's table, as `[("SalesOrder", "000346")]`.
    pub key: Vec<(String, String)>,
    /// The values by the columns of the form's table.
    pub fields: Vec<(String, FormData)>,
}

/// What COMTFM is to do with a record's fields (`Function`). Only `A` is evidenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormFunction {
    /// `A`: add.
    Add,
    /// `C`: change; presumed.
    Change,
    /// `D`: delete; presumed.
    Delete,
}

impl FormValue {
    /// The item's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key, a field's name that is too long, or a value that does not fit.
    pub fn slots(&self) -> Result<Slots, Error> {
        if self.field.is_empty() || self.field.chars().count() > 6 {
            return Err(Error::invalid("FieldName", format!("{:?} must have one to six characters", self.field)));
        }
        if self.key.trim().is_empty() || self.form_type.trim().is_empty() {
            return Err(Error::invalid(
                "KeyField",
                format!("custom form field {} has no key or form type", self.field),
            ));
        }
        let key = Slots::new().with("form_type", &self.form_type).with("key", &self.key).with("field", &self.field);
        let value = self.value.text(&self.field)?;
        Ok(match self.value {
            FormData::Alpha(_) => key.with("alpha", value),
            FormData::Numeric(_) => key.with("numeric", value),
            FormData::Date(_) => key.with("date", value),
        })
    }
}

impl FormRecord {
    /// The item's values, for reading back.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a blank key, no fields, or a value that does not fit.
    pub fn slots(&self) -> Result<Slots, Error> {
        let blank = self.key.iter().any(|(_, value)| value.trim().is_empty());
        let Some((_, first)) = self.key.first().filter(|_| !blank && !self.form_type.trim().is_empty()) else {
            return Err(Error::invalid("KeyFields", "a custom form's record has no key or form type"));
        };
        if self.fields.is_empty() {
            return Err(Error::invalid("Fields", format!("the custom form of {first} has nothing to set")));
        }
        let field = |(column, data): &(String, FormData)| {
            Ok(Slots::new().with("column", column).with("value", data.text(column)?))
        };
        let fields = self.fields.iter().map(field).collect::<Result<Vec<_>, Error>>()?;
        let key = Slots::new().with("form_type", &self.form_type).with("key", first);
        Ok(key.section("key_column", key_columns(&self.key)).section("field", fields))
    }
}

fn key_columns<S: AsRef<str>>(key: &[(S, S)]) -> Vec<Slots> {
    let part =
        |(column, value): &(S, S)| Slots::new().with("key_column", column.as_ref()).with("key_value", value.as_ref());
    key.iter().map(part).collect()
}

impl FormData {
    /// The value as a document spells it.
    fn text(&self, field: &str) -> Result<String, Error> {
        match self {
            Self::Alpha(text) if text.chars().count() > 255 => {
                Err(Error::invalid(field, "has more than 255 characters"))
            }
            Self::Alpha(text) => Ok(text.clone()),
            Self::Numeric(number) => numeric(field, *number),
            Self::Date(date) => Ok(date.to_string()),
        }
    }
}

fn numeric(field: &str, number: Decimal) -> Result<String, Error> {
    let number = number.normalize();
    if number.scale() > 6 || number.trunc().abs() >= Decimal::from(1_000_000_000_000_u64) {
        return Err(Error::invalid(field, "has more than 12 digits before or 6 behind the point"));
    }
    Ok(number.to_string())
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
        let how = Posting { validate_only, ..Posting::default() };
        let items = values.iter().map(FormValue::slots).collect::<Result<Vec<_>, _>>()?;
        let verb = match mode {
            FormMode::Add => SetupVerb::Add,
            FormMode::Update => SetupVerb::Update,
        };
        self.submit_as(token, self.template("COMSFM")?, Some(verb), &how.slots().section("item", items)).await
    }

    /// Writes custom form fields by their columns' names (`COMTFM`, SYSPRO 7 and later), all fields of a record in one item.
    /// It is a post, so long documents may go by PostLD. Its answer counts nothing: read back.
    ///
    /// # Errors
    /// Those of [`Enet::post`]; [`Error::Invalid`] for a value the field's type cannot hold.
    pub async fn comtfm(
        &self,
        token: &Token,
        records: &[FormRecord],
        function: FormFunction,
        how: Posting,
    ) -> Result<Posted, Error> {
        let items = records.iter().map(FormRecord::slots).collect::<Result<Vec<_>, _>>()?;
        let function = match function {
            FormFunction::Add => "A",
            FormFunction::Change => "C",
            FormFunction::Delete => "D",
        };
        let slots = how.slots().with("function", function).section("item", items);
        self.submit(token, self.template("COMTFM")?, &slots).await
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
        let slots = Slots::new().with("form_type", form_type).with("key", key);
        let slots = slots.section("key_column", self::key_columns(key_columns));
        let answer = self.ask_by(token, self.template("COMQFM")?, &slots).await?;
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
    fn each_type_has_its_slot() {
        let slots = |data| value("TRKNUM", data).slots().expect("a value");
        assert_eq!(slots(FormData::Alpha("1Z".to_owned())).get("alpha"), Some("1Z"));
        assert_eq!(slots(FormData::Numeric(Decimal::new(1840, 2))).get("numeric"), Some("18.4"));
        assert_eq!(slots(FormData::Date(jiff::civil::date(2026, 1, 31))).get("date"), Some("2026-01-31"));
    }

    #[test]
    fn what_the_field_cannot_hold_is_refused() {
        assert!(value("TRACKING", FormData::Alpha("x".to_owned())).slots().is_err());
        assert!(value("TRKNUM", FormData::Alpha("x".repeat(256))).slots().is_err());
        assert!(value("FRTCST", FormData::Numeric(Decimal::new(1, 7))).slots().is_err());
        assert!(value("FRTCST", FormData::Numeric(Decimal::from(1_000_000_000_000_u64))).slots().is_err());
    }
}
