//! The commercial invoice.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::{money, text};

codes! {
    /// Why the goods leave the country. Another reason is written in words, of at most 20 characters.
    pub enum ReasonForExport {
        Sale = "SALE", "sale";
        Gift = "GIFT", "gift";
        Sample = "SAMPLE", "sample";
        Return = "RETURN", "return";
        Repair = "REPAIR", "repair";
        IntercompanyData = "INTERCOMPANYDATA", "data between companies";
    }
}

codes! {
    /// Terms of sale. `DDP` alone does not bill duties to the shipper: name a payer in [`Billing`](crate::Billing) too.
    pub enum TermsOfShipment {
        CostAndFreight = "CFR", "cost and freight";
        CostInsuranceFreight = "CIF", "cost, insurance and freight";
        CarriageInsurancePaid = "CIP", "carriage and insurance paid to";
        CarriagePaid = "CPT", "carriage paid to";
        DeliveredAtFrontier = "DAF", "delivered at frontier";
        DeliveredDutyPaid = "DDP", "delivered duty paid";
        DeliveredAtPlace = "DAP", "delivered at place";
        DeliveredExQuay = "DEQ", "delivered ex quay";
        DeliveredExShip = "DES", "delivered ex ship";
        ExWorks = "EXW", "ex works";
        FreeAlongsideShip = "FAS", "free alongside ship";
        FreeCarrier = "FCA", "free carrier";
        FreeOnBoard = "FOB", "free on board";
    }
}

/// A commercial invoice. All its amounts are in its currency.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invoice {
    /// The shipper's number for it, at most 35 characters.
    pub number: String,
    /// Its day, best that of the shipment. UPS leaves it off on returns.
    pub date: Date,
    /// Why the goods leave.
    pub reason: ReasonForExport,
    /// Three letters.
    pub currency: String,
    /// The buyer's order, at most 35 characters.
    pub purchase_order: Option<String>,
    /// Terms of sale.
    pub terms: Option<TermsOfShipment>,
    /// At most 150 characters.
    pub comments: Option<String>,
    /// What the shipper declares to customs, at most 550 characters.
    pub declaration: Option<String>,
    /// What is taken off the sum of the goods.
    pub discount: Option<Decimal>,
    /// What the buyer is charged for freight.
    pub freight: Option<Decimal>,
    /// What the buyer is charged for insurance.
    pub insurance: Option<Decimal>,
    /// What else is charged, and for what in at most ten characters.
    pub other: Option<(Decimal, String)>,
    /// Whether to send the invoice on paper although the account is enabled for paperless ones.
    pub on_paper_too: bool,
}

impl Invoice {
    /// What every invoice needs.
    pub fn new(
        number: impl Into<String>,
        date: Date,
        reason: impl Into<ReasonForExport>,
        currency: impl Into<String>,
    ) -> Self {
        Self {
            number: number.into(),
            date,
            reason: reason.into(),
            currency: currency.into(),
            purchase_order: None,
            terms: None,
            comments: None,
            declaration: None,
            discount: None,
            freight: None,
            insurance: None,
            other: None,
            on_paper_too: false,
        }
    }

    /// Terms of sale.
    #[must_use]
    pub fn terms(mut self, terms: TermsOfShipment) -> Self {
        self.terms = Some(terms);
        self
    }

    /// The buyer's order.
    #[must_use]
    pub fn purchase_order(mut self, number: impl Into<String>) -> Self {
        self.purchase_order = Some(number.into());
        self
    }

    /// What the shipper declares to customs.
    #[must_use]
    pub fn declaring(mut self, statement: impl Into<String>) -> Self {
        self.declaration = Some(statement.into());
        self
    }

    /// What the buyer is charged for freight.
    #[must_use]
    pub fn freight(mut self, amount: Decimal) -> Self {
        self.freight = Some(amount);
        self
    }

    /// What the buyer is charged for insurance.
    #[must_use]
    pub fn insurance(mut self, amount: Decimal) -> Self {
        self.insurance = Some(amount);
        self
    }

    /// What is taken off the sum of the goods.
    #[must_use]
    pub fn discount(mut self, amount: Decimal) -> Self {
        self.discount = Some(amount);
        self
    }

    pub(super) fn write(&self) -> Result<Value, Error> {
        let sum = |field, amount: Option<Decimal>| -> Result<Value, Error> {
            let Some(amount) = amount.filter(|it| !it.is_zero()) else { return Ok(Value::Null) };
            Ok(json!({ "MonetaryValue": money::text_of(field, amount, 2, 15)? }))
        };
        let mut other = sum("invoice.other", self.other.as_ref().map(|it| it.0))?;
        if let (Some((_, what)), false) = (&self.other, other.is_null()) {
            other["Description"] = json!(text::required("invoice.other", what, 10)?);
        }
        Ok(json!({
            "InvoiceNumber": text::required("invoice.number", &self.number, 35)?,
            "InvoiceDate": self.date.strftime("%Y%m%d").to_string(),
            "ReasonForExport": text::required("invoice.reason", self.reason.code(), 20)?,
            "CurrencyCode": money::currency("invoice.currency", &self.currency)?,
            "PurchaseOrderNumber": text::optional("invoice.purchase_order", self.purchase_order.as_deref(), 35)?,
            "TermsOfShipment": self.terms.as_ref().map(|it| text::required("invoice.terms", it.code(), 3)).transpose()?,
            "Comments": text::optional("invoice.comments", self.comments.as_deref(), 150)?,
            "DeclarationStatement": text::optional("invoice.declaration", self.declaration.as_deref(), 550)?,
            "Discount": sum("invoice.discount", self.discount)?,
            "FreightCharges": sum("invoice.freight", self.freight)?,
            "InsuranceCharges": sum("invoice.insurance", self.insurance)?,
            "OtherCharges": other,
            "OverridePaperlessIndicator": self.on_paper_too.then_some(""),
        }))
    }
}
