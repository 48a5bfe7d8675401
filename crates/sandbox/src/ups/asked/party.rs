//! Shipper, ship-to, ship-from, sold-to.

use serde_json::Value;

use super::{present, text, texts};

/// Somebody at an address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Party {
    pub(crate) name: String,
    pub(crate) attention: String,
    pub(crate) phone: String,
    pub(crate) extension: String,
    pub(crate) email: String,
    pub(crate) lines: Vec<String>,
    pub(crate) city: String,
    pub(crate) state: String,
    /// Without blanks and hyphens, in capitals.
    pub(crate) postal: String,
    pub(crate) country: String,
    pub(crate) residential: bool,
}

impl Party {
    pub(super) fn read(value: &Value) -> Self {
        let address = |name: &str| text(value, &["Address", name]);
        Self {
            name: text(value, &["Name"]),
            attention: text(value, &["AttentionName"]),
            phone: text(value, &["Phone", "Number"]),
            extension: text(value, &["Phone", "Extension"]),
            email: text(value, &["EMailAddress"]),
            lines: texts(value, &["Address", "AddressLine"]),
            city: address("City"),
            state: address("StateProvinceCode").to_uppercase(),
            postal: address("PostalCode").replace([' ', '-'], "").to_uppercase(),
            country: address("CountryCode").to_uppercase(),
            residential: present(value, &["Address", "ResidentialAddressIndicator"]),
        }
    }

    /// `94607-2145` for nine digits, else as it is.
    pub(crate) fn printed_postal(&self) -> String {
        match self.postal.split_at_checked(5) {
            Some((five, four)) if four.len() == 4 && self.country == "US" => format!("{five}-{four}"),
            _ => self.postal.clone(),
        }
    }
}
