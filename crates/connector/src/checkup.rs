//! The check-up: everything on this side of the wire that has to be in order. [`crate::ladder`] looks at the other side.
//!
//! ```text
//! disk ─► store ─► clock ─► master key, secrets ─► each site: settings · printers · polls · session · outages · audit
//!                                              └─► what waits: due and not done, in doubt, for a person
//! ```
//!
//! Nothing is changed and neither UPS nor SYSPRO is called; only a raw printer's port is touched, without a byte being
//! sent, and the mail server is logged on to, without a mail. A finding is *bad* where the connector cannot do its work, *attention* where it works and a person should look.

mod notices;

use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shipment::schedule::Schedule;
use tokio::net::TcpStream;

use crate::clock::Clock;
use crate::config::{Printer, PrinterKind, Site, SiteFile};
use crate::remote::session::key_of;
use crate::store::{FeedRow, ListFilter, SiteRow, Store, StoreError, Subscribed};
use crate::tracking::health;
use crate::vault::Vault;

/// Below this the database may soon be unable to commit.
const LITTLE_SPACE: u64 = 1024 * 1024 * 1024;
/// Below this it is.
const NO_SPACE: u64 = 100 * 1024 * 1024;
/// A clock that is behind what is recorded by more than this has been set back.
const SET_BACK: SignedDuration = SignedDuration::from_mins(2);
/// What has been due for longer than this is not being worked on.
const OVERDUE: SignedDuration = SignedDuration::from_mins(15);
/// How long a printer may take to open its port.
const PRINTER_PATIENCE: Duration = Duration::from_secs(5);

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// In order.
    Ok,
    /// It works, and a person should look.
    Attention,
    /// It does not work.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub check: String,
    /// How it is.
    pub level: Level,
    /// What was found.
    pub words: String,
    /// What to do about it.
    pub cure: Option<String>,
}

impl Finding {
    fn ok(check: impl Into<String>, words: impl Into<String>) -> Self {
        Self { check: check.into(), level: Level::Ok, words: words.into(), cure: None }
    }

    fn attention(check: impl Into<String>, words: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), level: Level::Attention, words: words.into(), cure: Some(cure.into()) }
    }

    fn bad(check: impl Into<String>, words: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), level: Level::Bad, words: words.into(), cure: Some(cure.into()) }
    }
}

/// Looks at everything.
///
/// # Errors
/// When the store cannot be read at all.
pub async fn checkup(store: &Store, vault: Result<Vault, String>, clock: &Clock) -> Result<Vec<Finding>, StoreError> {
    // A command beside the nodes may have no directory of its own.
    let elsewhere = store.is_shared() && !store.folder().exists();
    let mut findings = if elsewhere { Vec::new() } else { vec![space(store.folder())] };
    findings.push(Finding::ok("store", standing(store).await?));
    let sites = store.sites().await?;
    findings.push(time(store, &sites, clock).await?);
    findings.push(key(store, vault.clone()).await?);
    if sites.is_empty() {
        let cure = "ml-connector init writes a file to start from, site apply stores it";
        findings.push(Finding::attention("sites", "there is none yet", cure));
    }
    for site in &sites {
        findings.extend(of_site(store, site, &vault, clock).await?);
    }
    findings.extend(waiting(store, clock).await?);
    findings.push(notices::alarms(store).await?);
    findings.extend(notices::outbox(store, clock.now()).await?);
    Ok(findings)
}

// ---- the machine ----

/// What was found when the store was opened: it would not be open otherwise.
async fn standing(store: &Store) -> Result<String, StoreError> {
    Ok(match store.server_version().await? {
        None => format!("{} is ours alone, durable and up to date", store.place()),
        Some(version) => format!(
            "{}, version {version}, is durable and up to date; {} in hand, by all nodes together",
            store.place(),
            store.in_flight(Timestamp::MIN).await?,
        ),
    })
}

