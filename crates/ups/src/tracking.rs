//! Tracking: where a package has been seen.
//!
//! ```text
//! number    ─► GET /api/track/v1/details/{number}             ┐
//! reference ─► GET /api/track/v1/reference/details/{value}    ┴► Tracking ─► packages ─► activity
//! ```
//!
//! UPS answers 200 with the warning `TW0001` where it knows nothing yet, newest activity first but not
//! strictly, and puts a three-digit status code where its description promises a two-character scan code.
//! Codes are only put in their right places here. What they mean is for the caller: a scan code means
//! different things with different type letters.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;
use reqwest::Method;

use crate::answer::{Answer, Kind};
use crate::client::{Call, Client};
use crate::error::{Alert, Error, RawAnswer};
use crate::json::Node;
use crate::text;

/// What UPS knows of a number or reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracking {
    /// The packages; empty where UPS knows nothing yet.
    pub packages: Vec<TrackedPackage>,
    /// Warnings, such as `TW0001`. Where packages came too, trust the packages.
    pub warnings: Vec<Alert>,
    /// The answer as it came.
    pub raw: RawAnswer,
}

impl Tracking {
    /// Whether UPS knows anything. A fresh label is mostly unknown for minutes, sometimes hours.
    #[must_use]
    pub fn found(&self) -> bool {
        !self.packages.is_empty()
    }
}

/// One package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackedPackage {
    /// Its number.
    pub tracking_number: String,
    /// UPS's own summary, if there is one.
    pub current: Option<ScanStatus>,
    /// What happened, as UPS ordered it.
    pub activity: Vec<Activity>,
    /// Days of delivery: planned, changed, done.
    pub delivery_dates: Vec<DeliveryDate>,
    /// Who took it, if told.
    pub received_by: Option<String>,
    /// Where it was left, such as `Front Door`, if told.
    pub left_at: Option<String>,
    /// The shipper's references, placeholders (`NA`) left out.
    pub references: Vec<String>,
}

/// A status in UPS's three code spaces, each kept as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScanStatus {
    /// The type letter or letters: `M`, `I`, `X`, `D`, `MV`, … or one this crate does not know.
    pub type_letter: Option<String>,
    /// The two-character scan code, whose meaning depends on the type.
    pub code: Option<String>,
    /// The three-digit status code, such as `011`.
    pub status_code: Option<String>,
    /// UPS's words, trimmed.
    pub description: Option<String>,
}

/// One scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The instant, if it can be told: from the GMT fields, else from local time and offset.
    pub at: Option<Timestamp>,
    /// Date and time at the place, if told.
    pub local: Option<DateTime>,
    /// What it was.
    pub status: ScanStatus,
    /// Where it was.
    pub place: Place,
}

/// Where a scan was made. The record of the label itself has a country only.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The city, if told.
    pub city: Option<String>,
    /// The state, if told.
    pub state: Option<String>,
    /// The postal code, if told.
    pub postal_code: Option<String>,
    /// Two letters, if told.
    pub country: Option<String>,
}

/// A day of delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryDate {
    /// `SDD` scheduled, `RDD` rescheduled, `DEL` delivered, or one this crate does not know.
    pub kind: String,
    /// The day at the destination.
    pub date: Date,
}

impl Client {
    /// Asks for one package by its number; never more than one comes, even for a shipment's lead number.
    ///
    /// # Errors
    ///
    /// As with any reading call. `TV1002` has come for valid numbers now and then.
    pub async fn track(&self, tracking_number: &str) -> Result<Tracking, Error> {
        let number = text::tracking_number("tracking_number", tracking_number)?;
        if number.len() < 7 {
            return Err(Error::invalid("tracking_number", "has fewer than 7 characters"));
        }
        let path = ["api", "track", "v1", "details", &number];
        self.tracked(tracking_call("track", &path)).await
    }

    /// Asks for packages of the client's account by a reference, picked up within the given days. A label
    /// that was never scanned may be missing, so an empty answer proves nothing.
    ///
    /// # Errors
    ///
    /// As with any reading call.
    pub async fn track_reference(&self, reference: &str, from: Date, to: Date) -> Result<Tracking, Error> {
        let reference = text::required("reference", reference, 35)?;
        let day = |date: Date| date.strftime("%Y%m%d").to_string();
        let path = ["api", "track", "v1", "reference", "details", &reference];
        let call = tracking_call("track_reference", &path)
            .query("fromPickUpDate", day(from))
            .query("toPickUpDate", day(to))
            .query("shipperNum", self.account())
            .query("refNumType", "SmallPackage");
        self.tracked(call).await
    }

    async fn tracked(&self, call: Call) -> Result<Tracking, Error> {
        match self.send(call).await {
            Ok(answer) => Tracking::read(&answer).map_err(Error::unreadable),
            // UPS's description promises a refusal where its practice is a 200 with a warning.
            Err(Error::Rejected { code, all, .. }) if code == "TW0001" => {
                Ok(Tracking { packages: Vec::new(), warnings: all, raw: RawAnswer::default() })
            }
            Err(error) => Err(error),
        }
    }
}

fn tracking_call(name: &'static str, path: &[&str]) -> Call {
    Call::new(Kind::Reading, name, "Tracking", Method::GET, path)
        .query("locale", "en_US")
        .query("returnSignature", "false")
        .query("returnMilestones", "false")
        .query("returnPOD", "false")
}

