//! Subscriptions: UPS is asked to call at every scan of what was booked, again and again until it has arrived.
//!
//! ```text
//! packages due ─ a hundred at a time, of all shipments of a site ─► POST subscription ─┬─ taken: again in 10 of 14 days
//!     ▲                                                                                ├─ this number not: later, then told
//!     └───────────────── later, longer each time ◄── no answer, 429, 5xx ──────────────┴─ none of them: the feed is off
//! ```
//!
//! A subscription cannot be undone and costs nothing, so a lost answer is asked for again and a crash subscribes twice;
//! events may then come twice, which nobody minds. A site whose application lacks Track Alert is told once, tried again
//! once a day, and ships and follows its parcels as before: nothing waits for this.

use jiff::{SignedDuration, Timestamp};
use shipment::alarm::Kind;
use shipment::number::TrackingNumber;
use shipment::tracking::Feed;
use ups::track_alert::{Destination, EventPreference, Level, MOST_NUMBERS, PackageSubscription, Subscribed};

use crate::app::{App, SiteRuntime};
use crate::config::{AlertLevel, AlertVersion};
use crate::crash::{self, Point};
use crate::remote::trouble::Trouble;
use crate::store::{DueParcel, LASTS, NewAlarm, StoreError, Subscription};
use crate::tracking::inbox::TRACK_ALERT;

/// What is due within this goes with what is due now: one call instead of two.
const TOGETHER: SignedDuration = SignedDuration::from_mins(10);
/// A site without Track Alert is tried again after this.
const OFF: SignedDuration = SignedDuration::from_hours(24);
/// Waits after failures of a call, and between tries of a number UPS does not take.
const FIRST_WAIT: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(2);
/// A number that is refused so often is not a matter of time.
const MOST_TRIES: i64 = 4;

/// Subscribes what is due, at every site that wants to be called.
///
/// # Errors
/// When the store fails; what UPS answers is a matter of the packages.
pub(crate) async fn carry_out(app: &App) -> Result<(), StoreError> {
    for site in app.sites() {
        if site.door.is_none() || site.paused().ups.is_some_and(|until| until > app.clock.now()) {
            continue;
        }
        while !app.is_stopping() && subscribe(app, &site).await? {}
    }
    Ok(())
}

/// When a subscription is next due, at a site that wants to be called.
///
/// # Errors
/// When the store fails.
pub(crate) async fn next_due(app: &App) -> Result<Option<Timestamp>, StoreError> {
    let mut next: Option<Timestamp> = None;
    for site in app.sites().into_iter().filter(|site| site.door.is_some()) {
        let due = app.store.next_subscription(&site.site.name).await?;
        let away = site.paused().ups;
        let due = due.map(|at| away.map_or(at, |until| at.max(until)));
        next = [next, due].into_iter().flatten().min();
    }
    Ok(next)
}

/// One call; `false` when nothing was due.
async fn subscribe(app: &App, site: &SiteRuntime) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let name = &site.site.name;
    if app.store.next_subscription(name).await?.is_none_or(|due| due > now) {
        return Ok(false);
    }
    let due = app.store.claim_subscriptions(name, now + TOGETHER, app.clock.real_now(), MOST_NUMBERS).await?;
    let Some(request) = request(site, &due) else { return Ok(false) };
    site.budget.wait().await;
    let answer = site.ups.subscribe(&request).await;
    crash::point(Point::Subscribed);
    let now = app.clock.now();
    let outcomes = match answer {
        Ok(answer) => {
            app.store.say_of_feed(name, Feed::TrackAlert, None).await?;
            app.store.settle(name, Kind::SubscriptionRefused, TRACK_ALERT, now).await?;
            answered(site, &due, &answer, now)
        }
        Err(error) => failed(app, site, &due, &error, now).await?,
    };
    app.store.subscriptions_done(name, &outcomes).await?;
    crash::point(Point::SubscriptionRecorded);
    for (parcel, (number, outcome)) in due.iter().zip(&outcomes) {
        if let Subscription::Refused { words } = outcome {
            let words = format!("parcel {number}: {words}");
            let alarm = NewAlarm::of(name, Kind::SubscriptionRefused, number.as_str(), words, now);
            app.store.raise(&alarm.about(parcel.shipment)).await?;
        }
    }
    Ok(true)
}

