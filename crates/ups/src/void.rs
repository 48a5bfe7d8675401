//! Void: taking a booking back before it travels, whole or package by package.
//!
//! ```text
//! number            ─► DELETE /api/shipments/v2409/void/cancel/{number} ─► Voided · AlreadyVoided
//! number + packages ─►   …?trackingnumber=1Z… or ["1Z…","1Z…"]          ─► Partly · NotVoided
//!                                                                        ─► TooLate · NotKnown · NotByPackage
//! ```
//!
//! A void whose answer was lost may simply be asked for again: the second answer tells what the first
//! one did. How long a shipment can be voided is UPS's decision (its help pages say 90 days);
//! nothing is computed here.

use reqwest::Method;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::text;

/// UPS voids so many packages at once.
const MOST_PACKAGES: usize = 20;

/// What UPS answered to a void, and how it said so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VoidAnswer {
    /// What became of the shipment, or of the packages that were asked for.
    pub outcome: VoidOutcome,
    /// What became of each package, if UPS tells: not when a whole shipment is voided.
    pub packages: Vec<PackageVoid>,
    /// Warnings, such as `190119`: its pickup is not cancelled. For a refusal its errors.
    pub alerts: Vec<Alert>,
    /// The answer as it came, be it a success or a refusal.
    pub raw: RawAnswer,
}

/// What became of a void.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VoidOutcome {
    /// What was asked for is voided and will not be billed.
    Voided,
    /// It was voided before; the effect is the same.
    AlreadyVoided,
    /// Some packages are voided and the others will be billed.
    Partly,
    /// UPS did not void it, and it will be billed.
    NotVoided {
        /// UPS's code, or the status of its summary.
        code: String,
        /// UPS's words.
        message: String,
    },
    /// Its time is over, and it will be billed. UPS's people may still help.
    TooLate {
        /// Why.
        reason: TooLate,
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
    /// UPS voids this shipment as a whole only (`190112`, `190113`). Nothing happened.
    NotByPackage {
        /// UPS's code.
        code: String,
        /// UPS's words.
        message: String,
    },
}

/// Why a shipment can no longer be voided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooLate {
    /// `190101`: the period is over.
    PeriodOver,
    /// `190103`: it was picked up, or is just being.
    PickedUp,
    /// `190104`: a return that was processed.
    ReturnProcessed,
}

/// A code of UPS's about voiding, in plain words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VoidCode {
    /// What it means.
    pub meaning: &'static str,
    /// What a person can do.
    pub remedy: &'static str,
}

/// What a code says about voiding and what to do about it; `None` for a code nobody knows, which is best shown as it came.
///
/// UPS publishes neither the codes nor how long a shipment can be voided (its help pages say 90 days, and 180 with the
/// help of its people); the meanings are those of UPS's older guides.
#[must_use]
pub fn void_code(code: &str) -> Option<VoidCode> {
    let (meaning, remedy) = match code {
        "190100" | "190109" => ("UPS does not take the number for one of its own", "check the number on the label"),
        "190101" => (
            "the time for voiding is over",
            "ask UPS to void it by telephone (up to 180 days after the label was made), or claim it on the invoice",
        ),
        "190102" => (
            "UPS finds no such shipment that can still be voided",
            "it is too old, another account's, or never uploaded: look for it on ups.com",
        ),
        "190103" => (
            "UPS has picked it up, or is just doing so",
            "stop the parcel with UPS Delivery Intercept, or let it travel; it is billed",
        ),
        "190104" => ("a return that was processed cannot be voided", "let it travel, or ask UPS by telephone"),
        "190110" | "190122" => {
            ("a package is not one of this shipment", "void the whole shipment, or name its packages")
        }
        "190111" => ("too many packages at once", "void at most 20 packages at a time"),
        "190112" => ("a return is voided as a whole only", "void the whole shipment"),
        "190113" => ("an international shipment is voided as a whole only", "void the whole shipment"),
        "190114" | "190115" | "190116" => {
            ("UPS does not void single packages of this shipment", "void the whole shipment")
        }
        "190117" => ("it was voided before", "nothing"),
        "190118" => ("none of the packages was voided", "void the whole shipment, or ask UPS by telephone"),
        "190119" => ("its pickup goes on", "cancel the pickup if nothing else is to be collected"),
        "190121" => ("the packages cannot be voided together", "void them one by one, or the whole shipment"),
        _ => return None,
    };
    Some(VoidCode { meaning, remedy })
}

impl VoidAnswer {
    /// Whether what was asked for is certain to be void as a whole.
    #[must_use]
    pub fn is_void(&self) -> bool {
        matches!(self.outcome, VoidOutcome::Voided | VoidOutcome::AlreadyVoided)
    }
}

