//! What UPS refuses before it sells or prices anything, rule by rule.
//!
//! Real rules only: lengths UPS enforces, references at the level the lane allows, units of the
//! shipper's country, the payer, weight and size. Streets are never looked at here, and a city only
//! when the caller asks for it.

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;

use super::asked::{Asked, Package, Party, Reference};
use super::envelope::Refusal;
use super::geography::{is_us_state, state_of_zip};
use super::reading::{at, many, present, text};
use super::service::Service;

type Checked = Result<(), Refusal>;

fn refuse(code: &str, message: impl Into<String>) -> Checked {
    Err(Refusal::bad(code, message))
}

fn require(holds: bool, code: &str, message: &str) -> Checked {
    if holds { Ok(()) } else { refuse(code, message) }
}

/// Everything a ship request must satisfy.
pub(crate) fn ship(asked: &Asked, shipment: &Value, account: &str, today: Date) -> Checked {
    require(asked.shipper_number == account, "120100", "Missing or invalid shipper number")?;
    party(&asked.shipper, "1201", "shipper")?;
    party(&asked.ship_to, "1202", "ship to")?;
    if let Some(from) = &asked.ship_from {
        party(from, "1203", "ship from")?;
    }
    payment(shipment, asked)?;
    service(asked)?;
    contacts(asked)?;
    packages(asked)?;
    references(asked)?;
    international(asked, shipment)?;
    ship_date(&asked.ship_date, today)
}

/// The party's own fields. `family` is the first four digits of the error codes about it.
fn party(party: &Party, family: &str, who: &str) -> Checked {
    let wrong = |end: &str, what: &str| refuse(&format!("{family}{end}"), format!("Missing or invalid {who} {what}"));
    let length = |text: &str| text.chars().count();
    if party.name.is_empty() || length(&party.name) > 35 {
        return wrong("01", "name");
    }
    if length(&party.attention) > 35 {
        return wrong("13", "attention name");
    }
    if party.lines.is_empty() || length(&party.lines[0]) > 35 {
        return wrong("02", "address line 1");
    }
    if party.lines.len() > 3 || party.lines[1..].iter().any(|line| length(line) > 35) {
        return wrong("03", "address line 2");
    }
    if party.city.is_empty() || length(&party.city) > 30 {
        return wrong("05", "city");
    }
    if party.country.len() != 2 {
        return wrong("08", "country code");
    }
    if !state_is_right(party) {
        return wrong("06", "state/province code");
    }
    if !postal_is_right(party) {
        return wrong("07", "postal code");
    }
    let digits = party.phone.chars().filter(char::is_ascii_digit).count();
    let phone_length = if matches!(party.country.as_str(), "US" | "PR" | "CA") { 10..=10 } else { 1..=15 };
    if !party.phone.is_empty() && !phone_length.contains(&without_country_code(digits, party)) {
        return wrong("09", "phone number");
    }
    Ok(())
}

fn without_country_code(digits: usize, party: &Party) -> usize {
    let spelled_out = digits == 11 && party.phone.trim_start_matches('+').starts_with('1');
    if spelled_out { 10 } else { digits }
}

fn state_is_right(party: &Party) -> bool {
    match party.country.as_str() {
        "US" => is_us_state(&party.state),
        "CA" | "VN" => (2..=5).contains(&party.state.len()),
        _ => party.state.len() <= 5,
    }
}

fn postal_is_right(party: &Party) -> bool {
    let postal = party.postal.as_str();
    match party.country.as_str() {
        "US" | "PR" => {
            let digits = matches!(postal.len(), 5 | 9) && postal.bytes().all(|c| c.is_ascii_digit());
            let state = if party.country == "PR" { "PR" } else { party.state.as_str() };
            digits && state_of_zip(postal) == Some(state)
        }
        "CA" => {
            let shape =
                |(index, c): (usize, u8)| if index % 2 == 0 { c.is_ascii_uppercase() } else { c.is_ascii_digit() };
            postal.len() == 6 && postal.bytes().enumerate().all(shape)
        }
        "MX" => postal.len() == 5 && postal.bytes().all(|c| c.is_ascii_digit()),
        _ => postal.len() <= 9,
    }
}

