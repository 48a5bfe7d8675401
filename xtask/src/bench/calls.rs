//! `intake` and `write-back`: how often SYSPRO is called for a hundred orders read and for a hundred shipments told.
//!
//! ```text
//! site in approve ─► sync: everything is read and planned ─► ledger ─► site automatic ─► sync: labels, write-backs ─► ledger
//! ```
//!
//! Sessions are not work, so logging on and off is shown and not counted.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use rust_decimal::Decimal;
use serde_json::Value;

use super::Wanted;
use super::figure::{Figure, Goal};
use super::stage::Stage;

/// How many documents of ours the pretended distributor has ready.
const ORDERS: u32 = 400;

/// One way of talking to SYSPRO.
struct Case {
    name: &'static str,
    soap: bool,
    odata: bool,
    /// Whether documents that are too long for an address go by PostLD.
    post_large: bool,
    /// Custom forms by the object that can be posted, so also by PostLD.
    comtfm: bool,
    /// Keys that lie close together are asked for as one range.
    range: bool,
    /// Whether the write-back's goal of 12 calls is set for it: not where every document travels in an address.
    goal: bool,
}

const CASES: [Case; 6] = [
    Case { name: "rest-odata", soap: false, odata: true, post_large: true, comtfm: true, range: true, goal: true },
    Case { name: "rest-enet", soap: false, odata: false, post_large: true, comtfm: true, range: true, goal: true },
    Case { name: "rest-lists", soap: false, odata: true, post_large: true, comtfm: true, range: false, goal: false },
    Case { name: "rest-get", soap: false, odata: false, post_large: false, comtfm: false, range: false, goal: false },
    Case { name: "soap-odata", soap: true, odata: true, post_large: true, comtfm: false, range: false, goal: true },
    Case { name: "soap-enet", soap: true, odata: false, post_large: true, comtfm: false, range: false, goal: true },
];

pub(super) fn intake(wanted: &Wanted) -> Result<Vec<Figure>> {
    each(wanted, |counted| {
        Figure { name: format!("intake/{}", counted.case), ..figure(&counted.read, counted.orders, "calls/100 orders") }
            .goal(Goal::AtMost(Decimal::from(9)))
    })
}

pub(super) fn write_back(wanted: &Wanted) -> Result<Vec<Figure>> {
    each(wanted, |counted| {
        let shown = figure(&counted.written, counted.shipments, "calls/100 shipments");
        let figure = Figure { name: format!("write-back/{}", counted.case), ..shown };
        if counted.has_goal { figure.goal(Goal::AtMost(Decimal::from(12))) } else { figure }
    })
}

fn each(wanted: &Wanted, figure: impl Fn(&Counted) -> Figure) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for case in &CASES {
        let counted = count(wanted, case).with_context(|| format!("the case {}", case.name))?;
        figures.push(figure(&counted));
    }
    Ok(figures)
}

/// What one case came to.
struct Counted {
    case: &'static str,
    has_goal: bool,
    /// Documents that were ready and read, whether ours or not.
    orders: u64,
    read: BTreeMap<String, u64>,
    written: BTreeMap<String, u64>,
    shipments: u64,
}

fn count(wanted: &Wanted, case: &Case) -> Result<Counted> {
    let stage = Stage::set(&wanted.programs, case.name, ORDERS)?;
    stage.apply(|site| for_case(site, case))?;
    let (said, _) = stage.connector(&["sync"])?;
    let polled = said.get("polled").and_then(Value::as_array).context("sync tells of no poll")?;
    let orders = polled.iter().filter_map(|it| it.get("ready")).filter_map(Value::as_u64).sum();
    let read = stage.sandbox.calls("syspro.")?;
    stage.connector(&["site", "mode", "sandbox", "automatic", "--yes"])?;
    stage.connector(&["sync"])?;
    let all = stage.sandbox.calls("syspro.")?;
    let shipments = stage.sandbox.shipments()?;
    if shipments == 0 {
        bail!("nothing was booked");
    }
    // A cycle polls before it ships, and finds nothing new: what that costs is no write-back.
    stage.connector(&["sync"])?;
    let idle = stage.sandbox.calls("syspro.")?;
    let of = |calls: &BTreeMap<String, u64>, call: &str| calls.get(call).copied().unwrap_or_default();
    let written = all
        .iter()
        .map(|(call, many)| {
            let polled = of(&idle, call).saturating_sub(*many);
            (call.clone(), many.saturating_sub(of(&read, call)).saturating_sub(polled))
        })
        .filter(|(_, many)| *many > 0)
        .collect();
    Ok(Counted { case: case.name, has_goal: case.goal, orders, read, written, shipments })
}

fn figure(calls: &BTreeMap<String, u64>, by: u64, unit: &'static str) -> Figure {
    let work = calls.iter().filter(|(call, _)| !matches!(call.as_str(), "syspro.logon" | "syspro.logoff"));
    let many: u64 = work.map(|(_, many)| many).sum();
    let value = Decimal::from(many) * Decimal::ONE_HUNDRED / Decimal::from(by.max(1));
    let calls = calls.iter().map(|(call, many)| format!("{many} {}", call.trim_start_matches("syspro.")));
    Figure::new("", value, unit).beside(calls.collect::<Vec<_>>().join(", "))
}

/// The sandbox's site file, with this case's way of talking.
fn for_case(site: &mut toml::Table, case: &Case) -> Result<()> {
    let syspro = site.get_mut("syspro").and_then(toml::Value::as_table_mut).context("no [syspro]")?;
    if case.soap {
        syspro.insert("transport".to_owned(), "soap".into());
    }
    if !case.odata {
        syspro.remove("odata");
    }
    syspro.insert("post_large".to_owned(), case.post_large.into());
    syspro.insert("find_by_range".to_owned(), case.range.into());
    if case.comtfm {
        let write_back = site.entry("write_back").or_insert_with(|| toml::Table::new().into());
        let write_back = write_back.as_table_mut().context("[write_back] is no table")?;
        write_back.insert("form_object".to_owned(), "comtfm".into());
    }
    Ok(())
}
