//! Chores: what a site does from time to time, each at its own rhythm, on whichever node comes first.
//!
//! ```text
//! site loaded ─► of_site: which, how often ─► a row each
//! due row ─► claim ─► perform (one match) ─► end: next due by its schedule, words ─► due row …
//!               └─ the lease is renewed meanwhile, however long it takes
//! ```
//!
//! Chores run beside the shipments and beside each other; none overlaps itself, on however many nodes. One that was
//! missed (the program was not running, or was paused) is made up once. Whoever loses its lease, because the machine
//! stood still for too long, is stopped at its next look and its end is refused: the node that has the chore now runs it
//! anew. A crash costs the run under way and nothing else, so a chore must be one that may be begun twice. What is
//! deliberately not here: what a chore does; that is a function elsewhere, called from `perform` alone.
//!
//! To add one: a variant of [`Chore`], its name, its line in `of_site` and its arm in `perform`.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use shipment::document::Source;
use shipment::schedule::Schedule;
use tokio::task::JoinSet;

use crate::app::{App, SiteRuntime};
use crate::config::Site;
use crate::engine::reconcile::{Compared, Finding, reconcile};
use crate::intake::{self, Polled};
use crate::notify;
use crate::remote::Remote;
use crate::store::{ChoreAsk, ChoreEnd, ChoreKey, ChoreRow, ChoreTaken, Lease, NOTICES, StoreError};
use crate::tracking::quantum_view;

/// How long a node may be silent before another one may run its chore, real time.
const LEASE: SignedDuration = SignedDuration::from_mins(2);
/// How often a chore that runs says so, real time.
const RENEWED_EVERY: Duration = Duration::from_secs(30);
/// How many chores a node runs at once.
const AT_ONCE: usize = 16;
/// How often an idle node looks for chores that somebody wants at once.
const LOOK_BY_ITSELF: SignedDuration = SignedDuration::from_secs(15);
/// Between two rounds, real time.
const PAUSE: Duration = Duration::from_millis(200);
/// After the end of a run, however soon it is wanted again: what ends at once must not heat the room.
const BREATH: SignedDuration = SignedDuration::from_secs(1);

/// Everything that is done from time to time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Chore {
    /// Reading what is ready in one source.
    Poll(Source),
    /// Reading the account's Quantum View files.
    QuantumView,
    /// Writing mails and sending what is to be told.
    Notices,
    /// Comparing our labels with UPS's.
    Reconcile,
}

/// What is to be told wakes the chore; this is for what was missed.
const LOOK_AT_NOTICES: SignedDuration = SignedDuration::from_hours(1);

/// The kind of every poll.
pub(crate) const POLL: &str = "poll";
/// The kind of the reading of the account's files.
pub(crate) const QUANTUM_VIEW: &str = "quantum_view";
/// The kind of the comparison of labels.
const RECONCILE: &str = "reconcile";
/// So far back labels are compared: a week, and a day that the run before has seen too.
const COMPARED: SignedDuration = SignedDuration::from_hours(8 * 24);
/// A comparison that did not come to its end begins anew after this.
const COMPARE_AGAIN: SignedDuration = SignedDuration::from_hours(6);

impl Chore {
    /// The kind, as stored and as people write it.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::Poll(_) => POLL,
            Self::QuantumView => QUANTUM_VIEW,
            Self::Notices => NOTICES,
            Self::Reconcile => RECONCILE,
        }
    }

    /// With what it is done; empty where there is only one of its kind.
    #[must_use]
    pub fn subject(self) -> &'static str {
        match self {
            Self::Poll(source) => source.code(),
            Self::QuantumView | Self::Notices | Self::Reconcile => "",
        }
    }

    /// The chore of a row; none if this version knows no such chore.
    #[must_use]
    pub fn of(kind: &str, subject: &str) -> Option<Self> {
        let mut all =
            Source::ALL.into_iter().map(Self::Poll).chain([Self::QuantumView, Self::Notices, Self::Reconcile]);
        all.find(|it| it.kind() == kind && it.subject() == subject)
    }

    /// Its row's key at a site.
    #[must_use]
    pub fn key(self, site: &shipment::number::SiteName) -> ChoreKey {
        ChoreKey { site: site.clone(), kind: self.kind().to_owned(), subject: self.subject().to_owned() }
    }
}