fn space(folder: &Path) -> Finding {
    let free = match fs4::available_space(folder) {
        Ok(free) => free,
        Err(error) => {
            let words = format!("the free space of {} is not known: {error}", folder.display());
            return Finding::attention("disk", words, "look whether the disk is mounted");
        }
    };
    let words = format!("{} MB free for {}", free / (1024 * 1024), folder.display());
    let cure = "free some space: what cannot be recorded is not booked";
    match free {
        _ if free < NO_SPACE => Finding::bad("disk", words, cure),
        _ if free < LITTLE_SPACE => Finding::attention("disk", words, cure),
        _ => Finding::ok("disk", words),
    }
}

/// Nothing may have happened later than now.
async fn time(store: &Store, sites: &[SiteRow], clock: &Clock) -> Result<Finding, StoreError> {
    let now = clock.now();
    let mut latest: Option<Timestamp> =
        store.list(&ListFilter::default(), None, 1).await?.pop().map(|it| it.created_at);
    for site in sites {
        latest = latest.max(store.site_events(&site.site).await?.last().map(|event| event.at));
    }
    let shown = format!("{} UTC", now.strftime("%F %T"));
    Ok(match latest.filter(|at| at.duration_since(now) > SET_BACK) {
        Some(at) => {
            let words = format!("it says {shown}, and something is recorded for {} UTC", at.strftime("%F %T"));
            Finding::bad("clock", words, "set this machine's clock; after a sandbox, name its --clock-file")
        }
        None => Finding::ok("clock", shown),
    })
}

async fn key(store: &Store, vault: Result<Vault, String>) -> Result<Finding, StoreError> {
    let secrets = store.secrets(None).await?;
    let cure = "name the key the secrets were sealed with, by --key-file or ML_CONNECTOR_KEY";
    let opened = vault.and_then(|vault| {
        for row in &secrets {
            vault
                .open(&row.sealed)
                .map_err(|error| format!("{} of site {}: {error}", row.sealed.name, row.sealed.site))?;
        }
        Ok(vault.key_id().to_owned())
    });
    Ok(match opened {
        Ok(id) => Finding::ok("master key", format!("key {id} opens all {} sealed secrets", secrets.len())),
        Err(words) => Finding::bad("master key", words, cure),
    })
}

// ---- each site ----

async fn of_site(
    store: &Store,
    row: &SiteRow,
    vault: &Result<Vault, String>,
    clock: &Clock,
) -> Result<Vec<Finding>, StoreError> {
    let name = format!("site {}", row.site);
    let body = store.site_settings(&row.site, None).await?.map(|it| it.body).unwrap_or_default();
    let site = match SiteFile::parse(&body) {
        Ok(site) => site,
        Err(fault) => {
            let cure = "correct the file and apply it again: ml-connector site apply";
            return Ok(vec![Finding::bad(name, fault.to_string(), cure)]);
        }
    };
    let mut findings = vec![settings(store, row, &site, name).await?];
    for printer in &site.printers {
        findings.push(print_test(store.folder(), printer).await);
    }
    findings.extend(notices::mail(store, vault, &site).await);
    findings.extend(polls(store, row, &site, clock.now()).await?);
    findings.extend(session(store, &site, clock.now()).await?);
    for outage in store.outages(Some(&row.site)).await? {
        let check = format!("{} at {}", outage.remote, row.site);
        let words = format!("away since {} UTC: {}", outage.since.strftime("%F %T"), outage.words);
        findings.push(match outage.next_probe {
            Some(_) => Finding::attention(check, words, format!("ml-connector ping {} looks now", row.site)),
            None => Finding::bad(check, words, format!("then: ml-connector ping {}", row.site)),
        });
    }
    findings.extend(feeds(store, row, &site, clock.now()).await?);
    findings.push(audit(store, row).await?);
    Ok(findings)
}

