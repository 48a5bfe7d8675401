//! Makes a label for goods that come back: printed by us and put into the parcel, say.
//!
//! `cargo run -p ups --example return_label`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::{LabelFormat, Package, ReferenceKind, ReferenceNumber, Returns, Service, ShipRequest, Shipment};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(return_label().await)
}

async fn return_label() -> desk::Outcome {
    let client = desk::client().await?;
    let today = desk::Controls::new()?.today().await?;

    // From the customer to the dock. `Returns::emailed` has UPS mail the label to the customer instead.
    let back =
        Shipment::returning(client.account(), desk::dock(), desk::customer(), Service::Ground, Returns::printed())
            .package(Package::pounds("3".parse()?).containing("Hinges, wrong size"))
            .reference(ReferenceNumber::new(ReferenceKind::ReturnAuthorization, "RMA-2041"))
            .on(today);

    let waybill = client.ship(&ShipRequest::new(back, LabelFormat::Gif)).await?;
    println!("return booked: {}", waybill.shipment_identification_number);
    let label = waybill.packages.first().and_then(|package| package.label.as_ref());
    println!("label: {label:?}");
    Ok(())
}
