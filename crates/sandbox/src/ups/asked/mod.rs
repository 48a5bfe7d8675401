//! A shipment as a request describes it, read once for rating and for ship.
//!
//! ```text
//! Shipment ─┬─ Shipper, ShipTo, ShipFrom ────────────► Party
//!           ├─ Package[] ────────────────────────────► Package
//!           ├─ PaymentInformation / PaymentDetails ──► Charge
//!           └─ ShipmentServiceOptions ─┬─────────────► Options
//!                                      └─ InternationalForms ─► Forms
//! ```
//!
//! Only what stands in its right place is seen. Nothing is judged here: that is [`check`](super::check).

mod forms;
mod options;
mod package;
mod party;
mod payment;

use rust_decimal::Decimal;
use serde_json::Value;

pub(crate) use self::forms::{Forms, Product};
pub(crate) use self::options::{Notice, Options};
pub(crate) use self::package::{Package, Reference};
pub(crate) use self::party::Party;
pub(crate) use self::payment::{Charge, Payer};
use super::reading::{at, many, number, present, text, texts};

/// Which of the two calls describes the shipment; they name a few elements differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    Rating,
    Ship,
}

/// An amount with its currency, as asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sum {
    pub(crate) currency: String,
    pub(crate) value: Decimal,
}

impl Sum {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { currency: text(value, &["CurrencyCode"]), value: number(value, &["MonetaryValue"])? })
    }
}

/// A shipment as asked for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// `Request.SubVersion`, which decides what the answer shows: four digits, or nought.
    pub(crate) sub_version: u32,
    pub(crate) shipper_number: String,
    pub(crate) shipper: Party,
    pub(crate) ship_to: Party,
    pub(crate) ship_from: Option<Party>,
    pub(crate) service: String,
    pub(crate) description: String,
    pub(crate) packages: Vec<Package>,
    pub(crate) references: Vec<Reference>,
    pub(crate) negotiated: bool,
    /// Whether rating is to say how it came to its weight.
    pub(crate) wants_method: bool,
    pub(crate) wants_taxes: bool,
    pub(crate) documents_only: bool,
    pub(crate) ship_date: String,
    pub(crate) invoice_total: Option<Sum>,
    pub(crate) total_weight: Option<Decimal>,
    /// `ReturnService.Code`.
    pub(crate) return_service: Option<String>,
    /// `ShipmentIndicationType` codes: 01 hold at an Access Point, 02 delivery to one.
    pub(crate) indications: Vec<String>,
    pub(crate) charges: Vec<Charge>,
    pub(crate) splits_duty: bool,
    pub(crate) not_in_free_circulation: bool,
    pub(crate) options: Options,
    pub(crate) forms: Option<Forms>,
}

impl Asked {
    /// Reads `Request` and `Shipment` of a `ShipmentRequest` or `RateRequest`.
    pub(crate) fn read(request: &Value, call: For) -> Self {
        let shipment = at(request, &["Shipment"]);
        let payment = if call == For::Ship { "PaymentInformation" } else { "PaymentDetails" };
        let options = at(shipment, &["ShipmentServiceOptions"]);
        let sub_version = text(request, &["Request", "SubVersion"]);
        Self {
            sub_version: sub_version.trim_start_matches(['v', 'V']).parse().unwrap_or(0),
            shipper_number: text(shipment, &["Shipper", "ShipperNumber"]).to_uppercase(),
            shipper: Party::read(at(shipment, &["Shipper"])),
            ship_to: Party::read(at(shipment, &["ShipTo"])),
            ship_from: present(shipment, &["ShipFrom"]).then(|| Party::read(at(shipment, &["ShipFrom"]))),
            service: text(shipment, &["Service", "Code"]).to_uppercase(),
            description: text(shipment, &["Description"]),
            packages: many(shipment, &["Package"]).into_iter().map(|one| Package::read(one, call)).collect(),
            references: Reference::list(shipment),
            negotiated: present(shipment, &["ShipmentRatingOptions", "NegotiatedRatesIndicator"]),
            wants_method: present(shipment, &["RatingMethodRequestedIndicator"]),
            wants_taxes: present(shipment, &["TaxInformationIndicator"]),
            documents_only: present(shipment, &["DocumentsOnlyIndicator"]),
            ship_date: text(shipment, &["ShipmentDate"]),
            invoice_total: Sum::read(at(shipment, &["InvoiceLineTotal"])),
            total_weight: number(shipment, &["ShipmentTotalWeight", "Weight"]),
            return_service: Some(text(shipment, &["ReturnService", "Code"])).filter(|code| !code.is_empty()),
            indications: many(shipment, &["ShipmentIndicationType"])
                .into_iter()
                .map(|one| text(one, &["Code"]))
                .collect(),
            charges: many(shipment, &[payment, "ShipmentCharge"]).into_iter().map(Charge::read).collect(),
            splits_duty: present(shipment, &[payment, "SplitDutyVATIndicator"]),
            not_in_free_circulation: present(shipment, &["GoodsNotInFreeCirculationIndicator"]),
            options: Options::read(options),
            forms: present(options, &["InternationalForms"]).then(|| Forms::read(at(options, &["InternationalForms"]))),
        }
    }

    /// Where the parcel starts: ship-from, or else the shipper.
    pub(crate) fn origin(&self) -> &Party {
        self.ship_from.as_ref().unwrap_or(&self.shipper)
    }

    pub(crate) fn is_return(&self) -> bool {
        self.return_service.is_some()
    }

    /// Origin and destination country.
    pub(crate) fn lane(&self) -> (&str, &str) {
        (&self.origin().country, &self.ship_to.country)
    }

    /// Whether origin and destination lie in different countries, Puerto Rico counting as home.
    pub(crate) fn is_international(&self) -> bool {
        let home = |country| if country == "PR" { "US" } else { country };
        let (from, to) = self.lane();
        home(from) != home(to)
    }

    /// Whether the parcel only holds what customs does not care for.
    pub(crate) fn is_letter_or_documents(&self) -> bool {
        self.documents_only || self.packages.iter().all(Package::is_letter)
    }

    /// A lane on which nobody pays duties: within a country, between the United States and Puerto
    /// Rico, within the European Union for goods in free circulation.
    pub(crate) fn is_qualified_domestic(&self) -> bool {
        let (from, to) = self.lane();
        !self.is_international() || (is_in_eu(from) && is_in_eu(to) && !self.not_in_free_circulation)
    }

    /// What is charged under `kind`: 01 transportation, 02 duties and taxes, 03 broker.
    pub(crate) fn charge(&self, kind: &str) -> Option<&Charge> {
        self.charges.iter().find(|charge| charge.kind == kind)
    }
}

/// Whether the country is a member of the European Union.
pub(crate) fn is_in_eu(country: &str) -> bool {
    const MEMBERS: [&str; 27] = [
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    ];
    MEMBERS.contains(&country)
}