/// One package of a void.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
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
    /// [`Error::AnswerLost`] if it may be voided: ask again. Every other error means that nothing happened and the
    /// shipment will be billed.
    pub async fn void(&self, shipment_identification_number: &str) -> Result<VoidAnswer, Error> {
        self.void_packages(shipment_identification_number, &[]).await
    }

    /// Voids up to twenty packages of a shipment, or the whole shipment if none are named.
    ///
    /// # Errors
    ///
    /// As for [`void`](Self::void).
    pub async fn void_packages(
        &self,
        shipment_identification_number: &str,
        tracking_numbers: &[&str],
    ) -> Result<VoidAnswer, Error> {
        let number = text::tracking_number("shipment_identification_number", shipment_identification_number)?;
        let path = ["api", "shipments", "v2409", "void", "cancel", &number];
        let mut call = Call::new(Kind::Changing, "void", "Shipping", Method::DELETE, &path);
        if let Some(list) = list_of(tracking_numbers)? {
            call = call.query("trackingnumber", list);
        }
        match self.send(call).await {
            Ok(answer) => VoidAnswer::read(&answer)
                .map_err(|what| Kind::Changing.senseless(answer.status, &what, answer.raw.clone())),
            Err(Error::Rejected { code, message, field, all, body }) => match VoidOutcome::told_by(&code, &message) {
                Some(outcome) => Ok(VoidAnswer { outcome, packages: Vec::new(), alerts: all, raw: body }),
                None => Err(Error::Rejected { code, message, field, all, body }),
            },
            Err(error) => Err(error),
        }
    }
}

/// One number stands alone, several in brackets: `["1Z…","1Z…"]`.
fn list_of(tracking_numbers: &[&str]) -> Result<Option<String>, Error> {
    const FIELD: &str = "tracking_numbers";
    if tracking_numbers.len() > MOST_PACKAGES {
        let count = tracking_numbers.len();
        return Err(Error::invalid(FIELD, format!("has {count} entries, UPS takes {MOST_PACKAGES}")));
    }
    let mut numbers = Vec::new();
    for number in tracking_numbers {
        numbers.push(text::tracking_number(FIELD, number)?);
    }
    Ok(match numbers.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(format!("[\"{}\"]", several.join("\",\""))),
    })
}

impl VoidOutcome {
    /// What the code of a refusal says about the shipment; nothing if it speaks of the request.
    fn told_by(code: &str, message: &str) -> Option<Self> {
        let (told, message) = (code.to_owned(), message.to_owned());
        Some(match code {
            "190117" => Self::AlreadyVoided,
            "190101" => Self::TooLate { reason: TooLate::PeriodOver, message },
            "190103" => Self::TooLate { reason: TooLate::PickedUp, message },
            "190104" => Self::TooLate { reason: TooLate::ReturnProcessed, message },
            "190100" | "190102" | "190109" => Self::NotKnown { code: told, message },
            "190112" | "190113" => Self::NotByPackage { code: told, message },
            "190118" => Self::NotVoided { code: told, message },
            _ => return None,
        })
    }
}

impl VoidAnswer {
    /// Reads an answer that was kept.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if it has no summary.
    pub fn from_raw(raw: &[u8]) -> Result<Self, Error> {
        Self::read(&Answer::kept(raw)?).map_err(Error::unreadable)
    }

    /// UPS's description has `PackageLevelResults`, its practice `PackageLevelResult`; a void of a whole
    /// shipment mostly has neither.
    fn read(answer: &Answer) -> Result<Self, String> {
        let container = answer.root().at("VoidShipmentResponse");
        let packages: Vec<PackageVoid> = ["PackageLevelResult", "PackageLevelResults"]
            .iter()
            .flat_map(|name| container.at(name).each())
            .filter_map(PackageVoid::read)
            .collect();
        let status = container.path(&["SummaryResult", "Status"]);
        let Some(code) = status.text_at("Code") else {
            return Err("VoidShipmentResponse has no SummaryResult.Status.Code".to_owned());
        };
        let words = status.text_at("Description").unwrap_or_default();
        Ok(Self {
            outcome: outcome_of(code, words, &packages),
            packages,
            alerts: container.path(&["Response", "Alert"]).alerts(),
            raw: answer.raw.clone(),
        })
    }
}

/// Summary and packages may disagree; then nothing is called void that a package denies.
fn outcome_of(code: String, words: String, packages: &[PackageVoid]) -> VoidOutcome {
    let lower = words.to_ascii_lowercase();
    let some = packages.iter().any(|package| package.voided);
    let all = packages.iter().all(|package| package.voided);
    match code.as_str() {
        "1" if lower.contains("partial") || (some && !all) => VoidOutcome::Partly,
        "1" if lower.contains("not voided") || !all => VoidOutcome::NotVoided { code, message: words },
        "1" if lower.contains("already") => VoidOutcome::AlreadyVoided,
        "1" => VoidOutcome::Voided,
        _ if some => VoidOutcome::Partly,
        _ => VoidOutcome::NotVoided { code, message: words },
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
