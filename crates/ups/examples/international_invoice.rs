//! Ships to Canada with a commercial invoice that UPS makes from the goods.
//!
//! `cargo run -p ups --example international_invoice`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::{
    Billing, Dimensions, InternationalForms, Invoice, LabelFormat, Package, Party, Payer, Product, ReasonForExport,
    Service, ShipRequest, Shipment, TermsOfShipment, UnitOfMeasure,
};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(international_invoice().await)
}

async fn international_invoice() -> desk::Outcome {
    let client = desk::client().await?;
    let today = desk::Controls::new()?.today().await?;

    // Across a border UPS wants somebody to ask for and a telephone number, at both ends.
    let buyer = Party::new("Lake Hardware")
        .street("40 King St W")
        .place("Toronto", "ON", "M5H 3Y2", "CA")
        .attention("Receiving")
        .phone("416 555 0142");
    let invoice =
        Invoice::new("INV-100482", today, ReasonForExport::Sale, "USD").terms(TermsOfShipment::DeliveredDutyPaid);
    let hinges =
        Product::new("Steel hinges", 40, UnitOfMeasure::Pieces, "3.25".parse()?).tariff_code("8302.10").made_in("US");
    let forms = InternationalForms::invoice(invoice, buyer.clone()).product(hinges);

    let shipment =
        Shipment::international(client.account(), desk::dock(), buyer, Service::Standard, "Steel hinges", forms)
            .package(Package::pounds("9".parse()?).sized(Dimensions::inches(12, 10, 8)))
            // Terms alone bill nobody: who pays duties and taxes is said here. Without it the receiver does.
            .billed(Billing::default().duties_to(Payer::Shipper))
            .on(today);

    let waybill = client.ship(&ShipRequest::new(shipment, LabelFormat::Zpl)).await?;
    println!("booked {}", waybill.shipment_identification_number);
    for paper in waybill.papers() {
        println!("paper: {:?}, {} of {} bytes", paper.kind, paper.format, paper.bytes.len());
    }
    Ok(())
}
