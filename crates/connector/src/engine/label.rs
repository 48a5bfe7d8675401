//! Bringing a label to the folder or printer: a step of its own, repeated without buying anything.

use jiff::Timestamp;
use shipment::alarm::Kind;
use shipment::hold::{Hold, Reason};
use shipment::remedy::wait_before_retry;
use shipment::state::{Delivery, Event, Part, State};

use super::journey::{ENGINE, Journey};
use crate::app::App;
use crate::printing::{self, Printed, Sheet};
use crate::store::StoreError;

pub(super) async fn deliver(app: &App, journey: &mut Journey, now: Timestamp) -> Result<(), StoreError> {
    let State::Booked(booked) = journey.state().clone() else { return Ok(()) };
    let Delivery::Pending { tries, reprint, .. } = booked.delivery else { return Ok(()) };
    let document = &booked.rated.received().document;
    let site = journey.site.clone();
    let Some(printer) = journey.printer().cloned() else {
        let to = "the store: this ship-from has no printer".to_owned();
        journey.step(
            now,
            ENGINE,
            Event::Part(Part::LabelDelivered { at: now, to: to.clone() }),
            format!("label kept in {to}"),
        );
        return Ok(());
    };
    let labels = app.store.labels_of_attempt(&site.site.name, journey.id, booked.attempt.number).await?;
    let standing = labels.into_iter().filter(|it| booked.standing().any(|own| *own == it.label.tracking_number));
    let sheets: Vec<_> = standing.map(|entry| Sheet::of(document, entry.label, reprint)).collect();
    match printing::deliver(app, &printer, &sheets).await {
        Printed::Done { to } => {
            let count = sheets.len();
            let noun = if count == 1 { "label" } else { "labels" };
            let again = if reprint { " again" } else { "" };
            let words = format!("{count} {noun} delivered{again} to {to}");
            journey.settle_for(now, Kind::PrinterAway, &printer.name);
            journey.step(now, ENGINE, Event::Part(Part::LabelDelivered { at: now, to }), words);
            let missing = booked.standing().count().saturating_sub(count);
            if missing > 0 {
                let what =
                    format!("UPS sold {missing} packages without a readable label; print them from UPS's own site");
                let hold = Hold::from(Reason::NotReadable { what });
                let words = hold.words();
                journey.step(now, ENGINE, Event::Part(Part::Attention(hold)), words);
            }
        }
        Printed::NothingSent { why } => {
            let next_at = now + wait_before_retry(tries, super::chance());
            if tries == 0 {
                journey.remark(now, ENGINE, "label_later", format!("printer {}: {why}", printer.name));
            }
            journey.raise_for(now, Kind::PrinterAway, &printer.name, why);
            journey.quietly(Event::Part(Part::LabelLater { next_at }));
        }
        Printed::Perhaps { why } => {
            let words = format!("printer {} took some bytes, then: {why}", printer.name);
            journey.step(
                now,
                ENGINE,
                Event::Part(Part::LabelMaybePrinted { at: now, printer: printer.name.clone() }),
                words,
            );
        }
    }
    Ok(())
}
