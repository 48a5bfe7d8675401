//! What UPS's status codes mean: one vocabulary for tracking, Track Alert and Quantum View.
//!
//! ```text
//! status code (011) ─ known? ─► meaning
//!        │ no
//! type + scan code (I/DP) ─ known? ─► meaning
//!        │ no
//! type (I) ─ known? ─► meaning
//!        │ no
//!     Unknown, the codes stay with the scan
//! ```
//!
//! UPS has three code spaces: a type letter, a two-character scan code whose meaning depends on the type (`DP` is
//! "departed" under `I`, "manifest processed" under `M`, "prohibited" under `X`), and a three-digit status code. So a
//! scan code is never looked up without its type.
//!
//! A delivery is believed only with evidence: UPS's own list of delivery codes holds refusals and "not in". Type `D`
//! alone is therefore [`CanonicalStatus::Unknown`], unless the feed proves the delivery besides the codes
//! ([`ScanStatus::canonical_with_proof`]).
//!
//! Sources: UPS's published table of status codes, corrected where recorded production answers contradict it.

use std::fmt;

use crate::json::Node;

/// A status in UPS's three code spaces, each kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct ScanStatus {
    /// The type letter or letters: `M`, `I`, `X`, `D`, `MV`, `U`, … or one this crate does not know.
    pub type_letter: Option<String>,
    /// The two-character scan code, whose meaning depends on the type.
    pub code: Option<String>,
    /// The three-digit status code, such as `011`.
    pub status_code: Option<String>,
    /// UPS's words, trimmed.
    pub description: Option<String>,
}

/// Where a package is, in one vocabulary for all of UPS's feeds.
///
/// The vocabulary is this crate's own, so a `match` over it need not expect more; a code of UPS that is not in the
/// table is [`Unknown`](Self::Unknown), and the scan keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CanonicalStatus {
    /// UPS has the data, not yet the package.
    LabelCreated,
    /// The label was voided.
    Voided,
    /// UPS was asked to come, or came in vain.
    PickupPending,
    /// UPS has the package.
    PickedUp,
    /// On its way.
    InTransit,
    /// With customs or a broker.
    Customs,
    /// Sorted for, or loaded on, the delivery vehicle.
    Preparing,
    /// On the delivery vehicle's round.
    OutForDelivery,
    /// Tried and not delivered.
    DeliveryAttempted,
    /// Waits to be collected, at an access point for example. Not the end, although UPS may call it delivered.
    HeldForPickup,
    /// Delivered, with evidence.
    Delivered,
    /// Handed to an agent who brings it on.
    DeliveredToAgent,
    /// Delayed or in trouble.
    Exception,
    /// The consignee refused it.
    Refused,
    /// On its way back.
    Returning,
    /// Back at the shipper.
    Returned,
    /// Lost or destroyed.
    Lost,
    /// News that move nothing: a requested change, a new estimate, a photo, a claim.
    Notice,
    /// Codes that are not in the table, or a delivery without evidence.
    Unknown,
}

/// Why a delivery may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeliveryEvidence {
    /// A status code that means delivered to the consignee and nothing else: `011`, `026`, `156`.
    StatusCode(String),
    /// The feed tells the day of delivery as a fact: tracking's date of type `DEL`, an alert's actual delivery date.
    Date(jiff::civil::Date),
    /// Quantum View's delivery record.
    DeliveryRecord,
}

impl ScanStatus {
    /// Reads a status of tracking. Three digits are a status code wherever they stand: `currentStatus` has them under
    /// `code`.
    pub(crate) fn read(node: Node<'_>) -> Self {
        let three_digits = |code: &String| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
        let code = node.text_at("code");
        let status_code = node.text_at("statusCode").or_else(|| code.clone().filter(three_digits));
        Self {
            type_letter: node.text_at("type"),
            code: code.filter(|code| !three_digits(code)),
            status_code,
            description: node.text_at("description").or_else(|| node.text_at("simplifiedTextDescription")),
        }
    }

    /// What the codes say: the status code first, then type and scan code, then the type.
    #[must_use]
    pub fn canonical(&self) -> CanonicalStatus {
        let text = |part: &Option<String>| part.as_deref().unwrap_or_default().trim().to_ascii_uppercase();
        let (type_letter, code) = (text(&self.type_letter), text(&self.code));
        by_status_code(&text(&self.status_code))
            .or_else(|| by_scan_code(&type_letter, &code))
            .or_else(|| by_type(&type_letter))
            .unwrap_or(CanonicalStatus::Unknown)
    }

    /// What the codes say when the feed proves a delivery besides them: then a scan of type `D` whose codes say
    /// nothing is a delivery. A hold at an access point stays one, whatever date UPS adds.
    #[must_use]
    pub fn canonical_with_proof(&self) -> CanonicalStatus {
        let delivery = self.type_letter.as_deref().is_some_and(|letter| letter.trim().eq_ignore_ascii_case("D"));
        match self.canonical() {
            CanonicalStatus::Unknown if delivery => CanonicalStatus::Delivered,
            said => said,
        }
    }

