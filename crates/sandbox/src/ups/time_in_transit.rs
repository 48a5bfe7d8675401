//! Time in transit: every service of a lane with its days, weekends and holidays respected.
//!
//! ```text
//! body ─► Question ─► places settled? ─► services with pickup and delivery ─► emsResponse
//!           │ an object for a text: 503/10004   └ no: 206, what was wrong and the places it could be
//!           └ a field missing: 400
//! ```
//!
//! Its service codes are its own, never those of rating and ship. `totalTransitDays` stays 0 at home;
//! only answers across a border count rest days and holidays.

use jiff::civil::{Date, DateTime, Time};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::asked::Party;
use super::calendar::Calendar;
use super::envelope::{Refusal, mirrored};
use super::geography::{Hub, state_of_zip, zone};
use super::rate::is_in_window;
use super::service::Service;
use super::transit::{Tender, Transit};
use super::{Manners, Ups, Visit};
use crate::serve::Reply;

/// UPS's code for a city that is not where the postal code is.
const WRONG_CITY: &str = "1070";

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    if visit.request.header("transid").is_none_or(str::is_empty) {
        return Err(Refusal::bad("20007", "Missing required field transId"));
    }
    let Some(question) = Question::read(&visit.request.body) else { return Ok(broken()) };
    let manners = ups.manners();
    let mut origin = question.place("origin")?;
    let mut destination = question.place("destination")?;
    if destination.country.is_empty() {
        destination.country.clone_from(&origin.country);
    }
    let abroad = home(&origin.country) != home(&destination.country);
    question.refuse_incomplete(abroad)?;
    let checks = question.flag("avvFlag").unwrap_or(true);
    let (from, to) = {
        let state = ups.state();
        let settle = |party: &mut Party, role| {
            if checks { settle(party, role, state.atlas.towns(), question.max_list()) } else { None }
        };
        (settle(&mut origin, "Origin"), settle(&mut destination, "Destination"))
    };
    if from.is_some() || to.is_some() {
        return Ok(unsettled(from.as_ref(), to.as_ref()));
    }
    let hub = |party: &Party| Hub::serving(&party.country, &party.state, &party.postal);
    let now = visit.now.to_zoned(hub(&origin).time_zone()).datetime();
    let at = question.tendered(now)?;
    let tender = Tender {
        at,
        zone: zone(hub(&origin).miles_to(&hub(&destination))),
        calendar: Calendar::of(&manners),
        cut_off: manners.cut_off,
    };
    let services: Vec<Value> = services(&question, &origin, &destination, &tender, &manners);
    if services.is_empty() {
        return Err(Refusal::bad("111210", "The requested service is unavailable between the selected locations."));
    }
    let mut ems = json!({
        "shipDate": at.date().to_string(),
        "shipTime": ship_time(at, now, &manners),
        "serviceLevel": "A",
        "billType": question.bill_type(),
        "residentialIndicator": if question.text("residentialIndicator") == "01" { "01" } else { "02" },
        "guaranteeSuspended": manners.guarantees_suspended,
        "numberOfServices": services.len(),
        "services": services,
    });
    write_place(&mut ems, "origin", &origin);
    write_place(&mut ems, "destination", &destination);
    for name in ["weight", "weightUnitOfMeasure", "shipmentContentsValue", "shipmentContentsCurrencyCode"] {
        let text = question.text(name);
        if !text.is_empty() {
            ems[name] = json!(text);
        }
    }
    if abroad {
        ems["dutyType"] = json!(if question.bill_type() == "02" { "02" } else { "01" });
    }
    Ok(Reply::json(200, &json!({"emsResponse": ems})))
}

/// What UPS says to a request it cannot even read.
fn broken() -> Reply {
    let error = json!({"code": "10004", "message": "The service is temporarily unavailable"});
    let reply = Reply::json(503, &json!({"response": {"errors": [error]}}));
    mirrored(reply, "10004", "UnexpectedEOFAtTarget")
}

/// The request's fields, every one a text, a number or a truth.
struct Question(Map<String, Value>);

