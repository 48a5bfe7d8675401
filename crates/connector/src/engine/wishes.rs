//! What people, webhooks and schedules wished for a shipment, carried out by whoever holds it.
//!
//! A wish is written without touching the shipment and makes it due. Here it becomes an event, by the same `apply` as
//! everything else; one that may not follow is answered in the audit trail and is over. Each wish carries who wished and
//! why.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shipment::address::Address;
use shipment::document::Source;
use shipment::hold::{Hold, Reason};
use shipment::number::{DocumentNumber, TrackingNumber};
use shipment::packing::Bench;
use shipment::service::Service;
use shipment::state::{Approval, Event, Gone, Part, Stage, State};
use shipment::tracking::Feed;

use super::doubt;
use super::journey::Journey;
use crate::app::App;
use crate::store::{StoreError, WishRow};

/// A wish's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Wish {
    /// Read the document again.
    Reread,
    /// A label may be bought, perhaps with what the bench weighed.
    Ship {
        /// Boxes and weights.
        bench: Option<Bench>,
    },
    /// Stop here.
    Hold,
    /// Go on from where it was held, or ship what was already there.
    Release,
    /// Try what failed again, now.
    Retry,
    /// Use this address, and remember it.
    Address {
        /// As it is to be printed.
        address: Address,
    },
    /// Use this service.
    Service {
        /// The service.
        service: Service,
    },
    /// Print the label again.
    Print,
    /// Void it at UPS.
    Void {
        /// Ship the release again afterwards.
        restart: bool,
    },
    /// Void single packages of it at UPS; the others go on.
    VoidPackages {
        /// Which.
        packages: Vec<TrackingNumber>,
    },
    /// The desk: it exists, under this number.
    Adopt {
        /// The number.
        number: TrackingNumber,
    },
    /// The desk: it exists under this number and nobody wants it; void it, and ship again.
    VoidAndRestart {
        /// The number.
        number: TrackingNumber,
    },
    /// The desk: it does not exist; one more attempt.
    Absent,
    /// Not to be shipped by us.
    Withdraw,
    /// A person has looked at what the attention said.
    Seen,
    /// A feed told scans of it; they stand in the store.
    Heard {
        /// Who told them.
        feed: Feed,
    },
    /// A document of another source belongs to the same sales order; it counts as one with this shipment.
    Linked {
        /// Which kind of document.
        source: Source,
        /// Its number.
        document: DocumentNumber,
    },
}

/// Carries out every pending wish of a claimed shipment.
pub(super) async fn carry_out(app: &App, journey: &mut Journey) -> Result<(), StoreError> {
    // What UPS has answered meanwhile comes before what a person said without knowing it: "it does not exist" must not
    // overrule a waybill.
    if journey.state().stage() == Stage::InDoubt {
        doubt::late_evidence(app, journey).await?;
    }
    let wishes = std::mem::take(&mut journey.wishes);
    for row in wishes {
        let now = app.clock.now();
        match serde_json::from_value::<Wish>(row.body.clone()) {
            Ok(wish) => one(app, journey, &row, wish, now).await?,
            Err(error) => journey.remark(now, &row.actor, "refused", format!("the wish cannot be read: {error}")),
        }
        journey.wish_done(row.id, now);
    }
    Ok(())
}

