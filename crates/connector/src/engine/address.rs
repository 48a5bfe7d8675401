//! Settling the address: SYSPRO's free lines become a place UPS delivers to, or a person is asked.
//!
//! ```text
//! chosen by a person ─┐
//! accepted before ────┼─► UPS check (US, PR) ─► confirmed · taken over · asked
//! the site's map ─────┘        └─ elsewhere: only the form is checked, never called "validated"
//! ```
//!
//! An address a person has chosen or accepted is not questioned again; it is checked all the same, because only UPS's
//! answer tells residential from commercial. The rules are `shipment::address`; here is only the asking.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use shipment::address::{Address, Candidate, CheckAnswer, Class, Judgement, check_contact, judge, memory_key};
use shipment::hold::{Hold, Reason};
use shipment::state::Event;

use super::journey::{ENGINE, Journey};
use crate::app::{App, SiteRuntime};
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;

/// Countries whose streets UPS can check.
const CHECKED: [&str; 2] = ["US", "PR"];

/// The address to use, and whether a person vouches for it.
struct Proposal {
    address: Address,
    vouched: Option<Class>,
}

pub(super) async fn settle(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let proposal = match propose(app, journey).await? {
        Ok(proposal) => proposal,
        Err(hold) => {
            journey.hold(now, hold);
            return Ok(());
        }
    };
    let answer = ask_or_know(&journey.site, &proposal.address, now).await?;
    crash::point(Point::AddressChecked);
    let event = match settled(&proposal, &answer) {
        Ok(event) => event,
        Err(hold) => {
            journey.hold(now, hold);
            return Ok(());
        }
    };
    let words = match &event {
        Event::AddressSettled { how, .. } => how.clone(),
        _ => String::new(),
    };
    journey.step(now, ENGINE, event, words);
    Ok(())
}

async fn propose(app: &App, journey: &Journey) -> Result<Result<Proposal, Hold>, Trouble> {
    let received = journey.state().received();
    let Some(service) = &received.service else {
        let ship_via = received.document.ship_via.to_string();
        return Ok(Err(Hold::from(Reason::UnmappedShipVia { ship_via })));
    };
    let site = &journey.site.site;
    let mapped = site.address.read(&received.document, &site.phone);
    let proposal = match (&received.chosen_address, mapped) {
        (Some(chosen), _) => Proposal { address: chosen.clone(), vouched: Some(Class::Unknown) },
        (None, Err(hold)) => return Ok(Err(hold)),
        (None, Ok(address)) => {
            let key = memory_key(&received.document, &address);
            match app.accepted_address(&site.name, &key).await? {
                Some(accepted) => Proposal { address: accepted.address, vouched: Some(accepted.class) },
                None => Proposal { address, vouched: None },
            }
        }
    };
    let from = site.ship_from(&received.document.warehouse).map_or("US", |it| it.address.country.as_str());
    Ok(check_contact(&proposal.address, service, from).map(|()| proposal))
}

/// What UPS said of consignees' addresses that it knows, for a while: nobody has to ask about a repeat consignee. It is in
/// memory only, so a restart costs one call for each of them. An address that UPS does not know is asked about each time.
#[derive(Debug, Default)]
pub(crate) struct KnownPlaces(Mutex<HashMap<String, (CheckAnswer, Timestamp)>>);

/// So many places are kept; then it begins anew.
const MOST_PLACES: usize = 5_000;

impl KnownPlaces {
    fn places(&self) -> std::sync::MutexGuard<'_, HashMap<String, (CheckAnswer, Timestamp)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, place: &str, since: Timestamp) -> Option<CheckAnswer> {
        self.places().get(place).filter(|(_, at)| *at >= since).map(|(answer, _)| answer.clone())
    }

    fn keep(&self, place: String, answer: &CheckAnswer, now: Timestamp) {
        if matches!(answer, CheckAnswer::Valid(_)) {
            let mut places = self.places();
            if places.len() >= MOST_PLACES {
                places.clear();
            }
            places.insert(place, (answer.clone(), now));
        }
    }
}

/// What UPS says of an address, or said of the same text not long ago.
async fn ask_or_know(site: &SiteRuntime, address: &Address, now: Timestamp) -> Result<CheckAnswer, Trouble> {
    let town = [&address.city, &address.state, &address.postal_code, &address.country];
    let place = address.lines.iter().chain(town).map(|it| it.trim()).collect::<Vec<_>>().join("\u{1f}");
    if let Some(known) = site.known_places.find(&place, now - site.site.reference.addresses) {
        return Ok(known);
    }
    let answer = ask(site, address).await?;
    site.known_places.keep(place, &answer, now);
    Ok(answer)
}

/// What UPS says of an address; nothing where it checks none.
pub(crate) async fn ask(site: &SiteRuntime, address: &Address) -> Result<CheckAnswer, Trouble> {
    if !CHECKED.contains(&address.country.as_str()) {
        return Ok(CheckAnswer::NotCovered);
    }
    let query = ups::AddressQuery {
        name: address.name.clone(),
        lines: address.lines.clone(),
        city: address.city.clone(),
        state: address.state.clone(),
        postal_code: address.postal_code.clone(),
        country: address.country.clone(),
        ..ups::AddressQuery::default()
    };
    let report = site.ups.check_address(&query).await?;
    Ok(match report.answer {
        ups::AddressAnswer::Valid(candidate) => CheckAnswer::Valid(translate(candidate)),
        ups::AddressAnswer::Ambiguous(list) => CheckAnswer::Ambiguous(list.into_iter().map(translate).collect()),
        ups::AddressAnswer::NotFound => CheckAnswer::NotFound,
        ups::AddressAnswer::NotCovered | ups::AddressAnswer::Classified => CheckAnswer::NotCovered,
    })
}

fn settled(proposal: &Proposal, answer: &CheckAnswer) -> Result<Event, Hold> {
    let address = proposal.address.clone();
    if let Some(remembered) = proposal.vouched {
        let class = match answer {
            CheckAnswer::Valid(candidate) => candidate.class,
            CheckAnswer::Ambiguous(_) | CheckAnswer::NotFound | CheckAnswer::NotCovered => remembered,
        };
        return Ok(Event::AddressSettled { address, class, how: "address as a person accepted it".to_owned() });
    }
    match judge(&address, answer) {
        Judgement::Confirmed { class } => {
            Ok(Event::AddressSettled { address, class, how: "address confirmed".to_owned() })
        }
        Judgement::TakenOver { address, class, difference } => {
            let parts: Vec<_> =
                difference.iter().map(|it| format!("{} {:?} for {:?}", it.field, it.now, it.was)).collect();
            Ok(Event::AddressSettled {
                address,
                class,
                how: format!("address taken over in UPS's spelling: {}", parts.join(", ")),
            })
        }
        Judgement::Unchecked => Ok(Event::AddressSettled {
            address,
            class: Class::Unknown,
            how: "address not checked: UPS checks streets in the US and Puerto Rico only".to_owned(),
        }),
        Judgement::Ask(hold) => Err(hold),
    }
}

fn translate(candidate: ups::Candidate) -> Candidate {
    Candidate {
        lines: candidate.lines,
        city: candidate.city.unwrap_or_default(),
        state: candidate.state.unwrap_or_default(),
        postal_code: candidate.postal_code.unwrap_or_default(),
        postal_extension: candidate.postal_extension,
        country: candidate.country.unwrap_or_default(),
        class: match candidate.class {
            ups::Class::Commercial => Class::Commercial,
            ups::Class::Residential => Class::Residential,
            ups::Class::Unknown | ups::Class::Other(_) => Class::Unknown,
        },
    }
}
