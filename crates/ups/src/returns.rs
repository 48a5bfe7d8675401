//! Returns: the goods come back from a customer.
//!
//! ```text
//! printed   ─► UPS answers with a label, the shipper sends it along              PRL
//! e-mailed  ─► UPS writes to the customer, who prints the label                  ERL
//! posted    ─► UPS prints the label and mails it                                 PNM
//! by driver ─► the driver brings the label, once or three times                  RS1, RS3
//! ```
//!
//! A return's ship-from is the customer, its ship-to where the goods go, its shipper the account that asked for it.

use serde_json::{Value, json};

use crate::codes::codes;
use crate::error::Error;
use crate::package::indicator;
use crate::text;

codes! {
    /// How the customer gets the label.
    pub enum ReturnService {
        PrintAndMail = "2", "UPS Print and Mail";
        OneAttempt = "3", "UPS Returns 1-Attempt";
        ThreeAttempts = "5", "UPS Returns 3-Attempt";
        ElectronicLabel = "8", "UPS Electronic Return Label";
        PrintLabel = "9", "UPS Print Return Label";
        ExchangePrintLabel = "10", "UPS Exchange Print Return Label";
        CollectOnceBox1 = "11", "UPS Pack & Collect 1-Attempt Box 1";
        CollectOnceBox2 = "12", "UPS Pack & Collect 1-Attempt Box 2";
        CollectOnceBox3 = "13", "UPS Pack & Collect 1-Attempt Box 3";
        CollectOnceBox4 = "14", "UPS Pack & Collect 1-Attempt Box 4";
        CollectOnceBox5 = "15", "UPS Pack & Collect 1-Attempt Box 5";
        CollectThriceBox1 = "16", "UPS Pack & Collect 3-Attempt Box 1";
        CollectThriceBox2 = "17", "UPS Pack & Collect 3-Attempt Box 2";
        CollectThriceBox3 = "18", "UPS Pack & Collect 3-Attempt Box 3";
        CollectThriceBox4 = "19", "UPS Pack & Collect 3-Attempt Box 4";
        CollectThriceBox5 = "20", "UPS Pack & Collect 3-Attempt Box 5";
    }
}

impl ReturnService {
    /// Whether UPS sends notifications for it.
    pub(crate) fn notifies(&self) -> bool {
        matches!(
            self,
            Self::PrintAndMail
                | Self::OneAttempt
                | Self::ThreeAttempts
                | Self::ElectronicLabel
                | Self::PrintLabel
                | Self::Other(_)
        )
    }
}

/// What makes a shipment a return.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Returns {
    /// How the customer gets the label.
    pub service: ReturnService,
    /// Where UPS mails an electronic label.
    pub label_email: Option<String>,
}

impl Returns {
    /// The label comes with the answer.
    #[must_use]
    pub fn printed() -> Self {
        Self::by(ReturnService::PrintLabel)
    }

    /// UPS mails the label to that address.
    pub fn emailed(to: impl Into<String>) -> Self {
        Self { label_email: Some(to.into()), ..Self::by(ReturnService::ElectronicLabel) }
    }

    /// Another way.
    #[must_use]
    pub fn by(service: ReturnService) -> Self {
        Self { service, label_email: None }
    }

    pub(crate) fn write(&self) -> Value {
        json!({ "Code": self.service.code() })
    }
}

/// `LabelDelivery`: an e-mail for electronic labels, a link for any.
pub(crate) fn write_label_delivery(returns: Option<&Returns>, links: bool) -> Result<Value, Error> {
    const FIELD: &str = "returns.label_email";
    let electronic = returns.filter(|it| it.service == ReturnService::ElectronicLabel);
    let address = returns.and_then(|it| it.label_email.clone());
    if electronic.is_some() && address.is_none() && !links {
        return Err(Error::invalid(FIELD, "is missing, and no link to the label was asked for"));
    }
    if electronic.is_none() && address.is_some() {
        return Err(Error::invalid(FIELD, "is for electronic labels only"));
    }
    let email = address.map(|address| text::emails(FIELD, &[address], 1)).transpose()?;
    Ok(json!({
        "EMail": email.map(|addresses| json!({ "EMailAddress": addresses.concat() })),
        "LabelLinksIndicator": indicator(links),
    }))
}