impl Question {
    /// Nothing when it is no JSON object, or an object or list stands where a text belongs.
    fn read(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return None };
        let plain = |value: &Value| !value.is_object() && !value.is_array();
        fields.values().all(plain).then_some(Self(fields))
    }

    fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::String(text)) => text.trim().to_owned(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    fn flag(&self, name: &str) -> Option<bool> {
        match self.0.get(name) {
            Some(Value::Bool(flag)) => Some(*flag),
            _ => self.text(name).parse().ok(),
        }
    }

    fn max_list(&self) -> usize {
        self.text("maxList").parse().unwrap_or(200)
    }

    fn bill_type(&self) -> String {
        Some(self.text("billType")).filter(|text| !text.is_empty()).unwrap_or_else(|| "03".to_owned())
    }

    fn place(&self, role: &str) -> Result<Party, Refusal> {
        let field = |name: &str| self.text(&format!("{role}{name}")).to_uppercase();
        let country = field("CountryCode");
        if role == "origin" && country.is_empty() {
            return Err(Refusal::bad("20007", "Missing required field originCountryCode"));
        }
        if !country.is_empty() && country.len() != 2 {
            return Err(Refusal::bad("20008", format!("Invalid field {role}CountryCode")));
        }
        Ok(Party {
            city: field("CityName"),
            state: field("StateProvince"),
            postal: field("PostalCode").replace([' ', '-'], ""),
            country,
            ..Party::default()
        })
    }

    /// Across a border weight, kind and value must be told; at home whether somebody lives there.
    fn refuse_incomplete(&self, abroad: bool) -> Result<(), Refusal> {
        let missing = |name: &str| Err(Refusal::bad("20007", format!("Missing required field {name}")));
        let weight = self.text("weight");
        let unit = self.text("weightUnitOfMeasure").to_uppercase();
        if !weight.is_empty() {
            let most = if unit == "KGS" { 70 } else { 150 };
            let within = |weight: Decimal| weight > Decimal::ZERO && weight <= Decimal::from(most);
            if !weight.parse().is_ok_and(within) {
                return Err(Refusal::bad("20008", "Invalid field weight"));
            }
        }
        if !abroad {
            return Ok(());
        }
        if weight.is_empty() || unit.is_empty() {
            return missing("weight");
        }
        let kind = self.text("billType");
        if !matches!(&*kind, "02" | "03" | "04") {
            return missing("billType");
        }
        if kind != "02" && self.text("shipmentContentsValue").is_empty() {
            return missing("shipmentContentsValue");
        }
        Ok(())
    }

    fn tendered(&self, now: DateTime) -> Result<DateTime, Refusal> {
        let (date, time) = (self.text("shipDate"), self.text("shipTime"));
        let time = Time::strptime("%H:%M:%S", &time).unwrap_or(now.time());
        if date.is_empty() {
            return Ok(now.date().to_datetime(time));
        }
        let date = Date::strptime("%Y-%m-%d", &date).ok().filter(|date| is_in_window(*date, now.date()));
        match date {
            Some(date) => Ok(date.to_datetime(time)),
            None => Err(Refusal::bad("20008", "Invalid field shipDate: 35 days in the past to 60 ahead")),
        }
    }
}

fn home(country: &str) -> &str {
    if country == "PR" { "US" } else { country }
}

/// What is wrong with a place, and the places it could be.
struct Doubt {
    field: String,
    code: &'static str,
    picks: Vec<Value>,
}

