//! Asking the price for the day on which the parcel will go.
//!
//! The ship date comes first, because price and transit depend on it and the label must say the same day. A quote above
//! the site's limit is held before anything is bought. An absent negotiated rate is kept absent.

use jiff::Timestamp;
use shipment::goods_value::goods_value;
use shipment::hold::{Hold, Reason};
use shipment::money::Money;
use shipment::ship_date::ship_date;
use shipment::state::{Event, State};
use shipment::waybill::Quote;

use super::journey::{ENGINE, Journey};
use super::request::shipment_of;
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;

pub(super) async fn quote(journey: &mut Journey, now: Timestamp) -> Result<(), Trouble> {
    let (packed, before) = match journey.state() {
        State::Packed(packed) => ((**packed).clone(), None),
        State::Rated(rated) => (rated.packed.clone(), Some(rated.quote.clone())),
        _ => return Ok(()),
    };
    let received = &packed.addressed.received;
    let site = journey.site.clone();
    let Some(ship_from) = site.site.ship_from(&received.document.warehouse) else {
        let what = format!("warehouse {} is no longer a ship-from of this site", received.document.warehouse);
        journey.hold(now, Hold::from(Reason::NotReadable { what }));
        return Ok(());
    };
    let Some(service) = received.service.clone() else {
        let ship_via = received.document.ship_via.to_string();
        journey.hold(now, Hold::from(Reason::UnmappedShipVia { ship_via }));
        return Ok(());
    };
    let day = match ship_date(
        now,
        &ship_from.calendar,
        received.document.required_date,
        before.as_ref().and_then(|it| it.transit_days),
    ) {
        Ok(day) => day,
        Err(hold) => {
            journey.hold(now, hold);
            return Ok(());
        }
    };
    let shipment = shipment_of(&site.site, ship_from, &packed, &service, day, None);
    // UPS wants to know it for transit times across any border, and for labels to Canada and Puerto Rico.
    if shipment.lane().crosses_a_border()
        && let Err(hold) = goods_value(&received.document, site.site.currency)
    {
        journey.hold(now, hold);
        return Ok(());
    }
    let answer = site.ups.rate(&ups::RateRequest::new(shipment)).await?.only()?;
    crash::point(Point::Quoted);
    let quote = Quote {
        published: answer.published.total.as_ref().and_then(amount),
        negotiated: answer.negotiated.as_ref().and_then(|it| amount(it.total.as_ref()?)),
        // Where the transit depends on the day asked for, day and transit could chase each other: the longer one stays.
        transit_days: answer.business_days().max(before.as_ref().and_then(|it| it.transit_days)),
    };
    let dear = too_dear(&quote, before.as_ref(), site.site.ups.max_spend);
    let price = quote.payable().map_or("without a price".to_owned(), |it| it.to_string());
    journey.step(now, ENGINE, Event::Quoted { ship_date: day, quote }, format!("quoted {service} {price} for {day}"));
    // The quote is kept, so that releasing the hold is approving this price.
    if let Some(hold) = dear {
        journey.hold(now, hold);
    }
    Ok(())
}

/// Above the limit, and above what was quoted before: a price that a person has let pass is not asked about again.
fn too_dear(quote: &Quote, before: Option<&Quote>, limit: Option<Money>) -> Option<Hold> {
    let (price, limit) = (quote.payable()?, limit?);
    let passed = before.and_then(Quote::payable);
    if passed.is_some_and(|passed| price.compare(passed).is_ok_and(std::cmp::Ordering::is_le)) {
        return None;
    }
    match price.compare(limit) {
        Ok(std::cmp::Ordering::Greater) => Some(Hold::from(Reason::OverSpend { quote: price, limit })),
        Ok(_) => None,
        // Two currencies cannot be compared, so a person must.
        Err(_) => Some(Hold::from(Reason::OverSpend { quote: price, limit })),
    }
}

fn amount(amount: &ups::Amount) -> Option<Money> {
    Money::from_decimal(amount.value, amount.currency.parse().ok()?).ok()
}
