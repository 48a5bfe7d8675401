//! Tracking: from UPS's scans to one canonical status.
//!
//! ```text
//! Track Alert ─┐
//! Track API   ─┼─► scans ─► each once, by identity ─► in order of time ─► one status, with its evidence
//! Quantum View ┘   (any order, any number of times)
//! ```
//!
//! UPS has three code spaces: a type letter, a scan code whose meaning depends on the type (`DP` is "departed"
//! under `I`, "manifest processed" under `M`, "prohibited" under `X`), and a three-digit status code. The
//! status code is asked first, then type and code together, then the type. A code nobody knows stays raw, and
//! a delivery is believed only with evidence: UPS's own list of delivery codes holds refusals and "not in".

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::number::TrackingNumber;

/// Where a package is, in one vocabulary for all of UPS's feeds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
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
    /// Waits to be collected, at an access point for example.
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
    Notice {
        /// `statusCode type/code` as UPS gave them.
        raw: String,
    },
    /// Codes we do not know, or a delivery without evidence.
    Unknown {
        /// `statusCode type/code` as UPS gave them.
        raw: String,
    },
}

/// One scan of one package.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scan {
    /// Which package.
    pub tracking_number: TrackingNumber,
    /// When.
    pub at: Timestamp,
    /// UPS's type letter (`I`, `D`, `X`, `M`, `MV`, …).
    pub type_letter: String,
    /// UPS's scan code, whose meaning depends on the type.
    pub code: String,
    /// UPS's three-digit status code, or blank.
    pub status_code: String,
    /// Where, in words; may be blank.
    pub place: String,
    /// UPS's words.
    pub description: String,
    /// The feed said so besides the codes: a delivery date of type `DEL`, an actual delivery date, a delivery
    /// record.
    #[serde(default)]
    pub delivery_proven: bool,
}

/// What all scans of one package come down to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Where it is.
    pub status: Status,
    /// When the deciding scan was made.
    pub at: Timestamp,
    /// The scan that says so.
    pub evidence: Scan,
}

impl Status {
    /// Whether nothing more is expected.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Delivered | Self::Returned | Self::Lost | Self::Voided)
    }

    /// A stable name ("out_for_delivery").
    pub fn code(&self) -> &'static str {
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
            Self::Notice { .. } => "notice",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether a later scan saying `next` takes this status' place.
    ///
    /// A final status outlives stragglers such as an arrival scan told after the delivery. What ends it is
    /// news that cannot be a straggler: a delivered package comes back, a lost one turns up, a label used
    /// although it was voided.
    fn gives_way_to(&self, next: &Self) -> bool {
        match (self, next) {
            (_, Self::Notice { .. }) => matches!(self, Self::Notice { .. }),
            (Self::Delivered, _) => matches!(next, Self::Delivered | Self::Returning | Self::Returned),
            (Self::Returned, _) => matches!(next, Self::Returned),
            (Self::Lost | Self::Voided, Self::LabelCreated | Self::Unknown { .. }) => false,
            _ => true,
        }
    }

    /// How far along a package is; decides between scans of the same instant.
    fn progress(&self) -> u8 {
        match self {
            Self::Notice { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::LabelCreated => 2,
            Self::PickupPending => 3,
            Self::PickedUp => 4,
            Self::InTransit => 5,
            Self::Customs => 6,
            Self::Preparing => 7,
            Self::OutForDelivery => 8,
            Self::Exception => 9,
            Self::DeliveryAttempted => 10,
            Self::HeldForPickup => 11,
            Self::DeliveredToAgent => 12,
            Self::Refused => 13,
            Self::Returning => 14,
            Self::Lost => 15,
            Self::Voided => 16,
            Self::Delivered => 17,
            Self::Returned => 18,
        }
    }
}

/// "out for delivery"
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notice { raw } | Self::Unknown { raw } => write!(f, "{} ({raw})", self.code()),
            known => f.write_str(&known.code().replace('_', " ")),
        }
    }
}

