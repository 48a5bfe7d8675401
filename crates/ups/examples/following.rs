//! Follows a parcel from its label to its delivery.
//!
//! `cargo run -p ups --example following`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::{LabelFormat, ShipRequest, TrackOptions};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(following().await)
}

async fn following() -> desk::Outcome {
    let client = desk::client().await?;
    let controls = desk::Controls::new()?;
    let today = controls.today().await?;
    let request = ShipRequest::new(desk::parcel(&client, today)?, LabelFormat::Zpl);
    let number = client.ship(&request).await?.shipment_identification_number;
    controls.bring_in_time(&number).await?;

    // At most two weeks: somebody who follows a parcel gives up some day.
    for _ in 0..28 {
        let tracking = client.track_with(&number, &TrackOptions::everything()).await?;
        let Some(package) = tracking.package(&number) else {
            println!("{number}: UPS knows nothing yet, which is usual for a fresh label");
            controls.wait("PT12H").await?;
            continue;
        };
        if let Some(scan) = package.activity.first() {
            let words = scan.status.description.as_deref().unwrap_or_default();
            println!("{number}: {:?}, {words}, {:?}", scan.status.canonical(), scan.place.city);
        }
        // Not every status of type `D` is a delivery: it takes evidence.
        if let Some(evidence) = package.delivered() {
            println!("delivered, by {evidence:?}, to {:?}", package.received_by);
            return Ok(());
        }
        controls.wait("PT12H").await?;
    }
    Err("the parcel did not arrive in two weeks".into())
}
