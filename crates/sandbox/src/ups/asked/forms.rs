//! `InternationalForms`: what customs wants on paper.

use rust_decimal::Decimal;
use serde_json::Value;

use super::{Party, at, many, number, present, text, texts};

/// One kind of goods in the shipment.
#[derive(Debug, Clone)]
pub(crate) struct Product {
    pub(crate) descriptions: Vec<String>,
    pub(crate) units: Option<Decimal>,
    pub(crate) unit: String,
    /// What one unit is worth.
    pub(crate) value: Option<Decimal>,
    /// The tariff code.
    pub(crate) commodity: String,
    pub(crate) part: String,
    pub(crate) origin: String,
    /// The goods' origin criterion in a certificate under the USMCA.
    pub(crate) preference: String,
}

/// The forms asked for, and what is to stand on them.
#[derive(Debug, Clone)]
pub(crate) struct Forms {
    /// 01 invoice, 03 certificate of origin, 04 USMCA …
    pub(crate) types: Vec<String>,
    pub(crate) documents: Vec<String>,
    pub(crate) invoice_number: String,
    pub(crate) invoice_date: String,
    pub(crate) purchase_order: String,
    pub(crate) terms: String,
    pub(crate) reason: String,
    pub(crate) comments: String,
    pub(crate) declaration: String,
    pub(crate) currency: String,
    pub(crate) discount: Option<Decimal>,
    pub(crate) freight: Option<Decimal>,
    pub(crate) insurance: Option<Decimal>,
    pub(crate) other: Option<Decimal>,
    pub(crate) other_description: String,
    pub(crate) sold_to: Option<Party>,
    pub(crate) has_producer: bool,
    pub(crate) has_filing_option: bool,
    pub(crate) blanket_period: Option<(String, String)>,
    pub(crate) products: Vec<Product>,
}

impl Forms {
    pub(super) fn read(value: &Value) -> Self {
        let amount = |name: &str| number(value, &[name, "MonetaryValue"]);
        Self {
            types: texts(value, &["FormType"]),
            documents: texts(value, &["UserCreatedForm", "DocumentID"]),
            invoice_number: text(value, &["InvoiceNumber"]),
            invoice_date: text(value, &["InvoiceDate"]),
            purchase_order: text(value, &["PurchaseOrderNumber"]),
            terms: text(value, &["TermsOfShipment"]),
            reason: text(value, &["ReasonForExport"]),
            comments: text(value, &["Comments"]),
            declaration: text(value, &["DeclarationStatement"]),
            currency: text(value, &["CurrencyCode"]),
            discount: amount("Discount"),
            freight: amount("FreightCharges"),
            insurance: amount("InsuranceCharges"),
            other: amount("OtherCharges"),
            other_description: text(value, &["OtherCharges", "Description"]),
            sold_to: present(value, &["Contacts", "SoldTo"]).then(|| Party::read(at(value, &["Contacts", "SoldTo"]))),
            has_producer: present(value, &["Contacts", "Producer"]),
            has_filing_option: present(value, &["EEIFilingOption", "Code"]),
            blanket_period: present(value, &["BlanketPeriod"])
                .then(|| (text(value, &["BlanketPeriod", "BeginDate"]), text(value, &["BlanketPeriod", "EndDate"]))),
            products: many(value, &["Product"]).into_iter().map(product).collect(),
        }
    }

    pub(crate) fn has(&self, form: &str) -> bool {
        self.types.iter().any(|one| one == form)
    }

    /// What the goods are worth by their lines.
    pub(crate) fn lines_total(&self) -> Decimal {
        self.products.iter().map(Product::total).sum()
    }

    /// What stands at the bottom of the invoice.
    pub(crate) fn invoice_total(&self) -> Decimal {
        let added = [self.freight, self.insurance, self.other].into_iter().flatten().sum::<Decimal>();
        self.lines_total() - self.discount.unwrap_or_default() + added
    }
}

impl Product {
    pub(crate) fn total(&self) -> Decimal {
        self.units.unwrap_or_default() * self.value.unwrap_or_default()
    }
}

fn product(value: &Value) -> Product {
    Product {
        descriptions: texts(value, &["Description"]),
        units: number(value, &["Unit", "Number"]),
        unit: text(value, &["Unit", "UnitOfMeasurement", "Code"]),
        value: number(value, &["Unit", "Value"]),
        commodity: text(value, &["CommodityCode"]),
        part: text(value, &["PartNumber"]),
        origin: text(value, &["OriginCountryCode"]).to_uppercase(),
        preference: text(value, &["PreferenceCriteria"]),
    }
}