/// Completes a place from what is known, or says what is wrong with it.
fn settle<'a>(place: &mut Party, role: &str, towns: impl Iterator<Item = [&'a str; 3]>, most: usize) -> Option<Doubt> {
    if !matches!(&*place.country, "US" | "PR") {
        return None;
    }
    let zip = place.postal.get(..5).unwrap_or(&place.postal).to_owned();
    let around: Vec<[&str; 3]> = towns
        .filter(|[city, state, code]| {
            let named = place.city.is_empty() || *city == place.city;
            if zip.is_empty() { named && (place.state.is_empty() || *state == place.state) } else { *code == zip }
        })
        .collect();
    let doubt = |field: &str, code| {
        let mut picks: Vec<Value> = around.iter().map(|town| pick(town, &place.country)).collect();
        picks.dedup();
        picks.truncate(most);
        Some(Doubt { field: format!("{role}{field}"), code, picks })
    };
    if zip.is_empty() {
        let mut codes: Vec<&str> = around.iter().map(|[_, _, code]| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        let [only] = codes.as_slice() else { return doubt("PostalCode", "20007") };
        place.postal = (*only).to_owned();
        return None;
    }
    let Some(state) = state_of_zip(&zip) else { return doubt("PostalCode", "20008") };
    if !place.state.is_empty() && place.state != state && place.country == "US" {
        return doubt("StateProvince", "20008");
    }
    if !place.city.is_empty() && !around.is_empty() && !around.iter().any(|[city, ..]| *city == place.city) {
        return doubt("CityName", WRONG_CITY);
    }
    if place.city.is_empty() {
        let hub = Hub::serving(&place.country, state, &zip);
        place.city = around.first().map_or(hub.city.to_uppercase(), |[city, ..]| (*city).to_owned());
    }
    state.clone_into(&mut place.state);
    None
}

fn pick([city, state, zip]: &[&str; 3], country: &str) -> Value {
    json!({
        "countryName": country_name(country), "countryCode": country, "stateProvince": state, "city": city,
        "postalCode": zip, "postalCodeLow": zip, "postalCodeHigh": zip,
    })
}

/// 206: no services, but what was wrong and what it could be.
fn unsettled(from: Option<&Doubt>, to: Option<&Doubt>) -> Reply {
    let both = || [from, to].into_iter().flatten();
    let mut body = json!({"validationList": {
        "invalidFieldList": both().map(|doubt| &doubt.field).collect::<Vec<_>>(),
        "invalidFieldListCodes": both().map(|doubt| doubt.code).collect::<Vec<_>>(),
        "destinationAmbiguous": to.is_some(),
        "originAmbiguous": from.is_some(),
    }});
    let code = both().map(|doubt| doubt.code).next().unwrap_or(WRONG_CITY);
    for (name, doubt) in [("originPickList", from), ("destinationPickList", to)] {
        if let Some(doubt) = doubt.filter(|doubt| !doubt.picks.is_empty()) {
            body[name] = json!(doubt.picks);
        }
    }
    mirrored(Reply::json(206, &body), code, "Invalid or ambiguous address")
}

fn services(question: &Question, from: &Party, to: &Party, tender: &Tender, manners: &Manners) -> Vec<Value> {
    let abroad = home(&from.country) != home(&to.country);
    let mut rows = Vec::new();
    let ground =
        Service::by_code("03").filter(|ground| ground.runs(from, to)).map(|ground| tender.by(&ground).delivery);
    let unfiltered = question.flag("returnUnfilterdServices").unwrap_or(false);
    let mut all = Service::between(from, to, manners);
    all.reverse();
    for service in all {
        let Some(level) = service.level(abroad) else { continue };
        let transit = tender.by(&service);
        // What ground outruns is left out, unless everything is wanted.
        let outrun = !abroad && ground.is_some_and(|ground| transit.delivery > ground);
        if outrun && !unfiltered {
            continue;
        }
        let row = Row { service, transit, abroad, tender, manners, origin: &from.country };
        let saturday = match level {
            "1DM" => Some("1DMS"),
            "1DA" => Some("1DAS"),
            _ => None,
        };
        if let Some((day, level)) = transit.saturday.zip(saturday).filter(|_| !abroad) {
            rows.push(row.written(level, day, true));
        }
        rows.push(row.written(level, transit.delivery, false));
    }
    rows
}

/// One service of the answer.
struct Row<'a> {
    service: Service,
    transit: Transit,
    abroad: bool,
    tender: &'a Tender,
    manners: &'a Manners,
    origin: &'a str,
}