async fn settings(store: &Store, row: &SiteRow, site: &Site, name: String) -> Result<Finding, StoreError> {
    let mut missing = Vec::new();
    for (secret, _) in site.secrets() {
        if store.secret(&row.site, secret.as_str()).await?.is_none() {
            missing.push(secret.as_str());
        }
    }
    if let Some(first) = missing.first() {
        let cure = format!("ml-connector site secret set {} {first}", row.site);
        return Ok(Finding::bad(name, format!("not sealed: {}", missing.join(", ")), cure));
    }
    let words = format!("settings version {}, mode {}, UPS {}", row.settings_version, row.mode, row.environment);
    Ok(Finding::ok(name, words))
}

async fn print_test(data_dir: &Path, printer: &Printer) -> Finding {
    let check = format!("printer {}", printer.name);
    match &printer.kind {
        PrinterKind::Folder(path) => folder_test(check, &data_dir.join(path)),
        PrinterKind::Raw(address) => {
            let opened = tokio::time::timeout(PRINTER_PATIENCE, TcpStream::connect(address)).await;
            let cure = "check that the printer is on and its address in [[printer]] is right; labels wait for it";
            match opened {
                Ok(Ok(_)) => Finding::ok(check, format!("{address} takes connections")),
                Ok(Err(error)) => Finding::bad(check, format!("{address}: {error}"), cure),
                Err(_) => Finding::bad(check, format!("{address} does not answer"), cure),
            }
        }
    }
}

/// A folder that is not there yet is made by the first label, in a parent that has to be writable.
fn folder_test(check: String, folder: &Path) -> Finding {
    let shown = folder.display();
    let existing = folder.ancestors().find(|it| it.exists()).unwrap_or(folder);
    match existing.metadata() {
        Ok(it) if !it.is_dir() => {
            Finding::bad(check, format!("{} is no folder", existing.display()), "name another path")
        }
        Ok(it) if it.permissions().readonly() => {
            let words = format!("{} cannot be written to", existing.display());
            Finding::bad(check, words, "allow it, or name another path in [[printer]]")
        }
        Ok(_) => Finding::ok(check, format!("labels appear in {shown}")),
        Err(error) => Finding::bad(check, format!("{shown}: {error}"), "name another path in [[printer]]"),
    }
}

async fn polls(store: &Store, row: &SiteRow, site: &Site, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let mut findings = Vec::new();
    for settings in &site.sources {
        let source = settings.source;
        let poller = store.poller(&row.site, source).await?;
        let check = format!("polls of {}", row.site);
        let serve = "run ml-connector serve, or sync on a schedule";
        findings.push(match (poller.paused_reason, poller.last_poll) {
            (Some(reason), _) => Finding::attention(
                check,
                reason,
                format!("look at site probe, then: ml-connector site resume {}", row.site),
            ),
            (None, None) => Finding::attention(check, format!("no {} was read yet", source.noun()), serve),
            (None, Some(last)) if is_overdue(&settings.schedule, last, now) => {
                Finding::attention(check, format!("the last was at {} UTC", last.strftime("%F %T")), serve)
            }
            (None, Some(last)) => Finding::ok(check, format!("the last was at {} UTC", last.strftime("%F %T"))),
        });
    }
    Ok(findings)
}

/// Whether the moment after the last reading has long passed.
fn is_overdue(schedule: &Schedule, last: Timestamp, now: Timestamp) -> bool {
    schedule.next(last).is_some_and(|next| now.duration_since(next) > OVERDUE)
}

/// The operator is fine unless it is to be left alone.
async fn session(store: &Store, site: &Site, now: Timestamp) -> Result<Option<Finding>, StoreError> {
    let operator = &site.syspro.operator;
    let check = format!("operator {operator}");
    let Some(row) = store.session(&key_of(site)).await? else { return Ok(None) };
    let words = row.state.words.unwrap_or_default();
    Ok(match row.state.not_before.filter(|until| *until > now) {
        Some(until) if until == Timestamp::MAX => {
            let cure = format!("ml-connector site secret set {} syspro.operator_password", site.name);
            Some(Finding::bad(check, format!("left alone: {words}"), cure))
        }
        Some(until) => {
            let words = format!("left alone until {} UTC: {words}", until.strftime("%F %T"));
            Some(Finding::attention(check, words, "give the connector an operator that nobody else uses"))
        }
        None => None,
    })
}

