//! Rating: one service or all of the lane, with or without time in transit.
//!
//! ```text
//! RateRequest ─► asked ─► check ─► service(s) ─► price, transit ─► RatedShipment, one each
//! ```
//!
//! `SubVersion` decides what is told: items of the shipment from 1601, of packages from 1607, base
//! charges from 1701, the negotiated base from 2201, modifiers from 2205, negotiated ones from 2407,
//! zones from 2409. Time in transit comes only when it is asked for *and* `DeliveryTimeInformation`
//! is there. A service that could be delivered on a Saturday then stands twice.

use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use super::asked::{Asked, For};
use super::calendar::Calendar;
use super::charges::{billing_weight, itemize, modify, money, tax};
use super::check::{self, Rules};
use super::envelope::{Lists, Refusal, accepted, alert};
use super::geography::Hub;
use super::price::{PackagePrice, Price, zone_between};
use super::reading::{at, text};
use super::service::Service;
use super::transit::{Tender, Transit};
use super::{Manners, Ups, Visit};
use crate::CREDENTIALS;
use crate::serve::Reply;

const NO_NEGOTIATED: &str = "User is not qualified to receive negotiated rates.";
const MAY_VARY: &str = "Your invoice may vary from the displayed reference rates";

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    let request = at(&body, &["RateRequest"]);
    let manners = ups.manners();
    let asked = Asked::read(request, For::Rating);
    let origin = asked.origin();
    let clocks = Hub::serving(&origin.country, &origin.state, &origin.postal).time_zone();
    let now = visit.now.to_zoned(clocks).datetime();
    check::rate(&asked, Rules { account: CREDENTIALS.ups_account, today: now.date(), manners: &manners })?;
    let option = visit.segment(3).to_lowercase();
    let services = services(&option, &asked, &manners)?;
    let mut alerts = vec![alert("110971", MAY_VARY)];
    if asked.negotiated && (manners.negotiated().is_none() || asked.shipper_number.is_empty()) {
        alerts.push(alert("120900", NO_NEGOTIATED));
    }
    let wants_transit = option.ends_with("timeintransit") || visit.query_flag("additionalinfo", "timeintransit");
    let times = at(request, &["Shipment", "DeliveryTimeInformation"]);
    let tender = if wants_transit && !times.is_null() {
        refuse_incomplete_transit(&asked, times)?;
        let (at, changed) = tendered(times, now);
        if changed {
            alerts.push(alert("111730", "The pickup date is invalid and has been changed to today."));
        }
        let calendar = Calendar::of(&manners);
        Some(Tender { at, zone: zone_between(&asked), calendar, cut_off: manners.cut_off })
    } else {
        None
    };
    let rater = Rater { asked: &asked, manners: &manners, tender, bill_type: text(times, &["PackageBillType"]) };
    let rated: Vec<Value> = services.iter().flat_map(|service| rater.rows(service)).collect();
    let context = text(request, &["Request", "TransactionReference", "CustomerContext"]);
    let whole = json!({"RateResponse": {
        "Response": accepted(&manners, &context, &visit.transaction, alerts),
        "RatedShipment": rated,
    }});
    Ok(Reply::json(200, &Lists::of(visit.segment(2), &manners).fold(whole)))
}

/// The services to price; when shopping, those which take these packages.
fn services(option: &str, asked: &Asked, manners: &Manners) -> Result<Vec<Service>, Refusal> {
    match option {
        "shop" | "shoptimeintransit" => {
            let all = Service::between(asked.origin(), &asked.ship_to, manners);
            let refused = all.first().map(|first| check::rate_with(asked, first));
            let fitting: Vec<Service> =
                all.into_iter().filter(|service| check::rate_with(asked, service).is_ok()).collect();
            match (fitting.is_empty(), refused) {
                (false, _) => Ok(fitting),
                (true, Some(Err(why))) => Err(why),
                (true, _) => {
                    Err(Refusal::bad("111210", "The requested service is unavailable between the selected locations."))
                }
            }
        }
        "rate" | "ratetimeintransit" => {
            if asked.service.is_empty() {
                return Err(Refusal::bad("111100", "The requested service is invalid from the selected origin."));
            }
            let service = check::service(asked, For::Rating, manners)?;
            check::rate_with(asked, &service)?;
            Ok(vec![service])
        }
        _ => Err(Refusal::bad("20006", "Invalid request action")),
    }
}

