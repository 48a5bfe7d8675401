//! Takes a label back, and sees that doing so twice is no error.
//!
//! `cargo run -p ups --example void`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::{LabelFormat, ShipRequest, VoidOutcome};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(void().await)
}

async fn void() -> desk::Outcome {
    let client = desk::client().await?;
    let today = desk::Controls::new()?.today().await?;
    let request = ShipRequest::new(desk::parcel(&client, today)?, LabelFormat::Zpl);
    let number = client.ship(&request).await?.shipment_identification_number;
    println!("booked {number}");

    for _ in 0..2 {
        match client.void(&number).await?.outcome {
            VoidOutcome::Voided => println!("voided: it will not be billed"),
            VoidOutcome::AlreadyVoided => println!("it was voided before, which is as good"),
            VoidOutcome::TooLate { reason, message } => println!("too late ({reason:?}): {message}"),
            other => println!("it may be billed: {other:?}"),
        }
    }
    Ok(())
}
