//! Who is to pay for what.

use serde_json::Value;

use super::{present, text};

/// One of those who may pay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payer {
    /// The shipper's account; empty where a card or another method was given instead.
    Shipper {
        account: String,
        by_card: bool,
    },
    Receiver {
        account: String,
        postal: String,
    },
    ThirdParty {
        account: String,
        postal: String,
        country: String,
    },
    Consignee,
}

/// One `ShipmentCharge`.
#[derive(Debug, Clone)]
pub(crate) struct Charge {
    /// 01 transportation, 02 duties and taxes, 03 broker of choice.
    pub(crate) kind: String,
    /// Everybody named; more or fewer than one is wrong.
    pub(crate) payers: Vec<Payer>,
}

impl Charge {
    pub(super) fn read(value: &Value) -> Self {
        let account = |name: &str| text(value, &[name, "AccountNumber"]).to_uppercase();
        let postal = |name: &str| text(value, &[name, "Address", "PostalCode"]).replace([' ', '-'], "").to_uppercase();
        let shipper = || Payer::Shipper {
            account: account("BillShipper"),
            by_card: present(value, &["BillShipper", "CreditCard"])
                || present(value, &["BillShipper", "AlternatePaymentMethod"]),
        };
        let receiver = || Payer::Receiver { account: account("BillReceiver"), postal: postal("BillReceiver") };
        let third = || Payer::ThirdParty {
            account: account("BillThirdParty"),
            postal: postal("BillThirdParty"),
            country: text(value, &["BillThirdParty", "Address", "CountryCode"]).to_uppercase(),
        };
        let payers = [
            present(value, &["BillShipper"]).then(shipper),
            present(value, &["BillReceiver"]).then(receiver),
            present(value, &["BillThirdParty"]).then(third),
            present(value, &["ConsigneeBilledIndicator"]).then_some(Payer::Consignee),
        ];
        Self { kind: text(value, &["Type"]), payers: payers.into_iter().flatten().collect() }
    }

    /// The one who pays, once it is known that there is exactly one.
    pub(crate) fn payer(&self) -> Option<&Payer> {
        self.payers.first()
    }
}