/// What a site does from time to time, and when.
pub(crate) fn of_site(site: &Site) -> Vec<(Chore, Schedule)> {
    let polls = site.sources.iter().map(|it| (Chore::Poll(it.source), it.schedule.clone()));
    let files = site.ups.quantum_view.then(|| (Chore::QuantumView, Schedule::every(site.tracking.quantum_view_every)));
    let tells = site.mail.is_some() || site.webhook.is_some();
    let tells = tells.then(|| (Chore::Notices, Schedule::every(LOOK_AT_NOTICES)));
    let compares = site.reconcile.clone().map(|it| (Chore::Reconcile, it));
    polls.chain(files).chain(tells).chain(compares).collect()
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    /// Whether it did what it is for.
    pub(crate) well: bool,
    /// What came of it, for people.
    pub(crate) words: String,
    /// That it is wanted again sooner than its schedule says.
    pub(crate) again: Option<Timestamp>,
}

/// Does a chore: the only place from which one is done.
async fn perform(app: &Arc<App>, site: &Arc<SiteRuntime>, chore: Chore) -> Result<Done, StoreError> {
    match chore {
        Chore::Poll(source) => Ok(told(&intake::poll(app, site, source).await?)),
        Chore::QuantumView => {
            let read = quantum_view::read(app, site).await?;
            Ok(Done { well: read.trouble.is_none(), words: read.words(), again: None })
        }
        Chore::Notices => notify::round(app, site).await,
        Chore::Reconcile => compare(app, site).await,
    }
}

/// What differs becomes an alarm where a person has to know of it; the run's words count.
async fn compare(app: &Arc<App>, site: &Arc<SiteRuntime>) -> Result<Done, StoreError> {
    let now = app.clock.now();
    let later = Some(now + COMPARE_AGAIN);
    if site.next_look(Remote::Ups).is_some() {
        return Ok(Done { well: false, words: "UPS is away".to_owned(), again: later });
    }
    let mut needs = 0_u64;
    let count = |finding: &Finding| needs += u64::from(finding.kind.needs_a_person());
    let compared = reconcile(app, site, now - COMPARED, None, count).await?;
    let Compared { manifests, attempts, foreign, .. } = compared;
    let mut words = vec![format!(
        "{manifests} manifests of UPS and {attempts} bookings of ours compared, {foreign} labels of other systems, {needs} \
         need a person"
    )];
    words.extend(compared.left_out.iter().map(|it| format!("not compared: {it}")));
    words.extend(compared.stopped.iter().map(|(_, trouble)| format!("it stopped before the end: {}", trouble.words)));
    let well = compared.stopped.is_none();
    Ok(Done { well, words: words.join("; "), again: later.filter(|_| !well) })
}

fn told(polled: &Polled) -> Done {
    let Polled { site, source, ready, received, not_ours, trouble, again } = polled;
    let words = match trouble {
        Some(trouble) => {
            tracing::info!(%site, "{}s were not read: {trouble}", source.noun());
            trouble.clone()
        }
        None => format!("{ready} ready, {received} new, {not_ours} not ours"),
    };
    if *received > 0 {
        tracing::info!(%site, received, "{received} new {}s", source.noun());
    }
    Done { well: trouble.is_none(), words, again: *again }
}

