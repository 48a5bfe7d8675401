//! Pickups: what one costs, ordering one, which are pending, calling one off.
//!
//! ```text
//! ordered ─► 001 received ─► 012 being processed ─► 002 dispatched to the driver ─► 003 completed
//!              └────── can be called off ───────┘        (9510115)
//! ```
//!
//! It is the only thing of UPS's that can be ordered twice without harm: the same account, address
//! and day give the same number. Voiding a shipment does not call its pickup off.
//!
//! UPS's own list of error codes is not public; but for the two about dates and about an order that
//! cannot be changed any more, every refusal is `9500510` (*assumed*).

mod order;
mod price;

use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use super::calendar::Calendar;
use super::envelope::{Lists, Refusal, accepted, alert};
use super::geography::{Hub, us_states};
use super::manners::Manners;
use super::reading::{at, many, present, text, texts};
use super::{Ups, Visit};
use crate::CREDENTIALS;
use crate::serve::{Reply, Request};
use crate::world::ship_from;
pub(crate) use order::Book;
pub use order::PickupOrdered;
use order::{Kind, Order, Wish};
use price::Tariff;

fn refuse(what: &str) -> Refusal {
    Refusal::bad("9500510", what)
}

/// The list of countries insists on two headers; with which code is *assumed*.
pub(super) fn require_headers(request: &Request) -> Result<(), Refusal> {
    let given = |name: &str, most: usize| request.header(name).is_some_and(|text| (1..=most).contains(&text.len()));
    if given("transid", 32) && given("transactionsrc", 512) {
        return Ok(());
    }
    Err(Refusal::bad("20007", "Missing required header: transId or transactionSrc"))
}

fn reply(visit: &Visit<'_>, manners: &Manners, answer: Value) -> Reply {
    Reply::json(200, &Lists::of(visit.segment(2), manners).fold(answer))
}

fn context(request: &Value) -> String {
    text(request, &["Request", "TransactionReference", "CustomerContext"])
}

/// `POST …/pickup/{oncall|smart|both}`
pub(super) fn rate(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let kind = pickup_type(visit)?;
    let body = visit.json()?;
    let request = at(&body, &["PickupRateRequest"]);
    let address = at(request, &["PickupAddress"]);
    require(address, &["City", "PostalCode", "CountryCode"], "PickupAddress")?;
    require_flag(address, "ResidentialIndicator")?;
    require_flag(request, "AlternateAddressIndicator")?;
    let today = local_now(address, visit).0;
    let manners = ups.state().manners.clone();
    let day = match text(request, &["ServiceDateOption"]).as_str() {
        "01" => today,
        "02" => Calendar::of(&manners).business_days_after(today, 1),
        "03" => dates(at(request, &["PickupDateInfo"]))?.0,
        _ => return Err(refuse("Missing or invalid ServiceDateOption.")),
    };
    let tariff = Tariff {
        smart: kind == Some(Kind::Smart),
        same_day: day == today,
        residential: text(address, &["ResidentialIndicator"]) == "Y",
        fuel_per_mille: manners.fuel_per_mille,
        taxes: text(request, &["TaxInformationIndicator"]) == "Y",
    };
    let mut alerts = Vec::new();
    if text(request, &["UserLevelDiscountIndicator"]) == "Y" {
        alerts.push(alert("9500717", "The user level discount is invalid."));
    }
    let response = accepted(&manners, &context(request), &visit.transaction, alerts);
    Ok(reply(visit, &manners, json!({"PickupRateResponse": {"Response": response, "RateResult": tariff.result()}})))
}

/// None stands for both.
fn pickup_type(visit: &Visit<'_>) -> Result<Option<Kind>, Refusal> {
    match visit.segment(4) {
        "oncall" => Ok(Some(Kind::OnCall)),
        "smart" => Ok(Some(Kind::Smart)),
        "both" => Ok(None),
        _ => Err(refuse("Invalid pickup type.")),
    }
}