impl Scan {
    /// What makes two tellings of a scan the same one: number, instant, type, code, status code and place.
    pub fn identity(&self) -> String {
        let at = self.at.as_microsecond().to_string();
        let parts = [
            self.tracking_number.as_str(),
            &at,
            self.type_letter.trim(),
            self.code.trim(),
            self.status_code.trim(),
            self.place.trim(),
        ];
        parts.join("|")
    }

    /// What this scan alone says.
    pub fn status(&self) -> Status {
        let said = canonical(&self.status_code, &self.type_letter, &self.code);
        if self.delivery_proven && matches!(said, Status::Unknown { .. }) { Status::Delivered } else { said }
    }
}

/// What UPS's three code spaces say: the status code first, then type and code, then the type.
pub fn canonical(status_code: &str, type_letter: &str, code: &str) -> Status {
    let (status_code, type_letter, code) = (status_code.trim(), type_letter.trim(), code.trim());
    let raw = || [status_code, &format!("{type_letter}/{code}")].join(" ").trim().to_owned();
    by_status_code(status_code, &raw)
        .or_else(|| by_scan_code(type_letter, code, &raw))
        .or_else(|| by_type(type_letter))
        .unwrap_or_else(|| Status::Unknown { raw: raw() })
}

fn by_status_code(status_code: &str, raw: &dyn Fn() -> String) -> Option<Status> {
    let status = match status_code {
        "003" | "079" | "080" | "157" | "166" => Status::LabelCreated,
        "007" | "043" => Status::Voided,
        "065" | "077" | "131" | "135" => Status::PickupPending,
        "038" | "044" | "045" | "160" | "167" | "168" | "169" => Status::PickedUp,
        "005" | "010" | "025" | "039" | "047" | "057" | "073" | "074" | "087" | "137" | "138" | "158" | "159"
        | "164" | "165" => Status::InTransit,
        "012" | "014" | "058" | "084" | "092" | "123" | "124" | "125" | "126" | "134" => Status::Customs,
        "071" | "072" | "075" => Status::Preparing,
        "006" | "021" | "037" | "078" | "089" | "091" | "146" | "162" => Status::OutForDelivery,
        "022" | "023" | "024" | "060" | "061" | "062" | "066" | "095" | "145" => Status::DeliveryAttempted,
        // 161 reads "delivered", but to an access point where the consignee has yet to come by.
        "017" | "040" | "083" | "085" | "100" | "103" | "106" | "108" | "144" | "161" => Status::HeldForPickup,
        "011" | "026" | "156" => Status::Delivered,
        "143" => Status::DeliveredToAgent,
        "013" | "029" | "030" | "032" | "046" | "048" | "049" | "050" | "051" | "052" | "053" | "055" | "059"
        | "069" | "070" | "076" | "086" | "090" | "132" | "139" | "148" | "163" => Status::Exception,
        "064" => Status::Refused,
        "033" | "035" | "036" | "118" | "119" => Status::Returning,
        "034" | "067" | "081" => Status::Returned,
        "068" | "147" | "149" => Status::Lost,
        // Changes asked for or confirmed; new estimates and photos; claims and investigations.
        "018" | "019" | "020" | "027" | "028" | "041" | "042" | "054" | "056" | "063" | "082" | "096" | "097"
        | "098" | "099" | "101" | "102" | "104" | "105" | "107" | "109" | "110" | "111" | "112" | "113" | "114"
        | "115" | "116" | "117" | "120" | "121" | "122" | "136" | "153" | "154" | "155" | "127" | "128" | "129"
        | "130" | "140" | "141" | "142" => Status::Notice { raw: raw() },
        _ => return None,
    };
    Some(status)
}

