//! Has UPS call back at every event of a parcel, and reads what it says.
//!
//! `cargo run -p ups --example alert`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::collections::HashSet;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tokio::sync::mpsc;
use ups::track_alert::{AlertEvent, PackageSubscription};
use ups::{LabelFormat, ShipRequest};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(alert().await)
}

async fn alert() -> desk::Outcome {
    let client = desk::client().await?;
    let controls = desk::Controls::new()?;
    let today = controls.today().await?;

    // UPS wants its 200 within milliseconds and may not try again: take the event, think later. UPS's own address must
    // be https; where it is and which token UPS shows is set on the developer portal.
    let (events, mut inbox) = mpsc::unbounded_channel();
    let take = move |headers: HeaderMap, body: Bytes| async move {
        let is_ours = headers.get("authorization").is_some_and(|token| token == "Bearer a token of ours");
        if !is_ours {
            return StatusCode::UNAUTHORIZED;
        }
        // Whoever took the other end away hears no more.
        let _ = events.send(body);
        StatusCode::OK
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    controls.call_back_at(&format!("http://{}/events", listener.local_addr()?)).await?;
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/events", post(take))).await });

    let request = ShipRequest::new(desk::parcel(&client, today)?, LabelFormat::Zpl);
    let number = client.ship(&request).await?.shipment_identification_number;
    controls.bring_in_time(&number).await?;
    // A subscription lasts 14 days and tells nothing of before. Some numbers may be refused, which is no error.
    let subscribed = client.subscribe(&PackageSubscription::new([&number])).await?;
    println!("subscribed to {:?}, refused {:?}", subscribed.valid, subscribed.invalid);
    controls.wait("PT240H").await?;

    let mut seen = HashSet::new();
    while let Ok(Some(body)) = tokio::time::timeout(Duration::from_secs(20), inbox.recv()).await {
        let event = AlertEvent::read(&body)?;
        // Events come twice now and then, and in any order.
        if !seen.insert(event.identity()) {
            continue;
        }
        println!("{}: {:?}, {:?}", event.tracking_number, event.canonical(), event.status.description);
        if event.delivered().is_some() {
            println!("delivered, after {} events", seen.len());
            return Ok(());
        }
    }
    Err("no delivery was told: events can get lost, and tracking would have to tell".into())
}