/// `POST …/pickupcreation/{v}/pickup`, on call or smart by what the body holds.
pub(super) fn create(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let body = visit.json()?;
    if present(&body, &["PickupTriggerGWNRequest"]) {
        return trigger(ups, visit, at(&body, &["PickupTriggerGWNRequest"]));
    }
    let request = at(&body, &["PickupCreationRequest"]);
    let address = at(request, &["PickupAddress"]);
    let (day, ready, close) = check(request)?;
    let (today, time) = local_now(address, visit);
    let mut state = ups.state();
    let manners = state.manners.clone();
    if day < today || (day == today && time > manners.pickup_cut_off) {
        return Err(Refusal::bad("9510113", "The pickup date or time is past the cutoff."));
    }
    let wish = Wish {
        kind: Kind::OnCall,
        account: text(request, &["Shipper", "Account", "AccountNumber"]).to_uppercase(),
        address: address_key(address),
        zone: hub(address).time_zone(),
        day,
        ready,
        close,
        contact: text(address, &["ContactName"]),
        reference: text(request, &["ReferenceNumber"]),
    };
    let (order, _) = state.pickups.order(wish, visit.now, &manners);
    let mut response = json!({
        "Response": accepted(&manners, &context(request), &visit.transaction, Vec::new()),
        "PRN": order.prn,
        "RateStatus": {"Code": "04", "Description": "Rate not requested"},
    });
    let returns = text(request, &["PaymentMethod"]) == "04";
    if text(request, &["RatePickupIndicator"]) == "Y" && returns {
        response["RateStatus"] = json!({"Code": "03", "Description": "Rate not applicable"});
    } else if text(request, &["RatePickupIndicator"]) == "Y" {
        let tariff = Tariff {
            smart: false,
            same_day: day == today,
            residential: text(address, &["ResidentialIndicator"]) == "Y",
            fuel_per_mille: manners.fuel_per_mille,
            taxes: text(request, &["TaxInformationIndicator"]) == "Y",
        };
        response["RateStatus"] = json!({"Code": "01", "Description": "Rate available"});
        response["RateResult"] = tariff.result();
    }
    Ok(reply(visit, &manners, json!({"PickupCreationResponse": response})))
}

/// Everything an order must say. Answers day, ready time and close time.
fn check(request: &Value) -> Result<(Date, Time, Time), Refusal> {
    const PAYMENTS: [&str; 7] = ["00", "01", "03", "04", "05", "06", "07"];
    let address = at(request, &["PickupAddress"]);
    let needed = ["CompanyName", "ContactName", "AddressLine", "City", "CountryCode"];
    require(address, &needed, "PickupAddress")?;
    require(at(address, &["Phone"]), &["Number"], "PickupAddress/Phone")?;
    let long = |name: &str, most: usize| text(address, &[name]).chars().count() > most;
    if long("CompanyName", 27) || long("ContactName", 22) || long("AddressLine", 73) || long("PickupPoint", 11) {
        return Err(refuse("A field of PickupAddress is too long."));
    }
    if matches!(text(address, &["CountryCode"]).as_str(), "US" | "CA") {
        require(address, &["StateProvince", "PostalCode"], "PickupAddress")?;
    }
    require_flag(address, "ResidentialIndicator")?;
    require_flag(request, "AlternateAddressIndicator")?;
    require_flag(request, "RatePickupIndicator")?;
    let payment = text(request, &["PaymentMethod"]);
    if !PAYMENTS.contains(&payment.as_str()) {
        return Err(refuse("Missing or invalid PaymentMethod."));
    }
    let account = text(request, &["Shipper", "Account", "AccountNumber"]);
    if !account.is_empty() || payment == "01" {
        own_account(&account)?;
    }
    pieces(request)?;
    if many(request, &["TrackingData"]).len() > 30 {
        return Err(refuse("Too many TrackingData."));
    }
    dates(at(request, &["PickupDateInfo"]))
}

fn pieces(request: &Value) -> Result<(), Refusal> {
    let pieces = many(request, &["PickupPiece"]);
    if pieces.is_empty() {
        return Err(refuse("Missing PickupPiece."));
    }
    for piece in pieces {
        let service = text(piece, &["ServiceCode"]);
        let quantity = text(piece, &["Quantity"]).parse::<u32>().unwrap_or(0);
        let right = service.len() == 3
            && service.bytes().all(|c| c.is_ascii_digit())
            && (1..=999).contains(&quantity)
            && text(piece, &["DestinationCountryCode"]).len() == 2
            && matches!(text(piece, &["ContainerCode"]).as_str(), "01" | "02" | "03");
        if !right {
            return Err(refuse("Missing or invalid PickupPiece."));
        }
    }
    Ok(())
}