    /// The codes in one short text, `011 D/FS`; empty where there are none.
    #[must_use]
    pub fn codes(&self) -> String {
        let text = |part: &Option<String>| part.as_deref().unwrap_or_default().trim().to_owned();
        let scan = match (text(&self.type_letter), text(&self.code)) {
            (letter, code) if code.is_empty() => letter,
            (letter, code) => format!("{letter}/{code}"),
        };
        [text(&self.status_code), scan].join(" ").trim().to_owned()
    }
}

impl CanonicalStatus {
    /// Every status, in the order of a package's life.
    pub const ALL: [Self; 19] = [
        Self::LabelCreated,
        Self::Voided,
        Self::PickupPending,
        Self::PickedUp,
        Self::InTransit,
        Self::Customs,
        Self::Preparing,
        Self::OutForDelivery,
        Self::DeliveryAttempted,
        Self::HeldForPickup,
        Self::Delivered,
        Self::DeliveredToAgent,
        Self::Exception,
        Self::Refused,
        Self::Returning,
        Self::Returned,
        Self::Lost,
        Self::Notice,
        Self::Unknown,
    ];

    /// Whether nothing more is expected. What is over can still come back: a delivered package is returned, a lost
    /// one turns up.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Lost | Self::Voided)
    }

    /// A stable name, such as `out_for_delivery`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LabelCreated => "label_created",
            Self::Voided => "voided",
            Self::PickupPending => "pickup_pending",
            Self::PickedUp => "picked_up",
            Self::InTransit => "in_transit",
            Self::Customs => "customs",
            Self::Preparing => "preparing",
            Self::OutForDelivery => "out_for_delivery",
            Self::DeliveryAttempted => "delivery_attempted",
            Self::HeldForPickup => "held_for_pickup",
            Self::Delivered => "delivered",
            Self::DeliveredToAgent => "delivered_to_agent",
            Self::Exception => "exception",
            Self::Refused => "refused",
            Self::Returning => "returning",
            Self::Returned => "returned",
            Self::Lost => "lost",
            Self::Notice => "notice",
            Self::Unknown => "unknown",
        }
    }
}

/// "out for delivery"
impl fmt::Display for CanonicalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_str().replace('_', " "))
    }
}

/// The table of status codes.
fn by_status_code(status_code: &str) -> Option<CanonicalStatus> {
    use CanonicalStatus as C;
    Some(match status_code {
        "003" | "079" | "080" | "157" | "166" => C::LabelCreated,
        "007" | "043" => C::Voided,
        "065" | "077" | "131" | "135" => C::PickupPending,
        "038" | "044" | "045" | "160" | "167" | "168" | "169" => C::PickedUp,
        "005" | "010" | "025" | "039" | "047" | "057" | "073" | "074" | "087" | "137" | "138" | "158" | "159"
        | "164" | "165" => C::InTransit,
        "012" | "014" | "058" | "084" | "092" | "123" | "124" | "125" | "126" | "134" => C::Customs,
        "071" | "072" | "075" => C::Preparing,
        "006" | "021" | "037" | "078" | "089" | "091" | "146" | "162" => C::OutForDelivery,
        "022" | "023" | "024" | "060" | "061" | "062" | "066" | "095" | "145" => C::DeliveryAttempted,
        // 161 reads "delivered", but to an access point where the consignee has yet to come by.
        "017" | "040" | "083" | "085" | "100" | "103" | "106" | "108" | "144" | "161" => C::HeldForPickup,
        "011" | "026" | "156" => C::Delivered,
        "143" => C::DeliveredToAgent,
        "013" | "029" | "030" | "032" | "046" | "048" | "049" | "050" | "051" | "052" | "053" | "055" | "059"
        | "069" | "070" | "076" | "086" | "090" | "132" | "139" | "148" | "163" => C::Exception,
        "064" => C::Refused,
        "033" | "035" | "036" | "118" | "119" => C::Returning,
        "034" | "067" | "081" => C::Returned,
        "068" | "147" | "149" => C::Lost,
        // Changes asked for or confirmed; new estimates and photos; claims and investigations.
        "018" | "019" | "020" | "027" | "028" | "041" | "042" | "054" | "056" | "063" | "082" | "096" | "097"
        | "098" | "099" | "101" | "102" | "104" | "105" | "107" | "109" | "110" | "111" | "112" | "113" | "114"
        | "115" | "116" | "117" | "120" | "121" | "122" | "136" | "153" | "154" | "155" | "127" | "128" | "129"
        | "130" | "140" | "141" | "142" => C::Notice,
        _ => return None,
    })
}

