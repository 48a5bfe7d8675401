//! One package as tracking shows it.
//!
//! Times are local to the scan, with the instant beside them. The newest activity comes first, the
//! manifest last wherever its instant lies. `currentStatus` has the three digits under `code` and no
//! letter; an activity has the two characters there.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::proof;
use crate::ups::Visit;
use crate::ups::asked::Party;
use crate::ups::journey::scan::Scan;
use crate::ups::manners::Manners;
use crate::ups::shelf::{Booked, Parcel};

/// How long an access point keeps a parcel.
const KEPT_DAYS: i64 = 7;

/// What the question asks to see, and the manners it is answered with.
pub(crate) struct Wanted {
    signature: bool,
    proof: bool,
    milestones: bool,
    manners: Manners,
}

impl Wanted {
    pub(crate) fn read(visit: &Visit<'_>, manners: &Manners) -> Self {
        let asked = |name: &str| visit.query_flag(name, "true");
        Self {
            signature: asked("returnSignature") && manners.proof_of_delivery,
            proof: asked("returnPOD") && manners.proof_of_delivery,
            milestones: asked("returnMilestones"),
            manners: manners.clone(),
        }
    }

    /// The package as far as tracking knows it; nothing before its first record or after retention.
    pub(crate) fn package(&self, booked: &Booked, parcel: &Parcel, now: Timestamp) -> Option<Value> {
        let age = now.duration_since(booked.booked_at).as_hours();
        let forgotten = age > 24 * i64::from(self.manners.track_days);
        if forgotten || (self.manners.void_vanishes && parcel.voided_at.is_some_and(|at| at <= now)) {
            return None;
        }
        let scans: Vec<Scan> = parcel.known_at(now).filter(|scan| !scan.is_update()).collect();
        let newest = scans.iter().rev().find(|scan| scan.is_physical()).or(scans.last())?;
        let mut package = json!({
            "trackingNumber": parcel.number,
            "packageCount": booked.parcels.len(),
            "currentStatus": current_status(newest),
            "activity": scans.iter().rev().map(|scan| self.activity(scan)).collect::<Vec<_>>(),
            "packageAddress": [
                {"type": "ORIGIN", "address": address(&booked.origin)},
                {"type": "DESTINATION", "address": address(&booked.ship_to)},
            ],
            "referenceNumber": references(booked, parcel),
            "service": {
                "code": "518",
                "levelCode": format!("{:0>3}", booked.service.code),
                "description": booked.service.name,
            },
            "weight": {"unitOfMeasurement": parcel.weight_unit, "weight": format!("{:.2}", parcel.weight)},
            "isSmartPackage": false,
        });
        if let Some([length, width, height]) = parcel.dimensions.map(|sides| sides.map(|side| format!("{side:.2}"))) {
            package["dimension"] = json!({
                "length": length, "width": width, "height": height, "unitOfDimension": parcel.dimension_unit,
            });
        }
        self.delivery(&mut package, booked, parcel, &scans, newest);
        if self.milestones {
            package["milestones"] = milestones(&scans);
        }
        Some(package)
    }

    fn activity(&self, scan: &Scan) -> Value {
        let local = scan.at.to_zoned(scan.zone.clone());
        let greenwich = scan.at.to_zoned(TimeZone::UTC);
        let gmt_time = if self.manners.bare_gmt_time {
            greenwich.strftime("%H%M%S").to_string().trim_start_matches('0').to_owned()
        } else {
            greenwich.strftime("%H:%M:%S").to_string()
        };
        let mut address = json!({"countryCode": scan.country, "country": scan.country});
        if let Some((city, state)) = &scan.place {
            address["city"] = json!(city);
            address["stateProvince"] = json!(state);
            address["postalCode"] = json!("");
        }
        json!({
            "location": {"address": address},
            "status": {
                "type": scan.mark.kind,
                "code": scan.mark.code,
                "statusCode": scan.mark.status_code,
                "description": scan.mark.words,
            },
            "date": local.strftime("%Y%m%d").to_string(),
            "time": local.strftime("%H%M%S").to_string(),
            "gmtDate": greenwich.strftime("%Y%m%d").to_string(),
            "gmtTime": gmt_time,
            "gmtOffset": local.strftime("%:z").to_string(),
            // True for some physical scans and false for manifests in UPS's own data: proves nothing.
            "logicalScan": matches!(scan.mark.code, "AR" | "DP"),
        })
    }

