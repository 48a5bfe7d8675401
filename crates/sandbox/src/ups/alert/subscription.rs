//! Who is to be told what, and what is due.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::TEST_NUMBERS;
use super::event::Event;
use super::herald::{Errand, WebhookSent};
use crate::ups::State;
use crate::ups::manners::Manners;
use crate::ups::shelf::{Booked, Parcel, Shelf};

/// The receiver of version 2's events, as registered on UPS's developer portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Where events are posted.
    pub url: String,
    /// The header `x-api-key`; none: the client id of the token, or of the UPS application.
    #[serde(default)]
    pub api_key: Option<String>,
    /// The bearer token events come with.
    #[serde(flatten)]
    pub token: WebhookToken,
}

/// Where the sandbox has the bearer token from that it shows your receiver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WebhookToken {
    /// Fetched from the receiver's own token address, by client credentials.
    Fetched {
        /// The token address.
        token_url: String,
        /// Client id, as user of basic authentication.
        client_id: String,
        /// Client secret, as its password.
        client_secret: String,
    },
    /// Always this one.
    Given {
        /// The token.
        bearer: String,
    },
}

/// Where a subscription's events go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Receiver {
    /// Version 1: named in the subscription, with the value of its `credential` header.
    Named { url: String, credential: String },
    /// Version 2: the one registered for the application.
    Registered,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    Package(String),
    Account(String),
}

#[derive(Debug)]
pub(crate) struct Subscription {
    receiver: Receiver,
    enhanced: bool,
    subject: Subject,
    /// Letters to be told; all when empty.
    preferences: Vec<String>,
    since: Timestamp,
    until: Option<Timestamp>,
    /// What happened before, and what has been told.
    past: HashSet<Told>,
}

type Told = (String, Timestamp, &'static str, &'static str);

impl Subscription {
    pub(crate) fn new(
        receiver: Receiver,
        enhanced: bool,
        subject: Subject,
        preferences: Vec<String>,
        since: Timestamp,
    ) -> Self {
        Self { receiver, enhanced, subject, preferences, since, until: None, past: HashSet::new() }
    }

    /// Whether another subscription says the same to the same receiver.
    fn repeats(&self, other: &Self) -> bool {
        self.receiver == other.receiver && self.enhanced == other.enhanced && self.subject == other.subject
    }

    /// Everything there is to tell about its subject until `now`, new or not.
    fn events(&self, shelf: &Shelf, now: Timestamp) -> Vec<Event> {
        let mut events = match &self.subject {
            Subject::Package(number) if TEST_NUMBERS.contains(&number.as_str()) => Event::canned(number, self.since),
            Subject::Package(number) => match shelf.by_tracking_number(number) {
                Some((booked, index)) => told(&booked, &booked.parcels[index]),
                None => Vec::new(),
            },
            Subject::Account(account) => {
                let own = shelf.all().iter().filter(|booked| booked.account == *account);
                own.flat_map(|booked| booked.parcels.iter().flat_map(|parcel| told(booked, parcel))).collect()
            }
        };
        events.retain(|event| event.at() <= now);
        events
    }

    /// What has happened since it was last asked, oldest first.
    fn fresh(&mut self, shelf: &Shelf, now: Timestamp) -> Vec<Event> {
        let mut fresh = self.events(shelf, now);
        fresh.retain(|event| {
            event.at() >= self.since
                && self.until.is_none_or(|until| event.at() <= until)
                && self.prefers(event)
                && (self.enhanced || !event.is_photo())
        });
        fresh.retain(|event| self.past.insert(key(event)));
        fresh.sort_by_key(Event::at);
        fresh
    }

    /// Updates come with the letters whose documentation includes them: deliveries and exceptions.
    fn prefers(&self, event: &Event) -> bool {
        let wants = |letter: &str| self.preferences.iter().any(|one| one == letter);
        match event.kind() {
            _ if self.preferences.is_empty() => true,
            "U" if event.is_photo() => wants("D"),
            "U" => wants("D") || wants("X"),
            "MV" => wants("M"),
            letter => wants(letter),
        }
    }
}

fn told(booked: &Booked, parcel: &Parcel) -> Vec<Event> {
    parcel.history().into_iter().map(|scan| Event::of(booked, parcel, scan)).collect()
}