/// Across a border time in transit wants to know more than rating alone.
fn refuse_incomplete_transit(asked: &Asked, times: &Value) -> Result<(), Refusal> {
    if !asked.is_international() {
        return Ok(());
    }
    let origin = asked.origin();
    if origin.city.is_empty() || (origin.country == "US" && origin.state.is_empty()) {
        return Err(Refusal::bad("111538", "Missing or invalid origin for time in transit"));
    }
    if asked.total_weight.is_none() {
        return Err(Refusal::bad("111546", "Missing or invalid shipment weight for time in transit"));
    }
    let documents = asked.documents_only || text(times, &["PackageBillType"]) == "02";
    if !documents && asked.invoice_total.is_none() {
        return Err(Refusal::bad("111549", "Missing or invalid shipment contents value for time in transit"));
    }
    Ok(())
}

/// When the parcel is handed over, and whether UPS had to change the asked date.
fn tendered(times: &Value, now: jiff::civil::DateTime) -> (jiff::civil::DateTime, bool) {
    let given = text(times, &["Pickup", "Date"]);
    let date = Date::strptime("%Y%m%d", &given).ok().filter(|date| is_in_window(*date, now.date()));
    let hour = Time::strptime("%H%M", text(times, &["Pickup", "Time"])).ok();
    match date {
        Some(date) if date == now.date() => (date.to_datetime(hour.unwrap_or(now.time())), false),
        Some(date) => (date.to_datetime(hour.unwrap_or(Time::midnight())), false),
        None => (now, !given.is_empty()),
    }
}

/// Transit times are told for 35 days back and 60 ahead.
pub(super) fn is_in_window(date: Date, today: Date) -> bool {
    let day = |days: i64| today.saturating_add(jiff::Span::new().days(days));
    (day(-35)..=day(60)).contains(&date)
}

struct Rater<'a> {
    asked: &'a Asked,
    manners: &'a Manners,
    /// Set when time in transit is to be told.
    tender: Option<Tender>,
    bill_type: String,
}

