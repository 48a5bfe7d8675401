//! What UPS refuses before it sells or prices anything, rule by rule.
//!
//! ```text
//! Asked ─► parties ─► payment ─► service and lane ─► returns ─► packages ─► references ─► options ─► forms
//!            └──────────┴──────────── the first rule that is broken answers, the rest stays unseen
//! ```
//!
//! Real rules only: lengths UPS enforces, references at the level the lane allows, units of the
//! shipper's country, payers, weight and size. Streets are never looked at, a city only when the
//! caller asks for it. The codes are those of UPS's older developer guides where newer sources are
//! silent; rating has the same ones with `11` in front instead of `12`. Where no source has a code,
//! the general one for an invalid field (`20008`) is *assumed*.

mod forms;
mod options;
mod package;
mod party;
mod payment;
mod returns;

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Manners;
use super::asked::{Asked, For};
use super::envelope::Refusal;
use super::geography::state_of_zip;
use super::service::Service;

type Checked = Result<(), Refusal>;

/// UPS's general code for a field that cannot be, used where its own code is not known.
const INVALID_FIELD: &str = "20008";

fn refuse(code: &str, message: impl Into<String>) -> Checked {
    Err(Refusal::bad(code, message))
}

fn require(holds: bool, code: &str, message: &str) -> Checked {
    if holds { Ok(()) } else { refuse(code, message) }
}

/// The code of a rule that rating and ship share.
fn shared(call: For, rule: &str) -> String {
    format!("{}{rule}", if call == For::Ship { "12" } else { "11" })
}

/// What the rules are measured by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The account the application may ship with.
    pub(crate) account: &'a str,
    /// Today where the parcel starts.
    pub(crate) today: Date,
    pub(crate) manners: &'a Manners,
}

/// Everything a ship request must satisfy; answers the service it asks for.
pub(crate) fn ship(asked: &Asked, rules: Rules<'_>) -> Result<Service, Refusal> {
    require(asked.shipper_number == rules.account, "120100", "Missing or invalid shipper number")?;
    party::all(asked)?;
    payment::all(asked, rules.manners)?;
    let service = service(asked, For::Ship, rules.manners)?;
    party::contacts(asked)?;
    returns::all(asked)?;
    package::all(asked, &service, For::Ship)?;
    options::references(asked)?;
    options::all(asked, &service, For::Ship)?;
    goods(asked, rules.manners)?;
    if let Some(wanted) = &asked.forms {
        forms::all(asked, wanted)?;
    }
    ship_date(&asked.ship_date, rules.today)?;
    Ok(service)
}

/// The service asked for, if it is sold and runs on the lane.
pub(crate) fn service(asked: &Asked, call: For, manners: &Manners) -> Result<Service, Refusal> {
    let bad = |rule: &str, message: &str| Refusal::bad(shared(call, rule), message);
    let Some(service) = Service::by_code(&asked.service) else {
        return Err(bad("0500", "Missing or invalid service code"));
    };
    if service.by_contract && !manners.contract_services.iter().any(|code| code == service.code) {
        return Err(bad("0500", "The account has no contract for the requested service"));
    }
    let (from, to) = asked.lane();
    if !service.starts_in(from) {
        return Err(bad("1100", "The requested service is invalid from the selected origin"));
    }
    if !service.runs(asked.origin(), &asked.ship_to) {
        let message = format!("The requested service is unavailable between the selected locations ({from} to {to})");
        return Err(bad("1210", &message));
    }
    Ok(service)
}

/// What is needed to describe goods that cross a border.
fn goods(asked: &Asked, manners: &Manners) -> Checked {
    let lane = asked.lane();
    let declares = matches!(lane, ("US", "CA" | "PR")) && !asked.is_return();
    match &asked.invoice_total {
        None => require(!declares, "120502", "Missing or invalid invoice line total")?,
        Some(total) if declares => {
            require(total.value >= Decimal::ONE, "120502", "The invoice line total must be greater than 0")?;
            require(total.value <= Decimal::from(99_999_999), "120526", "The invoice line total is too long")?;
        }
        Some(_) => {
            let allowed = !manners.strict_invoice_total;
            require(allowed, "120504", "An invoice line total is not allowed for this shipment")?;
        }
    }
    let length = asked.description.chars().count();
    require(length <= 50, "120503", "The description of the shipment is too long")?;
    let within_eu = asked.is_qualified_domestic() && asked.service == "11";
    let described = lane.0 == lane.1 || asked.is_letter_or_documents() || within_eu || lane.1 == "PR" || lane.0 == "PR";
    require(described || length > 0, "120512", "Missing or invalid description of goods")
}

/// Today, by any clock on the continent, to seven days ahead.
fn ship_date(text: &str, today: Date) -> Checked {
    if text.is_empty() {
        return Ok(());
    }
    let window = today.saturating_sub(Span::new().days(1))..=today.saturating_add(Span::new().days(7));
    let date = Date::strptime("%Y%m%d", text);
    require(date.is_ok_and(|date| window.contains(&date)), INVALID_FIELD, "Missing or invalid shipment date")
}

/// Rating wants to know where from, where to, that the two agree with their postal codes, and what.
pub(crate) fn rate(asked: &Asked, rules: Rules<'_>) -> Checked {
    if !asked.shipper_number.is_empty() {
        require(asked.shipper_number == rules.account, "112111", "Missing or invalid shipper number")?;
    }
    for (party, rule) in [(asked.origin(), "111285"), (&asked.ship_to, "111286")] {
        let complete = party.country.len() == 2 && (!party.postal.is_empty() || party.country != "US");
        require(complete, rule, "Missing or invalid postal code or country")?;
        let known = state_of_zip(&party.postal);
        if party.country == "US" && (known.is_none() || (!party.state.is_empty() && known != Some(&*party.state))) {
            let state = &party.state;
            let message = format!("The postal code {} is invalid for {state} United States.", party.postal);
            return refuse(rule, message);
        }
    }
    payment::rated(asked)
}

/// What rating checks of the packages and options once the service is known.
pub(crate) fn rate_with(asked: &Asked, service: &Service) -> Checked {
    package::all(asked, service, For::Rating)?;
    options::all(asked, service, For::Rating)
}
