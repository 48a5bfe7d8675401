//! Parties: shipper, ship-to, ship-from, sold-to, producer, and how they are written.

use serde_json::{Value, json};

use crate::error::Error;
use crate::text;

/// A company or person at an address. UPS's limits are checked when a request is written.
///
/// ```
/// # use ups::Party;
/// let dock = Party::new("Ridge Supply").street("120 Dock Road").place("Oakland", "CA", "94607", "US").phone("5105550100");
/// assert_eq!(dock.city, "Oakland");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Party {
    /// Company or person, at most 35 characters (30 are printed).
    pub name: String,
    /// Whom to ask for, at most 35 characters. UPS demands one across borders.
    pub attention: Option<String>,
    /// One to three street lines of at most 35 characters.
    pub lines: Vec<String>,
    /// At most 30 characters (15 are printed).
    pub city: String,
    /// State or province, at most five characters; empty where a country has none.
    pub state: String,
    /// US and PR: five or nine digits, a hyphen is left out. CA: `A9A9A9`. Else up to nine.
    pub postal_code: String,
    /// Two letters of ISO 3166.
    pub country: String,
    /// In North America ten digits; punctuation is left out. UPS demands one across borders.
    pub phone: Option<String>,
    /// At most 50 characters.
    pub email: Option<String>,
}

impl Party {
    /// A party of that name, at no address yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a street line.
    #[must_use]
    pub fn street(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// City, state or province (empty where there is none), postal code, and country.
    #[must_use]
    pub fn place(
        mut self,
        city: impl Into<String>,
        state: impl Into<String>,
        postal_code: impl Into<String>,
        country: impl Into<String>,
    ) -> Self {
        (self.city, self.state) = (city.into(), state.into());
        (self.postal_code, self.country) = (postal_code.into(), country.into());
        self
    }

    /// Whom to ask for.
    #[must_use]
    pub fn attention(mut self, name: impl Into<String>) -> Self {
        self.attention = Some(name.into());
        self
    }

    /// The telephone number.
    #[must_use]
    pub fn phone(mut self, number: impl Into<String>) -> Self {
        self.phone = Some(number.into());
        self
    }

    /// The e-mail address.
    #[must_use]
    pub fn email(mut self, address: impl Into<String>) -> Self {
        self.email = Some(address.into());
        self
    }
}

/// How the fields of a party are called in errors.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) name: &'static str,
    pub(crate) attention: &'static str,
    lines: &'static str,
    city: &'static str,
    state: &'static str,
    postal_code: &'static str,
    pub(crate) country: &'static str,
    phone: &'static str,
    email: &'static str,
}

macro_rules! names {
    ($party:literal) => {
        Names {
            name: concat!($party, ".name"),
            attention: concat!($party, ".attention"),
            lines: concat!($party, ".lines"),
            city: concat!($party, ".city"),
            state: concat!($party, ".state"),
            postal_code: concat!($party, ".postal_code"),
            country: concat!($party, ".country"),
            phone: concat!($party, ".phone"),
            email: concat!($party, ".email"),
        }
    };
}

pub(crate) const SHIPPER: Names = names!("shipper");
pub(crate) const SHIP_TO: Names = names!("ship_to");
pub(crate) const SHIP_FROM: Names = names!("ship_from");
pub(crate) const SOLD_TO: Names = names!("sold_to");
pub(crate) const PRODUCER: Names = names!("producer");
pub(crate) const ACCESS_POINT: Names = names!("access_point");

impl Party {
    /// Name and address, which is all that rating takes.
    pub(crate) fn write_place(&self, names: &Names) -> Result<Value, Error> {
        Ok(json!({
            "Name": text::required(names.name, &self.name, 35)?,
            "Address": self.write_address(names)?,
        }))
    }

    /// Name, address, and how to reach them.
    pub(crate) fn write_contact(&self, names: &Names) -> Result<Value, Error> {
        let country = text::country(names.country, &self.country)?;
        let phone = text::phone(names.phone, self.phone.as_deref(), &country)?;
        let mut party = self.write_place(names)?;
        party["AttentionName"] = json!(text::optional(names.attention, self.attention.as_deref(), 35)?);
        party["Phone"] = phone.map_or(Value::Null, |number| json!({ "Number": number }));
        party["EMailAddress"] = json!(text::optional(names.email, self.email.as_deref(), 50)?);
        Ok(party)
    }

    pub(crate) fn write_address(&self, names: &Names) -> Result<Value, Error> {
        let country = text::country(names.country, &self.country)?;
        Ok(json!({
            "AddressLine": text::lines(names.lines, &self.lines, 35)?,
            "City": text::required(names.city, &self.city, 30)?,
            "StateProvinceCode": text::state(names.state, &self.state, &country)?,
            "PostalCode": text::postal_code(names.postal_code, &self.postal_code, &country)?,
            "CountryCode": country,
        }))
    }

    /// Refuses a party without a person and a telephone.
    pub(crate) fn must_be_reachable(&self, names: &Names) -> Result<(), Error> {
        text::required(names.attention, self.attention.as_deref().unwrap_or_default(), 35)?;
        text::required(names.phone, self.phone.as_deref().unwrap_or_default(), 35)?;
        Ok(())
    }
}