fn payment(shipment: &Value, asked: &Asked) -> Checked {
    let charges = many(shipment, &["PaymentInformation", "ShipmentCharge"]);
    let transport = charges.iter().find(|charge| text(charge, &["Type"]) == "01");
    let Some(charge) = transport else {
        return refuse("120400", "Missing or invalid payment information for transportation charges");
    };
    let payer = |name: &str, field: &[&str]| text(at(charge, &[name]), field);
    if present(charge, &["BillShipper"]) {
        let same = payer("BillShipper", &["AccountNumber"]).to_uppercase() == asked.shipper_number;
        return require(same, "120415", "Bill shipper account number must equal the shipper number");
    }
    for name in ["BillReceiver", "BillThirdParty"] {
        if !present(charge, &[name]) {
            continue;
        }
        let account = payer(name, &["AccountNumber"]);
        require(account.len() == 6, "120412", "The account number of the payer cannot be billed")?;
        let postal = payer(name, &["Address", "PostalCode"]);
        return require(!postal.is_empty(), "120437", "The payer's postal code does not match the account");
    }
    require(present(charge, &["ConsigneeBilledIndicator"]), "120400", "Exactly one payer is required")
}

fn service(asked: &Asked) -> Checked {
    let Some(service) = Service::by_code(&asked.service) else {
        return refuse("120500", "Missing or invalid service code");
    };
    let served = service.serves(&asked.origin().country, &asked.ship_to.country);
    require(served, "121210", "The requested service is unavailable between the selected locations")
}

/// Early morning and international deliveries need somebody to call.
fn contacts(asked: &Asked) -> Checked {
    if !asked.is_international() && asked.service != "14" {
        return Ok(());
    }
    require(!asked.ship_to.phone.is_empty(), "120209", "Missing or invalid ship to phone number")?;
    require(!asked.ship_to.attention.is_empty(), "120213", "Missing or invalid ship to attention name")?;
    if asked.is_international() {
        require(!asked.shipper.phone.is_empty(), "120109", "Missing or invalid shipper phone number")?;
        require(!asked.shipper.attention.is_empty(), "120113", "Missing or invalid shipper attention name")?;
    }
    Ok(())
}

/// Count, packaging, units, weight and size of the packages; rating checks them too.
pub(crate) fn packages(asked: &Asked) -> Checked {
    require(!asked.packages.is_empty(), "120600", "At least one package is required")?;
    require(asked.packages.len() <= 200, "120020", "The maximum number of packages has been exceeded")?;
    asked.packages.iter().try_for_each(|one| package(one, &asked.shipper.country))
}

fn package(package: &Package, country: &str) -> Checked {
    const PACKAGING: [&str; 11] = ["01", "02", "03", "04", "21", "24", "25", "30", "2a", "2b", "2c"];
    require(PACKAGING.contains(&package.packaging.as_str()), "120600", "Missing or invalid package type")?;
    units(package, country)?;
    let weighed = package.weight.is_some_and(|weight| weight > Decimal::ZERO) || package.packaging == "01";
    require(weighed, "120601", "Missing or invalid package weight")?;
    let too_heavy = if package.weight_unit == "KGS" {
        package.weight > Some(Decimal::from(70))
    } else {
        package.weight > Some(Decimal::from(150))
    };
    require(!too_heavy, "121055", "Package exceeds the maximum weight of 150 pounds")?;
    let Some(mut sides) = package.inches() else { return Ok(()) };
    require(sides.iter().all(|side| *side > Decimal::ZERO), "120602", "Missing or invalid package dimensions")?;
    sides.sort_unstable_by(|a, b| b.cmp(a));
    let girth = sides[0] + Decimal::TWO * (sides[1] + sides[2]);
    let fits = sides[0] <= Decimal::from(108) && girth <= Decimal::from(165);
    require(fits, "121050", "Package exceeds the maximum size of 165 inches in length and girth")
}