/// The table of scan codes, each under its type.
fn by_scan_code(type_letter: &str, code: &str) -> Option<CanonicalStatus> {
    use CanonicalStatus as C;
    Some(match (type_letter, code) {
        // The published table calls OC "label created", production "We have your package"; it calls OF "out
        // for delivery", production "Loaded on Delivery Vehicle". Production counts.
        ("I", "OC" | "OR" | "PU" | "PC" | "PT" | "XD") => C::PickedUp,
        ("I", "SP") => C::PickupPending,
        ("I", "PL") | ("M", "MP" | "DP" | "RD") => C::LabelCreated,
        ("M", "VP") => C::Voided,
        ("I", "EP" | "IP") => C::Customs,
        ("I", "YP" | "OF" | "OD" | "DL") => C::Preparing,
        ("I", "OT" | "YI" | "YF") => C::OutForDelivery,
        ("I", "CA" | "CD" | "CL" | "UA" | "UD" | "VP") | ("U", _) => C::Notice,
        // Not the consignee yet: an access point, a locker, a counter of UPS.
        ("D", "2Q" | "1N" | "4X") => C::HeldForPickup,
        ("D", "B0") => C::Returned,
        ("X", "48") => C::DeliveryAttempted,
        ("X", "53" | "KT") => C::Refused,
        ("X", "UA" | "DL" | "UF" | "KP" | "O4") => C::Returning,
        ("X", "5" | "70" | "B2" | "71") => C::Customs,
        ("X", "78" | "79") => C::Notice,
        _ => return None,
    })
}

/// The table of types. `D` is not in it: loaded, refused and "not in" come under it too.
fn by_type(type_letter: &str) -> Option<CanonicalStatus> {
    match type_letter {
        "I" => Some(CanonicalStatus::InTransit),
        "X" => Some(CanonicalStatus::Exception),
        "M" => Some(CanonicalStatus::LabelCreated),
        "MV" => Some(CanonicalStatus::Voided),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(status_code: &str, type_letter: &str, code: &str) -> ScanStatus {
        let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ScanStatus {
            type_letter: part(type_letter),
            code: part(code),
            status_code: part(status_code),
            description: None,
        }
    }

    fn said(status_code: &str, type_letter: &str, code: &str) -> CanonicalStatus {
        scan(status_code, type_letter, code).canonical()
    }

    #[test]
    fn the_status_code_is_asked_before_the_scan_code_and_that_before_the_type() {
        assert_eq!(said("021", "D", "FS"), CanonicalStatus::OutForDelivery);
        assert_eq!(said("999", "M", "VP"), CanonicalStatus::Voided);
        assert_eq!(said("999", "I", "??"), CanonicalStatus::InTransit);
        assert_eq!(said("999", "Q", "ZZ"), CanonicalStatus::Unknown);
        assert_eq!(scan("999", "Q", "ZZ").codes(), "999 Q/ZZ");
        assert_eq!(said("", "", ""), CanonicalStatus::Unknown);
    }

    #[test]
    fn a_scan_code_means_something_else_under_another_type() {
        assert_eq!(said("", "I", "DP"), CanonicalStatus::InTransit);
        assert_eq!(said("", "M", "DP"), CanonicalStatus::LabelCreated);
        assert_eq!(said("", "X", "DP"), CanonicalStatus::Exception);
        assert_eq!(said("", "I", "DL"), CanonicalStatus::Preparing);
        assert_eq!(said("", "X", "DL"), CanonicalStatus::Returning);
        assert_eq!(said("", "M", "VP"), CanonicalStatus::Voided);
        assert_eq!(said("", "I", "VP"), CanonicalStatus::Notice);
    }

    #[test]
    fn a_delivery_is_believed_only_with_evidence() {
        assert_eq!(said("", "D", "FS"), CanonicalStatus::Unknown);
        assert_eq!(scan("", "D", "FS").canonical_with_proof(), CanonicalStatus::Delivered);
        assert_eq!(said("011", "D", "FS"), CanonicalStatus::Delivered);
        // Delivered to an access point: the consignee has yet to come by.
        assert_eq!(scan("161", "D", "2Q").canonical_with_proof(), CanonicalStatus::HeldForPickup);
        // A proof belongs to the delivery scan, not to the scans around it.
        assert_eq!(scan("", "Q", "ZZ").canonical_with_proof(), CanonicalStatus::Unknown);
    }

    /// Of all status codes only those of a delivery to the consignee say "delivered".
    #[test]
    fn no_code_says_delivered_but_the_three_that_mean_it() {
        let delivered: Vec<String> = (0..1000)
            .map(|code| format!("{code:03}"))
            .filter(|code| said(code, "D", "FS") == CanonicalStatus::Delivered)
            .collect();
        assert_eq!(delivered, ["011", "026", "156"]);
    }

    #[test]
    fn every_status_has_a_name_of_its_own() {
        let mut names: Vec<_> = CanonicalStatus::ALL.iter().map(|status| status.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CanonicalStatus::ALL.len());
        assert_eq!(CanonicalStatus::OutForDelivery.to_string(), "out for delivery");
    }
}