impl Tracking {
    fn read(answer: &Answer) -> Result<Self, String> {
        let shipments = answer.root().path(&["trackResponse", "shipment"]);
        let packages: Vec<_> = shipments
            .each()
            .flat_map(|shipment| shipment.at("package").each())
            .filter_map(TrackedPackage::read)
            .collect();
        let warnings: Vec<_> = shipments.each().flat_map(|shipment| shipment.at("warnings").alerts()).collect();
        if packages.is_empty() && warnings.is_empty() {
            return Err("the answer has neither a package nor a warning".to_owned());
        }
        Ok(Self { packages, warnings, raw: answer.raw.clone() })
    }
}

impl TrackedPackage {
    fn read(node: Node<'_>) -> Option<Self> {
        let delivery = node.at("deliveryInformation");
        let current = node.at("currentStatus");
        let number = |reference: Node<'_>| reference.text_at("number").filter(|number| number != "NA");
        Some(Self {
            tracking_number: node.text_at("trackingNumber")?,
            current: current.is_filled().then(|| ScanStatus::read(current)),
            activity: node.at("activity").each().map(Activity::read).collect(),
            delivery_dates: node.at("deliveryDate").each().filter_map(DeliveryDate::read).collect(),
            received_by: delivery.text_at("receivedBy"),
            left_at: delivery.text_at("location"),
            references: node.at("referenceNumber").each().filter_map(number).collect(),
        })
    }
}

impl ScanStatus {
    /// Three digits are a status code wherever they stand; `currentStatus` has them under `code`.
    fn read(node: Node<'_>) -> Self {
        let three_digits = |code: &String| code.len() == 3 && code.bytes().all(|b| b.is_ascii_digit());
        let code = node.text_at("code");
        let status_code = node.text_at("statusCode").or_else(|| code.clone().filter(three_digits));
        Self {
            type_letter: node.text_at("type"),
            code: code.filter(|code| !three_digits(code)),
            status_code,
            description: node.text_at("description"),
        }
    }
}

impl Activity {
    fn read(node: Node<'_>) -> Self {
        let local = moment(node, "date", "time");
        let offset = node.text_at("gmtOffset").and_then(|text| offset(&text));
        let by_offset = || offset?.to_timestamp(local?).ok();
        let address = node.path(&["location", "address"]);
        Self {
            at: moment(node, "gmtDate", "gmtTime")
                .and_then(|gmt| Offset::UTC.to_timestamp(gmt).ok())
                .or_else(by_offset),
            local,
            status: ScanStatus::read(node.at("status")),
            place: Place {
                city: address.text_at("city"),
                state: address.text_at("stateProvince"),
                postal_code: address.text_at("postalCode"),
                country: address.text_at("countryCode").or_else(|| address.text_at("country")),
            },
        }
    }
}

impl DeliveryDate {
    fn read(node: Node<'_>) -> Option<Self> {
        Some(Self { kind: node.text_at("type")?, date: date(&node.text_at("date")?)? })
    }
}

fn moment(node: Node<'_>, date_name: &str, time_name: &str) -> Option<DateTime> {
    Some(date(&node.text_at(date_name)?)?.to_datetime(time(&node.text_at(time_name)?)?))
}

/// `20240202`, also with hyphens.
fn date(text: &str) -> Option<Date> {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    Date::strptime("%Y%m%d", digits).ok()
}

/// `120435`, `20:04:35`, and with a lost leading zero `74700` and `7:47:0`.
fn time(text: &str) -> Option<Time> {
    if text.is_empty() {
        return None;
    }
    let digits = if text.contains(':') {
        text.split(':').map(|part| format!("{part:0>2}")).collect::<String>()
    } else {
        format!("{text:0>6}")
    };
    match digits.len() {
        4 => Time::strptime("%H%M", digits).ok(),
        6 => Time::strptime("%H%M%S", digits).ok(),
        _ => None,
    }
}

/// `-08:00`, and with a dot as the webhook writes it.
fn offset(text: &str) -> Option<Offset> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("-", rest) => (-1, rest),
        ("+", rest) => (1, rest),
        _ => (1, text),
    };
    let (hours, minutes) = rest.split_once([':', '.'])?;
    let seconds = |text: &str, each: i32| text.parse::<i32>().ok()?.checked_mul(each);
    let total = seconds(hours, 3600)?.checked_add(seconds(minutes, 60)?)?.checked_mul(sign)?;
    Offset::from_seconds(total).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_come_in_several_spellings() {
        let expected = jiff::civil::time(7, 47, 0, 0);
        for spelling in ["074700", "74700", "07:47:00", "7:47:0"] {
            assert_eq!(time(spelling), Some(expected), "{spelling}");
        }
        assert_eq!(time("noon"), None);
        assert_eq!(time(""), None);
    }

    #[test]
    fn offsets_come_with_colon_or_dot() {
        let expected = Offset::from_hours(-8).ok();
        assert_eq!(offset("-08:00"), expected);
        assert_eq!(offset("-08.00"), expected);
        assert_eq!(offset("ä"), None);
        assert_eq!(offset("-99999999999999999:00"), None);
        assert_eq!(offset(""), None);
    }
}