// ---- how parcels are heard of ----

async fn feeds(store: &Store, row: &SiteRow, site: &Site, now: Timestamp) -> Result<Vec<Finding>, StoreError> {
    let health = health::of(store, &row.site, now).await?;
    let mut findings: Vec<Finding> = health.feeds.iter().map(|feed| heard(row, feed, now)).collect();
    if site.tracking.alerts.is_some() {
        findings.push(subscriptions(row, &health.subscribed));
    }
    if health.lag.measured > 0 {
        let lag = health.lag;
        let words = format!(
            "half within {}, 95 of 100 within {}, 99 within {} ({} measured)",
            span(lag.median),
            span(lag.p95),
            span(lag.p99),
            lag.measured
        );
        findings.push(Finding::ok(format!("scan to SYSPRO at {}", row.site), words));
    }
    Ok(findings)
}

fn heard(row: &SiteRow, feed: &FeedRow, now: Timestamp) -> Finding {
    let check = format!("{} at {}", feed.feed.words(), row.site);
    let last =
        feed.last_at.map_or("never heard".to_owned(), |at| format!("last heard {} ago", span(now.duration_since(at))));
    let words = format!(
        "{last}; {} scans, {} told again, {} of others' parcels, {} unreadable, {} with wrong credentials",
        feed.events, feed.again, feed.others, feed.unreadable, feed.refused
    );
    match &feed.words {
        Some(why) => {
            Finding::attention(check, format!("{words}; {why}"), "parcels are followed by the other feeds meanwhile")
        }
        None if feed.refused > 0 && feed.last_at.is_none() => {
            let cure = format!("compare what UPS sends with: ml-connector site webhook {}", row.site);
            Finding::attention(check, words, cure)
        }
        None => Finding::ok(check, words),
    }
}

fn subscriptions(row: &SiteRow, subscribed: &Subscribed) -> Finding {
    let check = format!("subscriptions at {}", row.site);
    let end =
        subscribed.first_end.map_or(String::new(), |at| format!(", the first until {} UTC", at.strftime("%F %H:%M")));
    let words = format!(
        "{} of {} parcels on their way are subscribed{end}; {} run out within a day, {} have run out, {} are refused",
        subscribed.subscribed, subscribed.followed, subscribed.ending, subscribed.ended, subscribed.refused
    );
    if subscribed.ended + subscribed.refused == 0 {
        return Finding::ok(check, words);
    }
    Finding::attention(
        check,
        words,
        "parcels without a subscription are asked about; run ml-connector serve for renewals",
    )
}

/// A span of time in its largest unit.
fn span(length: SignedDuration) -> String {
    match length.as_mins() {
        ..1 => format!("{} s", length.as_secs().max(0)),
        minutes @ 1..120 => format!("{minutes} min"),
        minutes @ 120..2880 => format!("{} h", minutes / 60),
        minutes => format!("{} days", minutes / 1440),
    }
}

async fn audit(store: &Store, row: &SiteRow) -> Result<Finding, StoreError> {
    let gaps = store.verify_audit(&row.site).await?;
    let lines = store.audit_lines(Some(&row.site)).await?;
    let check = format!("audit of {}", row.site);
    Ok(match gaps.first() {
        None => Finding::ok(check, format!("{lines} lines without a gap")),
        Some(gap) => {
            let words = format!("{} shipments have a gap, the first is document {}", gaps.len(), gap.document);
            Finding::bad(check, words, "ml-connector audit verify names them all; restore the backup before them")
        }
    })
}

// ---- what waits ----

