//! `growth`: what claiming, recording, polling, listing and searching cost with ten thousand past shipments and with a
//! million.

use anyhow::{Context as _, Result};
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{measure, number, text_of};

/// The smaller of the two stores.
const FEW: u32 = 10_000;

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("ml-connector-growth-{}", std::process::id()));
    let measured = [FEW, wanted.past].map(|past| {
        let folder = folder.join(past.to_string());
        let said = measure(&wanted.programs, &["growth", &text_of(&folder)?, &past.to_string()]);
        std::fs::remove_dir_all(&folder).ok();
        said.with_context(|| format!("with {past} past shipments"))
    });
    std::fs::remove_dir_all(&folder).ok();
    let [few, many] = measured;
    let (few, many) = (few?, many?);
    let told = format!("{} and {} past shipments", number(&few, "past")?, number(&many, "past")?);
    ["claim", "record", "poll", "list", "search"]
        .into_iter()
        .map(|name| {
            let figure = Figure::new(format!("growth/{name}"), number(&many, name)?, "µs");
            let figure = figure.against(number(&few, name)?).goal(Goal::RatioAtMost(Decimal::new(13, 1)));
            Ok(figure.beside(told.clone()))
        })
        .collect()
}
