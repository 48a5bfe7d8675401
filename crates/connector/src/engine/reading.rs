//! Reading documents again by their keys, many at once, just before something depends on them.
//!
//! A document may have been cancelled, invoiced, readdressed or shipped by another system since it was read. So a reading
//! that has grown old is renewed before the intent, and at every wish. The same comparison serves documents that a poll
//! no longer saw. What changed decides: nothing → go on; something on the label → start again; no longer ours → ended.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use shipment::document::Source;
use shipment::hold::{Hold, Reason};
use shipment::number::{DocumentNumber, SiteName};
use shipment::ours::{self, NotOurs, Verdict};
use shipment::remedy::Remedy;
use shipment::state::{Event, Gone, State};

use super::journey::{ENGINE, Journey};
use crate::app::{App, SiteRuntime};
use crate::config::SourceSettings;
use crate::intake::reader::Reader;
use crate::intake::reading::{Reading, documents};
use crate::remote::Remote;
use crate::remote::trouble::Trouble;
use crate::store::StoreError;

pub(super) async fn reread(app: &Arc<App>, journeys: &mut [Journey]) -> Result<(), StoreError> {
    let mut groups: BTreeMap<(SiteName, Source), Vec<&mut Journey>> = BTreeMap::new();
    for journey in journeys {
        let key = (journey.site.site.name.clone(), journey.state().received().document.source);
        groups.entry(key).or_default().push(journey);
    }
    for ((_, source), group) in groups {
        let Some(first) = group.first() else { continue };
        let site = Arc::clone(&first.site);
        let keys: Vec<DocumentNumber> = group.iter().map(|it| it.document.clone()).collect();
        match read(app, &site, source, &keys).await {
            Ok(mut readings) => {
                for journey in group {
                    let found = readings.remove(&journey.document.canonical());
                    take(app, journey, found);
                }
            }
            Err(trouble) => {
                if trouble.is_the_sites() {
                    app.pause(&site, Remote::Syspro, &trouble).await?;
                } else if app.pause_if_away(&site, Remote::Syspro, &trouble).await? {
                    continue;
                }
                for journey in group {
                    not_read(journey, &trouble, app.clock.now());
                }
            }
        }
    }
    Ok(())
}

/// A reading that failed is tried again, unless the question itself cannot be asked: then a person must look at it.
fn not_read(journey: &mut Journey, trouble: &Trouble, now: Timestamp) {
    if !matches!(trouble.remedy, Remedy::FixData { .. }) {
        return journey.stumble(now, "reading the document again", trouble);
    }
    journey.life.reread = false;
    let what = format!("the document cannot be read again: {}", trouble.words);
    journey.ask_a_person(now, Hold::from(Reason::NotReadable { what }));
}

async fn read(
    app: &App,
    site: &Arc<SiteRuntime>,
    source: Source,
    keys: &[DocumentNumber],
) -> Result<HashMap<String, Reading>, Trouble> {
    let usual = SourceSettings::usual(source);
    // A source that the site no longer reads is read as SYSPRO has it: its shipments are still on their way.
    let settings = site.source(source).unwrap_or(&usual);
    let readings = documents(&Reader::open(app, site).await?, settings, keys).await?;
    Ok(readings.into_iter().map(|it| (it.document.number.canonical(), it)).collect())
}

