//! The five kinds of record, made from the same scans that tracking shows.
//!
//! ```text
//! label uploaded ─► Manifest, one for the shipment       problem ─► Exception (+ Generic UD)
//! first scan     ─► Origin                               delivered ─► Delivery
//! voided · out for delivery · returned to sender ─► Generic VM · OT · UR
//! ```
//!
//! Times are local to the place, without an offset. Which reason code stands for which problem is
//! not public: the two characters of the scan stand there (*assumed*).

use std::sync::Arc;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use crate::ups::asked::{Party, Payer, Reference};
use crate::ups::journey::scan::{self, Scan};
use crate::ups::manners::QuantumRecord;
use crate::ups::shelf::{Booked, Parcel};
use crate::ups::track::{received_by, spot};

/// Something for one of the files.
#[derive(Debug)]
pub(crate) struct Happening {
    pub(crate) at: Timestamp,
    pub(crate) kind: QuantumRecord,
    booked: Arc<Booked>,
    /// Which package; of a manifest the first.
    index: usize,
    scan: Scan,
}

/// Everything that is ever reported of a shipment.
pub(crate) fn happenings(booked: &Arc<Booked>) -> Vec<Happening> {
    let mut all: Vec<Happening> = Vec::new();
    for (index, parcel) in booked.parcels.iter().enumerate() {
        let history = parcel.history();
        let first = history.iter().position(Scan::is_physical);
        for (place, scan) in history.into_iter().enumerate() {
            let kind = if scan.mark == scan::MANIFEST {
                // One manifest for all packages.
                if all.iter().any(|one| one.kind == QuantumRecord::Manifest) {
                    continue;
                }
                QuantumRecord::Manifest
            } else if Some(place) == first {
                QuantumRecord::Origin
            } else {
                match (scan.mark.kind, scan.mark) {
                    ("X", _) => QuantumRecord::Exception,
                    (_, scan::DELIVERED | scan::FETCHED) => QuantumRecord::Delivery,
                    (_, scan::VOIDED | scan::OUT | scan::RETURNED | scan::NEW_DATE) => QuantumRecord::Generic,
                    _ => continue,
                }
            };
            all.push(Happening { at: scan.at, kind, booked: Arc::clone(booked), index, scan });
        }
    }
    all
}

impl Happening {
    pub(crate) fn written(&self) -> Value {
        match self.kind {
            QuantumRecord::Manifest => self.manifest(),
            QuantumRecord::Origin => self.origin(),
            QuantumRecord::Exception => self.exception(),
            QuantumRecord::Delivery => self.delivery(),
            QuantumRecord::Generic => self.generic(),
        }
    }

    fn parcel(&self) -> &Parcel {
        &self.booked.parcels[self.index]
    }

    fn date(&self) -> String {
        self.scan.at.to_zoned(self.scan.zone.clone()).strftime("%Y%m%d").to_string()
    }

    fn time(&self) -> String {
        self.scan.at.to_zoned(self.scan.zone.clone()).strftime("%H%M%S").to_string()
    }

    /// What origin, exception and delivery records share.
    fn common(&self) -> Value {
        let mut record = json!({
            "ShipperNumber": self.booked.account,
            "TrackingNumber": self.parcel().number,
            "Date": self.date(),
            "Time": self.time(),
            "BillToAccount": bill_to(&self.booked),
        });
        if let Some((city, state)) = &self.scan.place {
            record["ActivityLocation"] = json!({"AddressArtifactFormat": {
                "PoliticalDivision2": city, "PoliticalDivision1": state, "CountryCode": self.scan.country,
            }});
        }
        self.add_references(&mut record);
        record
    }

    fn add_references(&self, record: &mut Value) {
        let both = [
            ("PackageReferenceNumber", &self.parcel().references),
            ("ShipmentReferenceNumber", &self.booked.references),
        ];
        for (name, references) in both {
            if !references.is_empty() {
                record[name] = Value::Array(numbered(references));
            }
        }
    }

    fn manifest(&self) -> Value {
        let booked = &self.booked;
        let standing = booked.parcels.iter().filter(|parcel| {
            parcel.history().first().is_some_and(|scan| scan.mark == scan::MANIFEST && scan.at <= self.at)
        });
        let packages: Vec<Value> = standing.map(|parcel| self.package(parcel)).collect();
        let mut record = json!({
            "Shipper": party(&booked.shipper, Some(&booked.account)),
            "ShipTo": party(&booked.ship_to, None),
            "Service": {"Code": format!("{:0>3}", booked.service.code), "Description": booked.service.name},
            "PickupDate": booked.ship_date.strftime("%Y%m%d").to_string(),
            "ScheduledDeliveryDate": self.parcel().journey.promised.strftime("%Y%m%d").to_string(),
            "Package": Value::Array(packages),
            "ShipmentChargeType": charge_type(booked),
            "BillToAccount": bill_to(booked),
            "LeadShipmentTrackingNumber": booked.number(),
        });
        if self.parcel().packaging == "01" {
            // A letter.
            record["DocumentsOnly"] = json!("1");
        }
        if !booked.references.is_empty() {
            record["ReferenceNumber"] = Value::Array(numbered(&booked.references));
        }
        record
    }

