//! The rungs to UPS: reached, known, and willing to price.

use jiff::civil::Date;
use rust_decimal::Decimal;
use shipment::address::{CheckAnswer, Judgement, judge};
use shipment::measure::MassUnit;
use shipment::service::ShipViaAction;
use shipment::ship_date::ship_date;

use super::{Ladder, Rung};
use crate::app::{App, SiteRuntime};
use crate::config::ShipFrom;
use crate::engine::{address, request};
use crate::remote::trouble::Trouble;

/// UPS Ground: what is priced where no ship-via says a service.
const GROUND: &str = "03";
/// Services within the United States, any of which can be priced from an address to itself.
const DOMESTIC: [&str; 7] = ["03", "02", "01", "12", "13", "14", "59"];

/// Whether nothing at UPS stands in the way of booking.
pub(super) async fn climb(app: &App, site: &SiteRuntime, ladder: &mut Ladder<'_>) -> bool {
    let token = site.ups.token().await;
    let fell = match &token {
        Err(ups::Error::Unreachable { rung, why }) => Some((height(*rung), why.as_str())),
        Ok(()) | Err(_) => None,
    };
    let reached = ladder.reach("UPS", site.ups.host(), site.site.ups.environment.is_encrypted(), fell);
    let rungs = || {
        let several = site.site.ship_froms.len() > 1;
        let of = move |from: &ShipFrom| if several { format!(" {}", from.warehouse) } else { String::new() };
        site.site
            .ship_froms
            .iter()
            .map(move |from| (from, format!("UPS address check{}", of(from)), format!("UPS rate{}", of(from))))
    };
    if !reached {
        ladder.skip(["UPS token"], "a connection");
    }
    let accepted = reached && {
        let words = token.map(|()| "client id and secret are accepted".to_owned()).map_err(Trouble::from);
        ladder.add(Rung::of(&site.site.name, "UPS token", words, "wait a minute and ping again"))
    };
    if !accepted {
        rungs().for_each(|(_, address, rate)| ladder.skip([address.as_str(), rate.as_str()], "UPS token"));
        return false;
    }
    let mut well = true;
    for (from, address_rung, rate_rung) in rungs() {
        let checked = check(site, from, address_rung).await;
        well &= ladder.add(checked);
        let day = ship_date(app.clock.now(), &from.calendar, None, None);
        let today = app.clock.now().to_zoned(from.calendar.time_zone.clone()).date();
        let rated = rate(site, from, day.unwrap_or(today), rate_rung).await;
        well &= ladder.add(rated);
    }
    well
}

fn height(rung: ups::Rung) -> usize {
    match rung {
        ups::Rung::Name => 0,
        ups::Rung::Connection => 1,
        ups::Rung::Certificate => 2,
    }
}

async fn check(site: &SiteRuntime, from: &ShipFrom, rung: String) -> Rung {
    let cure = "correct street, city, state and postal code of this [[ship_from]] and apply the site file again";
    let answer = match address::ask(site, &from.address).await {
        Ok(answer) => answer,
        Err(trouble) => return Rung::of(&site.site.name, rung, Err(trouble), "wait a minute and ping again"),
    };
    let place = from.address.place_line();
    match judge(&from.address, &answer) {
        Judgement::Confirmed { .. } => Rung::green(rung, format!("UPS knows {place}")),
        Judgement::TakenOver { .. } => Rung::green(rung, format!("UPS knows {place}, spelt another way")),
        Judgement::Unchecked => {
            Rung::green(rung, format!("UPS does not check streets in {}; {place} stays as it is", from.address.country))
        }
        Judgement::Ask(_) => {
            let words = match answer {
                CheckAnswer::Valid(candidate) => {
                    format!("{place} is not the place UPS knows: {}", candidate.place_line())
                }
                CheckAnswer::Ambiguous(_) => format!("UPS knows several places like {place}"),
                CheckAnswer::NotFound | CheckAnswer::NotCovered => format!("UPS does not know {place}"),
            };
            Rung::red(rung, words, cure)
        }
    }
}

/// A price for one small package from the ship-from to itself.
async fn rate(site: &SiteRuntime, from: &ShipFrom, ship_date: Date, rung: String) -> Rung {
    let unit = match site.site.mass_unit {
        MassUnit::Pound => ups::WeightUnit::Pounds,
        MassUnit::Kilogram => ups::WeightUnit::Kilograms,
    };
    let account = from.account.as_ref().unwrap_or(&site.site.ups.account);
    let party = request::party(&from.address);
    let mut shipment = ups::Shipment::domestic(account.to_string(), party.clone(), party, service_of(site).as_str())
        .package(ups::Package::new(Decimal::ONE, unit))
        .on(ship_date);
    shipment.negotiated = site.site.ups.negotiated_rates;
    let quote = match site.ups.rate(&ups::RateRequest::new(shipment)).await.and_then(ups::Rates::only) {
        Ok(quote) => quote,
        Err(error) => {
            return Rung::of(
                &site.site.name,
                rung,
                Err(error.into()),
                "check the account in [ups] and that it is linked to the application",
            );
        }
    };
    let told = |amount: &ups::Amount| format!("{} {}", amount.value, amount.currency);
    let published = quote.published.total.as_ref().map_or("none".to_owned(), told);
    match (quote.negotiated.as_ref().and_then(|it| it.total.as_ref()), site.site.ups.negotiated_rates) {
        (Some(negotiated), _) => Rung::green(rung, format!("negotiated {}, published {published}", told(negotiated))),
        (None, false) => Rung::green(rung, format!("published {published}; negotiated rates are not asked for")),
        (None, true) => {
            let words = format!("published {published}, and no negotiated rate for account {account}");
            let cure = "ask UPS to enable negotiated rates for this account and application, or write negotiated_rates = \
                        false in [ups]";
            Rung::red(rung, words, cure)
        }
    }
}

/// The first domestic service a ship-via stands for, since that is what will be booked.
fn service_of(site: &SiteRuntime) -> String {
    let mut services = site.site.ship_via.0.iter().filter_map(|rule| match &rule.action {
        ShipViaAction::Service(service) => Some(service.code()),
        ShipViaAction::Ignore | ShipViaAction::Hold => None,
    });
    services.find(|code| DOMESTIC.contains(code)).unwrap_or(GROUND).to_owned()
}
