//! One event, as Track Alert writes it.
//!
//! Version 1 writes blanks for what it does not know, version 2 leaves most of that out. The offset
//! has a dot, the number sometimes a blank before it.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::ups::journey::scan::{self, Mark, Scan};
use crate::ups::manners::{Blanks, Manners};
use crate::ups::shelf::{Booked, Parcel};
use crate::ups::track::{photo, received_by};

/// Something that happened to a package.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    number: String,
    scan: Scan,
    scheduled: Date,
    by: Option<&'static str>,
    /// Postal code of the destination, for a delivery.
    postal: String,
    received_by: &'static str,
}

impl Event {
    pub(crate) fn of(booked: &Booked, parcel: &Parcel, scan: Scan) -> Self {
        let delivered = scan.mark.status_code == "011";
        let home = &booked.ship_to;
        Self {
            number: parcel.number.clone(),
            scheduled: scan.new_date.unwrap_or(parcel.journey.promised),
            by: booked.service.by,
            postal: if delivered { home.postal.chars().take(5).collect() } else { String::new() },
            received_by: if delivered { received_by(booked, parcel) } else { "" },
            scan,
        }
    }

    /// What the test host makes up for its own numbers: a whole journey, an event each second.
    pub(crate) fn canned(number: &str, since: Timestamp) -> Vec<Self> {
        const WAY: [(Mark, &str, &str); 7] = [
            (scan::MANIFEST, "", ""),
            (scan::ORIGIN, "ALPHARETTA", "GA"),
            (scan::DEPARTED, "ALPHARETTA", "GA"),
            (scan::ARRIVED, "CHARLOTTE", "NC"),
            (scan::PREPARED, "CHARLOTTE", "NC"),
            (scan::OUT, "CHARLOTTE", "NC"),
            (scan::DELIVERED, "CHARLOTTE", "NC"),
        ];
        let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
        let pictured = number.starts_with("1ZCIEPIC");
        let photo = pictured.then_some((scan::PHOTO, "CHARLOTTE", "NC"));
        let way = WAY.into_iter().chain(photo).zip(1..);
        way.map(|((mark, city, state), second)| {
            let at = since.saturating_add(SignedDuration::from_secs(second)).unwrap_or(since);
            let delivered = mark == scan::DELIVERED;
            let place = (!city.is_empty()).then(|| (city.to_owned(), state.to_owned()));
            let scan = Scan { at, zone: zone.clone(), mark, place, country: "US".to_owned(), new_date: None };
            Self {
                number: number.to_owned(),
                scheduled: at.to_zoned(zone.clone()).date(),
                by: None,
                postal: if delivered { "28209".to_owned() } else { String::new() },
                received_by: if delivered { "RECEIVING" } else { "" },
                scan,
            }
        })
        .collect()
    }

    pub(crate) fn at(&self) -> Timestamp {
        self.scan.at
    }

    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    pub(crate) fn kind(&self) -> &'static str {
        self.scan.mark.kind
    }

    pub(crate) fn code(&self) -> &'static str {
        self.scan.mark.code
    }

    pub(crate) fn is_photo(&self) -> bool {
        self.scan.mark == scan::PHOTO
    }

    /// The body of the webhook.
    pub(crate) fn written(
        &self,
        first_version: bool,
        enhanced: bool,
        manners: &Manners,
        dice: &mut fastrand::Rng,
    ) -> Value {
        let mark = self.scan.mark;
        let local = self.scan.at.to_zoned(self.scan.zone.clone());
        let greenwich = self.scan.at.to_zoned(TimeZone::UTC);
        let (date, time) = (local.strftime("%Y%m%d").to_string(), local.strftime("%H%M%S").to_string());
        let delivered = mark.status_code == "011";
        let only_if = |holds: bool, text: &str| if holds { text.to_owned() } else { String::new() };
        let leading = if dice.u32(0..100) < manners.webhook_leading_blank_percent { " " } else { "" };
        let (city, state) = self.scan.place.clone().unwrap_or_default();
        let state_code = match mark.status_code.parse::<u32>() {
            Ok(number) if manners.webhook_numeric_codes => json!(number),
            _ => json!(mark.status_code),
        };
        let (window, start, end) = self.window();
        let mut body = json!({
            "trackingNumber": format!("{leading}{}", self.number),
            "localActivityDate": date,
            "localActivityTime": time,
            "activityLocation": {
                "city": city, "stateProvince": state, "postalCode": self.postal, "country": self.scan.country,
            },
            "activityStatus": {
                "type": mark.kind, "code": mark.code,
                "description": mark.words.trim_end(), "descriptionCode": state_code,
            },
            "scheduledDeliveryDate": self.scheduled.strftime("%Y%m%d").to_string(),
            "actualDeliveryDate": only_if(delivered, &date),
            "actualDeliveryTime": only_if(delivered, &time),
            "gmtActivityDate": greenwich.strftime("%Y%m%d").to_string(),
            "gmtActivityTime": greenwich.strftime("%H%M%S").to_string(),
            "gmtOffset": local.strftime("%:z").to_string().replace(':', "."),
            "deliveryStartTime": start,
            "deliveryEndTime": end,
            "deliveryTimeDescription": window,
            "deliveryPhoto": if enhanced && self.is_photo() { photo(&self.number) } else { String::new() },
            "receivedBy": only_if(enhanced, self.received_by),
            "alternateTrackingNumber": "",
        });
        if first_version
            && matches!(manners.webhook_blanks, Blanks::ByVersion)
            && let Some(members) = body.as_object_mut()
        {
            // Version 1 describes no other number, and who took it in enhanced subscriptions only.
            members.remove("alternateTrackingNumber");
            if !enhanced {
                members.remove("receivedBy");
            }
        }
        let absent = match manners.webhook_blanks {
            Blanks::ByVersion => !first_version,
            Blanks::Blank => false,
            Blanks::Absent => true,
        };
        if absent {
            leave_out_blanks(&mut body);
        }
        body
    }

    /// When it is expected, in words and times.
    fn window(&self) -> (&'static str, &'static str, &'static str) {
        match (self.scan.mark, self.by) {
            (scan::DELIVERED | scan::FETCHED, _) | (Mark { kind: "MV", .. }, _) => ("", "", ""),
            (scan::OUT | scan::NEW_TIME, Some("8:00 A.M." | "8:30 A.M.")) => {
                ("Estimated Delivery Window", "070000", "083000")
            }
            (scan::OUT | scan::NEW_TIME, Some("10:30 A.M.")) => ("Estimated Delivery Window", "080000", "103000"),
            (scan::OUT | scan::NEW_TIME, _) => ("Estimated Delivery Window", "093000", "173000"),
            (_, Some("8:00 A.M.")) => ("Commit Time", "", "080000"),
            (_, Some("8:30 A.M.")) => ("Commit Time", "", "083000"),
            (_, Some("10:30 A.M.")) => ("Commit Time", "", "103000"),
            _ => ("End of Day", "", ""),
        }
    }
}

fn leave_out_blanks(value: &mut Value) {
    if let Some(fields) = value.as_object_mut() {
        fields.values_mut().for_each(leave_out_blanks);
        fields.retain(|_, inner| inner.as_str() != Some(""));
    }
}