fn by_scan_code(type_letter: &str, code: &str, raw: &dyn Fn() -> String) -> Option<Status> {
    let status = match (type_letter, code) {
        // The published table calls OC "label created", production "We have your package"; it calls OF "out
        // for delivery", production "Loaded on Delivery Vehicle". Production counts.
        ("I", "OC" | "OR" | "PU" | "PC" | "PT" | "XD") => Status::PickedUp,
        ("I", "SP") => Status::PickupPending,
        ("I", "PL") | ("M", "MP" | "DP" | "RD") => Status::LabelCreated,
        ("M", "VP") => Status::Voided,
        ("I", "EP" | "IP") => Status::Customs,
        ("I", "YP" | "OF" | "OD" | "DL") => Status::Preparing,
        ("I", "OT" | "YI" | "YF") => Status::OutForDelivery,
        ("I", "CA" | "CD" | "CL" | "UA" | "UD" | "VP") | ("U", _) => Status::Notice { raw: raw() },
        // Not the consignee yet: an access point, a locker, a counter of UPS.
        ("D", "2Q" | "1N" | "4X") => Status::HeldForPickup,
        ("D", "B0") => Status::Returned,
        ("X", "48") => Status::DeliveryAttempted,
        ("X", "53" | "KT") => Status::Refused,
        ("X", "UA" | "DL" | "UF" | "KP" | "O4") => Status::Returning,
        ("X", "5" | "70" | "B2" | "71") => Status::Customs,
        ("X", "78" | "79") => Status::Notice { raw: raw() },
        _ => return None,
    };
    Some(status)
}

/// `D` alone is not taken for a delivery.
fn by_type(type_letter: &str) -> Option<Status> {
    match type_letter {
        "I" => Some(Status::InTransit),
        "X" => Some(Status::Exception),
        "M" => Some(Status::LabelCreated),
        "MV" => Some(Status::Voided),
        _ => None,
    }
}

