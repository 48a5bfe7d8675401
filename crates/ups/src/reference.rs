//! References: the shipper's own numbers on a shipment, and the only way to find a booking whose answer was lost.

use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::package::indicator;
use crate::text;

codes! {
    /// What a reference is to the shipper.
    pub enum ReferenceKind {
        AccountsReceivable = "AJ", "accounts receivable customer account";
        Appropriation = "AT", "appropriation number";
        BillOfLading = "BM", "bill of lading";
        CollectOnDelivery = "9V", "collect on delivery";
        DealerOrder = "ON", "dealer order";
        Department = "DP", "department";
        FdaProduct = "3Q", "FDA product code";
        Invoice = "IK", "invoice";
        ManifestKey = "MK", "manifest key";
        Model = "MJ", "model";
        Part = "PM", "part";
        ProductionCode = "PC", "production code";
        PurchaseOrder = "PO", "purchase order";
        Requisition = "RQ", "purchase requisition";
        ReturnAuthorization = "RZ", "return authorization";
        Salesperson = "SA", "salesperson";
        Serial = "SE", "serial number";
        Store = "ST", "store";
        Transaction = "TN", "transaction reference";
        EmployerId = "EI", "employer's id";
        FederalTaxId = "TJ", "federal tax id";
        SocialSecurity = "SY", "social security number";
    }
}

/// A number of the shipper's own, printed on the label and good for finding the shipment again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReferenceNumber {
    /// What it is.
    pub kind: ReferenceKind,
    /// At most 35 characters.
    pub value: String,
    /// Whether the label shows it as a bar code: one of a shipment, of at most 14 letters and digits or 24 digits.
    pub barcoded: bool,
}

impl ReferenceNumber {
    /// A reference, of a kind or of UPS's code for it: `ReferenceNumber::new("TN", "ORDER-100482")`.
    pub fn new(kind: impl Into<ReferenceKind>, value: impl Into<String>) -> Self {
        Self { kind: kind.into(), value: value.into(), barcoded: false }
    }

    /// Shows it as a bar code.
    #[must_use]
    pub fn barcoded(mut self) -> Self {
        self.barcoded = true;
        self
    }

    /// The package level takes codes of one or two characters, the shipment level two.
    pub(crate) fn write(&self, by_package: bool) -> Result<Value, Error> {
        const FIELD: &str = "references";
        let code = text::optional(FIELD, Some(self.kind.code()), 2)?;
        if !by_package && code.as_deref().is_none_or(|code| code.len() != 2) {
            return Err(Error::invalid(FIELD, "needs a code of two characters on this lane"));
        }
        let value = text::required(FIELD, &self.value, 35)?;
        if self.barcoded {
            let plain = value.bytes().all(|b| b.is_ascii_alphanumeric());
            let digits = value.bytes().all(|b| b.is_ascii_digit());
            if !plain || value.len() > if digits { 24 } else { 14 } {
                return Err(Error::invalid(FIELD, "fits no bar code: 14 letters and digits, or 24 digits"));
            }
        }
        Ok(json!({ "BarCodeIndicator": indicator(self.barcoded), "Code": code, "Value": value }))
    }
}

/// At most five, one of them as a bar code.
pub(crate) fn write_all(references: &[&ReferenceNumber], by_package: bool) -> Result<Value, Error> {
    if references.len() > 5 {
        return Err(Error::invalid("references", "has more than five entries"));
    }
    let written: Result<Vec<Value>, Error> = references.iter().map(|it| it.write(by_package)).collect();
    written.map(Value::Array)
}
