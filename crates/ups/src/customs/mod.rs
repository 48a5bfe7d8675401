//! Customs: which papers go across a border, and the ones UPS makes.
//!
//! ```text
//! Customs::NotNeeded   within a country, between the US and Puerto Rico, within the EU
//! Customs::Documents   papers without value: no invoice
//! Customs::OnPaper     the shipper's own papers travel with the parcel
//! Customs::Forms       UPS makes them from the goods: invoice · USMCA certificate · uploaded documents
//!                        └► Waybill::documents, one PDF
//! ```
//!
//! UPS reads its forms below `ShipmentServiceOptions` only; anywhere else it ignores them without a word.

mod invoice;
mod product;
mod usmca;

pub use invoice::{Invoice, ReasonForExport, TermsOfShipment};
pub use product::{Product, UnitOfMeasure};
use serde_json::{Value, json};
pub use usmca::{CertifiedGoods, NetCost, PreferenceCriterion, Producer, ProducerKnowledge, UsmcaCertificate};

use crate::error::Error;
use crate::money::Amount;
use crate::party::{Party, SOLD_TO};
use crate::text;

/// The papers of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Customs {
    /// None: no customs on this lane.
    #[default]
    NotNeeded,
    /// None: there are only documents of no commercial value inside.
    Documents,
    /// The shipper's own, on paper. UPS reminds of the invoice with the warning `120016`.
    OnPaper,
    /// UPS makes them.
    Forms(Box<InternationalForms>),
}

impl Customs {
    pub(crate) fn forms(&self) -> Option<&InternationalForms> {
        match self {
            Self::Forms(forms) => Some(forms),
            Self::NotNeeded | Self::Documents | Self::OnPaper => None,
        }
    }
}

/// The forms UPS makes, and the goods that stand on them.
///
/// ```
/// # use ups::{Customs, InternationalForms, Invoice, Party, Product, ReasonForExport, TermsOfShipment, UnitOfMeasure};
/// # fn forms(buyer: Party) -> Result<Customs, Box<dyn std::error::Error>> {
/// let invoice = Invoice::new("INV-100482", "2026-09-01".parse()?, ReasonForExport::Sale, "USD").terms(TermsOfShipment::DeliveredAtPlace);
/// let hinges = Product::new("Steel hinges", 40, UnitOfMeasure::Pieces, "3.25".parse()?).tariff_code("830210").made_in("US");
/// let forms = InternationalForms::invoice(invoice, buyer).product(hinges);
/// # Ok(forms.into()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InternationalForms {
    /// The commercial invoice (form 01); on a return the partial invoice (05).
    pub invoice: Option<Invoice>,
    /// The USMCA certificate of origin (form 04).
    pub usmca: Option<UsmcaCertificate>,
    /// Ids of documents uploaded before (form 07).
    pub uploaded: Vec<String>,
    /// Who bought the goods, with person and telephone; in the ship-to's country. Demanded by invoice and certificate.
    pub sold_to: Option<Party>,
    /// The goods: one to fifty.
    pub products: Vec<Product>,
    /// Whether papers of the shipper's own travel beside those made here.
    pub more_documents: bool,
}

impl InternationalForms {
    /// A commercial invoice to a buyer.
    #[must_use]
    pub fn invoice(invoice: Invoice, sold_to: Party) -> Self {
        Self {
            invoice: Some(invoice),
            usmca: None,
            uploaded: Vec::new(),
            sold_to: Some(sold_to),
            products: Vec::new(),
            more_documents: false,
        }
    }

    /// Adds goods.
    #[must_use]
    pub fn product(mut self, product: Product) -> Self {
        self.products.push(product);
        self
    }

    /// Adds a USMCA certificate of origin for the products that have
    /// [`CertifiedGoods`](crate::Product::certified); the others are left out of it.
    #[must_use]
    pub fn usmca(mut self, certificate: UsmcaCertificate) -> Self {
        self.usmca = Some(certificate);
        self
    }

    /// Adds a document uploaded before, by its id of 26 characters.
    #[must_use]
    pub fn uploaded(mut self, id: impl Into<String>) -> Self {
        self.uploaded.push(id.into());
        self
    }

    /// What the goods are worth together, in the invoice's currency.
    #[must_use]
    pub fn value(&self) -> Option<Amount> {
        let currency = &self.invoice.as_ref()?.currency;
        let sum = self.products.iter().try_fold(rust_decimal::Decimal::ZERO, |sum, it| sum.checked_add(it.value()?))?;
        Some(Amount::new(sum, currency))
    }

    /// `InternationalForms`.
    pub(crate) fn write(&self, ship_to: &str, returns: bool) -> Result<Value, Error> {
        let mut types = Vec::new();
        if self.invoice.is_some() {
            types.push(if returns { "05" } else { "01" });
        }
        if self.usmca.is_some() {
            types.push("04");
        }
        if !self.uploaded.is_empty() {
            types.push("07");
        }
        if types.is_empty() {
            return Err(Error::invalid("customs", "asks for no form"));
        }
        if returns && types != ["05"] {
            return Err(Error::invalid("customs", "can be a partial invoice only, since it is a return"));
        }
        if !(1..=50).contains(&self.products.len()) {
            let count = self.products.len();
            return Err(Error::invalid("customs.products", format!("has {count} entries, UPS takes 1 to 50")));
        }
        let mut forms = self.invoice.as_ref().map_or_else(|| Ok(json!({})), Invoice::write)?;
        forms["FormType"] = json!(types);
        forms["Contacts"] = json!({ "SoldTo": self.write_sold_to(ship_to)? });
        if let Some(certificate) = &self.usmca {
            forms["Contacts"]["Producer"] = certificate.producer.write()?;
            forms["BlanketPeriod"] = certificate.write_period()?;
            if self.products.iter().all(|it| it.certified.is_none()) {
                return Err(Error::invalid("customs.products", "names no certified goods for the USMCA certificate"));
            }
        }
        let written: Result<Vec<Value>, Error> =
            self.products.iter().map(|it| it.write(self.invoice.is_some() && !returns, self.usmca.is_some())).collect();
        forms["Product"] = Value::Array(written?);
        if !self.uploaded.is_empty() {
            forms["UserCreatedForm"] = json!({ "DocumentID": self.write_uploaded()? });
        }
        forms["AdditionalDocumentIndicator"] = json!(self.more_documents.then_some(""));
        Ok(forms)
    }

    fn write_sold_to(&self, ship_to: &str) -> Result<Value, Error> {
        let Some(sold_to) = &self.sold_to else {
            return match (&self.invoice, &self.usmca) {
                (None, None) => Ok(Value::Null),
                _ => Err(Error::invalid("sold_to", "is missing")),
            };
        };
        sold_to.must_be_reachable(&SOLD_TO)?;
        if !sold_to.country.trim().eq_ignore_ascii_case(ship_to) {
            return Err(Error::invalid(SOLD_TO.country, format!("must be {ship_to}, the ship-to's country")));
        }
        sold_to.write_contact(&SOLD_TO)
    }

    fn write_uploaded(&self) -> Result<Vec<String>, Error> {
        self.uploaded.iter().map(|id| text::required("customs.uploaded", id, 26)).collect()
    }
}

impl From<InternationalForms> for Customs {
    fn from(forms: InternationalForms) -> Self {
        Self::Forms(Box::new(forms))
    }
}
