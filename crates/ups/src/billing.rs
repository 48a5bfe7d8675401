//! Billing: who pays the transportation, and who the duties and taxes.
//!
//! ```text
//!              transportation   duties and taxes   what UPS checks
//! Shipper      yes              yes                the shipping account itself
//! Receiver     not on returns   yes                account, postal code of its pickup address (US, CA)
//! ThirdParty   yes              yes                account, country, postal code (US, CA)
//! Consignee    US and PR only   no                 an account that agreed to it
//! ```
//!
//! Where nobody is named, the receiver pays duties and taxes. On lanes free of duties UPS refuses a payer of them.

use serde_json::{Value, json};

use crate::error::Error;
use crate::lane::Lane;
use crate::package::indicator;
use crate::text;

/// Who pays a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payer {
    /// The account that ships.
    Shipper,
    /// The ship-to's account.
    Receiver {
        /// Six letters or digits.
        account: String,
        /// The postal code of the account's pickup address; UPS demands it for accounts of the US and Canada, and
        /// refuses another one (`120437`).
        postal_code: Option<String>,
    },
    /// Somebody else's account.
    ThirdParty {
        /// Six letters or digits.
        account: String,
        /// The postal code of the account's pickup address; demanded for accounts of the US and Canada.
        postal_code: Option<String>,
        /// The account's country.
        country: String,
    },
    /// The ship-to, who has agreed to it with UPS: transportation only, within the US and Puerto Rico.
    Consignee,
}

impl Payer {
    /// The receiver's account, with the postal code of its pickup address.
    pub fn receiver(account: impl Into<String>, postal_code: impl Into<String>) -> Self {
        Self::Receiver { account: account.into(), postal_code: Some(postal_code.into()) }
    }

    /// A third party's account, with postal code and country of its pickup address.
    pub fn third_party(account: impl Into<String>, postal_code: impl Into<String>, country: impl Into<String>) -> Self {
        Self::ThirdParty { account: account.into(), postal_code: Some(postal_code.into()), country: country.into() }
    }

    fn write(&self, kind: &str, field: &'static str, shipper: &str, ship_to: &str) -> Result<Value, Error> {
        let postal = |code: &Option<String>, country: &str| match country {
            "US" | "PR" | "CA" => text::postal_code(field, code.as_deref().unwrap_or_default(), country),
            _ => text::optional(field, code.as_deref(), 9),
        };
        Ok(match self {
            Self::Shipper => json!({ "Type": kind, "BillShipper": { "AccountNumber": shipper } }),
            Self::Receiver { account, postal_code } => json!({ "Type": kind, "BillReceiver": {
                "AccountNumber": text::account(field, account)?,
                "Address": { "PostalCode": postal(postal_code, ship_to)? },
            } }),
            Self::ThirdParty { account, postal_code, country } => {
                let country = text::country(field, country)?;
                json!({ "Type": kind, "BillThirdParty": {
                    "AccountNumber": text::account(field, account)?,
                    "Address": { "PostalCode": postal(postal_code, &country)?, "CountryCode": country },
                } })
            }
            Self::Consignee => json!({ "Type": kind, "ConsigneeBilledIndicator": "" }),
        })
    }
}

/// Who pays what.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Billing {
    /// Who pays UPS for carrying it.
    pub transportation: Payer,
    /// Who pays duties and taxes; the receiver if nobody is named.
    pub duties: Option<Payer>,
    /// Whether the payer of the transportation also pays the duties, so that the payer of duties and taxes pays the
    /// value-added tax only.
    pub split_duty_and_tax: bool,
}

impl Default for Billing {
    /// The shipper pays the transportation.
    fn default() -> Self {
        Self::to(Payer::Shipper)
    }
}

impl Billing {
    /// Has somebody pay the transportation.
    #[must_use]
    pub fn to(payer: Payer) -> Self {
        Self { transportation: payer, duties: None, split_duty_and_tax: false }
    }

    /// Has somebody pay duties and taxes.
    #[must_use]
    pub fn duties_to(mut self, payer: Payer) -> Self {
        self.duties = Some(payer);
        self
    }

    /// Whether somebody else's account pays the transportation.
    pub(crate) fn is_others(&self) -> bool {
        matches!(self.transportation, Payer::Receiver { .. } | Payer::ThirdParty { .. })
    }

    /// Refuses what UPS refuses by rule, before it does.
    pub(crate) fn check(&self, lane: &Lane, free_of_duties: bool, returns: bool) -> Result<(), Error> {
        let invalid = |why: &str| Err(Error::invalid("billing.duties", why));
        match &self.transportation {
            Payer::Receiver { .. } if returns => {
                return Err(Error::invalid("billing", "cannot name the receiver of a return"));
            }
            Payer::Consignee if !lane.within(&["US", "PR"]) => {
                return Err(Error::invalid("billing", "can name the consignee within the US and Puerto Rico only"));
            }
            _ => {}
        }
        match &self.duties {
            Some(Payer::Consignee) => return invalid("cannot name the consignee: name the receiver's account"),
            Some(_) if free_of_duties => return invalid("must be empty: there are no duties on this lane"),
            _ => {}
        }
        if self.split_duty_and_tax && free_of_duties {
            return invalid("cannot be split: there are no duties on this lane");
        }
        Ok(())
    }

    /// `PaymentInformation` of shipping, `PaymentDetails` of rating.
    pub(crate) fn write(&self, shipper: &str, ship_to: &str) -> Result<Value, Error> {
        let mut charges = vec![self.transportation.write("01", "billing", shipper, ship_to)?];
        if let Some(payer) = &self.duties {
            charges.push(payer.write("02", "billing.duties", shipper, ship_to)?);
        }
        Ok(json!({ "ShipmentCharge": charges, "SplitDutyVATIndicator": indicator(self.split_duty_and_tax) }))
    }
}