/// United States and Puerto Rico weigh in pounds, Canada either way, everybody else in kilograms.
fn units(package: &Package, country: &str) -> Checked {
    let weights: &[&str] = match country {
        "US" | "PR" => &["LBS"],
        "CA" => &["LBS", "KGS"],
        _ => &["KGS"],
    };
    let known = weights.contains(&package.weight_unit.as_str()) || package.packaging == "01";
    require(known, "120546", "Unit of measurement is not valid for the shipper's country")?;
    if package.dimensions.is_none() {
        return Ok(());
    }
    let goes_with = if package.weight_unit == "KGS" { "CM" } else { "IN" };
    require(package.dimension_unit == goes_with, "120547", "Units of measurement must not be mixed")
}

/// Within one of the United States or Puerto Rico references belong to the packages, on every other
/// lane to the shipment.
fn references(asked: &Asked) -> Checked {
    let lane = (asked.origin().country.as_str(), asked.ship_to.country.as_str());
    let of_packages = matches!(lane, ("US", "US") | ("PR", "PR"));
    if of_packages {
        require(asked.references.is_empty(), "120541", "Shipment level reference numbers are not allowed")?;
    } else {
        let none = asked.packages.iter().all(|package| package.references.is_empty());
        require(none, "120542", "Package level reference numbers are not allowed")?;
    }
    require(asked.references.len() <= 5, "120544", "Too many shipment level reference numbers")?;
    for package in &asked.packages {
        require(package.references.len() <= 5, "120543", "Too many package level reference numbers")?;
    }
    let all = asked.packages.iter().flat_map(|package| &package.references).chain(&asked.references);
    for Reference { code, value } in all {
        let right = (1..=35).contains(&value.chars().count());
        require(right, "120501", "Missing or invalid reference number value")?;
        let coded = if of_packages { code.len() <= 2 } else { code.len() == 2 };
        require(coded, "120506", "Missing or invalid reference number code")?;
    }
    Ok(())
}

fn international(asked: &Asked, shipment: &Value) -> Checked {
    let lane = (asked.origin().country.as_str(), asked.ship_to.country.as_str());
    if matches!(lane, ("US", "CA" | "PR")) {
        require(asked.invoice_total.is_some(), "120502", "Missing or invalid invoice line total")?;
    }
    if !asked.is_international() {
        return Ok(());
    }
    let described = (1..=50).contains(&asked.description.chars().count());
    require(described, "120512", "Missing or invalid description of goods")?;
    let forms = at(shipment, &["ShipmentServiceOptions", "InternationalForms"]);
    let invoice = many(forms, &["FormType"]).iter().any(|form| form.as_str() == Some("01"));
    require(!invoice || present(forms, &["Contacts", "SoldTo"]), "9120800", "Missing contact information for sold to")
}

/// Today, by any clock on the continent, to seven days ahead. UPS's own code for this refusal is
/// not public; this one is assumed.
fn ship_date(text: &str, today: Date) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    let window = today.saturating_sub(Span::new().days(1))..=today.saturating_add(Span::new().days(7));
    let date = Date::strptime("%Y%m%d", text);
    require(date.is_ok_and(|date| window.contains(&date)), "120516", "Missing or invalid shipment date")
}

/// Rating only wants to know where from, where to, and that the two agree with their postal codes.
pub(crate) fn rate(asked: &Asked, account: &str) -> Checked {
    if !asked.shipper_number.is_empty() {
        require(asked.shipper_number == account, "112111", "Missing or invalid shipper number")?;
    }
    for party in [asked.origin(), &asked.ship_to] {
        let complete = party.country.len() == 2 && (!party.postal.is_empty() || party.country != "US");
        require(complete, "111286", "Missing or invalid postal code or country")?;
        let known = state_of_zip(&party.postal);
        if party.country == "US" && (known.is_none() || (!party.state.is_empty() && known != Some(&*party.state))) {
            let state = &party.state;
            let message = format!("The postal code {} is invalid for {state} United States.", party.postal);
            return refuse("111286", message);
        }
    }
    packages(asked)
}