    fn package(&self, parcel: &Parcel) -> Value {
        let mut package = json!({
            "TrackingNumber": parcel.number,
            "Activity": Value::Array(vec![json!({"Date": self.date(), "Time": self.time()})]),
            "PackageWeight": {"Weight": padded_weight(&format!("{:.1}", parcel.weight))},
            // An empty text for an object, as UPS writes it.
            "PackageServiceOptions": {"COD": ""},
        });
        if let Some([length, width, height]) = parcel.dimensions.map(|sides| sides.map(padded_length)) {
            package["Dimensions"] = json!({"Length": length, "Width": width, "Height": height});
        }
        if !parcel.references.is_empty() {
            package["ReferenceNumber"] = Value::Array(numbered(&parcel.references));
        }
        package
    }

    fn origin(&self) -> Value {
        let mut record = self.common();
        record["ScheduledDeliveryDate"] = json!(self.parcel().journey.promised.strftime("%Y%m%d").to_string());
        record
    }

    fn exception(&self) -> Value {
        let mut record = self.common();
        let words = self.scan.mark.words.trim_end();
        record["StatusCode"] = json!(self.scan.mark.code);
        record["StatusDescription"] = json!(words);
        record["ReasonCode"] = json!(self.scan.mark.code);
        record["ReasonDescription"] = json!(words.chars().take(40).collect::<String>().trim_end());
        if let Some(day) = self.scan.new_date {
            record["RescheduledDeliveryDate"] = json!(day.strftime("%Y%m%d").to_string());
        }
        record
    }

    fn delivery(&self) -> Value {
        let mut record = self.common();
        let home = &self.booked.ship_to;
        let receiver = received_by(&self.booked, self.parcel());
        let place = spot(&self.booked, &self.scan);
        let mut address = json!({
            "ConsigneeName": home.name,
            "PoliticalDivision2": home.city.to_uppercase(),
            "PoliticalDivision1": home.state,
            "CountryCode": home.country,
            "PostcodePrimaryLow": home.postal.chars().take(5).collect::<String>(),
        });
        if let Some((number, street)) = home.lines.first().and_then(|line| line.split_once(' ')) {
            address["StreetNumberLow"] = json!(number);
            address["StreetName"] = json!(street.to_uppercase());
        }
        if home.residential {
            address["ResidentialAddressIndicator"] = json!("");
        }
        let mut location = json!({
            "AddressArtifactFormat": address,
            "Description": place.trim_start_matches("UPS ").to_uppercase(),
        });
        if receiver.is_empty() {
            record["DriverRelease"] = json!(place.to_uppercase());
        } else {
            location["SignedForByName"] = json!(receiver);
        }
        record["DeliveryLocation"] = location;
        record
    }

    fn generic(&self) -> Value {
        let activity = match self.scan.mark {
            scan::VOIDED => "VM",
            scan::RETURNED => "UR",
            scan::NEW_DATE => "UD",
            _ => "OT",
        };
        let mut record = json!({
            "ActivityType": activity,
            "TrackingNumber": self.parcel().number,
            "ShipperNumber": self.booked.account,
            "Service": {"Code": format!("{:0>3}", self.booked.service.code)},
            "Activity": {"Date": self.date(), "Time": self.time()},
            "BillToAccount": bill_to(&self.booked),
        });
        if let Some(day) = self.scan.new_date {
            record["RescheduledDeliveryDate"] = json!(day.strftime("%Y%m%d").to_string());
        }
        self.add_references(&mut record);
        record
    }
}

/// `+0007.0`
fn padded_weight(weight: &str) -> String {
    format!("+{weight:0>6}")
}

/// Who pays, and from which account. A receiver's account is freight collect.
fn bill_to(booked: &Booked) -> Value {
    let (option, account) = match &booked.payer {
        Some(Payer::Receiver { account, .. }) => ("04", account),
        Some(Payer::ThirdParty { account, .. }) => ("03", account),
        Some(Payer::Consignee) => ("02", &booked.account),
        Some(Payer::Shipper { .. }) | None => ("01", &booked.account),
    };
    json!({"Option": option, "Number": account})
}

fn charge_type(booked: &Booked) -> &'static str {
    match &booked.payer {
        Some(Payer::Receiver { .. }) => "F/C",
        Some(Payer::ThirdParty { .. }) => "T/P",
        Some(Payer::Consignee) => "C/B",
        Some(Payer::Shipper { .. }) | None => "P/P",
    }
}

/// Eight digits, the last two of them hundredths: `10` is `00001000`.
fn padded_length(length: Decimal) -> String {
    format!("{:0>8}", (length * Decimal::ONE_HUNDRED).round())
}

fn numbered(references: &[Reference]) -> Vec<Value> {
    let one = |(reference, number): (&Reference, u32)| {
        let mut written = json!({"Number": number.to_string(), "Value": reference.value});
        if !reference.code.is_empty() {
            written["Code"] = json!(reference.code);
        }
        written
    };
    references.iter().zip(1..).map(one).collect()
}

/// Shipper with its account, or receiver without.
fn party(party: &Party, account: Option<&str>) -> Value {
    let mut address = json!({"CountryCode": party.country});
    for (name, line) in ["AddressLine1", "AddressLine2", "AddressLine3"].into_iter().zip(&party.lines) {
        address[name] = json!(line);
    }
    let parts = [("City", &party.city), ("StateProvinceCode", &party.state), ("PostalCode", &party.postal)];
    for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
        address[name] = json!(value);
    }
    let mut written = json!({"Address": address});
    written[if account.is_some() { "Name" } else { "CompanyName" }] = json!(party.name);
    if let Some(account) = account {
        written["ShipperNumber"] = json!(account);
    }
    for (name, value) in [("AttentionName", &party.attention), ("PhoneNumber", &party.phone)] {
        if !value.is_empty() {
            written[name] = json!(value);
        }
    }
    written
}
