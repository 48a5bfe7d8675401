//! What `shipment show` says of a doubt: what was seen, what UPS says, when it is asked again, what a person may decide.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shipment::state::{Booking, State};

use super::context::Context;
use super::output::time;
use crate::engine::life::Life;
use crate::store::ShipmentRow;

/// From when on "absent" is heard.
async fn absent_from(context: &Context, row: &ShipmentRow, booking: &Booking) -> anyhow::Result<Timestamp> {
    let (_, site) = context.settings(&row.site).await?;
    Ok(booking.attempt.asked_at + site.ups.attempt_over_after())
}

fn next_question(booking: &Booking) -> Option<Timestamp> {
    let doubt = booking.doubt.as_ref()?;
    doubt.next_probe().or_else(|| doubt.next_look())
}

/// For programs; null where nothing is in doubt.
pub(super) async fn value(context: &Context, row: &ShipmentRow, life: &Life) -> anyhow::Result<Value> {
    let Some(booking) = life.state.doubt() else { return Ok(Value::Null) };
    let doubt = booking.doubt.as_ref();
    let known = doubt.and_then(|it| it.known.as_ref());
    Ok(json!({
        "since": doubt.map(|it| it.since), "saw": doubt.map(|it| &it.why), "reference": booking.attempt.reference,
        "asked_at": booking.attempt.asked_at, "questions": doubt.map(|it| it.probes),
        "next_question": next_question(booking), "ups_says": known.map(|it| &it.words),
        "numbers": known.map(|it| &it.numbers), "absent_from": absent_from(context, row, booking).await?,
        "at_the_desk": matches!(life.state, State::Desk(_)),
    }))
}

/// Attempts that are over and still looked for, for programs.
pub(super) fn watched_value(life: &Life) -> Value {
    let one = |it: &shipment::state::Watched| {
        json!({
            "attempt": it.attempt.number, "reference": it.attempt.reference, "ended": it.ended, "next_look": it.next_at,
            "until": it.until(), "twin": it.twin,
        })
    };
    life.state.received().watched.iter().map(one).collect()
}

/// For people.
pub(super) async fn say(context: &Context, row: &ShipmentRow, life: &Life) -> anyhow::Result<()> {
    for it in &life.state.received().watched {
        let (number, ended) = (it.attempt.number, it.ended.words());
        match &it.twin {
            Some(twin) => context.out.say(format!("attempt {number} ({ended}) has a late twin, {twin}: it is voided")),
            None => context.out.say(format!(
                "attempt {number} ({ended}) is looked for until {} UTC, next {} UTC",
                time(it.until()),
                time(it.next_at)
            )),
        }
    }
    let Some(booking) = life.state.doubt() else { return Ok(()) };
    let Some(doubt) = &booking.doubt else { return Ok(()) };
    let now = context.clock.now();
    let from = absent_from(context, row, booking).await?;
    let mut facts = vec![
        ("in doubt", format!("since {} UTC: {}", time(doubt.since), doubt.why)),
        ("asked UPS", format!("{} UTC, attempt {}", time(booking.attempt.asked_at), booking.attempt.number)),
        ("reference", booking.attempt.reference.to_string()),
        ("questions", format!("{} so far{}", doubt.probes, again(next_question(booking)))),
    ];
    let said = doubt.known.as_ref().map_or_else(|| "nothing yet".to_owned(), |it| it.words.clone());
    facts.push(("UPS says", said));
    let absent = match (&doubt.known, from > now) {
        (Some(_), _) => "not to be said: UPS has said that it exists".to_owned(),
        (None, true) => format!("counts from {} UTC, {} from now", time(from), left(from.duration_since(now))),
        (None, false) => "may be said; UPS is asked once more before anything is bought".to_owned(),
    };
    facts.push(("absent", absent));
    context.out.say("");
    context.out.facts(&facts);
    if matches!(life.state, State::Desk(_)) {
        let document = &row.document;
        context.out.say(format!(
            "\nlook at UPS's own list of that day's shipments, then say what is true:\n  \
             ml-connector shipment resolve {document} --adopt NUMBER --reason …\n  \
             ml-connector shipment resolve {document} --void-and-restart NUMBER --reason …\n  \
             ml-connector shipment resolve {document} --absent --reason …"
        ));
    }
    Ok(())
}

fn again(next: Option<Timestamp>) -> String {
    next.map_or_else(|| ", no more".to_owned(), |at| format!(", the next {} UTC", time(at)))
}

fn left(wait: SignedDuration) -> String {
    let minutes = wait.as_secs().div_euclid(60) + 1;
    if minutes < 120 { format!("{minutes} minutes") } else { format!("{} hours", minutes / 60) }
}