    /// Promised, rescheduled or really delivered; and what was left at the door.
    fn delivery(&self, package: &mut Value, booked: &Booked, parcel: &Parcel, scans: &[Scan], newest: &Scan) {
        if matches!(newest.mark.status_code, "007" | "034" | "035" | "036" | "064" | "024" | "068") {
            return;
        }
        let local = newest.at.to_zoned(newest.zone.clone());
        if newest.mark.status_code == "011" {
            package["deliveryDate"] = json!([{"type": "DEL", "date": compact(local.date())}]);
            let time = local.strftime("%H%M%S").to_string();
            package["deliveryTime"] = json!({"type": "DEL", "startTime": "", "endTime": time});
            package["deliveryInformation"] =
                proof::delivery_information(booked, parcel, newest, self.signature, self.proof);
            return;
        }
        if newest.mark.status_code == "161" {
            let by = local.date().saturating_add(jiff::Span::new().days(KEPT_DAYS));
            package["accessPointInformation"] = json!({"pickupByDate": compact(by)});
            return;
        }
        let moved = scans.iter().rev().find_map(|scan| scan.new_date);
        let (kind, day) = moved.map_or(("SDD", parcel.journey.promised), |day| ("RDD", day));
        package["deliveryDate"] = json!([{"type": kind, "date": compact(day)}]);
        package["deliveryTime"] = time_of_day(booked, newest);
    }
}

fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// A window once it is out for delivery, a commitment for the services that have one, else the day's
/// end.
fn time_of_day(booked: &Booked, newest: &Scan) -> Value {
    if newest.mark.status_code == "021" {
        return match booked.service.by {
            Some("8:00 A.M." | "8:30 A.M.") => json!({"type": "EDW", "startTime": "070000", "endTime": "083000"}),
            Some("10:30 A.M.") => json!({"type": "EDW", "startTime": "080000", "endTime": "103000"}),
            _ => json!({"type": "EDW", "startTime": "093000", "endTime": "173000"}),
        };
    }
    match booked.service.by {
        Some("8:00 A.M.") => json!({"type": "CMT", "startTime": "", "endTime": "080000"}),
        Some("8:30 A.M.") => json!({"type": "CMT", "startTime": "", "endTime": "083000"}),
        Some("10:30 A.M.") => json!({"type": "CMT", "startTime": "", "endTime": "103000"}),
        _ => json!({"type": "EOD", "startTime": "", "endTime": ""}),
    }
}

/// Reference values of both levels; `NA` where there are none, as UPS fills the place.
fn references(booked: &Booked, parcel: &Parcel) -> Vec<Value> {
    let own = parcel.references.iter().map(|one| json!({"type": "PACKAGE", "number": one.value}));
    let shared = booked.references.iter().map(|one| json!({"type": "SHIPMENT", "number": one.value}));
    let all: Vec<Value> = own.chain(shared).collect();
    if all.is_empty() { vec![json!({"type": "PACKAGE", "number": "NA"})] } else { all }
}

/// Three digits under `code` and no letter, unlike an activity's status.
fn current_status(scan: &Scan) -> Value {
    let words = scan.mark.words.trim_end();
    json!({"code": scan.mark.status_code, "description": words, "simplifiedTextDescription": words})
}

fn address(party: &Party) -> Value {
    json!({
        "city": party.city.to_uppercase(),
        "stateProvince": party.state,
        "postalCode": "",
        "countryCode": party.country,
        "country": party.country,
    })
}

/// The five stations of every parcel, those reached with the activity that shows it. Their codes are
/// not public and are left out.
fn milestones(scans: &[Scan]) -> Value {
    const STATIONS: [(&str, &str, &[&str]); 5] = [
        ("Label Created", "M", &["003"]),
        ("We Have Your Package", "I", &["038", "005"]),
        ("On the Way", "I", &["005", "012", "071", "072", "036"]),
        ("Out for Delivery", "I", &["021"]),
        ("Delivered", "D", &["011", "161", "034"]),
    ];
    let reached = |states: &[&str]| scans.iter().rev().position(|scan| states.contains(&scan.mark.status_code));
    let last = STATIONS.iter().rposition(|(_, _, states)| reached(states).is_some());
    let stations = STATIONS.iter().enumerate().map(|(index, (words, category, states))| {
        let mut station = json!({
            "description": words,
            "current": Some(index) == last,
            "state": "This milestone has not yet been completed",
        });
        if let Some(activity) = reached(states) {
            station["category"] = json!(category);
            station["linkedActivity"] = json!(activity.to_string());
            station["state"] = json!("This milestone has already occurred");
        }
        station
    });
    Value::Array(stations.collect())
}
