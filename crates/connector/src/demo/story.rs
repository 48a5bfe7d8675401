//! One parcel's trouble and its end, as the demo tells it: what UPS called, what people heard, what SYSPRO showed.
//!
//! ```text
//! alarms that settled themselves ─► the first one's shipment ─► its audit trail + its alarms, by time ─► lines
//!                                       └─ calls of the pretended UPS │ fields of the pretended SYSPRO
//! ```

use jiff::Timestamp;
use sandbox::Sandbox;
use sandbox::ups::{Outcome, WebhookSent};
use serde::Serialize;
use shipment::alarm::Kind;
use shipment::state::State;

use crate::app::App;
use crate::engine::life::Life;
use crate::store::{AlarmFilter, AlarmRow};

/// More alarms than any demo raises.
const ALARMS: usize = 10_000;

/// A parcel that was in trouble and arrived all the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Story {
    /// Its document.
    pub document: String,
    /// Its number.
    pub tracking_number: String,
    /// How often UPS called about it, and was answered.
    pub calls: usize,
    /// What happened, oldest first.
    pub lines: Vec<String>,
}

/// Every alarm about trouble on the way, over or not.
pub(super) async fn troubles(app: &App) -> anyhow::Result<Vec<AlarmRow>> {
    let filter = AlarmFilter { kind: Some(Kind::Exception), settled_too: true, ..AlarmFilter::default() };
    Ok(app.store.alarms(&filter, ALARMS).await?)
}

/// The story of the first parcel whose trouble was over by itself.
pub(super) async fn of_trouble(app: &App, sandbox: &Sandbox, troubles: &[AlarmRow]) -> anyhow::Result<Option<Story>> {
    let over = troubles.iter().filter(|it| it.settled_at.is_some());
    let Some(first) = over.min_by_key(|it| (it.raised_at, it.shipment)) else { return Ok(None) };
    let Some(id) = first.shipment else { return Ok(None) };
    let Some(row) = super::summary::all(app).await?.into_iter().find(|it| it.id == id) else { return Ok(None) };
    let State::Booked(booked) = Life::read(&row.state)?.state else { return Ok(None) };
    let Some(number) = booked.waybill.lead().map(ToString::to_string) else { return Ok(None) };
    let numbers: Vec<String> = booked.waybill.tracking_numbers.iter().map(ToString::to_string).collect();
    let sent = sandbox.ups().webhooks_sent();
    let about = |it: &&WebhookSent| numbers.contains(&it.tracking_number) && it.outcome == Outcome::Answered(200);
    let calls: Vec<Timestamp> = sent.iter().filter(about).map(|it| it.at).collect();

    // Of one moment: first what UPS says, then what people hear, then what SYSPRO is told.
    let mut told: Vec<(Timestamp, u8, String)> = Vec::new();
    for line in app.store.audit_of(&row.site, id).await? {
        let by = if calls.contains(&line.at) { "UPS calls" } else { "UPS is asked" };
        match line.event.as_str() {
            "tracked" => told.push((line.at, 0, format!("{by}: {}", line.words))),
            "written_back" if line.words.contains("status") || line.words.contains("delivery") => {
                told.push((line.at, 2, format!("SYSPRO: {}", line.words)));
            }
            _ => {}
        }
    }
    let filter = AlarmFilter { shipment: Some(id), settled_too: true, ..AlarmFilter::default() };
    for alarm in app.store.alarms(&filter, ALARMS).await? {
        let (kind, owner) = (alarm.kind, alarm.owner);
        told.push((alarm.raised_at, 1, format!("alarm {kind} for {owner}: {}", alarm.words)));
        told.extend(alarm.settled_at.map(|at| (at, 1, format!("alarm {kind} settles itself"))));
    }
    told.sort();
    let mut lines: Vec<String> =
        told.into_iter().map(|(at, _, words)| format!("{}  {words}", at.strftime("%a %d %b %H:%M UTC"))).collect();
    let form = booked
        .rated
        .received()
        .document
        .sales_orders
        .first()
        .and_then(|order| sandbox.syspro().form_value(order.as_str(), "SHPSTS"));
    let day = sandbox.syspro().read_field(row.document.as_str(), "ActualDeliveryDate").unwrap_or_default();
    lines.push(format!("SYSPRO shows {}, delivered on {day}", form.unwrap_or_default()));
    Ok(Some(Story { document: row.document.canonical(), tracking_number: number, calls: calls.len(), lines }))
}
