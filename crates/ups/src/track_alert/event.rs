//! What UPS sends when it calls back: one event per call.
//!
//! The same event may come twice, events may come out of order, and an event may never come. Members without a value
//! are blank in version 1 and missing in version 2; the number may have blanks in front; the offset has a dot where
//! tracking has a colon; the status code is text, or a number that lost its zeros.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use serde_json::Value;

use crate::error::{Error, RawAnswer};
use crate::json::Node;
use crate::moment::{civil, date, instant, offset, time};
use crate::proof::Proof;
use crate::status::{CanonicalStatus, DeliveryEvidence, ScanStatus};
use crate::tracking::Place;

/// One event of one package.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlertEvent {
    /// The package's number, trimmed.
    pub tracking_number: String,
    /// Another number of the same package, if told.
    pub alternate_tracking_number: Option<String>,
    /// The instant, if it can be told: from the GMT members, else from local time and offset. UPS's own example of a
    /// manifest has the two contradict each other.
    pub at: Option<Timestamp>,
    /// Date and time at the place, if told.
    pub local: Option<DateTime>,
    /// The place's offset, if told.
    pub offset: Option<Offset>,
    /// What happened.
    pub status: ScanStatus,
    /// Where.
    pub place: Place,
    /// The day it was first planned to be delivered.
    pub scheduled_delivery: Option<Date>,
    /// The day it was delivered; blank until then.
    pub actual_delivery: Option<Date>,
    /// The time it was delivered.
    pub actual_delivery_time: Option<Time>,
    /// Where the window of delivery begins.
    pub delivery_start: Option<Time>,
    /// Where it ends; without a beginning, the time itself.
    pub delivery_end: Option<Time>,
    /// What that time is, in UPS's words such as `end of day`.
    pub delivery_time_description: Option<String>,
    /// Who took it; enhanced subscriptions only.
    pub received_by: Option<String>,
    /// The driver's photo; enhanced subscriptions only, and only for a party to the package.
    pub photo: Option<Proof>,
    /// The call's body as it came.
    pub raw: RawAnswer,
}

impl AlertEvent {
    /// Reads the body of a call by UPS, of either version. Pure: it knows no clock and keeps nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] if the body is no JSON, has no number or no status. What cannot be read of the rest is
    /// nothing, and stays in [`AlertEvent::raw`].
    pub fn read(body: &[u8]) -> Result<Self, Error> {
        let unreadable = |what: String| Error::unreadable(format!("the alert {what}"));
        let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let value: Value = serde_json::from_slice(text).map_err(|error| unreadable(format!("is no JSON: {error}")))?;
        if let Value::Array(events) = &value
            && events.len() != 1
        {
            return Err(unreadable(format!("holds {} events, where UPS sends one", events.len())));
        }
        let root = Node::new(&value);
        let number = root.text_at("trackingNumber").ok_or_else(|| unreadable("has no trackingNumber".to_owned()))?;
        let status = root.at("activityStatus");
        if !status.is_filled() {
            return Err(unreadable(format!("of {number} has no activityStatus")));
        }
        let local = civil(root, "localActivityDate", "localActivityTime");
        let offset = root.text_at("gmtOffset").as_deref().and_then(offset);
        let day = |name: &str| root.text_at(name).as_deref().and_then(date);
        let clock = |name: &str| root.text_at(name).as_deref().and_then(time);
        Ok(Self {
            alternate_tracking_number: root.text_at("alternateTrackingNumber"),
            at: instant(civil(root, "gmtActivityDate", "gmtActivityTime"), local, offset),
            local,
            offset,
            status: status_of(status),
            place: Place::read(root.at("activityLocation")),
            scheduled_delivery: day("scheduledDeliveryDate"),
            actual_delivery: day("actualDeliveryDate"),
            actual_delivery_time: clock("actualDeliveryTime"),
            delivery_start: clock("deliveryStartTime"),
            delivery_end: clock("deliveryEndTime"),
            delivery_time_description: root.text_at("deliveryTimeDescription"),
            received_by: root.text_at("receivedBy"),
            photo: Proof::read(root.at("deliveryPhoto")),
            tracking_number: number,
            raw: RawAnswer(body.to_vec().into()),
        })
    }