/// Sees to it that the rows of a site are those of its settings.
///
/// # Errors
/// When the store fails.
pub(crate) async fn plan(app: &App, site: &Site, version: i64) -> Result<(), StoreError> {
    let now = app.clock.now();
    let planned = of_site(site);
    for (chore, schedule) in &planned {
        app.store.ensure_chore(&chore.key(&site.name), &schedule.words(), version, schedule.first(now)).await?;
    }
    for row in app.store.chores(Some(&site.name)).await? {
        if !planned.iter().any(|(chore, _)| chore.key(&site.name) == row.key) {
            app.store.forget_chore(&row.key, version).await?;
        }
    }
    Ok(())
}

/// Runs chores as they become due until the node is told to stop. It is a loop of its own: however busy shipments keep the
/// engine, and however slow one of their calls is, what is periodic goes on.
///
/// # Errors
/// When the store fails.
pub async fn serve(app: &Arc<App>) -> Result<(), StoreError> {
    while !app.is_stopping() {
        drive(app).await?;
        // A person on another node may want one at once, and tells nobody.
        let look = app.clock.now() + LOOK_BY_ITSELF;
        let next = app.store.next_chore_due(app.clock.real_now(), &[]).await?.map_or(look, |due| due.min(look));
        tokio::select! {
            () = async { tokio::time::sleep(PAUSE).await; app.clock.sleep_until(next).await } => {}
            () = app.stopped() => {}
        }
    }
    Ok(())
}

/// Runs every chore that is due, each beside the others, until none is.
///
/// # Errors
/// When the store fails.
pub(crate) async fn drive(app: &Arc<App>) -> Result<(), StoreError> {
    let mut running: JoinSet<Result<(), StoreError>> = JoinSet::new();
    loop {
        if !app.is_stopping() {
            for row in claim(app, AT_ONCE.saturating_sub(running.len())).await? {
                let app = Arc::clone(app);
                running.spawn(async move { run(&app, row).await });
            }
        }
        if running.is_empty() {
            return Ok(());
        }
        let next = app.store.next_chore_due(app.clock.real_now(), &[]).await?.unwrap_or(Timestamp::MAX);
        tokio::select! {
            ended = running.join_next() => match ended {
                Some(Ok(done)) => done?,
                Some(Err(panicked)) => tracing::error!(%panicked, "a chore ended in a panic; it is begun anew when its lease has run out"),
                None => return Ok(()),
            },
            // While one takes long, others become due.
            () = app.clock.sleep_until(next), if running.len() < AT_ONCE && next > app.clock.now() && !app.is_stopping() => {}
        }
    }
}

async fn claim(app: &App, limit: usize) -> Result<Vec<ChoreRow>, StoreError> {
    let sites: Vec<_> = app.sites().iter().map(|it| it.site.name.clone()).collect();
    app.store.claim_chores(&ask(app), &sites, limit).await
}

fn ask(app: &App) -> ChoreAsk<'_> {
    ChoreAsk { now: app.clock.now(), real_now: app.clock.real_now(), lease: LEASE, holder: &app.holder }
}

async fn run(app: &Arc<App>, row: ChoreRow) -> Result<(), StoreError> {
    // Held until this ends, in whatever way: nobody lets go of a chore that is still at work.
    let _at_work = Arc::clone(&app.chores_at_work).read_owned().await;
    let name = &row.key.site;
    let known = Chore::of(&row.key.kind, &row.key.subject).zip(app.site(name));
    let Some((chore, site)) = known else {
        let words = "this version of the program does not know it".to_owned();
        let end = ChoreEnd { at: app.clock.now(), next_due: None, well: false, words };
        return app.store.chore_done(&row, &end).await.map(drop);
    };
    let Some(done) = kept(app, &row, Box::pin(perform(app, &site, chore))).await? else { return Ok(()) };
    let done = match done {
        Ok(done) => done,
        // Something of this site's cannot be read; the others go on.
        Err(error @ (StoreError::Unreadable { .. } | StoreError::Unknown { .. })) => {
            tracing::error!(site = %name, chore = chore.kind(), %error, "a chore failed");
            Done { well: false, words: error.to_string(), again: None }
        }
        Err(error) => return Err(error),
    };
    end(app, &site, &row, chore, done).await
}

