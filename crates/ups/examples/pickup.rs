//! Has UPS come by tomorrow: for how much, under which number, and not after all.
//!
//! `cargo run -p ups --example pickup`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use jiff::civil::{Date, Weekday, time};
use ups::Service;
use ups::pickup::{
    CancelPickup, Container, PickupAddress, PickupPiece, PickupRateRequest, PickupRequest, PickupScope, PickupTime,
    PickupWindow,
};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(pickup().await)
}

async fn pickup() -> desk::Outcome {
    let client = desk::client().await?;
    let today = desk::Controls::new()?.today().await?;
    let address = PickupAddress {
        company: "Ridge Supply".into(),
        contact: "Shipping Desk".into(),
        line: "120 Dock Road".into(),
        city: "Oakland".into(),
        state: "CA".into(),
        postal_code: "94607".into(),
        country: "US".into(),
        phone: "5105550100".into(),
        ..PickupAddress::default()
    };
    let window = PickupWindow { date: next_working_day(today)?, ready: time(14, 0, 0, 0), close: time(17, 30, 0, 0) };

    let question = PickupRateRequest { address: address.clone(), time: PickupTime::At(window), taxes: true };
    println!("it costs {}", desk::told(client.rate_pickup(&question).await?.total.as_ref()));

    let pieces =
        PickupPiece { service: Service::Ground, quantity: 4, destination: "US".into(), container: Container::Package };
    let request = PickupRequest::new(address, window, vec![pieces]);
    let prn = client.schedule_pickup(&request).await?.prn;
    // Asked twice, UPS comes once: the same number says that the pickup was there already.
    let again = client.schedule_pickup(&request).await?.prn;
    println!("UPS comes on {} under {prn}, and asked again under {again}", window.date);

    for pending in client.pending_pickups(PickupScope::OnCall).await?.pickups {
        println!("pending: {} on {:?}, {:?}", pending.prn, pending.service_date, pending.on_call);
    }
    client.cancel_pickup(&CancelPickup::Prn(prn)).await?;
    println!("cancelled");
    Ok(())
}

fn next_working_day(mut day: Date) -> desk::Outcome<Date> {
    loop {
        day = day.tomorrow()?;
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) {
            return Ok(day);
        }
    }
}
