//! Reads everything that happened to an account's parcels, page after page.
//!
//! `cargo run -p ups --example quantum_view`, with `ml-connector sandbox` in another terminal.

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

mod desk;

use std::process::ExitCode;

use ups::quantum_view::Query;
use ups::{LabelFormat, ShipRequest};

#[tokio::main]
async fn main() -> ExitCode {
    desk::end(quantum_view().await)
}

async fn quantum_view() -> desk::Outcome {
    let client = desk::client().await?;
    let controls = desk::Controls::new()?;
    let today = controls.today().await?;
    // UPS ends a page at about 150 KB. Smaller pages show the bookmark with three parcels.
    controls.manner("quantum_page_bytes", 1_000).await?;
    for _ in 0..3 {
        client.ship(&ShipRequest::new(desk::parcel(&client, today)?, LabelFormat::Zpl)).await?;
    }
    controls.wait("PT72H").await?;

    // By range, since what was only unread belongs to whoever asks first. The range begins at most seven days back.
    let yesterday = today.yesterday()?.to_datetime(jiff::civil::Time::midnight());
    let mut pages = client.quantum_view_pages(Query::range(yesterday, None));
    while let Some(page) = pages.next().await? {
        for (file, record) in page.records() {
            println!("{file}: {:?} of {:?}", record.canonical(), record.tracking_numbers());
        }
        match &page.bookmark {
            Some(bookmark) => println!("more behind the bookmark {}…", bookmark.get(..8).unwrap_or(bookmark)),
            None => println!("that was the last page"),
        }
    }
    Ok(())
}
