//! `sweep`: what planning costs for each parcel that is due, with ten thousand followed and with a million.

use anyhow::{Context as _, Result};
use rust_decimal::Decimal;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::{measure, number, text_of};

/// The smaller of the two stores.
const FEW: u32 = 10_000;

pub(super) fn run(wanted: &Wanted) -> Result<Vec<Figure>> {
    let folder = std::env::temp_dir().join(format!("ml-connector-sweep-{}", std::process::id()));
    let measured = [FEW, wanted.past].map(|followed| {
        let folder = folder.join(followed.to_string());
        let said = measure(&wanted.programs, &["sweep", &text_of(&folder)?, &followed.to_string()]);
        std::fs::remove_dir_all(&folder).ok();
        said.with_context(|| format!("with {followed} followed parcels"))
    });
    std::fs::remove_dir_all(&folder).ok();
    let [few, many] = measured;
    let (few, many) = (few?, many?);
    let (fewer, more, due) = (number(&few, "followed")?, number(&many, "followed")?, number(&many, "due")?);
    let told = format!("{fewer} and {more} followed, {due} due");
    ["questions", "subscriptions"]
        .into_iter()
        .map(|name| {
            let each = |said| anyhow::Ok(number(said, name)? / number(said, "due")?);
            let figure = Figure::new(format!("sweep/{name}"), each(&many)?, "µs/due parcel");
            let figure = figure.against(each(&few)?).goal(Goal::RatioAtMost(Decimal::new(13, 1)));
            Ok(figure.beside(told.clone()))
        })
        .collect()
}