fn request(site: &SiteRuntime, due: &[DueParcel]) -> Option<PackageSubscription> {
    let (alerts, door) = (site.site.tracking.alerts.as_ref()?, site.door.as_ref()?);
    if due.is_empty() {
        return None;
    }
    let mut request = PackageSubscription::new(due.iter().map(|it| it.tracking_number.as_str()));
    if alerts.level == AlertLevel::Enhanced {
        let events = alerts.events.iter().map(|letter| EventPreference::of(letter)).collect();
        request.level = Level::Enhanced { events };
    }
    if alerts.version == AlertVersion::V1 {
        request.destination = Some(Destination {
            url: alerts.address(door.path()),
            credential_type: "Bearer".to_owned(),
            credential: door.credential(),
        });
    }
    Some(request)
}

/// A partial success is one: each number is told apart.
fn answered(
    site: &SiteRuntime,
    due: &[DueParcel],
    answer: &Subscribed,
    now: Timestamp,
) -> Vec<(TrackingNumber, Subscription)> {
    let renew = site.site.tracking.alerts.as_ref().map_or(LASTS, |it| it.renew_every);
    let names = |list: &[String], it: &DueParcel| {
        list.iter().any(|number| number.trim().eq_ignore_ascii_case(it.tracking_number.as_str()))
    };
    let outcome = |it: &DueParcel| {
        if names(&answer.valid, it) {
            Subscription::Taken { until: now + LASTS, renew_at: now + renew }
        } else if it.tries + 1 >= MOST_TRIES {
            let words = "UPS does not take this number for Track Alert; it is followed by questions".to_owned();
            tracing::warn!(site = %site.site.name, number = %it.tracking_number, "{words}");
            Subscription::Refused { words }
        } else {
            let words = if names(&answer.invalid, it) {
                "UPS calls the number invalid; a fresh number may not be known yet".to_owned()
            } else {
                "UPS's answer does not name the number".to_owned()
            };
            Subscription::Later { at: now + wait(it.tries) * 60, words }
        }
    };
    due.iter().map(|it| (it.tracking_number.clone(), outcome(it))).collect()
}

/// The call itself came to nothing: later, and for the whole site where the feed is not to be had.
async fn failed(
    app: &App,
    site: &SiteRuntime,
    due: &[DueParcel],
    error: &ups::Error,
    now: Timestamp,
) -> Result<Vec<(TrackingNumber, Subscription)>, StoreError> {
    use ups::Error as E;
    let trouble = Trouble::from(error);
    let off = matches!(error, E::NotOnApp { .. } | E::NotEntitled { .. } | E::Rejected { .. } | E::Invalid { .. });
    let words = trouble.told_at(&site.site.name);
    if off {
        tracing::warn!(site = %site.site.name, "UPS takes no subscription: {words}");
        app.store.say_of_feed(&site.site.name, Feed::TrackAlert, Some(&words)).await?;
        let alarm = NewAlarm::of(&site.site.name, Kind::SubscriptionRefused, TRACK_ALERT, words.clone(), now);
        app.store.raise(&alarm).await?;
    }
    let later = |it: &DueParcel| {
        let at = if off { now + OFF } else { now + wait(it.tries) };
        (it.tracking_number.clone(), Subscription::Later { at, words: words.clone() })
    };
    Ok(due.iter().map(later).collect())
}

fn wait(tries: i64) -> SignedDuration {
    let doubled = i32::try_from(tries.clamp(0, 10)).ok().and_then(|it| FIRST_WAIT.checked_mul(1 << it));
    doubled.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT)
}