fn key(event: &Event) -> Told {
    (event.number().to_owned(), event.at(), event.kind(), event.code())
}

/// All subscriptions, the registered receiver and what has been sent.
#[derive(Debug)]
pub(crate) struct Alerts {
    standing: Vec<Subscription>,
    pub(crate) webhook: Option<Webhook>,
    /// The token the registered receiver gave, and until when it is good.
    pub(crate) token: Option<(String, Timestamp)>,
    pub(crate) sent: Vec<WebhookSent>,
    dice: fastrand::Rng,
}

impl Alerts {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            standing: Vec::new(),
            webhook: None,
            token: None,
            sent: Vec::new(),
            dice: fastrand::Rng::with_seed(seed ^ 0xA1E7),
        }
    }

    /// Ends the account's subscription; answers whether there was one.
    pub(crate) fn unsubscribe(&mut self, account: &str) -> bool {
        let before = self.standing.len();
        self.standing.retain(|one| one.subject != Subject::Account(account.to_owned()));
        self.standing.len() < before
    }

    /// Lets events go astray as the manners say: lost ones stay in the list, marked.
    fn spoil(&mut self, errands: Vec<Errand>, manners: &Manners) -> Vec<Errand> {
        let mut chance = |percent: u32| self.dice.u32(0..100) < percent;
        let mut spoilt: Vec<Errand> = Vec::new();
        for mut errand in errands {
            errand.lost = chance(manners.webhook_lost_percent);
            let again = (!errand.lost && chance(manners.webhook_duplicated_percent)).then(|| errand.clone());
            // Out of order: before the one that came before it.
            let place = spoilt.len() - usize::from(!spoilt.is_empty() && chance(manners.webhook_shuffled_percent));
            spoilt.insert(place, errand);
            spoilt.extend(again);
        }
        spoilt
    }
}

impl State {
    /// Enters a subscription. What has happened until now is never told.
    pub(crate) fn subscribe(&mut self, mut subscription: Subscription) {
        let now = subscription.since;
        if let Subject::Package(_) = subscription.subject {
            let days = SignedDuration::from_hours(24 * i64::from(self.manners.alert_days));
            subscription.until = now.saturating_add(days).ok();
        }
        subscription.past = subscription.events(&self.shelf, now).iter().map(key).collect();
        let again = self.alerts.standing.iter_mut().find(|one| one.repeats(&subscription));
        match again.filter(|_| !self.manners.resubscribing_duplicates) {
            Some(standing) => {
                // What happened in between but has not been told yet is still due.
                if standing.until.is_some_and(|until| until < now) {
                    *standing = subscription;
                } else {
                    standing.until = subscription.until;
                    standing.preferences = subscription.preferences;
                }
            }
            None => self.alerts.standing.push(subscription),
        }
    }

    /// Everything due at `now` and not sent yet, in the order it is to be sent.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<Errand> {
        let manners = &self.manners;
        let shelf = &self.shelf;
        let registered = self.alerts.webhook.as_ref();
        let mut due: Vec<(Timestamp, Errand)> = Vec::new();
        for subscription in &mut self.alerts.standing {
            for event in subscription.fresh(shelf, now) {
                let first_version = subscription.receiver != Receiver::Registered;
                let enhanced = subscription.enhanced;
                let receiver = match &subscription.receiver {
                    Receiver::Named { url, credential } => Some((url.clone(), Some(credential.clone()))),
                    Receiver::Registered => registered.map(|webhook| (webhook.url.clone(), None)),
                };
                // Nobody registered a receiver: the event is gone.
                let Some((url, credential)) = receiver else { continue };
                let body = event.written(first_version, enhanced, manners, &mut self.alerts.dice);
                let errand = Errand { url, credential, body, number: event.number().to_owned(), lost: false };
                due.push((event.at(), errand));
            }
        }
        due.sort_by_key(|(at, _)| *at);
        self.alerts.standing.retain(|one| one.until.is_none_or(|until| until >= now));
        let errands = due.into_iter().map(|(_, errand)| errand).collect();
        self.alerts.spoil(errands, &self.manners)
    }
}
