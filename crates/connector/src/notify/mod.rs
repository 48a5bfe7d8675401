//! Words to people and to programs: mail and signed webhooks.
//!
//! ```text
//! alarms nobody was told of ─► digest (pure) ─► mails ──┐
//! alarm raised · settled, milestone ─► events ──────────┴─► outbox ─► round: claim, send ─► sent │ later │ given up
//! ```
//!
//! A round is a chore of the site: due at once when an alarm is raised or an event written, and again when a digest or a
//! further try is. Writing and sending are two steps. What is written stands in the store with the mark that it was told;
//! sending is at least once, under an id that stays the same, so a node that dies between the server's answer and our
//! note sends twice and the receiver can tell. While a server is away its notices wait, spaced out further and further,
//! and one alarm says so; that alarm is not sent by the way that does not work. What is deliberately not here: what is
//! worth an alarm (`shipment::alarm`), and when something is told (`digest`).

mod digest;
pub(crate) mod post;
pub(crate) mod receiver;
mod words;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use shipment::alarm::Kind;
use shipment::number::SiteName;

use crate::app::{App, Secrets, SiteRuntime};
use crate::chore::Done;
use crate::store::{Channel, Lease, NOTICES, NewAlarm, NoticeRow, StoreError};
use post::Postman;
use receiver::Receiver;

/// So many notices are taken in hand at once.
const BATCH: usize = 20;
/// A claim's lease, real time: longer than a batch's deadlines.
const LEASE: SignedDuration = SignedDuration::from_mins(15);
/// After so many failures one after the other the rest waits.
const MOST_FAILURES: u32 = 2;
/// After so many tries of one notice a person is told.
const TOLD_AFTER: i64 = 2;
/// A chore that waits or runs for longer than this is overdue.
const OVERDUE: SignedDuration = SignedDuration::from_hours(1);
/// What was sent or given up is kept so long.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Mail is tried for so long.
const MAIL_GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Why a notice was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// What happened, for people.
    pub(crate) words: String,
    /// Trying again cannot help.
    pub(crate) for_good: bool,
}

/// What became of a channel's notices in a round.
#[derive(Debug, Default)]
struct Sent {
    sent: usize,
    failed: usize,
    again: Option<Timestamp>,
}

/// Writes what is to be told now, and sends what is due.
pub(crate) async fn round(app: &Arc<App>, site: &Arc<SiteRuntime>) -> Result<Done, StoreError> {
    let name = &site.site.name;
    look_at_chores(app, name).await?;
    let mut again = write(app, site).await?;
    let mut told = Vec::new();
    let mut failed = 0;
    if let Some(mail) = &site.site.mail {
        let secrets = Secrets::of(&app.store, &app.vault, name);
        let way = Way {
            door: Door::Mail(Postman::open(&site.site, mail, &secrets).await.map(Box::new)),
            alarm: Kind::MailAway,
            subject: mail.host.clone(),
            patience: MAIL_GIVEN_UP_AFTER,
        };
        let sent = send_due(app, name, &way).await?;
        again = sooner(again, sent.again);
        failed += sent.failed;
        told.push(format!("{} mails sent", sent.sent));
    }
    if let Some(webhook) = &site.site.webhook {
        let secrets = Secrets::of(&app.store, &app.vault, name);
        let way = Way {
            door: Door::Webhook(Receiver::open(webhook, &secrets).await.map(Box::new)),
            alarm: Kind::ReceiverAway,
            subject: webhook.url.origin().ascii_serialization(),
            patience: webhook.give_up_after,
        };
        let sent = send_due(app, name, &way).await?;
        again = sooner(again, sent.again);
        failed += sent.failed;
        told.push(format!("{} events sent", sent.sent));
    }
    let before = app.clock.now() - KEPT;
    app.store.forget_notices(name, before).await?;
    if failed > 0 {
        told.push(format!("{failed} not taken"));
    }
    Ok(Done { well: failed == 0, words: told.join(", "), again })
}

/// A chore that nobody begins, or that does not end, is told; so is none that a person paused.
async fn look_at_chores(app: &App, site: &SiteName) -> Result<(), StoreError> {
    let now = app.clock.now();
    let long_ago = |at: Timestamp| now.duration_since(at) > OVERDUE;
    for row in app.store.chores(Some(site)).await?.into_iter().filter(|it| it.key.kind != NOTICES) {
        // One that somebody has in hand counts from its beginning.
        let since = if row.holder.is_some() { row.last_begun } else { row.due_at };
        let name = row.key.name();
        match since.filter(|at| row.paused.is_none() && long_ago(*at)) {
            Some(since) => {
                let words = format!("{name} has been due or under way since {} UTC", since.strftime("%F %H:%M"));
                app.store.raise(&NewAlarm::of(site, Kind::ScheduleOverdue, name, words, now)).await?;
            }
            None => {
                app.store.settle(site, Kind::ScheduleOverdue, &name, now).await?;
            }
        }
    }
    Ok(())
}