/// What the scans of one package come down to, in whatever order and however often they were told;
/// `None` without scans.
pub fn reduce(scans: &[Scan]) -> Option<Summary> {
    let mut scans: Vec<(&Scan, Status)> = scans.iter().map(|scan| (scan, scan.status())).collect();
    // Two tellings of one scan may differ in words and proof only; the order between them is fixed too.
    scans.sort_by_cached_key(|(scan, status)| {
        (scan.at, status.progress(), scan.identity(), scan.delivery_proven, scan.description.clone())
    });
    let mut scans = scans.into_iter();
    let first = scans.next()?;
    let (evidence, status) = scans.fold(first, |held, next| {
        // Of a final status the first scan counts: delivered at nine is not delivered at ten. Of any other the
        // last, which knows the latest place.
        let settled = held.1 == next.1 && held.1.is_final();
        if !settled && held.1.gives_way_to(&next.1) { next } else { held }
    });
    Some(Summary { status, at: evidence.at, evidence: evidence.clone() })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::*;

    /// A scan so many hours into the journey, by its three codes.
    fn scan(hour: i64, status_code: &str, type_letter: &str, code: &str) -> Scan {
        let start: Timestamp = "2026-03-03T18:00:00Z".parse().expect("an instant");
        Scan {
            tracking_number: "1Z999AA10123456784".parse().expect("a tracking number"),
            at: start + SignedDuration::from_hours(hour),
            type_letter: type_letter.to_owned(),
            code: code.to_owned(),
            status_code: status_code.to_owned(),
            place: "Oakland, CA, US".to_owned(),
            description: String::new(),
            delivery_proven: false,
        }
    }

    fn status(scans: &[Scan]) -> Status {
        reduce(scans).expect("there are scans").status
    }

    #[test]
    fn a_package_goes_from_label_to_door() {
        let journey = [
            scan(0, "003", "M", "MP"),
            scan(5, "005", "I", "OC"),
            scan(20, "072", "I", "OF"),
            scan(22, "021", "I", "OT"),
            scan(26, "011", "D", "FS"),
        ];
        let told: Vec<String> = (1..=5).map(|count| status(&journey[..count]).to_string()).collect();
        assert_eq!(told, ["label created", "in transit", "preparing", "out for delivery", "delivered"]);
        assert_eq!(reduce(&[]), None);
    }

    #[test]
    fn a_straggling_scan_does_not_undo_a_delivery() {
        let scans = [scan(26, "011", "D", "FS"), scan(27, "", "I", "AR"), scan(28, "011", "D", "FS")];
        let summary = reduce(&scans).expect("there are scans");
        assert_eq!(summary.status, Status::Delivered);
        assert_eq!(summary.at, scans[0].at);
    }

    #[test]
    fn a_delivery_is_believed_only_with_evidence() {
        let bare = scan(26, "", "D", "FS");
        assert_eq!(status(std::slice::from_ref(&bare)), Status::Unknown { raw: "D/FS".to_owned() });
        assert_eq!(status(&[Scan { delivery_proven: true, ..bare }]), Status::Delivered);
        // delivered to an access point: the consignee has yet to come by
        assert_eq!(status(&[Scan { delivery_proven: true, ..scan(26, "161", "D", "2Q") }]), Status::HeldForPickup);
    }

    #[test]
    fn a_scan_code_means_something_else_under_another_type() {
        assert_eq!(canonical("", "I", "DP"), Status::InTransit);
        assert_eq!(canonical("", "M", "DP"), Status::LabelCreated);
        assert_eq!(canonical("", "X", "DP"), Status::Exception);
        assert_eq!(canonical("", "I", "DL"), Status::Preparing);
        assert_eq!(canonical("", "X", "DL"), Status::Returning);
        assert_eq!(canonical("", "M", "VP"), Status::Voided);
    }

    #[test]
    fn codes_nobody_knows_stay_raw() {
        assert_eq!(canonical("999", "I", "??"), Status::InTransit);
        assert_eq!(canonical("999", "Q", "ZZ"), Status::Unknown { raw: "999 Q/ZZ".to_owned() });
    }

    #[test]
    fn a_requested_change_or_a_claim_moves_nothing() {
        assert_eq!(status(&[scan(5, "005", "I", "OC"), scan(6, "154", "U", "UT")]), Status::InTransit);
        assert_eq!(status(&[scan(6, "154", "U", "UT")]).code(), "notice");
    }

    #[test]
    fn what_is_over_can_still_come_back() {
        assert_eq!(status(&[scan(26, "011", "D", "FS"), scan(90, "034", "D", "B0")]), Status::Returned);
        assert_eq!(status(&[scan(26, "068", "X", "S9"), scan(90, "005", "I", "AR")]), Status::InTransit);
        assert_eq!(status(&[scan(1, "007", "MV", "VP"), scan(9, "005", "I", "OC")]), Status::InTransit);
    }

    #[test]
    fn the_latest_place_is_told_while_the_package_travels() {
        let reno = Scan { place: "Reno, NV, US".to_owned(), ..scan(9, "005", "I", "AR") };
        let summary = reduce(&[reno.clone(), scan(5, "005", "I", "OC")]).expect("there are scans");
        assert_eq!(summary.evidence, reno);
    }

    fn any_scan() -> impl Strategy<Value = Scan> {
        let codes =
            prop::sample::select(vec!["", "003", "005", "007", "011", "021", "034", "068", "154", "161", "999"]);
        let types = prop::sample::select(vec!["I", "D", "X", "M", "MV", "U", "Q"]);
        let scans = prop::sample::select(vec!["OC", "DP", "DL", "FS", "B0", "VP", "ZZ"]);
        (0_i64..6, codes, types, scans, "[AB]?", any::<bool>()).prop_map(
            |(hour, status, letter, code, words, proven)| Scan {
                description: words,
                delivery_proven: proven,
                ..scan(hour, status, letter, code)
            },
        )
    }

    proptest! {
        /// Three feeds tell the same scans, late and twice.
        #[test]
        fn neither_order_nor_repetition_of_scans_matters(
            (scans, shuffled) in prop::collection::vec(any_scan(), 0..12).prop_flat_map(|scans| {
                let twice = [scans.clone(), scans.clone()].concat();
                (Just(scans), Just(twice).prop_shuffle())
            })
        ) {
            prop_assert_eq!(reduce(&scans), reduce(&shuffled));
        }

        #[test]
        fn nothing_is_delivered_without_evidence(scans in prop::collection::vec(any_scan(), 1..12)) {
            let evidence = scans.iter().any(|it| it.delivery_proven || it.status_code == "011");
            prop_assert!(evidence || status(&scans) != Status::Delivered);
        }
    }
}