    /// What the event says of the package. A delivery needs evidence: its status code, or the actual delivery date.
    #[must_use]
    pub fn canonical(&self) -> CanonicalStatus {
        if self.actual_delivery.is_some() { self.status.canonical_with_proof() } else { self.status.canonical() }
    }

    /// Why it may be believed that the package reached its consignee; nothing if it may not.
    #[must_use]
    pub fn delivered(&self) -> Option<DeliveryEvidence> {
        if self.canonical() != CanonicalStatus::Delivered {
            return None;
        }
        match (&self.status.status_code, self.actual_delivery) {
            (Some(code), _) if self.status.canonical() == CanonicalStatus::Delivered => {
                Some(DeliveryEvidence::StatusCode(code.clone()))
            }
            (_, day) => day.map(DeliveryEvidence::Date),
        }
    }

    /// What makes two calls tell the same event: number, moment, codes and place. Equal for the event as it came the
    /// first and the second time, whatever else UPS added.
    #[must_use]
    pub fn identity(&self) -> String {
        let moment = match (self.at, self.local) {
            (Some(at), _) => at.to_string(),
            (None, Some(local)) => local.to_string(),
            (None, None) => String::new(),
        };
        let text = |part: &Option<String>| part.clone().unwrap_or_default().to_ascii_uppercase();
        let place = [&self.place.city, &self.place.state, &self.place.country].map(text).join(" ");
        [self.tracking_number.to_ascii_uppercase(), moment, self.status.codes(), place].join("|")
    }
}