impl Row<'_> {
    fn written(&self, level: &str, delivery: Date, on_saturday: bool) -> Value {
        let (service, transit) = (&self.service, &self.transit);
        let time = spaced(service.commit_time());
        let guaranteed = service.by.is_some() && service.code != "02" && !self.manners.guarantees_suspended;
        let cut_off = self.manners.cut_off;
        let counsel = cut_off.saturating_sub(jiff::SignedDuration::from_hours(2));
        let moved = self.abroad && transit.pickup != self.tender.at.date();
        let name = service.name_from(self.origin);
        let only_abroad = |count: u32| if self.abroad { count } else { 0 };
        let mut row = json!({
            "serviceLevel": level,
            "serviceLevelDescription": if on_saturday { format!("{name} (Saturday Delivery)") } else { name.to_owned() },
            "shipDate": self.tender.at.date().to_string(),
            "deliveryDate": delivery.to_string(),
            "commitTime": time,
            "deliveryTime": time,
            "deliveryDayOfWeek": delivery.strftime("%a").to_string().to_uppercase(),
            "nextDayPickupIndicator": if moved { "1" } else { "0" },
            "saturdayPickupIndicator": "0",
            // The next three are in real answers and, but for the first as a required one, not in the
            // description.
            "saturdayDeliveryIndicator": if on_saturday { "1" } else { "0" },
            "sundayPickupIndicator": "0",
            "sundayDeliveryIndicator": "0",
            "guaranteeIndicator": if guaranteed { "1" } else { "0" },
            "totalTransitDays": only_abroad(transit.total_days()),
            "businessTransitDays": transit.business_days,
            "restDaysCount": only_abroad(transit.rest_days),
            "holidayCount": only_abroad(transit.holidays),
            "delayCount": 0,
            "pickupDate": transit.pickup.to_string(),
            "pickupTime": cut_off.strftime("%H:%M:%S").to_string(),
            "cstccutoffTime": counsel.strftime("%H:%M:%S").to_string(),
            "poddays": 0,
        });
        if let Some(day) = transit.saturday.filter(|_| !on_saturday) {
            row["saturdayDeliveryDate"] = json!(day.to_string());
            row["saturdayDeliveryTime"] = json!(time);
        }
        if self.abroad {
            row["poddate"] = json!(delivery.to_string());
        }
        row
    }
}

/// `103000` as `10:30:00`.
fn spaced(time: &str) -> String {
    [&time[..2], &time[2..4], &time[4..]].join(":")
}

fn ship_time(at: DateTime, now: DateTime, manners: &Manners) -> String {
    if manners.sloppy_ship_time {
        return format!("{:02}:{:02}:{}", now.hour(), now.minute(), now.second());
    }
    at.time().strftime("%H:%M:%S").to_string()
}

fn write_place(ems: &mut Value, role: &str, place: &Party) {
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            ems[format!("{role}{name}")] = json!(value);
        }
    };
    put("CountryName", &country_name(&place.country));
    put("CountryCode", &place.country);
    put("PostalCode", &place.postal);
    put("PostalCodeLow", &place.postal);
    put("PostalCodeHigh", &place.postal);
    put("StateProvince", &place.state);
    put("CityName", &place.city);
}

/// In capitals, as UPS writes it; a country without an entry here goes by its code.
fn country_name(code: &str) -> String {
    let name = match code {
        "US" => "UNITED STATES",
        "PR" => "PUERTO RICO",
        "CA" => "CANADA",
        "MX" => "MEXICO",
        "DE" => "GERMANY",
        "FR" => "FRANCE",
        "GB" => "UNITED KINGDOM",
        "IE" => "IRELAND",
        "IT" => "ITALY",
        "ES" => "SPAIN",
        "NL" => "NETHERLANDS",
        "PL" => "POLAND",
        "AU" => "AUSTRALIA",
        "BR" => "BRAZIL",
        "CN" => "CHINA MAINLAND",
        "JP" => "JAPAN",
        other => other,
    };
    name.to_owned()
}
