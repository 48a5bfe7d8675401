//! Books a parcel: what it costs, its number, its label.
//!
//! `cargo run -p ups --example first_shipment`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::{
    Dimensions, LabelFormat, Package, Party, RateRequest, ReferenceKind, ReferenceNumber, Service, ShipRequest,
    Shipment,
};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(first_shipment().await)
}

async fn first_shipment() -> desk::Outcome {
    let client = desk::client().await?;
    let today = desk::Controls::new()?.today().await?;

    let dock = Party::new("Ridge Supply").street("120 Dock Road").place("Oakland", "CA", "94607", "US");
    let customer = Party::new("Harbor Machine Works").street("22 Foundry St").place("Boston", "MA", "02118", "US");
    let shipment = Shipment::domestic(client.account(), dock, customer, Service::Ground)
        .package(Package::pounds("12.5".parse()?).sized(Dimensions::inches(12, 10, 8)))
        .reference(ReferenceNumber::new(ReferenceKind::Invoice, "100482"))
        .negotiated()
        .on(today);

    // Asking for a price costs nothing. Negotiated prices are absent where the account has none, never zero.
    let rates = client.rate(&RateRequest::new(shipment.clone())).await?;
    for quote in &rates.quotes {
        let own = quote.negotiated.as_ref().and_then(|charges| charges.total.as_ref());
        let list = quote.published.total.as_ref();
        println!("{}: list {}, ours {}", quote.service, desk::told(list), desk::told(own));
    }

    // This buys the label.
    let waybill = client.ship(&ShipRequest::new(shipment, LabelFormat::Zpl)).await?;
    println!("booked {}", waybill.shipment_identification_number);
    for package in &waybill.packages {
        // A package is booked and paid for even if its label could not be read: recovery brings it again.
        let label = package.label.as_ref().map_or(0, |label| label.bytes.len());
        println!("package {} with a label of {label} bytes", package.tracking_number);
    }
    Ok(())
}
