//! `ShipmentServiceOptions`: what is asked for the shipment as a whole.

use serde_json::Value;

use super::{many, present, text, texts};

/// One wish to be told something by e-mail.
#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub(crate) code: String,
    pub(crate) emails: Vec<String>,
    pub(crate) memo: String,
}

/// Options of the shipment.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) saturday_delivery: bool,
    pub(crate) saturday_pickup: bool,
    /// `DCISType` of the shipment: 1 signature, 2 signature of an adult.
    pub(crate) confirmation: Option<String>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) label_links: bool,
    /// Where an electronic return label is to be sent.
    pub(crate) label_email: String,
}

impl Options {
    pub(super) fn read(value: &Value) -> Self {
        let notice = |one| Notice {
            code: text(one, &["NotificationCode"]),
            emails: texts(one, &["EMail", "EMailAddress"]),
            memo: text(one, &["EMail", "Memo"]),
        };
        Self {
            saturday_delivery: present(value, &["SaturdayDeliveryIndicator"]),
            saturday_pickup: present(value, &["SaturdayPickupIndicator"]),
            confirmation: present(value, &["DeliveryConfirmation"])
                .then(|| text(value, &["DeliveryConfirmation", "DCISType"])),
            notices: many(value, &["Notification"]).into_iter().map(notice).collect(),
            label_links: present(value, &["LabelDelivery", "LabelLinksIndicator"]),
            label_email: text(value, &["LabelDelivery", "EMail", "EMailAddress"]),
        }
    }
}
