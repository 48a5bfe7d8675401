//! Names, addresses and telephones of the parties.

use super::super::asked::{Asked, Party};
use super::super::geography::{is_us_state, state_of_zip};
use super::super::service::is_embargoed;
use super::{Checked, refuse, require};

/// The ends of the codes about one party; UPS numbers them differently for the shipper.
struct Codes {
    family: &'static str,
    who: &'static str,
    name: &'static str,
    attention: &'static str,
    email_length: &'static str,
    email_form: &'static str,
    extension: &'static str,
    short_phone: &'static str,
}

const SHIPPER: Codes = Codes {
    family: "1201",
    who: "shipper",
    name: "01",
    attention: "10",
    email_length: "11",
    email_form: "12",
    extension: "14",
    short_phone: "15",
};

const SHIP_TO: Codes = Codes {
    family: "1202",
    who: "ship to",
    name: "00",
    attention: "01",
    email_length: "10",
    email_form: "11",
    extension: "12",
    short_phone: "13",
};

const SHIP_FROM: Codes = Codes { family: "1203", who: "ship from", ..SHIP_TO };

pub(super) fn all(asked: &Asked) -> Checked {
    party(&asked.shipper, &SHIPPER)?;
    party(&asked.ship_to, &SHIP_TO)?;
    if let Some(from) = &asked.ship_from {
        party(from, &SHIP_FROM)?;
        let same = asked.is_return() || home(&from.country) == home(&asked.shipper.country);
        require(same, "120317", "The ship from country must be the same as the shipper country")?;
    }
    let served = !is_embargoed(&asked.ship_to.country) && !is_embargoed(&asked.origin().country);
    require(served, "121214", "UPS cannot ship from the origin country to the destination country")
}

fn home(country: &str) -> &str {
    if country == "PR" { "US" } else { country }
}

fn party(party: &Party, codes: &Codes) -> Checked {
    let wrong = |end: &str, what: &str| {
        refuse(&format!("{}{end}", codes.family), format!("Missing or invalid {} {what}", codes.who))
    };
    let length = |text: &str| text.chars().count();
    if party.name.is_empty() || length(&party.name) > 35 {
        return wrong(codes.name, "name");
    }
    if length(&party.attention) > 35 {
        return wrong(codes.attention, "attention name");
    }
    if party.lines.is_empty() || length(&party.lines[0]) > 35 {
        return wrong("02", "address line 1");
    }
    for (line, end) in party.lines[1..].iter().zip(["03", "04"]) {
        if length(line) > 35 {
            return wrong(end, "address line");
        }
    }
    if party.lines.len() > 3 {
        return wrong("04", "address line 3");
    }
    if party.city.is_empty() || length(&party.city) > 30 {
        return wrong("05", "city");
    }
    if party.country.len() != 2 || !party.country.bytes().all(|c| c.is_ascii_uppercase()) {
        return wrong("08", "country code");
    }
    if !state_is_right(party) {
        return wrong("06", "state/province code");
    }
    if !postal_is_right(party) {
        return wrong("07", "postal code");
    }
    phone(party, codes)?;
    if length(&party.email) > 50 {
        return wrong(codes.email_length, "e-mail address");
    }
    if !party.email.is_empty() && !super::options::is_email(&party.email) {
        return wrong(codes.email_form, "e-mail address");
    }
    Ok(())
}

fn phone(party: &Party, codes: &Codes) -> Checked {
    if party.phone.is_empty() {
        return Ok(());
    }
    let wrong = |end: &str, what: &str| {
        refuse(&format!("{}{end}", codes.family), format!("Missing or invalid {} phone {what}", codes.who))
    };
    let digits = party.phone.chars().filter(char::is_ascii_digit).count();
    let right = if matches!(party.country.as_str(), "US" | "PR" | "CA" | "VI") { 10..=10 } else { 1..=15 };
    let digits = without_country_code(digits, party);
    if digits < *right.start() {
        return wrong(codes.short_phone, "number");
    }
    if digits > *right.end() {
        return wrong("09", "number");
    }
    if party.extension.len() > 4 || !party.extension.bytes().all(|c| c.is_ascii_digit()) {
        return wrong(codes.extension, "extension");
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
        "CA" => is_province(&party.state),
        "VN" => (2..=5).contains(&party.state.len()),
        _ => party.state.len() <= 5,
    }
}

fn is_province(state: &str) -> bool {
    const PROVINCES: [&str; 13] = ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"];
    PROVINCES.contains(&state)
}

fn postal_is_right(party: &Party) -> bool {
    let postal = party.postal.as_str();
    match party.country.as_str() {
        "US" | "PR" => {
            let digits = matches!(postal.len(), 5 | 9) && postal.bytes().all(|c| c.is_ascii_digit());
            let state = if party.country == "PR" { "PR" } else { party.state.as_str() };
            digits && state_of_zip(postal) == Some(state)
        }
        "CA" => is_canadian(postal),
        "MX" => postal.len() == 5 && postal.bytes().all(|c| c.is_ascii_digit()),
        _ => postal.len() <= 9,
    }
}

/// Letter and digit in turn, six of them.
pub(super) fn is_canadian(postal: &str) -> bool {
    let shape = |(index, c): (usize, u8)| if index % 2 == 0 { c.is_ascii_uppercase() } else { c.is_ascii_digit() };
    postal.len() == 6 && postal.bytes().enumerate().all(shape)
}

/// Early morning and international deliveries need somebody to call.
pub(super) fn contacts(asked: &Asked) -> Checked {
    let abroad = asked.is_international();
    if !abroad && asked.service != "14" {
        return Ok(());
    }
    require(!asked.ship_to.phone.is_empty(), "120209", "Missing or invalid ship to phone number")?;
    require(!asked.ship_to.attention.is_empty(), "120201", "Missing or invalid ship to attention name")?;
    if abroad {
        require(!asked.shipper.phone.is_empty(), "120109", "Missing or invalid shipper phone number")?;
        require(!asked.shipper.attention.is_empty(), "120110", "Missing or invalid shipper attention name")?;
    }
    Ok(())
}
