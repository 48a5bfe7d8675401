//! `cargo xtask check`: what may be linked, and which of our crates may know which.
//!
//! ```text
//! deny.toml ─► allowed licences, banned crates ─┐
//! cargo tree ─► crates really linked, licences ─┴─► faults, all of them
//! ```
//!
//! `cargo deny` does the first two better and is used by `.ci/run` where it is installed; this needs nothing but cargo
//! and works offline. The lists stand in `deny.toml` once.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};

use crate::{cargo, output_of};

/// Which crates must not be found below which of ours, and in which kinds of dependency (`cargo tree -e`).
const ABSENCES: &[(&str, &str, &[&str], &str)] = &[
    (
        "shipment",
        "normal",
        &[
            "tokio",
            "async-std",
            "reqwest",
            "hyper",
            "axum",
            "sqlx",
            "sea-orm",
            "fastrand",
            "rand",
            "getrandom",
            "tracing",
        ],
        "the rules know no runtime, HTTP, database or random source",
    ),
    (
        "sandbox",
        "normal,build,dev",
        &["ups", "syspro", "shipment", "ml-connector"],
        "a misreading must not sit on both sides of a test",
    ),
    (
        "ups",
        "normal",
        &["syspro", "shipment", "sandbox", "ml-connector", "sqlx", "sea-orm"],
        "clients know only their system",
    ),
    (
        "syspro",
        "normal",
        &["ups", "shipment", "sandbox", "ml-connector", "sqlx", "sea-orm"],
        "clients know only their system",
    ),
];

/// Runs all checks and tells all faults.
pub(crate) fn run() -> Result<()> {
    let rules = std::fs::read_to_string("deny.toml").context("deny.toml: run this from the repository's root")?;
    let mut faults = Vec::new();
    let linked = tree(&["--workspace"], "normal,build")?;
    faults.extend(licence_faults(&linked, &quoted_in(&rules, "allow = [")));
    faults.extend(banned(&linked, &quoted_in(&rules, "deny = [")));
    for (ours, kinds, absent, reason) in ABSENCES {
        let below = tree(&["--package", ours], kinds)?;
        let found = absent.iter().filter(|name| below.iter().any(|it| it.name == **name));
        faults.extend(found.map(|name| format!("{ours} depends on {name}: {reason}")));
    }
    if !faults.is_empty() {
        bail!("{} faults\n  {}", faults.len(), faults.join("\n  "));
    }
    println!("{} crates linked: licences, bans and absences are in order", linked.len());
    Ok(())
}

/// A crate that is linked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Linked {
    name: String,
    licence: String,
}

fn tree(which: &[&str], kinds: &str) -> Result<BTreeSet<Linked>> {
    let words = ["tree", "--locked", "--prefix", "none", "--format", "{p}|{l}", "--edges", kinds];
    Ok(read_tree(&output_of(cargo().args(words).args(which))?))
}

fn read_tree(text: &str) -> BTreeSet<Linked> {
    let lines = text.lines().filter_map(|line| line.split_once('|'));
    let linked = lines.map(|(package, licence)| Linked {
        name: package.split(' ').next().unwrap_or(package).to_owned(),
        licence: licence.trim_end_matches("(*)").trim().to_owned(),
    });
    linked.collect()
}

fn licence_faults(linked: &BTreeSet<Linked>, allowed: &[String]) -> Vec<String> {
    let forbidden = linked.iter().filter(|it| !is_allowed(&it.licence, allowed));
    forbidden.map(|it| format!("{}: licence {:?} is not in deny.toml's list", it.name, it.licence)).collect()
}

/// Whether an SPDX expression can be met with the allowed licences: `AND` binds stronger than `OR`, `/` is an old `OR`.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ").replace(" WITH ", "+WITH+");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    let met = any_of(&mut rest, allowed);
    met && rest.is_empty() && !words.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = all_of(words, allowed);
    while let Some((&"OR", rest)) = words.split_first() {
        *words = rest;
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut &[&str], allowed: &[String]) -> bool {
    let mut met = one(words, allowed);
    while let Some((&"AND", rest)) = words.split_first() {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &[String]) -> bool {
    let Some((first, rest)) = words.split_first() else { return false };
    *words = rest;
    if *first != "(" {
        let licence = first.replace("+WITH+", " WITH ");
        return allowed.contains(&licence);
    }
    let met = any_of(words, allowed);
    match words.split_first() {
        Some((&")", rest)) => {
            *words = rest;
            met
        }
        _ => false,
    }
}

fn banned(linked: &BTreeSet<Linked>, bans: &[String]) -> Vec<String> {
    let found = linked.iter().filter(|it| bans.contains(&it.name));
    found.map(|it| format!("{} is linked and deny.toml bans it", it.name)).collect()
}

/// The quoted words of a list in `deny.toml`, from its opening line to the closing bracket; reasons come along and
/// match no crate.
fn quoted_in(rules: &str, opening: &str) -> Vec<String> {
    let lines = rules.lines().skip_while(|line| !line.starts_with(opening)).take_while(|line| *line != "]");
    lines.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_are_read_as_expressions() {
        let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
        let may = |expression| is_allowed(expression, &allowed);
        assert!(may("MIT"));
        assert!(may("GPL-3.0 OR MIT"));
        assert!(may("MIT/GPL-3.0"));
        assert!(may("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
        assert!(may("(GPL-3.0 OR MIT) AND Apache-2.0"));
        assert!(!may("GPL-3.0"));
        assert!(!may("MIT AND GPL-3.0"));
        assert!(!may("GPL-3.0 OR MIT AND GPL-2.0"));
        assert!(!may("(MIT"));
        assert!(!may(""));
    }

    #[test]
    fn a_tree_is_read_line_by_line() {
        let linked = read_tree("ring v0.17.8|Apache-2.0 AND ISC\nups v0.1.0 (/x)|MIT\nups v0.1.0 (/x)|MIT (*)\n");
        let names: Vec<_> = linked.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["ring", "ups"]);
        assert_eq!(
            banned(&linked, &quoted_in("deny = [\n    { crate = \"ring\", reason = \"no\" },\n]\n", "deny = [")).len(),
            1
        );
    }
}
