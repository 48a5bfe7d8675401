//! Amounts as UPS writes them: a currency and an exact decimal.

use std::fmt;

use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::error::Error;
use crate::text;

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    /// Three letters, such as `USD`.
    pub currency: String,
    /// The exact decimal value.
    pub value: Decimal,
}

impl Amount {
    /// An amount in that currency.
    pub fn new(value: Decimal, currency: impl Into<String>) -> Self {
        Self { currency: currency.into(), value }
    }

    /// An amount in US dollars.
    #[must_use]
    pub fn usd(value: Decimal) -> Self {
        Self::new(value, "USD")
    }

    /// `{"CurrencyCode", "MonetaryValue"}`: more than zero, with at most two decimals.
    pub(crate) fn write(&self, field: &'static str) -> Result<Value, Error> {
        let value = text_of(field, self.value, 2, 19)?;
        Ok(json!({ "CurrencyCode": currency(field, &self.currency)?, "MonetaryValue": value }))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.value, self.currency)
    }
}

/// Three capital letters.
pub(crate) fn currency(field: &'static str, code: &str) -> Result<String, Error> {
    let code = text::required(field, code, 3)?.to_ascii_uppercase();
    if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) {
        Ok(code)
    } else {
        Err(Error::invalid(field, "needs a currency of three letters"))
    }
}

/// A value above zero with so many decimals and characters at most.
pub(crate) fn text_of(field: &'static str, value: Decimal, decimals: u32, max: usize) -> Result<String, Error> {
    let plain = value.normalize();
    let written = plain.to_string();
    if value <= Decimal::ZERO || plain.scale() > decimals || written.len() > max {
        return Err(Error::invalid(field, format!("must be more than zero with at most {} decimals", words(decimals))));
    }
    Ok(written)
}

fn words(decimals: u32) -> String {
    match decimals {
        2 => "two".to_owned(),
        6 => "six".to_owned(),
        other => other.to_string(),
    }
}
