//! The answer to a booking is lost. Was it booked? The reference it carried tells, and brings the label.
//!
//! `cargo run -p ups --example recovery_by_reference`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::{LabelFormat, Locator, Recovery, RecoveryRequest, ReferenceKind, ReferenceNumber, ShipRequest};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(recovery_by_reference().await)
}

async fn recovery_by_reference() -> desk::Outcome {
    let client = desk::client().await?;
    let controls = desk::Controls::new()?;
    let today = controls.today().await?;

    // Every attempt to book has a reference that no other has. It is written down before anything is sent.
    let reference = format!("{:026X}", fastrand::u128(..) >> 24);
    let shipment =
        desk::parcel(&client, today)?.reference(ReferenceNumber::new(ReferenceKind::Transaction, reference.as_str()));

    controls.lose_the_next_booking().await?;
    let error = match client.ship(&ShipRequest::new(shipment, LabelFormat::Zpl)).await {
        Ok(waybill) => return Err(format!("no answer was lost: {}", waybill.shipment_identification_number).into()),
        Err(error) => error,
    };
    println!("{error}");
    if !error.may_have_taken_effect() {
        return Err(error.into());
    }

    // Sending it again might buy a second label. UPS is asked instead.
    let question = RecoveryRequest::new(Locator::reference(reference), &LabelFormat::Zpl);
    match client.recover(&question).await?.outcome {
        Recovery::Found(found) => {
            let label = found.packages.first().and_then(|package| package.label.as_ref());
            println!("it was booked: {}, {label:?}", found.shipment_identification_number);
        }
        Recovery::NotFound | Recovery::Candidates(_) => {
            println!("that proves nothing: ask again in a while, then let a person decide");
        }
        other => println!("it was booked: {other:?}"),
    }
    Ok(())
}