async fn one(app: &App, journey: &mut Journey, row: &WishRow, wish: Wish, now: Timestamp) -> Result<(), StoreError> {
    let (by, reason) = (row.actor.clone(), row.reason.clone());
    let told = |what: &str| if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") };
    match wish {
        Wish::Reread => journey.life.reread = true,
        Wish::Ship { bench } => ship(journey, &row.actor, bench, now),
        Wish::Hold => {
            let hold = Hold::from(Reason::HeldByPerson { words: reason.clone() });
            attempt(journey, now, &by, Event::Held(hold), told("held"));
        }
        Wish::Release => {
            // What a person put right in SYSPRO is seen only by a fresh reading.
            journey.life.reread = matches!(journey.state(), State::Held(_));
            attempt(journey, now, &by, Event::Released { by: by.clone() }, told("released"));
        }
        Wish::Retry => retry(journey, &by, now, &told("retry")),
        Wish::Address { address } => {
            app.remember_address(journey, &address, &by).await?;
            let words = told(&format!("address chosen: {}", address.place_line()));
            attempt(journey, now, &by, Event::AddressChosen { address, by: by.clone() }, words);
        }
        Wish::Service { service } => {
            let words = told(&format!("service chosen: {service}"));
            attempt(journey, now, &by, Event::ServiceChosen { service, by: by.clone() }, words);
        }
        Wish::Print => part(journey, now, &by, Part::PrintAsked { by: by.clone(), at: now }, told("print asked")),
        Wish::Void { restart } => {
            let packages = Vec::new();
            let void = Part::VoidAsked { by: by.clone(), reason: reason.clone(), restart, packages, at: now };
            part(journey, now, &by, void, told("void asked"));
        }
        Wish::VoidPackages { packages } => {
            let names: Vec<_> = packages.iter().map(TrackingNumber::as_str).collect();
            let words = told(&format!("void asked of {}", names.join(", ")));
            let (by, restart) = (by.clone(), false);
            let void = Part::VoidAsked { by: by.clone(), reason: reason.clone(), restart, packages, at: now };
            part(journey, now, &by, void, words);
        }
        Wish::Adopt { number } => {
            adopt(app, journey, &number, (&by, &reason), now).await;
        }
        Wish::VoidAndRestart { number } => {
            if adopt(app, journey, &number, (&by, &reason), now).await {
                let (by, packages) = (by.clone(), Vec::new());
                let void = Part::VoidAsked { by: by.clone(), reason: reason.clone(), restart: true, packages, at: now };
                part(journey, now, &by, void, told("void asked"));
            }
        }
        Wish::Absent => doubt::absent(journey, &by, &reason, now).await,
        Wish::Withdraw => {
            let gone = Gone::Withdrawn { by: by.clone(), reason: reason.clone() };
            attempt(journey, now, &by, Event::Gone(gone), told("withdrawn"));
        }
        Wish::Linked { source, document } => {
            let words = format!("{} {document} belongs to the same sales order: linked, not booked", source.noun());
            journey.remark(now, &by, "linked", words);
        }
        // Whoever told it, all scans count.
        Wish::Heard { .. } => super::tracking::heard(app, journey, now).await?,
        Wish::Seen => part(journey, now, &by, Part::AttentionCleared { by: by.clone() }, told("seen")),
    }
    Ok(())
}

fn ship(journey: &mut Journey, by: &str, bench: Option<Bench>, now: Timestamp) {
    if let Some(bench) = bench {
        let words = format!("{} packages weighed", bench.packages.len());
        attempt(journey, now, by, Event::Weighed(bench), words);
    }
    let approval = Approval { by: by.to_owned(), at: now };
    attempt(journey, now, by, Event::Approved(approval), "approved".to_owned());
    if journey.state().stage() == Stage::Held {
        attempt(journey, now, by, Event::Released { by: by.to_owned() }, "released".to_owned());
    }
}

fn retry(journey: &mut Journey, by: &str, now: Timestamp, words: &str) {
    journey.life.stumbling = None;
    match journey.state() {
        State::Held(_) => {
            journey.life.reread = true;
            attempt(journey, now, by, Event::Released { by: by.to_owned() }, words.to_owned());
        }
        State::Booked(_) => {
            part(journey, now, by, Part::WriteBackAsked { by: by.to_owned(), at: now }, words.to_owned());
        }
        _ => journey.remark(now, by, "retry", words.to_owned()),
    }
}

/// `true` once the number is adopted; otherwise the audit trail says why not.
async fn adopt(
    app: &App,
    journey: &mut Journey,
    number: &TrackingNumber,
    (by, reason): (&str, &str),
    now: Timestamp,
) -> bool {
    match doubt::adopt(app, journey, number, (by, reason), now).await {
        Ok(adopted) => adopted,
        Err(trouble) => {
            journey.remark(now, by, "refused", format!("UPS could not be asked for {number}: {}", trouble.words));
            false
        }
    }
}

fn part(journey: &mut Journey, now: Timestamp, by: &str, part: Part, words: String) {
    attempt(journey, now, by, Event::Part(part), words);
}

/// People may wish for what cannot follow; that is answered, not an error of the program.
fn attempt(journey: &mut Journey, now: Timestamp, by: &str, event: Event, words: String) {
    if let Err(misstep) = journey.apply(now, by, event, words) {
        journey.remark(now, by, "refused", misstep.to_string());
    }
}