/// Writes the mails that are to be written; when to look again.
async fn write(app: &App, site: &SiteRuntime) -> Result<Option<Timestamp>, StoreError> {
    let name = &site.site.name;
    let now = app.clock.now();
    let Some(mail) = &site.site.mail else { return Ok(None) };
    let plan = digest::plan(&site.site, mail, app.store.news(name).await?, now);
    app.store.pass_over(name, &plan.passed_over, now).await?;
    if !plan.mails.is_empty() && !app.store.put_mails(name, &plan.mails, now).await? {
        // Another node has told some of it; what is left is looked at anew.
        return Ok(Some(now));
    }
    Ok(plan.next)
}

/// A way out of the house.
struct Way {
    door: Door,
    /// What it is for people when it does not work.
    alarm: Kind,
    subject: String,
    /// A notice is tried for so long.
    patience: SignedDuration,
}

/// What hands notices over, or why it cannot.
enum Door {
    Mail(Result<Box<Postman>, String>),
    Webhook(Result<Box<Receiver>, String>),
}

impl Door {
    fn channel(&self) -> Channel {
        match self {
            Self::Mail(_) => Channel::Mail,
            Self::Webhook(_) => Channel::Webhook,
        }
    }

    async fn send(&self, app: &App, notice: &NoticeRow) -> Result<(), Refusal> {
        match self {
            Self::Mail(Ok(postman)) => postman.send(notice, app.clock.now()).await,
            // Receivers hold the time of a request against their own clock.
            Self::Webhook(Ok(receiver)) => receiver.send(notice, app.clock.real_now()).await,
            Self::Mail(Err(words)) | Self::Webhook(Err(words)) => {
                Err(Refusal { words: words.clone(), for_good: false })
            }
        }
    }
}

async fn send_due(app: &App, site: &SiteName, way: &Way) -> Result<Sent, StoreError> {
    let channel = way.door.channel();
    let mut done = Sent::default();
    let mut in_a_row = 0;
    loop {
        let now = app.clock.now();
        let lease = Lease::of(app.clock.real_now(), LEASE);
        let claimed = app.store.claim_notices(site, channel, now, lease, BATCH).await?;
        if claimed.is_empty() {
            done.again = app.store.next_notice(site, channel).await?;
            return Ok(done);
        }
        for notice in claimed {
            let now = app.clock.now();
            if in_a_row >= MOST_FAILURES || app.is_stopping() {
                // Untried: it is let go as it was, only later.
                let later = now + wait(0);
                app.store.notice_let_go(&notice, later).await?;
                continue;
            }
            match way.door.send(app, &notice).await {
                Ok(()) => {
                    in_a_row = 0;
                    done.sent += 1;
                    app.store.notice_sent(&notice, app.clock.now()).await?;
                    app.store.settle(site, way.alarm, &way.subject, now).await?;
                }
                Err(refusal) => {
                    in_a_row += 1;
                    done.failed += 1;
                    fail(app, site, way, &notice, &refusal).await?;
                }
            }
        }
    }
}

async fn fail(app: &App, site: &SiteName, way: &Way, notice: &NoticeRow, refusal: &Refusal) -> Result<(), StoreError> {
    let now = app.clock.now();
    let Refusal { words, for_good } = refusal;
    tracing::warn!(%site, notice = %notice.id, channel = notice.channel.as_str(), "not taken: {words}");
    let given_up = *for_good || spent(notice.tries) > way.patience;
    let due = (!given_up).then(|| now + wait(notice.tries));
    app.store.notice_failed(notice, due, words).await?;
    if given_up || notice.tries + 1 >= TOLD_AFTER {
        let told = if given_up { format!("\"{}\" is given up: {words}", notice.title) } else { words.clone() };
        app.store.raise(&NewAlarm::of(site, way.alarm, way.subject.as_str(), told, now)).await?;
    }
    Ok(())
}

/// The wait after so many tries in vain: 30 s, doubled each time, up to an hour.
fn wait(tries: i64) -> SignedDuration {
    let doubled = u32::try_from(tries).unwrap_or(u32::MAX).min(7);
    (SignedDuration::from_secs(30) * (1 << doubled)).min(SignedDuration::from_hours(1))
}

/// How long a notice has been tried after so many tries.
fn spent(tries: i64) -> SignedDuration {
    (0..tries).map(wait).sum()
}

fn sooner(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_spaced_out_over_days() {
        let hours = SignedDuration::from_hours;
        assert_eq!(
            (wait(0), wait(1), wait(40)),
            (SignedDuration::from_secs(30), SignedDuration::from_mins(1), hours(1))
        );
        assert!(spent(10) < hours(5) && spent(80) > hours(72), "{} {}", spent(10), spent(80));
    }
}
