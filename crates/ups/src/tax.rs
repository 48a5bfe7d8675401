//! Tax ids: under which numbers customs knows the sender and the receiver, such as the RFC of a Mexican consignee.

use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::text;

codes! {
    /// What sort of number it is.
    pub enum TaxIdKind {
        Unknown = "0000", "unknown";
        Exporter = "0001", "exporter's tax id";
        /// With [`TaxId::eori`] an EORI number.
        Importer = "0002", "importer's tax id";
        Personal = "0005", "personal tax id";
        FreeForm = "1001", "free form";
        Company = "1002", "company's tax id";
        National = "1003", "national id";
        Passport = "1004", "passport";
        PersonalId = "1005", "personal id";
        Phone = "1006", "telephone";
    }
}

/// Whose number it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaxIdOf {
    /// The sender.
    ShipFrom,
    /// The receiver. UPS takes a company's or a personal number for it.
    Consignee,
}

/// A number by which customs knows a party.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaxId {
    /// Whose it is.
    pub of: TaxIdOf,
    /// What sort of number.
    pub kind: TaxIdKind,
    /// The number.
    pub number: String,
    /// Who issued it: two letters of ISO 3166.
    pub issued_in: Option<String>,
    /// Whether it is an EORI number.
    pub eori: bool,
}

impl TaxId {
    /// A number of the receiver.
    pub fn consignee(kind: impl Into<TaxIdKind>, number: impl Into<String>) -> Self {
        Self::new(TaxIdOf::Consignee, kind, number)
    }

    /// A number of the sender.
    pub fn ship_from(kind: impl Into<TaxIdKind>, number: impl Into<String>) -> Self {
        Self::new(TaxIdOf::ShipFrom, kind, number)
    }

    fn new(of: TaxIdOf, kind: impl Into<TaxIdKind>, number: impl Into<String>) -> Self {
        Self { of, kind: kind.into(), number: number.into(), issued_in: None, eori: false }
    }

    /// Who issued it.
    #[must_use]
    pub fn issued_in(mut self, country: impl Into<String>) -> Self {
        self.issued_in = Some(country.into());
        self
    }

    fn write(&self) -> Result<Value, Error> {
        const FIELD: &str = "tax_ids";
        let fits = matches!(self.kind, TaxIdKind::Company | TaxIdKind::PersonalId | TaxIdKind::Personal);
        if self.of == TaxIdOf::Consignee && !fits {
            return Err(Error::invalid(FIELD, format!("cannot be a {} for the consignee", self.kind)));
        }
        Ok(json!({
            "IdentificationNumber": text::required(FIELD, &self.number, 35)?,
            "IDNumberTypeCode": self.kind.code(),
            "IDNumberCustomerRole": match self.of {
                TaxIdOf::ShipFrom => "37",
                TaxIdOf::Consignee => "18",
            },
            "IDNumberPurposeCode": if self.eori { "02" } else { "01" },
            "IDNumberEncryptionIndicator": "0",
            "IDNumberIssuingCntryCd": self.issued_in.as_deref().map(|it| text::country(FIELD, it)).transpose()?,
        }))
    }
}

/// `GlobalTaxInformation`: up to eight numbers for each of the two.
pub(crate) fn write_all(ids: &[TaxId]) -> Result<Value, Error> {
    let mut agents = Vec::new();
    for (of, role) in [(TaxIdOf::ShipFrom, "20"), (TaxIdOf::Consignee, "30")] {
        let own: Result<Vec<Value>, Error> = ids.iter().filter(|it| it.of == of).map(TaxId::write).collect();
        let own = own?;
        if own.len() > 8 {
            return Err(Error::invalid("tax_ids", "has more than eight numbers of one party"));
        }
        if !own.is_empty() {
            agents.push(json!({ "AgentRole": role, "TaxIdentificationNumber": own }));
        }
    }
    Ok(json!({ "AgentTaxIdentificationNumber": agents }))
}
