//! Money: amounts in minor units with their currency.
//!
//! Charges come from UPS as text ("18.40") and are turned into whole minor units at once; no float is ever
//! involved, and two currencies never meet in one sum. More decimals than the currency has is an error and
//! not a rounding: an amount we would have to round was not understood.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use crate::number::BadNumber;

/// A currency by its three-letter ISO 4217 code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// An amount in minor units with its currency. Checked arithmetic that refuses to mix currencies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount could not be read or reckoned with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMoney {
    /// The text is no plain decimal number.
    #[error("{0:?} is not an amount of money")]
    NotANumber(String),
    /// More decimals than the currency has.
    #[error("{value} has more decimals than {currency} has")]
    TooFine {
        /// The amount as given.
        value: Decimal,
        /// The currency it was to be in.
        currency: Currency,
    },
    /// Beyond what 64 bits of minor units hold.
    #[error("the amount is too large")]
    TooLarge,
    /// Two currencies in one reckoning.
    #[error("{left} and {right} cannot be reckoned together")]
    MixedCurrencies {
        /// The currency of the first amount.
        left: Currency,
        /// The currency of the second.
        right: Currency,
    },
}

impl Currency {
    /// United States dollar.
    pub const USD: Self = Self(*b"USD");
    /// Canadian dollar.
    pub const CAD: Self = Self(*b"CAD");
    /// Euro.
    pub const EUR: Self = Self(*b"EUR");

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }

    /// How many decimals the currency has (ISO 4217: two, with few exceptions).
    pub fn minor_digits(self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX"
            | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        let bad = || BadNumber { what: "currency", value: text.to_owned(), why: "it has three letters" };
        let letters: [u8; 3] = text.trim().to_ascii_uppercase().into_bytes().try_into().map_err(|_| bad())?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(bad()) }
    }
}

impl TryFrom<String> for Currency {
    type Error = BadNumber;

    fn try_from(text: String) -> Result<Self, BadNumber> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> String {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Money {
    /// An amount of `minor` units (cents).
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in a currency.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Reads a plain decimal amount ("18.40", "-3", "18.4").
    ///
    /// # Errors
    /// When the text is no plain number, has more decimals than the currency, or is too large.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, BadMoney> {
        let value = Decimal::from_str_exact(text.trim()).map_err(|_| BadMoney::NotANumber(text.to_owned()))?;
        Self::from_decimal(value, currency)
    }

    /// Takes a decimal amount over exactly.
    ///
    /// # Errors
    /// When it has more decimals than the currency, or is too large.
    pub fn from_decimal(value: Decimal, currency: Currency) -> Result<Self, BadMoney> {
        let scale = Decimal::from(10_i64.pow(currency.minor_digits()));
        let minor = value.checked_mul(scale).ok_or(BadMoney::TooLarge)?;
        if !minor.fract().is_zero() {
            return Err(BadMoney::TooFine { value, currency });
        }
        Ok(Self::new(minor.to_i64().ok_or(BadMoney::TooLarge)?, currency))
    }

    /// The amount as a decimal with the currency's decimals.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.minor_digits())
    }

    /// The amount in minor units (cents).
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The sum.
    ///
    /// # Errors
    /// When the currencies differ or the sum is too large.
    pub fn checked_add(self, other: Self) -> Result<Self, BadMoney> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(BadMoney::TooLarge)?;
        Ok(Self::new(minor, self.currency))
    }

    /// Which is more.
    ///
    /// # Errors
    /// When the currencies differ.
    pub fn compare(self, other: Self) -> Result<Ordering, BadMoney> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    fn same_currency(self, other: Self) -> Result<(), BadMoney> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(BadMoney::MixedCurrencies { left: self.currency, right: other.currency })
        }
    }
}

/// "18.40 USD"
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_charge_is_read_to_the_cent_and_shown_with_its_currency() {
        let charge = Money::parse("18.4", Currency::USD).expect("an amount");
        assert_eq!(charge.minor(), 1840);
        assert_eq!(charge.to_string(), "18.40 USD");
        let yen = Money::parse("1840", "jpy".parse().expect("a currency")).expect("an amount");
        assert_eq!(yen.to_string(), "1840 JPY");
    }

    #[test]
    fn an_amount_finer_than_a_cent_is_refused_and_not_rounded() {
        assert!(matches!(Money::parse("18.405", Currency::USD), Err(BadMoney::TooFine { .. })));
        assert_eq!(Money::parse("18.400", Currency::USD).expect("no finer than a cent").minor(), 1840);
        assert!(matches!(Money::parse("18,40", Currency::USD), Err(BadMoney::NotANumber(_))));
        assert!(matches!(Money::parse("", Currency::USD), Err(BadMoney::NotANumber(_))));
        let huge = Money::parse("99999999999999999999", Currency::USD);
        assert_eq!(huge, Err(BadMoney::TooLarge));
    }

    #[test]
    fn dollars_and_euros_do_not_add_up() {
        let dollars = Money::new(100, Currency::USD);
        let euros = Money::new(100, Currency::EUR);
        assert!(matches!(dollars.checked_add(euros), Err(BadMoney::MixedCurrencies { .. })));
        assert_eq!(dollars.checked_add(dollars).expect("one currency").minor(), 200);
        assert_eq!(Money::new(i64::MAX, Currency::USD).checked_add(dollars), Err(BadMoney::TooLarge));
    }

    proptest! {
        #[test]
        fn an_amount_reads_back_as_it_was_shown(minor: i64, code in "[A-Z]{3}|JPY|KWD") {
            let money = Money::new(minor, code.parse().expect("a currency"));
            let shown = money.to_string();
            let (value, currency) = shown.split_once(' ').expect("value and currency");
            prop_assert_eq!(Money::parse(value, currency.parse().expect("a currency")), Ok(money));
        }
    }
}
