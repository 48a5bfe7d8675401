//! Void: taking a booking back before it travels.
//!
//! ```text
//! number ─► DELETE /api/shipments/v2409/void/cancel/{number} ─► Voided · AlreadyVoided
//!                                                            ─► Partly · NotVoided
//!                                                            ─► TooLate · NotKnown
//! ```
//!
//! A void whose answer was lost may simply be asked for again: the second answer tells what the first
//! one did. How long a shipment can be voided is UPS's decision (its help pages say 90 days);
//! nothing is computed here.

use reqwest::Method;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::Error;
use crate::json::Node;
use crate::text;

/// What became of a void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoidAnswer {
    /// The shipment is voided and will not be billed.
    Voided,
    /// It was voided before; the effect is the same.
    AlreadyVoided,
    /// Some of its packages are voided.
    Partly(Vec<PackageVoid>),
    /// UPS did not void it.
    NotVoided {
        /// UPS's code, or the status of its summary.
        code: String,
        /// UPS's words.
        message: String,
    },
    /// Its time is over: too old, or picked up. UPS's people may still help.
    TooLate {
        /// `190101` (time expired), `190103` (picked up) or `190104` (a processed return).
        code: String,
        /// UPS's words.
        message: String,
    },
    /// UPS finds no such shipment of this account within the period in which one can be voided.
    NotKnown {
        /// `190100`, `190102` or `190109`.
        code: String,
        /// UPS's words.
        message: String,
    },
}

impl VoidAnswer {
    /// Whether the shipment is certain to be void as a whole.
    #[must_use]
    pub fn is_void(&self) -> bool {
        matches!(self, Self::Voided | Self::AlreadyVoided)
    }
}

/// One package of a void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageVoid {
    /// The package's number.
    pub tracking_number: String,
    /// Whether it is voided, now or before.
    pub voided: bool,
    /// UPS's words, such as `Already Voided`.
    pub description: Option<String>,
}

impl Client {
    /// Voids a whole shipment by its shipment identification number. Never repeats itself, and does not
    /// cancel a pickup.
    ///
    /// # Errors
    ///
    /// [`Error::AnswerLost`] if it may be voided; every other error means that nothing happened.
    pub async fn void(&self, shipment_identification_number: &str) -> Result<VoidAnswer, Error> {
        let number = text::tracking_number("shipment_identification_number", shipment_identification_number)?;
        let path = ["api", "shipments", "v2409", "void", "cancel", &number];
        let call = Call::new(Kind::Changing, "void", "Shipping", Method::DELETE, &path);
        match self.send(call).await {
            Ok(answer) => VoidAnswer::read(&answer)
                .map_err(|what| Kind::Changing.senseless(answer.status, &what, answer.raw.clone())),
            Err(Error::Rejected { code, message, field, all, body }) => {
                VoidAnswer::told_by(&code, &message).ok_or(Error::Rejected { code, message, field, all, body })
            }
            Err(error) => Err(error),
        }
    }
}

impl VoidAnswer {
    /// What the code of a refusal says about the shipment; nothing if it speaks of the request.
    fn told_by(code: &str, message: &str) -> Option<Self> {
        let (told, message) = (code.to_owned(), message.to_owned());
        Some(match code {
            "190117" => Self::AlreadyVoided,
            "190101" | "190103" | "190104" => Self::TooLate { code: told, message },
            "190100" | "190102" | "190109" => Self::NotKnown { code: told, message },
            "190118" => Self::NotVoided { code: told, message },
            _ => return None,
        })
    }

    /// UPS's description has `PackageLevelResults`, its practice `PackageLevelResult`; a void of a whole
    /// shipment mostly has neither.
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.root().at("VoidShipmentResponse");
        let status = container.path(&["SummaryResult", "Status"]);
        let packages: Vec<PackageVoid> = ["PackageLevelResult", "PackageLevelResults"]
            .iter()
            .flat_map(|name| container.at(name).each())
            .filter_map(PackageVoid::read)
            .collect();
        let Some(code) = status.text_at("Code") else {
            return Err("the answer has no summary".to_owned());
        };
        let words = status.text_at("Description").unwrap_or_default();
        let lower = words.to_ascii_lowercase();
        let some = packages.iter().any(|package| package.voided);
        let all = packages.iter().all(|package| package.voided);
        Ok(match code.as_str() {
            "1" if lower.contains("partial") || (some && !all) => Self::Partly(packages),
            "1" if lower.contains("not voided") || !all => Self::NotVoided { code, message: words },
            "1" if lower.contains("already") => Self::AlreadyVoided,
            "1" => Self::Voided,
            _ if some => Self::Partly(packages),
            _ => Self::NotVoided { code, message: words },
        })
    }
}

impl PackageVoid {
    fn read(node: Node<'_>) -> Option<Self> {
        let status = node.at("Status");
        Some(Self {
            tracking_number: node.text_at("TrackingNumber")?,
            voided: status.text_at("Code").as_deref() == Some("1"),
            description: status.text_at("Description"),
        })
    }
}