impl Rater<'_> {
    /// The service's row, and a second one for Saturday where that is to be had.
    fn rows(&self, service: &Service) -> Vec<Value> {
        let Some(tender) = &self.tender else { return vec![self.rated(self.asked, service)] };
        let transit = tender.by(service);
        let weekday = self.row(self.asked, service, &transit, None);
        let saturday = transit.saturday.filter(|_| !self.asked.options.saturday_delivery).map(|day| {
            let mut asked = self.asked.clone();
            asked.options.saturday_delivery = true;
            self.row(&asked, service, &transit, Some(day))
        });
        [Some(weekday), saturday].into_iter().flatten().collect()
    }

    fn row(&self, asked: &Asked, service: &Service, transit: &Transit, saturday: Option<Date>) -> Value {
        let mut row = self.rated(asked, service);
        let saturday = saturday.or_else(|| transit.saturday.filter(|_| asked.options.saturday_delivery));
        row["TimeInTransit"] = self.time_in_transit(service, transit, saturday);
        row
    }

    fn rated(&self, asked: &Asked, service: &Service) -> Value {
        let price = Price::published(asked, service, self.manners);
        let negotiated = price.negotiated(asked, self.manners);
        let (currency, sub_version) = (price.currency, asked.sub_version);
        let mut rated = json!({
            "Service": {"Code": service.code, "Description": ""},
            "RatedShipmentAlert": [alert("110971", MAY_VARY)],
            "BillingWeight": billing_weight(price.billing_weight(), price.weight_unit),
            "TransportationCharges": money(price.total() - price.options(), currency),
            "ServiceOptionsCharges": money(price.options(), currency),
            "TotalCharges": money(price.total(), currency),
        });
        if sub_version >= 2409 {
            rated["Zone"] = json!(service.printed_zone(price.zone));
        }
        if sub_version >= 1701 {
            rated["BaseServiceCharge"] = money(price.base(), currency);
        }
        if sub_version >= 1601 {
            itemize(&mut rated, &price.items(), currency);
        }
        if asked.wants_method {
            rated["RatingMethod"] = json!("02");
            rated["BillableWeightCalculationMethod"] = json!("02");
        }
        if asked.wants_taxes {
            let (code, words) = if asked.is_international() {
                ("02", "Additional duties and taxes may apply and are not reflected in the total amount due.")
            } else {
                ("01", "Taxes are included in the shipping cost and apply to the transportation charges.")
            };
            rated["Disclaimer"] = json!([{"Code": code, "Description": words}]);
        }
        tax(&mut rated, &price);
        let own = |index: usize| negotiated.as_ref().and_then(|price| price.packages.get(index));
        let packages = price.packages.iter().enumerate();
        rated["RatedPackage"] =
            packages.map(|(index, package)| rated_package(package, own(index), &price, asked)).collect();
        if let Some(negotiated) = &negotiated {
            rated["NegotiatedRateCharges"] = negotiated_charges(negotiated, sub_version);
        }
        if let Some(by) = service.by {
            let days = service.business_days(price.zone).to_string();
            rated["GuaranteedDelivery"] = json!({"BusinessDaysInTransit": days, "DeliveryByTime": by});
        }
        rated
    }

    fn time_in_transit(&self, service: &Service, transit: &Transit, saturday: Option<Date>) -> Value {
        let compact = |day: Date| day.strftime("%Y%m%d").to_string();
        let arrival = saturday.unwrap_or(transit.delivery);
        let guaranteed = service.by.is_some() && !self.manners.guarantees_suspended;
        let asked = self.tender.as_ref().map_or(transit.pickup, |tender| tender.at.date());
        let counsel = self.manners.cut_off.saturating_sub(jiff::SignedDuration::from_hours(2));
        let bill_type = if self.bill_type.is_empty() { "03" } else { &self.bill_type };
        json!({
            "PickupDate": compact(asked),
            "PackageBillType": bill_type,
            "Disclaimer": "Services listed as guaranteed are backed by a money-back guarantee for transportation \
                           charges only.",
            "ServiceSummary": {
                "Service": {"Description": service.name_from(&self.asked.origin().country)},
                "GuaranteedIndicator": if guaranteed { "1" } else { "" },
                "EstimatedArrival": {
                    "Arrival": {"Date": compact(arrival), "Time": service.commit_time()},
                    "BusinessDaysInTransit": transit.business_days.to_string(),
                    "Pickup": {"Date": compact(transit.pickup), "Time": clock(self.manners.cut_off)},
                    "DayOfWeek": arrival.strftime("%a").to_string().to_uppercase(),
                    "CustomerCenterCutoff": clock(counsel),
                    "TotalTransitDays": transit.total_days().to_string(),
                    "HolidayCount": transit.holidays.to_string(),
                    "DelayCount": "0",
                    "RestDays": transit.rest_days.to_string(),
                },
                "SaturdayDelivery": if saturday.is_some() { "1" } else { "0" },
                "SundayDelivery": "0",
            },
        })
    }
}

/// `HHMMSS`.
fn clock(time: Time) -> String {
    time.strftime("%H%M%S").to_string()
}

fn negotiated_charges(price: &Price, sub_version: u32) -> Value {
    let mut charges = json!({"TotalCharge": money(price.total(), price.currency)});
    if sub_version >= 1601 {
        itemize(&mut charges, &price.items(), price.currency);
    }
    if sub_version >= 2201 {
        charges["BaseServiceCharge"] = json!([money(price.base(), price.currency)]);
    }
    tax(&mut charges, price);
    charges
}

fn rated_package(package: &PackagePrice, own: Option<&PackagePrice>, price: &Price, asked: &Asked) -> Value {
    let (currency, sub_version) = (price.currency, asked.sub_version);
    let mut rated = json!({
        "TransportationCharges": money(package.total() - package.options(), currency),
        "ServiceOptionsCharges": money(package.options(), currency),
        "TotalCharges": money(package.total(), currency),
        "Weight": format!("{:.1}", package.billing_weight),
        "BillingWeight": billing_weight(package.billing_weight, price.weight_unit),
    });
    if sub_version >= 1701 {
        rated["BaseServiceCharge"] = money(package.base, currency);
    }
    if sub_version >= 2205 {
        modify(&mut rated, package.modifier.as_ref());
    }
    if sub_version < 1607 {
        return rated;
    }
    itemize(&mut rated, &package.items, currency);
    if let Some(own) = own {
        let mut negotiated = json!({});
        itemize(&mut negotiated, &own.items, currency);
        if sub_version >= 2407 {
            modify(&mut negotiated, own.modifier.as_ref());
        }
        rated["NegotiatedCharges"] = negotiated;
    }
    rated
}