/// Day, ready time and close time.
fn dates(info: &Value) -> Result<(Date, Time, Time), Refusal> {
    let invalid = |name: &str| refuse(&format!("Missing or invalid PickupDateInfo/{name}."));
    let time = |name: &str| Time::strptime("%H%M", text(info, &[name])).map_err(|_| invalid(name));
    let day = Date::strptime("%Y%m%d", text(info, &["PickupDate"])).map_err(|_| invalid("PickupDate"))?;
    let (ready, close) = (time("ReadyTime")?, time("CloseTime")?);
    if ready < close { Ok((day, ready, close)) } else { Err(invalid("CloseTime")) }
}

fn require(value: &Value, names: &[&str], of: &str) -> Result<(), Refusal> {
    match names.iter().find(|name| text(value, &[name]).is_empty()) {
        Some(name) => Err(refuse(&format!("Missing or invalid {of}/{name}."))),
        None => Ok(()),
    }
}

fn require_flag(value: &Value, name: &str) -> Result<(), Refusal> {
    let given = text(value, &[name]);
    if matches!(given.as_str(), "Y" | "N") { Ok(()) } else { Err(refuse(&format!("Missing or invalid {name}."))) }
}

/// Account numbers may be written with four leading zeros.
fn own_account(account: &str) -> Result<(), Refusal> {
    let six = account.strip_prefix("0000").filter(|rest| rest.len() == 6).unwrap_or(account);
    if six.eq_ignore_ascii_case(CREDENTIALS.ups_account) { Ok(()) } else { Err(refuse("Invalid account number.")) }
}

fn hub(address: &Value) -> Hub {
    let field = |name: &str| text(address, &[name]).to_uppercase();
    Hub::serving(&field("CountryCode"), &field("StateProvince"), &field("PostalCode"))
}

/// The day and the time at the address.
fn local_now(address: &Value, visit: &Visit<'_>) -> (Date, Time) {
    let local = visit.now.to_zoned(hub(address).time_zone());
    (local.date(), local.time())
}

/// What makes two addresses the same.
fn address_key(address: &Value) -> String {
    let lines = texts(address, &["AddressLine"]).join(" ");
    let rest = ["City", "StateProvince", "PostalCode", "CountryCode", "Room", "Floor", "PickupPoint"];
    let parts: Vec<String> = rest.iter().map(|name| text(address, &[name])).collect();
    format!("{lines}|{}", parts.join("|")).to_uppercase()
}

/// A smart pickup: address and times are the account's own.
fn trigger(ups: &Ups, visit: &Visit<'_>, request: &Value) -> Result<Reply, Refusal> {
    let account = text(request, &["AccountNumber"]);
    own_account(&account)?;
    let option = text(request, &["ServiceDateOption"]);
    if !matches!(option.as_str(), "01" | "02") {
        return Err(refuse("Missing or invalid ServiceDateOption."));
    }
    let home = ship_from();
    let zone = Hub::serving("US", home.state, home.zip5).time_zone();
    let local = visit.now.to_zoned(zone.clone());
    let mut state = ups.state();
    let manners = state.manners.clone();
    let today = local.date();
    let calendar = Calendar::of(&manners);
    let late = local.time() > manners.pickup_cut_off || !calendar.is_business_day(today);
    let day = if option == "01" && !late { today } else { calendar.business_days_after(today, 1) };
    let wish = Wish {
        kind: Kind::Smart,
        account: account.to_uppercase(),
        address: home.full_line().to_uppercase(),
        zone,
        day,
        ready: Time::constant(15, 0, 0, 0),
        close: Time::constant(18, 0, 0, 0),
        contact: String::new(),
        reference: String::new(),
    };
    let (order, is_new) = state.pickups.order(wish, visit.now, &manners);
    let status = if is_new { ("01", "NEW") } else { ("02", "EXISTING") };
    let mut response = json!({
        "Response": accepted(&manners, &context(request), &visit.transaction, Vec::new()),
        "ServiceDate": compact(order.wish.day),
        "PRN": order.prn,
        "TriggerStatus": {"Code": status.0, "Description": status.1},
    });
    if option == "01" && late {
        response["NextBusinessDayIndicator"] = json!("Y");
    }
    Ok(reply(visit, &manners, json!({"PickupTriggerGWNResponse": response})))
}