async fn waiting(store: &Store, clock: &Clock) -> Result<Vec<Finding>, StoreError> {
    let counts = store.counts(None).await?;
    let of = |stage: &str| counts.stages.get(stage).copied().unwrap_or_default();
    let mut findings = vec![overdue(store.next_due(clock.real_now()).await?, clock.now())];
    findings.push(match of("in_doubt") {
        0 => Finding::ok("in-doubt desk", "empty"),
        count => {
            let words = format!("{count} bookings whose answer was lost");
            let cure = "ml-connector shipment list --stage in_doubt, then shipment resolve";
            Finding::attention("in-doubt desk", words, cure)
        }
    });
    let held: i64 = counts.holds.values().sum();
    findings.push(if held == 0 {
        Finding::ok("held", "nothing waits for a person")
    } else {
        let mut by_reason: Vec<_> = counts.holds.iter().collect();
        by_reason.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let told: Vec<_> =
            by_reason.iter().map(|(code, count)| format!("{} {count}", code.replace('_', " "))).collect();
        Finding::attention("held", told.join(", "), "ml-connector shipment list --held")
    });
    if of("already_there") > 0 {
        let words = format!("{} documents were ready before the connector came", of("already_there"));
        let cure = "ml-connector shipment list --stage already_there, then shipment release or withdraw";
        findings.push(Finding::attention("already there", words, cure));
    }
    Ok(findings)
}

fn overdue(next: Option<Timestamp>, now: Timestamp) -> Finding {
    match next.filter(|it| *it < Timestamp::MAX) {
        Some(due) if now.duration_since(due) > OVERDUE => {
            let words = format!("a step is due since {} UTC", due.strftime("%F %T"));
            Finding::attention("due", words, "run ml-connector serve, or sync")
        }
        Some(due) => Finding::ok("due", format!("the next step at {} UTC", due.strftime("%F %T"))),
        None => Finding::ok("due", "nothing"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Options;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn what_is_due_for_long_is_worked_on_by_nobody() {
        let now = at("2026-09-14T13:00:00Z");
        assert_eq!(overdue(None, now).level, Level::Ok);
        assert_eq!(overdue(Some(at("2026-09-14T12:55:00Z")), now).level, Level::Ok);
        let late = overdue(Some(at("2026-09-14T12:00:00Z")), now);
        assert_eq!(late.level, Level::Attention);
        assert!(late.cure.is_some_and(|it| it.contains("serve")));
        assert_eq!(overdue(Some(Timestamp::MAX), now).words, "nothing");
    }

    #[tokio::test]
    async fn a_fresh_directory_asks_for_a_site_and_names_a_missing_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path(), Options::default()).await.expect("a store");
        let clock = Clock::driven(at("2026-09-14T13:00:00Z"));
        let findings = checkup(&store, Err("no master key is given".to_owned()), &clock).await.expect("a check-up");
        let level = |check: &str| findings.iter().find(|it| it.check == check).map(|it| it.level);
        assert_eq!(level("store"), Some(Level::Ok));
        assert_eq!(level("master key"), Some(Level::Bad));
        assert_eq!(level("sites"), Some(Level::Attention));
        assert!(findings.iter().all(|it| it.level == Level::Ok || it.cure.is_some()));
        store.close().await;
    }

    #[tokio::test]
    async fn a_printer_that_is_off_is_bad_and_a_folder_is_fine() {
        let folder = tempfile::tempdir().expect("a folder");
        let raw = Printer {
            name: "dock".to_owned(),
            kind: PrinterKind::Raw("127.0.0.1:9".to_owned()),
            format: crate::config::LabelFormat::Zpl,
        };
        assert_eq!(print_test(folder.path(), &raw).await.level, Level::Bad);
        let files = Printer { kind: PrinterKind::Folder("labels".into()), ..raw };
        assert_eq!(print_test(folder.path(), &files).await.level, Level::Ok);
    }
}