async fn end(app: &App, site: &SiteRuntime, row: &ChoreRow, chore: Chore, done: Done) -> Result<(), StoreError> {
    let now = app.clock.now();
    let planned = of_site(&site.site).into_iter().find(|(it, _)| *it == chore);
    let by_schedule = planned.and_then(|(_, schedule)| schedule.after_run(row.last_begun.unwrap_or(now), now));
    let again = done.again.map(|at| at.max(now + BREATH));
    let next_due = by_schedule.into_iter().chain(again).min();
    let end = ChoreEnd { at: now, next_due, well: done.well, words: done.words };
    if !app.store.chore_done(row, &end).await? {
        tracing::warn!(site = %row.key.site, chore = chore.kind(), "another node has the chore; this run's end is not noted");
    }
    Ok(())
}

/// Does `work` and renews the lease meanwhile. None when the lease was lost: then the work is stopped where it is.
async fn kept<T>(app: &App, row: &ChoreRow, work: impl Future<Output = T>) -> Result<Option<T>, StoreError> {
    let mut work = pin!(work);
    let mut ticks = tokio::time::interval(RENEWED_EVERY);
    ticks.tick().await;
    loop {
        tokio::select! {
            done = &mut work => return Ok(Some(done)),
            _ = ticks.tick() => {
                if !app.store.chore_renew(row, Lease::of(app.clock.real_now(), LEASE)).await? {
                    tracing::warn!(site = %row.key.site, chore = %row.key.kind, "the chore's lease was lost; it is stopped here");
                    return Ok(None);
                }
            }
        }
    }
}

/// What became of a chore that somebody wants at once, here.
#[derive(Debug)]
pub enum RunNow {
    /// It was run.
    Ran(Box<ChoreRow>),
    /// It is running already, on this node or on another.
    Running,
    /// A person paused it.
    Paused(crate::store::ChorePause),
}

/// Runs a chore here and now, due or not.
///
/// # Errors
/// When the store fails or does not know the chore.
pub async fn run_now(app: &Arc<App>, key: &ChoreKey) -> Result<RunNow, StoreError> {
    let row = match app.store.claim_chore(&ask(app), key).await? {
        ChoreTaken::Yes(row) => *row,
        ChoreTaken::Running { .. } => return Ok(RunNow::Running),
        ChoreTaken::Paused(pause) => return Ok(RunNow::Paused(pause)),
    };
    run(app, row).await?;
    let now = app.store.chores(Some(&key.site)).await?.into_iter().find(|it| it.key == *key);
    let unknown = || StoreError::Unknown { what: format!("chore {} of site {}", key.kind, key.site) };
    now.map(|row| RunNow::Ran(Box::new(row))).ok_or_else(unknown)
}

/// Polls one source at once, as a run of its chore: never beside another run of it.
///
/// # Errors
/// When the store fails.
pub(crate) async fn poll_now(app: &Arc<App>, site: &Arc<SiteRuntime>, source: Source) -> Result<Polled, StoreError> {
    let chore = Chore::Poll(source);
    let not_read = |trouble: String| Polled { trouble: Some(trouble), ..Polled::nothing(&site.site.name, source) };
    let row = match app.store.claim_chore(&ask(app), &chore.key(&site.site.name)).await? {
        ChoreTaken::Yes(row) => row,
        ChoreTaken::Running { .. } => return Ok(not_read("it is being read just now".to_owned())),
        ChoreTaken::Paused(pause) => return Ok(not_read(format!("paused by {}: {}", pause.by, pause.why))),
    };
    match kept(app, &row, Box::pin(intake::poll(app, site, source))).await? {
        Some(polled) => {
            let polled = polled?;
            end(app, site, &row, chore, told(&polled)).await?;
            Ok(polled)
        }
        None => Ok(not_read("another node reads it now".to_owned())),
    }
}
