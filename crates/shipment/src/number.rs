//! The numbers and codes a shipment is known by, each its own type so that they cannot be mixed up.
//!
//! ```text
//! text from SYSPRO, UPS or a person ─► FromStr ─► the number ─► Display (as it was written)
//!                                         │ unusable
//!                                         └─► BadNumber: what it should be, what it was, why not
//! ```
//!
//! Numbers are kept as they were written, leading zeros and all, because they are sent back that way;
//! [`DocumentNumber::canonical`] is what two spellings of one document have in common. Serde goes through
//! the same check as `FromStr`, so a stored state cannot smuggle in a number that could not have been read.
//! Nothing is numbered here: ids and releases are given out elsewhere.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::document::Source;

/// A text that is not the number it was meant to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} cannot be used as {what}: {why}")]
pub struct BadNumber {
    /// What was wanted, in plain words ("account number").
    pub what: &'static str,
    /// What was given.
    pub value: String,
    /// Why it cannot be one.
    pub why: &'static str,
}

/// Declares a number: a private `String`, checked on every way in (`FromStr`, `TryFrom`, serde).
/// The check gets the trimmed text and answers with what is kept.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The number as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = BadNumber;

            fn from_str(text: &str) -> Result<Self, BadNumber> {
                let check: fn(&str) -> Result<String, &'static str> = $check;
                check(text.trim())
                    .map(Self)
                    .map_err(|why| BadNumber { what: $what, value: text.to_owned(), why })
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadNumber;

            fn try_from(text: String) -> Result<Self, BadNumber> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> String {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

number! {
    /// The name of a site: one SYSPRO company paired with one UPS account.
    SiteName, "site name", site_name
}
number! {
    /// A document's number as SYSPRO wrote it, leading zeros kept; dispatch notes may hold a slash
    /// (`000346/0001`).
    DocumentNumber, "document number", |text| printable(text, 40)
}
number! {
    /// A sales order's number as SYSPRO wrote it, leading zeros kept.
    SalesOrderNumber, "sales order number", |text| printable(text, 40)
}
number! {
    /// An invoice's number as SYSPRO wrote it.
    InvoiceNumber, "invoice number", |text| printable(text, 40)
}
number! {
    /// SYSPRO's code for a customer.
    CustomerCode, "customer code", |text| printable(text, 40)
}
number! {
    /// SYSPRO's code for a stocked thing.
    StockCode, "stock code", |text| printable(text, 60)
}
number! {
    /// SYSPRO's code for a warehouse.
    WarehouseCode, "warehouse code", |text| printable(text, 20)
}
number! {
    /// The carrier's number for one package, kept as the carrier wrote it.
    ///
    /// A number is never refused for its check digit: several that UPS itself publishes fail it.
    /// [`TrackingNumber::check_digit_ok`] is there to warn a person who typed one.
    TrackingNumber, "tracking number", |text| printable(text, 40)
}
number! {
    /// UPS's number for a whole shipment; a void and a recovery ask by it.
    ShipmentIdentificationNumber, "shipment identification number", |text| printable(text, 40)
}
number! {
    /// A UPS account (shipper) number: six letters or digits, in capitals as UPS prints it.
    AccountNumber, "account number", account_number
}
number! {
    /// Our own name for one attempt at UPS: 26 characters of Crockford's base 32.
    ///
    /// UPS keeps reference values up to 35 characters, so it fits where a hyphenated UUID does not.
    Reference, "reference", reference
}

impl DocumentNumber {
    /// What two spellings of one document share: SYSPRO stores numeric keys padded to 15 digits and shows
    /// them shorter, so an all-digit number loses its leading zeros here and any other is only trimmed.
    pub fn canonical(&self) -> String {
        canonical(&self.0)
    }
}

impl SalesOrderNumber {
    /// As [`DocumentNumber::canonical`].
    pub fn canonical(&self) -> String {
        canonical(&self.0)
    }
}

impl TrackingNumber {
    /// Whether the last digit agrees with the rest; `None` when the number is not of the `1Z` kind that has one.
    ///
    /// Of the 15 characters after `1Z`, letters count `(ASCII − 63) mod 10`; those at even places count double;
    /// the check digit fills the sum up to the next ten.
    pub fn check_digit_ok(&self) -> Option<bool> {
        let body = self.0.strip_prefix("1Z")?;
        if body.len() != 16 {
            return None;
        }
        let mut sum = 0;
        for (place, character) in body.bytes().take(15).enumerate() {
            let value = match character {
                b'0'..=b'9' => u32::from(character - b'0'),
                b'A'..=b'Z' => u32::from(character - 63) % 10,
                _ => return None,
            };
            sum += if place % 2 == 0 { value } else { 2 * value };
        }
        let last = body.bytes().next_back().filter(u8::is_ascii_digit)?;
        Some(u32::from(last - b'0') == (10 - sum % 10) % 10)
    }
}

impl Reference {
    /// The reference of one attempt, always the same for the same site, document, release and attempt.
    ///
    /// It is derived and not drawn so that a database restored from yesterday asks UPS for what it already
    /// bought under the very reference it would use again.
    pub fn derive(
        site: &SiteName,
        source: &Source,
        document: &DocumentNumber,
        release: ReleaseNumber,
        attempt: AttemptNumber,
    ) -> Self {
        let hash = Hash::of("ml-connector reference 1")
            .text(site.as_str())
            .text(source.code())
            .text(&document.canonical())
            .text(&release.to_string())
            .text(&attempt.to_string());
        Self(crockford(&hash.bytes()))
    }
}

/// Our own id for a shipment. Made outside (version 7, so that ids sort by the time they were made).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShipmentId(pub Uuid);

impl fmt::Display for ShipmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ShipmentId {
    type Err = BadNumber;

    fn from_str(text: &str) -> Result<Self, BadNumber> {
        Uuid::parse_str(text.trim()).map(Self).map_err(|_| BadNumber {
            what: "shipment id",
            value: text.to_owned(),
            why: "it is 32 hexadecimal digits with hyphens",
        })
    }
}

/// Declares a number that counts from one.
macro_rules! counted {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The first one.
            pub const FIRST: Self = Self(1);

            /// The count itself.
            pub fn get(self) -> u32 {
                self.0
            }

            /// The one after this.
            #[must_use]
            pub fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counted! {
    /// Which release of a document: a sales order that comes back with new ship quantities is the next one.
    ReleaseNumber
}
counted! {
    /// Which try to buy the label of a release.
    AttemptNumber
}

/// SHA-256 over texts whose lengths are hashed too, so that `("ab", "c")` and `("a", "bc")` differ.
pub(crate) struct Hash(Sha256);

impl Hash {
    /// Starts a hash; `purpose` keeps hashes made for different ends apart.
    pub(crate) fn of(purpose: &str) -> Self {
        Self(Sha256::new()).text(purpose)
    }

    /// Adds one text.
    pub(crate) fn text(mut self, text: &str) -> Self {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Ends the hash as its 32 bytes.
    pub(crate) fn bytes(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    /// Ends the hash as 64 hexadecimal digits.
    pub(crate) fn hex(self) -> String {
        self.bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const REFERENCE_LENGTH: usize = 26;

/// The first 130 bits as 26 characters of five bits each.
fn crockford(bytes: &[u8; 32]) -> String {
    let bit = |at: usize| (bytes[at / 8] >> (7 - at % 8)) & 1;
    (0..REFERENCE_LENGTH)
        .map(|place| (0..5).fold(0, |value, step| value << 1 | bit(place * 5 + step)))
        .map(|value| char::from(CROCKFORD[usize::from(value)]))
        .collect()
}

/// A key as it is compared: trimmed, and without leading zeros where it is a number, because SYSPRO pads keys to fifteen
/// digits in its tables and shortens them elsewhere.
pub fn canonical(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned();
    }
    match text.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    }
}

fn printable(text: &str, longest: usize) -> Result<String, &'static str> {
    if text.is_empty() {
        Err("it is blank")
    } else if text.chars().any(char::is_control) {
        Err("it holds a control character")
    } else if text.chars().count() > longest {
        Err("it is too long")
    } else {
        Ok(text.to_owned())
    }
}

fn site_name(text: &str) -> Result<String, &'static str> {
    let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if text.is_empty() {
        Err("it is blank")
    } else if text.starts_with('-') {
        Err("it begins with a letter or digit")
    } else if !text.bytes().all(allowed) {
        Err("it has small letters, digits and hyphens only")
    } else if text.len() > 40 {
        Err("it has at most 40 characters")
    } else {
        Ok(text.to_owned())
    }
}

fn account_number(text: &str) -> Result<String, &'static str> {
    if text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err("it has six letters or digits")
    }
}

fn reference(text: &str) -> Result<String, &'static str> {
    if text.len() == REFERENCE_LENGTH && text.bytes().all(|byte| CROCKFORD.contains(&byte)) {
        Ok(text.to_owned())
    } else {
        Err("it has 26 characters of Crockford's base 32")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reference(document: &str, release: u32, attempt: u32) -> Reference {
        let site = "north-plant".parse().expect("a site name");
        let document = document.parse().expect("a document number");
        Reference::derive(&site, &Source::SalesOrders, &document, ReleaseNumber(release), AttemptNumber(attempt))
    }

    #[test]
    fn a_document_is_the_same_however_many_zeros_lead_it() {
        let number = |text: &str| text.parse::<DocumentNumber>().expect("a document number");
        assert_eq!(number("000000000000346").canonical(), "346");
        assert_eq!(number(" 000346 ").canonical(), "346");
        assert_eq!(number("000346/0001").canonical(), "000346/0001");
        assert_eq!(number("0000").canonical(), "0");
        assert_eq!(number("000346").to_string(), "000346");
    }

    #[test]
    fn a_tracking_number_is_kept_even_when_its_check_digit_is_wrong() {
        let number = |text: &str| text.parse::<TrackingNumber>().expect("a tracking number");
        for good in ["1Z999AA10123456784", "1Z204W4R0308071865", "1ZISUS010330563105", "1ZWX0692YP40636269"] {
            assert_eq!(number(good).check_digit_ok(), Some(true), "{good}");
        }
        for published in ["1ZABCXYZ0112346789", "1Z12345E0205271688"] {
            assert_eq!(number(published).check_digit_ok(), Some(false), "{published}");
        }
        for without in ["1ZXXXXXXXXXXXXXXXX", "1R0123456789ABCDEF", "92612999984301000000000001"] {
            assert_eq!(number(without).check_digit_ok(), None, "{without}");
        }
    }

    #[test]
    fn another_attempt_or_release_asks_ups_under_another_name() {
        let first = reference("000346", 1, 1);
        assert_ne!(first, reference("000346", 1, 2));
        assert_ne!(first, reference("000346", 2, 1));
        assert_ne!(first, reference("000347", 1, 1));
    }

    /// A restored backup may have seen the order with or without its padding.
    #[test]
    fn a_reference_does_not_depend_on_leading_zeros_and_never_changes_between_versions() {
        assert_eq!(reference("000346", 1, 1), reference("000000000000346", 1, 1));
        assert_eq!(reference("000346", 1, 1).as_str(), "TFGVMEBJZNW90D7YVTJSBQTS9E");
    }

    #[test]
    fn a_bad_number_says_what_it_should_have_been() {
        let bad = "12-345".parse::<AccountNumber>().expect_err("seven characters");
        assert_eq!(bad.to_string(), r#""12-345" cannot be used as account number: it has six letters or digits"#);
        assert!("North Plant".parse::<SiteName>().is_err());
        assert!("-plant".parse::<SiteName>().is_err());
        assert!("".parse::<StockCode>().is_err());
    }

    #[test]
    fn a_stored_number_is_checked_like_a_typed_one() {
        assert!(serde_json::from_str::<AccountNumber>(r#""A1B2C3""#).is_ok());
        assert!(serde_json::from_str::<AccountNumber>(r#""A1B2C3D4""#).is_err());
    }

    proptest! {
        #[test]
        fn a_reference_is_26_characters_and_always_the_same(document in "[A-Z0-9/]{1,20}", release: u32, attempt: u32) {
            let made = reference(&document, release, attempt);
            prop_assert_eq!(made.as_str().len(), REFERENCE_LENGTH);
            prop_assert_eq!(&made.as_str().parse::<Reference>().expect("its own form"), &made);
            prop_assert_eq!(made, reference(&document, release, attempt));
        }
    }
}
