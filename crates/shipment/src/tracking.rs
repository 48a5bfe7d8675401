//! Tracking: from UPS's scans to one canonical status.
//!
//! ```text
//! Track Alert ─┐
//! Track API   ─┼─► scans ─► each once, by identity ─► in order of time ─► one status, with its evidence
//! Quantum View ┘   (any order, any number of times)
//! ```
//!
//! What a scan's codes mean is UPS's affair and told by whoever reads the feed (the table is `ups::CanonicalStatus`'s
//! module); here is what many scans come down to. The codes stay with the scan: they identify it, and a meaning nobody
//! knows is shown by them.

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
    /// Codes nobody knows, or a delivery without evidence.
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
    /// What it says of the package, with the evidence the feed gave. Scans kept by a version that did not say are unknown;
    /// what they came to stands in their summary.
    #[serde(default = "Status::untold")]
    pub status: Status,
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
    fn untold() -> Self {
        Self::Unknown { raw: String::new() }
    }

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
}

/// What the scans of one package come down to, in whatever order and however often they were told;
/// `None` without scans.
pub fn reduce(scans: &[Scan]) -> Option<Summary> {
    let mut scans: Vec<(&Scan, Status)> = scans.iter().map(|scan| (scan, scan.status.clone())).collect();
    // Two tellings of one scan may differ in words and proof only; the order between them is fixed too.
    scans.sort_by_cached_key(|(scan, status)| {
        (scan.at, status.progress(), scan.identity(), status.to_string(), scan.description.clone())
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

    /// A scan so many hours into the journey.
    fn scan(hour: i64, status: Status) -> Scan {
        let start: Timestamp = "2026-03-03T18:00:00Z".parse().expect("an instant");
        Scan {
            tracking_number: "1Z999AA10123456784".parse().expect("a tracking number"),
            at: start + SignedDuration::from_hours(hour),
            type_letter: "I".to_owned(),
            code: status.code().to_owned(),
            status_code: String::new(),
            place: "Oakland, CA, US".to_owned(),
            description: String::new(),
            status,
        }
    }

    fn notice() -> Status {
        Status::Notice { raw: "154 U/UT".to_owned() }
    }

    fn status(scans: &[Scan]) -> Status {
        reduce(scans).expect("there are scans").status
    }

    #[test]
    fn a_package_goes_from_label_to_door() {
        let journey = [
            scan(0, Status::LabelCreated),
            scan(5, Status::InTransit),
            scan(20, Status::Preparing),
            scan(22, Status::OutForDelivery),
            scan(26, Status::Delivered),
        ];
        let told: Vec<String> = (1..=5).map(|count| status(&journey[..count]).to_string()).collect();
        assert_eq!(told, ["label created", "in transit", "preparing", "out for delivery", "delivered"]);
        assert_eq!(reduce(&[]), None);
    }

    #[test]
    fn a_straggling_scan_does_not_undo_a_delivery() {
        let scans = [scan(26, Status::Delivered), scan(27, Status::InTransit), scan(28, Status::Delivered)];
        let summary = reduce(&scans).expect("there are scans");
        assert_eq!(summary.status, Status::Delivered);
        assert_eq!(summary.at, scans[0].at);
    }

    #[test]
    fn a_requested_change_or_a_claim_moves_nothing() {
        assert_eq!(status(&[scan(5, Status::InTransit), scan(6, notice())]), Status::InTransit);
        assert_eq!(status(&[scan(6, notice())]).code(), "notice");
    }

    #[test]
    fn what_is_over_can_still_come_back() {
        assert_eq!(status(&[scan(26, Status::Delivered), scan(90, Status::Returned)]), Status::Returned);
        assert_eq!(status(&[scan(26, Status::Lost), scan(90, Status::InTransit)]), Status::InTransit);
        assert_eq!(status(&[scan(1, Status::Voided), scan(9, Status::InTransit)]), Status::InTransit);
    }

    #[test]
    fn the_latest_place_is_told_while_the_package_travels() {
        let reno = Scan { place: "Reno, NV, US".to_owned(), ..scan(9, Status::InTransit) };
        let summary = reduce(&[reno.clone(), scan(5, Status::InTransit)]).expect("there are scans");
        assert_eq!(summary.evidence, reno);
    }

    fn any_scan() -> impl Strategy<Value = Scan> {
        let said = prop::sample::select(vec![
            Status::LabelCreated,
            Status::InTransit,
            Status::Voided,
            Status::Delivered,
            Status::OutForDelivery,
            Status::Returned,
            Status::Lost,
            Status::HeldForPickup,
            notice(),
            Status::Unknown { raw: "999 Q/ZZ".to_owned() },
        ]);
        let codes = prop::sample::select(vec!["OC", "DP", "FS"]);
        (0_i64..6, said, codes, "[AB]?").prop_map(|(hour, said, code, words)| Scan {
            description: words,
            code: code.to_owned(),
            ..scan(hour, said)
        })
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
            let evidence = scans.iter().any(|it| it.status == Status::Delivered);
            prop_assert!(evidence || status(&scans) != Status::Delivered);
        }
    }
}