fn compact(day: Date) -> String {
    day.strftime("%Y%m%d").to_string()
}

/// `GET …/pickup/{oncall|smart|both}`: what is not done yet, of today and tomorrow.
pub(super) fn pending(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let kind = pickup_type(visit)?;
    own_account(visit.request.header("accountnumber").unwrap_or_default())?;
    let state = ups.state();
    let manners = &state.manners;
    let list =
        state.pickups.pending(visit.now, manners).filter(|order| kind.is_none_or(|kind| order.wish.kind == kind));
    let list: Vec<Value> = list.map(|order| pending_status(order, visit, manners)).collect();
    Ok(reply(
        visit,
        manners,
        json!({"PickupPendingStatusResponse": {
            "Response": accepted(manners, "", &visit.transaction, Vec::new()),
            "PendingStatus": list,
        }}),
    ))
}

fn pending_status(order: &Order, visit: &Visit<'_>, manners: &Manners) -> Value {
    let status = order.status(visit.now, manners);
    let mut pending = json!({
        "PickupType": if order.wish.kind == Kind::Smart { "02" } else { "01" },
        "ServiceDate": compact(order.wish.day),
        "PRN": order.prn,
        "PickupStatusMessage": status.words(),
    });
    if order.wish.kind == Kind::Smart {
        pending["GWNStatusCode"] = json!("001");
    } else {
        pending["OnCallStatusCode"] = json!(status.code());
        pending["BillingCode"] = json!("01");
    }
    for (name, value) in [("ContactName", &order.wish.contact), ("ReferenceNumber", &order.wish.reference)] {
        if !value.is_empty() {
            pending[name] = json!(value);
        }
    }
    pending
}

/// `DELETE …/pickup/{01|02}`: the account's latest, or the one in the header `Prn`.
pub(super) fn cancel(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let mut state = ups.state();
    let manners = state.manners.clone();
    let prn = match visit.segment(4) {
        "01" => state.pickups.latest(visit.now, &manners),
        "02" => visit.request.header("prn").map(str::to_uppercase),
        _ => return Err(refuse("Invalid value of CancelBy.")),
    };
    let order = prn.and_then(|prn| state.pickups.find(&prn)).ok_or_else(|| refuse("No such pickup."))?;
    if !order.status(visit.now, &manners).can_be_cancelled() {
        return Err(Refusal::bad("9510115", "The order is already in an unmodifiable state."));
    }
    order.cancelled_at = Some(visit.now);
    let smart = order.wish.kind == Kind::Smart;
    let mut response = json!({
        "Response": accepted(&manners, "", &visit.transaction, Vec::new()),
        "PickupType": if smart { "02" } else { "01" },
    });
    if smart {
        response["GWNStatus"] = json!({"Code": "002", "Description": "User Cancelled"});
    }
    Ok(reply(visit, &manners, json!({"PickupCancelResponse": response})))
}

/// `GET /api/pickup/{v}/countries/{country}`: states or provinces, none for a country without.
pub(super) fn countries(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    const PROVINCES: [&str; 13] = ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"];
    let country = visit.segment(4).to_uppercase();
    if country.len() != 2 || !country.bytes().all(|c| c.is_ascii_uppercase()) {
        return Err(refuse("Invalid country code."));
    }
    let divisions: Vec<Value> = match country.as_str() {
        "US" => us_states().map(Value::from).collect(),
        "CA" => PROVINCES.into_iter().map(Value::from).collect(),
        _ => Vec::new(),
    };
    let manners = ups.state().manners.clone();
    Ok(reply(
        visit,
        &manners,
        json!({"PickupGetPoliticalDivision1ListResponse": {
            "Response": accepted(&manners, "", &visit.transaction, Vec::new()),
            "PoliticalDivision1": divisions,
        }}),
    ))
}

impl Ups {
    /// Every pickup ordered so far, oldest first.
    #[must_use]
    pub fn pickups(&self) -> Vec<PickupOrdered> {
        let state = self.state();
        state.pickups.ordered(self.now(), &state.manners)
    }
}
