//! What comes back from booking: numbers and charges. The label's bytes are kept by the store, beside the state.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::number::{ShipmentIdentificationNumber, TrackingNumber};

/// A price before booking. An absent negotiated rate means "not eligible", never "free".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The published (list) total.
    pub published: Option<Money>,
    /// The negotiated (account) total.
    pub negotiated: Option<Money>,
    /// Working days on the way, where UPS told.
    pub transit_days: Option<u32>,
}

impl Quote {
    /// What the account is expected to pay: the negotiated rate where there is one.
    pub fn payable(&self) -> Option<Money> {
        self.negotiated.or(self.published)
    }
}

/// One line of an itemized charge; codes we do not know are kept as they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemizedCharge {
    /// UPS's charge code, e.g. `375` for fuel.
    pub code: String,
    /// The amount.
    pub amount: Money,
}

/// What a booking cost, as far as UPS told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Charges {
    /// UPS told with the waybill.
    Booked {
        /// The published total.
        published: Option<Money>,
        /// The negotiated total; absent = not eligible.
        negotiated: Option<Money>,
        /// The lines.
        itemized: Vec<ItemizedCharge>,
    },
    /// The waybill was recovered, and recovery returns no charges: only the quote is known.
    QuotedOnly(Quote),
}

impl Charges {
    /// What the account is expected to pay.
    pub fn payable(&self) -> Option<Money> {
        match self {
            Self::Booked { published, negotiated, .. } => negotiated.or(*published),
            Self::QuotedOnly(quote) => quote.payable(),
        }
    }

    /// Whether UPS told what it cost: of an adopted label only the quote is known.
    pub fn is_quoted_only(&self) -> bool {
        matches!(self, Self::QuotedOnly(_))
    }

    /// What the account is expected to pay, for people: a price that was only quoted says so.
    pub fn words(&self) -> Option<String> {
        let amount = self.payable()?;
        Some(if self.is_quoted_only() { format!("{amount} (quoted)") } else { amount.to_string() })
    }
}

/// A booked shipment as UPS knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waybill {
    /// UPS's number for the shipment, which is the first package's tracking number.
    pub shipment_number: ShipmentIdentificationNumber,
    /// One tracking number per package, in the order of the packages.
    pub tracking_numbers: Vec<TrackingNumber>,
    /// What it cost.
    pub charges: Charges,
    /// Found at UPS by our reference after the answer was lost.
    pub adopted: bool,
    /// When we learned of it (business time).
    pub booked_at: Timestamp,
}

impl Waybill {
    /// The number people quote: the first package's.
    pub fn lead(&self) -> Option<&TrackingNumber> {
        self.tracking_numbers.first()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn dollars(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn the_account_pays_the_negotiated_rate_and_an_absent_one_is_not_free() {
        let published = Some(dollars(1_840));
        let quote = Quote { published, negotiated: Some(dollars(1_210)), transit_days: Some(2) };
        assert_eq!(quote.payable(), Some(dollars(1_210)));
        assert_eq!(Charges::QuotedOnly(quote.clone()).payable(), Some(dollars(1_210)));
        assert_eq!(Charges::QuotedOnly(quote.clone()).words().as_deref(), Some("12.10 USD (quoted)"));
        assert_eq!(Quote { negotiated: None, ..quote }.payable(), Some(dollars(1_840)));
        let unknown = Quote { published: None, negotiated: None, transit_days: None };
        assert_eq!(unknown.payable(), None);
        let booked = Charges::Booked { published, negotiated: None, itemized: Vec::new() };
        assert_eq!(booked.payable(), Some(dollars(1_840)));
    }
}