/// Applies a reading, or its absence, to a shipment.
fn take(app: &App, journey: &mut Journey, found: Option<Reading>) {
    let now = app.clock.now();
    journey.life.reread = false;
    journey.life.stumbling = None;
    let Some(Reading { mut document, problem }) = found else {
        gone(app, journey, Gone::Vanished);
        return;
    };
    // The release is ours to count; SYSPRO has no number for it.
    document.release = journey.release;
    let verdict = match problem {
        Some(what) => Verdict::Hold { service: None, hold: Hold::from(Reason::NotReadable { what }) },
        None => ours::judge(&document, &journey.site.rules),
    };
    let other_label = foreign_number(journey, document.carried_tracking.as_deref());
    let (service, hold) = match verdict {
        Verdict::NotOurs(why) => {
            gone(app, journey, gone_as(&why, document.source));
            return;
        }
        Verdict::Ours { service } => (Some(service), None),
        Verdict::Hold { service, hold } => (service, Some(hold)),
    };
    let before = journey.state().received().document.fingerprint();
    let same = before == document.fingerprint();
    let event = Event::Reread { document: Box::new(document), service, at: now };
    if same {
        journey.told_if_moved(now, event, "read again from SYSPRO");
    } else {
        journey.step(now, ENGINE, event, "changed in SYSPRO: read again");
    }
    let hold = hold.or(other_label.map(|tracking| Hold::from(Reason::AlreadyShipped { tracking })));
    let hold = hold.filter(|it| !is_settled(journey, it));
    if hold.is_none() {
        lift(journey, now);
    }
    let unbooked =
        matches!(journey.state(), State::Received(_) | State::Addressed(_) | State::Packed(_) | State::Rated(_));
    if let Some(hold) = hold.filter(|_| unbooked) {
        journey.hold(now, hold);
    }
}

/// A person who chose the service has answered what the site's table could not.
fn is_settled(journey: &Journey, hold: &Hold) -> bool {
    let about_service = matches!(hold.reason, Reason::UnmappedShipVia { .. } | Reason::ShipViaHold { .. });
    about_service && journey.state().received().service_by.is_some()
}

/// What was put right in SYSPRO lifts the hold it had caused. Reasons that only a later step can judge are let go as well:
/// that step holds again if it must.
fn lift(journey: &mut Journey, now: Timestamp) {
    let State::Held(held) = journey.state() else { return };
    let put_right = matches!(
        held.hold.reason,
        Reason::CustomerOnHold { .. }
            | Reason::InSuspense { .. }
            | Reason::AlreadyShipped { .. }
            | Reason::UnmappedShipVia { .. }
            | Reason::ShipViaHold { .. }
            | Reason::NotReadable { .. }
            | Reason::NoPhone { .. }
            | Reason::MissingMass { .. }
            | Reason::NoGoodsValue { .. }
    );
    if put_right {
        journey.step(now, ENGINE, Event::Released { by: ENGINE.to_owned() }, "read again from SYSPRO: goes on");
    }
}

fn gone(app: &App, journey: &mut Journey, gone: Gone) {
    let words = gone.words();
    let event = Event::Gone(gone);
    if matches!(journey.state(), State::Cancelled(_) | State::Booked(_)) {
        journey.told_if_moved(app.clock.now(), event, words);
    } else {
        journey.step(app.clock.now(), ENGINE, event, words);
    }
}

fn gone_as(why: &NotOurs, source: Source) -> Gone {
    match why {
        NotOurs::Cancelled => Gone::Cancelled,
        // Ready to invoice and complete, on orders and dispatch notes.
        NotOurs::NotReady { status } if (status == "8" || status == "9") && source != Source::PurchaseOrders => {
            Gone::Invoiced
        }
        NotOurs::NotReady { status } => Gone::NoLongerReady { status: status.clone() },
        NotOurs::DocumentType { .. }
        | NotOurs::SupplyChainTransfer
        | NotOurs::CounterSale
        | NotOurs::Inbound
        | NotOurs::Warehouse { .. }
        | NotOurs::IgnoredShipVia { .. }
        | NotOurs::OtherShipVia { .. } => Gone::NotOurs { what: why.words() },
    }
}

/// A number in the field we would write that is not this shipment's: another system has shipped it.
fn foreign_number(journey: &Journey, carried: Option<&str>) -> Option<String> {
    let carried = carried.map(str::trim).filter(|it| !it.is_empty() && *it != "VOID")?;
    let ours = journey
        .state()
        .waybill()
        .is_some_and(|it| it.tracking_numbers.iter().any(|number| carried.contains(number.as_str())));
    (!ours).then(|| carried.to_owned())
}