/// The webhook calls the status code `descriptionCode`.
fn status_of(node: Node<'_>) -> ScanStatus {
    let digits = |code: &String| !code.is_empty() && code.len() < 3 && code.bytes().all(|b| b.is_ascii_digit());
    let status_code =
        node.text_at("descriptionCode").map(|code| if digits(&code) { format!("{code:0>3}") } else { code });
    let read = ScanStatus::read(node);
    ScanStatus { status_code: status_code.or(read.status_code.clone()), ..read }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn delivered() -> Value {
        json!({
            "trackingNumber": " 1Z999AA10123456784", "localActivityDate": "20240905", "localActivityTime": "093000",
            "activityLocation": { "city": "OAKLAND", "stateProvince": "CA", "postalCode": "94607", "country": "US" },
            "activityStatus": { "type": "D", "code": "FS", "description": "Delivered ", "descriptionCode": "011" },
            "scheduledDeliveryDate": "20240905", "actualDeliveryDate": "20240905", "actualDeliveryTime": "93000",
            "gmtActivityDate": "20240905", "gmtActivityTime": "163000", "gmtOffset": "-07.00",
            "deliveryStartTime": "", "deliveryEndTime": "", "deliveryTimeDescription": "", "deliveryPhoto": "",
            "receivedBy": "", "alternateTrackingNumber": "",
        })
    }

    fn read(event: &Value) -> AlertEvent {
        AlertEvent::read(event.to_string().as_bytes()).expect("an event")
    }

    fn with(changes: &Value) -> Value {
        let mut event = delivered();
        for (name, value) in changes.as_object().expect("members") {
            event[name] = value.clone();
        }
        event
    }

    #[test]
    fn an_event_is_read_with_all_its_oddities() {
        let event = read(&delivered());
        assert_eq!(event.tracking_number, "1Z999AA10123456784");
        assert_eq!(event.at.map(|at| at.to_string()).as_deref(), Some("2024-09-05T16:30:00Z"));
        assert_eq!(event.offset, Offset::from_hours(-7).ok());
        assert_eq!(event.actual_delivery_time, Some(jiff::civil::time(9, 30, 0, 0)));
        assert_eq!((event.received_by.as_ref(), event.photo.as_ref(), event.delivery_end), (None, None, None));
        assert_eq!(event.status.description.as_deref(), Some("Delivered"));
        assert_eq!(event.canonical(), CanonicalStatus::Delivered);
        assert_eq!(event.delivered(), Some(DeliveryEvidence::StatusCode("011".to_owned())));
    }

    /// Version 1 blanks what has no value, version 2 leaves it out, and both mean nothing.
    #[test]
    fn a_missing_member_is_the_same_as_a_blank_one() {
        let blank = read(&delivered());
        let mut missing = delivered();
        let members = missing.as_object_mut().expect("members");
        members.retain(|_, value| value != "");
        let missing = AlertEvent { raw: blank.raw.clone(), ..read(&missing) };
        assert_eq!(missing, blank);
    }

    #[test]
    fn without_greenwich_the_offset_tells_the_instant() {
        let event = read(&with(&json!({ "gmtActivityDate": "", "gmtActivityTime": null })));
        assert_eq!(event.at.map(|at| at.to_string()).as_deref(), Some("2024-09-05T16:30:00Z"));
        let event = read(&with(&json!({ "gmtActivityDate": "", "gmtOffset": "" })));
        assert_eq!((event.at, event.local.is_some()), (None, true), "an unknown zone is not guessed");
    }

    #[test]
    fn a_status_code_may_have_lost_its_zeros() {
        let event = read(&with(&json!({ "activityStatus": { "type": "I", "code": "OT", "descriptionCode": 21 } })));
        assert_eq!(event.status.status_code.as_deref(), Some("021"));
        assert_eq!(event.canonical(), CanonicalStatus::OutForDelivery);
        let event = read(&with(&json!({ "activityStatus": { "type": "U", "code": "PX" } })));
        assert_eq!((event.status.status_code.as_ref(), event.canonical()), (None, CanonicalStatus::Notice));
    }

    #[test]
    fn a_delivery_without_its_code_needs_its_date() {
        let bare = json!({ "type": "D", "code": "FS" });
        let proven = read(&with(&json!({ "activityStatus": bare })));
        assert_eq!(proven.delivered(), Some(DeliveryEvidence::Date(jiff::civil::date(2024, 9, 5))));
        let doubtful = read(&with(&json!({ "activityStatus": bare, "actualDeliveryDate": "" })));
        assert_eq!((doubtful.canonical(), doubtful.delivered()), (CanonicalStatus::Unknown, None));
        let held = json!({ "type": "D", "code": "2Q", "descriptionCode": "161" });
        assert_eq!(read(&with(&json!({ "activityStatus": held }))).delivered(), None);
    }

    #[test]
    fn an_event_told_twice_is_the_same_event() {
        let again =
            with(&json!({ "trackingNumber": "1z999aa10123456784 ", "receivedBy": "A", "deliveryPhoto": "/9j/" }));
        assert_eq!(read(&again).identity(), read(&delivered()).identity());
        let later = with(&json!({ "gmtActivityTime": "163100" }));
        assert_ne!(read(&later).identity(), read(&delivered()).identity());
    }

    #[test]
    fn what_is_no_event_is_refused_with_its_place() {
        let why = |body: &[u8]| AlertEvent::read(body).expect_err("no event").to_string();
        assert!(why(b"<html>").contains("is no JSON"));
        assert!(why(b"[]").contains("holds 0 events"));
        assert!(why(b"[{}, {}]").contains("holds 2 events"));
        assert!(why(b"{}").contains("has no trackingNumber"));
        assert!(why(br#"{"trackingNumber":"1Z","activityStatus":""}"#).contains("of 1Z has no activityStatus"));
        assert!(
            AlertEvent::read(b"\xef\xbb\xbf[{\"trackingNumber\":\"1Z\",\"activityStatus\":{\"type\":\"I\"}}]").is_ok()
        );
    }
}
