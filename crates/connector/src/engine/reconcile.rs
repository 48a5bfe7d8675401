//! Comparing our labels with UPS's: what it knows and we do not, what we have and it does not, what is voided on one side.
//!
//! ```text
//! Quantum View manifests ─► our reference? ─┬─ our waybill ─► same
//!                                           ├─ an attempt without that label ─► lost or late twin
//!                                           └─ nobody's here ─► another system's, counted and listed
//! our attempts, by time ─► seen above? else label recovery ─► unknown there · voided there · standing there · found
//! ```
//!
//! A person asks for it (`reconcile SITE`), or the site's `[reconcile]` does. It changes no shipment, at UPS or here,
//! and each finding carries what a person would do; what they then do is a wish like any other. What a person has to
//! know of is an alarm, the same one however often it is found. A crash or an outage costs the rest of the run, which
//! goes on behind the cursor the run had reached. Memory holds one page of Quantum View, one of attempts, and the ids
//! of shipments already seen, at most `MOST_SEEN`; beyond that recovery is asked once more often. On UPS's test host
//! numbers are not unique and nothing can be compared.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use shipment::alarm;
use shipment::number::{AttemptNumber, DocumentNumber, Reference, ShipmentId};
use shipment::state::State;
use ups::quantum_view::{ActivityKind, Manifest, Query, Record};

use super::life::Life;
use crate::app::{App, SiteRuntime};
use crate::remote::trouble::Trouble;
use crate::store::{AttemptRow, ListFilter, NewAlarm, Outcome, ShipmentRow};

/// Ids kept of shipments whose manifest was seen.
const MOST_SEEN: usize = 200_000;
/// Attempts read at once.
const PAGE: u64 = 200;
/// UPS keeps Quantum View's files for so long.
const FILES_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24 - 1);
/// So many further attempts of a release are derived when a reference looks like ours and no attempt has it.
const FURTHER: u32 = 3;

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// UPS has a label under the reference of an attempt that is in doubt here.
    Found,
    /// UPS has a label under a reference of ours that is not the shipment's.
    Twin,
    /// UPS has a label under a reference that is ours, and no attempt is on record.
    Lost,
    /// Another system of the same account made it.
    Foreign,
    /// We have a label that UPS does not know.
    UnknownThere,
    /// UPS has it as voided; it stands here.
    VoidedThere,
    /// It is voided here and stands at UPS.
    StandsThere,
}

impl Kind {
    /// Plain words for a table.
    pub fn words(self) -> &'static str {
        match self {
            Self::Found => "in doubt here, found at UPS",
            Self::Twin => "a second label of ours at UPS",
            Self::Lost => "ours at UPS, no attempt on record",
            Self::Foreign => "another system's",
            Self::UnknownThere => "ours, unknown at UPS",
            Self::VoidedThere => "voided at UPS, stands here",
            Self::StandsThere => "voided here, stands at UPS",
        }
    }

    /// The name in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::Found => "found",
            Self::Twin => "twin",
            Self::Lost => "lost",
            Self::Foreign => "foreign",
            Self::UnknownThere => "unknown_there",
            Self::VoidedThere => "voided_there",
            Self::StandsThere => "stands_there",
        }
    }

    /// Whether somebody must look; another system's labels are only told.
    pub fn needs_a_person(self) -> bool {
        self != Self::Foreign
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What differs.
    pub kind: Kind,
    /// UPS's number, or ours.
    pub number: String,
    /// Our document, if it is one's.
    pub document: Option<DocumentNumber>,
    /// Which attempt, if one is on record.
    pub attempt: Option<AttemptNumber>,
    /// What a person would do about it.
    pub proposal: String,
}

/// Where a run had got to among our attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// When the last one was asked.
    pub asked_at: Timestamp,
    /// Its shipment.
    pub shipment: ShipmentId,
    /// Its number.
    pub attempt: AttemptNumber,
}

/// What was compared, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Manifests of Quantum View.
    pub manifests: u64,
    /// Our attempts.
    pub attempts: u64,
    /// Calls of label recovery.
    pub recovered: u64,
    /// Labels of other systems.
    pub foreign: u64,
    /// What could not be compared, in plain words.
    pub left_out: Vec<String>,
    /// Where it stopped before the end, and why.
    pub stopped: Option<(Option<Cursor>, Trouble)>,
}

/// Compares a site's labels since a moment with UPS's, telling each difference as it is found.
///
/// # Errors
/// When the store fails; a failing UPS ends the run early and stands in [`Compared::stopped`].
pub async fn reconcile(
    app: &App,
    site: &SiteRuntime,
    since: Timestamp,
    after: Option<Cursor>,
    mut tell: impl FnMut(&Finding),
) -> Result<Compared, crate::store::StoreError> {
    let (seen, voided) = (HashSet::new(), HashSet::new());
    let mut run = Run { app, site, since, seen, voided, compared: Compared::default(), at: after };
    if site.is_test_host() {
        run.leave_out("UPS's test host gives all labels the same number: nothing can be compared there");
        return Ok(run.compared);
    }
    // A run that goes on has told of the manifests before it stopped.
    let told = match after {
        None => run.manifests(&mut tell).await,
        Some(_) => Ok(()),
    };
    let told = match told {
        Ok(()) => run.attempts(&mut tell).await,
        Err(trouble) => Err(trouble),
    };
    if let Err(trouble) = told {
        run.compared.stopped = Some((run.at, trouble));
    }
    Ok(run.compared)
}

struct Run<'a> {
    app: &'a App,
    site: &'a SiteRuntime,
    since: Timestamp,
    /// Shipments whose standing label was in a manifest, or that were told of.
    seen: HashSet<ShipmentId>,
    /// Shipments of which a void was told: recovery is asked whether they stand.
    voided: HashSet<ShipmentId>,
    compared: Compared,
    at: Option<Cursor>,
}

impl Run<'_> {
    fn leave_out(&mut self, words: impl Into<String>) {
        self.compared.left_out.push(words.into());
    }

    /// Tells a difference; one that a person has to know of is an alarm too, the same one however often it is found.
    async fn found(&self, tell: &mut impl FnMut(&Finding), finding: Finding) -> Result<(), Trouble> {
        tell(&finding);
        let kind = match finding.kind {
            // The desk has an alarm of its own, and another system's labels are none of ours.
            Kind::Found | Kind::Foreign => return Ok(()),
            Kind::Twin | Kind::Lost | Kind::StandsThere => alarm::Kind::UnknownLabel,
            Kind::UnknownThere | Kind::VoidedThere => alarm::Kind::UnknownAtUps,
        };
        let of = finding.document.as_ref().map(|it| format!(" of {it}")).unwrap_or_default();
        let words = format!("{}: {}{of}; {}", finding.kind.words(), finding.number, finding.proposal);
        let name = &self.site.site.name;
        let alarm = NewAlarm::of(name, kind, finding.number.as_str(), words, self.app.clock.now());
        self.app.store.raise(&alarm).await?;
        Ok(())
    }

    // ---- UPS's labels ----

    async fn manifests(&mut self, tell: &mut impl FnMut(&Finding)) -> Result<(), Trouble> {
        if !self.site.site.ups.quantum_view {
            self.leave_out(
                "no Quantum View subscription ([ups] quantum_view): labels that UPS knows and we do not are not found",
            );
            return Ok(());
        }
        let earliest = self.app.clock.now() - FILES_KEPT;
        if self.since < earliest {
            self.leave_out(format!(
                "Quantum View keeps files for seven days: manifests before {earliest} are not compared"
            ));
        }
        let begin = self.since.max(earliest).to_zoned(TimeZone::UTC).datetime();
        let mut pages = self.site.ups.quantum_view_pages(Query::range(begin, None));
        loop {
            let page = match pages.next().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(()),
                Err(ups::Error::NotEntitled { code, .. }) => {
                    self.leave_out(format!(
                        "UPS has no Quantum View subscription for this account ({code}): labels that UPS knows and we do \
                         not are not found"
                    ));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            for (_, record) in page.records() {
                match record {
                    Record::Manifest(manifest) => {
                        self.compared.manifests += 1;
                        self.manifest(manifest, tell).await?;
                    }
                    Record::Generic(generic) if generic.kind == ActivityKind::VoidForManifest => {
                        self.void_told(&generic.event.tracking_number).await?;
                    }
                    _ => {}
                }
            }
        }
    }

    /// A manifest says that a label was made; a void that was told later takes that back.
    async fn void_told(&mut self, number: &str) -> Result<(), Trouble> {
        let site = Some(self.site.site.name.clone());
        let filter = ListFilter { site, text: Some(number.to_owned()), ..ListFilter::default() };
        for row in self.app.store.list(&filter, None, 2).await? {
            self.seen.remove(&row.id);
            self.voided.insert(row.id);
        }
        Ok(())
    }

    async fn manifest(&mut self, manifest: &Manifest, tell: &mut impl FnMut(&Finding)) -> Result<(), Trouble> {
        let first = manifest.packages.iter().find_map(|it| it.tracking_number.clone());
        let Some(number) = manifest.lead_tracking_number.clone().or(first) else { return Ok(()) };
        let of_packages = manifest.packages.iter().flat_map(|it| &it.references);
        let values: HashSet<&str> = manifest.references.iter().chain(of_packages).map(|it| it.value.trim()).collect();
        for value in &values {
            let Ok(reference) = value.parse::<Reference>() else { continue };
            if let Some(attempt) = self.app.store.attempt_of(&self.site.site.name, reference.as_str()).await? {
                return self.ours(manifest, &number, &attempt, tell).await;
            }
            if let Some((row, attempt)) = self.derived(&reference, &values).await? {
                let document = row.document;
                let proposal = format!(
                    "the database is older than this label: hold the document, compare it with the parcel, and void one: \
                     ml-connector shipment hold {document} --reason 'label {number} at UPS'"
                );
                self.found(
                    tell,
                    Finding { kind: Kind::Lost, number, document: Some(document), attempt: Some(attempt), proposal },
                )
                .await?;
                return Ok(());
            }
        }
        self.compared.foreign += 1;
        let proposal = "nothing: it was made elsewhere with the same account".to_owned();
        self.found(tell, Finding { kind: Kind::Foreign, number, document: None, attempt: None, proposal }).await?;
        Ok(())
    }

    /// A label under the reference of an attempt on record.
    async fn ours(
        &mut self,
        manifest: &Manifest,
        number: &str,
        attempt: &AttemptRow,
        tell: &mut impl FnMut(&Finding),
    ) -> Result<(), Trouble> {
        let Some((row, state)) = self.shipment(attempt.shipment).await? else { return Ok(()) };
        let carries = |own: &str| manifest.packages.iter().any(|it| it.tracking_number.as_deref() == Some(own));
        if let State::Booked(booked) = &state
            && booked.waybill.tracking_numbers.iter().any(|own| own.as_str() == number || carries(own.as_str()))
        {
            if self.seen.len() < MOST_SEEN && !booked.is_voided() && !self.voided.contains(&row.id) {
                self.seen.insert(row.id);
            }
            return Ok(());
        }
        // A manifest tells of a label that was made; whether it still stands is recovery's to say.
        if !self.stands(number).await? {
            return Ok(());
        }
        let (document, attempt) = (Some(row.document.clone()), Some(attempt.attempt));
        let in_doubt = state.doubt().is_some_and(|it| Some(it.attempt.number) == attempt);
        let (kind, proposal) = match in_doubt {
            true => (
                Kind::Found,
                format!(
                    "adopt it: ml-connector shipment resolve {} --adopt {number} --reason 'in Quantum View'",
                    row.document
                ),
            ),
            false if state.received().watched.iter().any(|it| Some(it.attempt.number) == attempt) => {
                (Kind::Twin, "nothing: the next look voids it by itself".to_owned())
            }
            false => (Kind::Twin, format!("void {number} on ups.com, unless its parcel travels")),
        };
        self.seen.insert(row.id);
        self.found(tell, Finding { kind, number: number.to_owned(), document, attempt, proposal }).await?;
        Ok(())
    }

    /// Whose reference it would be, were its attempt on record: a restored database has forgotten some.
    async fn derived(
        &self,
        reference: &Reference,
        values: &HashSet<&str>,
    ) -> Result<Option<(ShipmentRow, AttemptNumber)>, Trouble> {
        let name = &self.site.site.name;
        for value in values.iter().filter(|it| **it != reference.as_str()) {
            let Ok(document) = value.parse::<DocumentNumber>() else { continue };
            for row in self.app.store.find(Some(name), &document).await? {
                let Ok(life) = Life::read(&row.state) else { continue };
                let most = life.state.received().attempts_made + FURTHER;
                let mut numbers = (1..=most).map(AttemptNumber);
                let own = |number: &AttemptNumber| {
                    Reference::derive(name, &row.source, &row.document, row.release, *number) == *reference
                };
                if let Some(number) = numbers.find(own) {
                    return Ok(Some((row, number)));
                }
            }
        }
        Ok(None)
    }

    async fn stands(&mut self, number: &str) -> Result<bool, Trouble> {
        let locator = ups::Locator::TrackingNumber(number.to_owned());
        Ok(matches!(self.recover(locator).await?, ups::Recovery::Found(_) | ups::Recovery::ExistsNotReady { .. }))
    }

    async fn recover(&mut self, locator: ups::Locator) -> Result<ups::Recovery, Trouble> {
        self.compared.recovered += 1;
        let question = ups::RecoveryRequest::new(locator, &ups::LabelFormat::Gif);
        Ok(self.site.ups.recover(&question).await?.outcome)
    }

    async fn shipment(&self, id: ShipmentId) -> Result<Option<(ShipmentRow, State)>, Trouble> {
        let Some(row) = self.app.store.shipment(&self.site.site.name, id).await? else { return Ok(None) };
        // A state of another program version is the engine's to complain of.
        let Ok(life) = Life::read(&row.state) else { return Ok(None) };
        Ok(Some((row, life.state)))
    }

    // ---- our labels ----

    async fn attempts(&mut self, tell: &mut impl FnMut(&Finding)) -> Result<(), Trouble> {
        let name = self.site.site.name.clone();
        loop {
            let after = self.at.map(|it| (it.asked_at, it.shipment, it.attempt));
            let page = self.app.store.attempts_since(&name, self.since, after, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            for attempt in page {
                self.attempt(&attempt, tell).await?;
                self.compared.attempts += 1;
                self.at = Some(Cursor::of(&attempt));
            }
        }
    }

    /// One attempt of ours: is there at UPS what we believe is there?
    async fn attempt(&mut self, attempt: &AttemptRow, tell: &mut impl FnMut(&Finding)) -> Result<(), Trouble> {
        if attempt.outcome == Some(Outcome::NotBooked) || self.seen.contains(&attempt.shipment) {
            return Ok(());
        }
        let Some((row, state)) = self.shipment(attempt.shipment).await? else { return Ok(()) };
        let in_doubt = state.doubt().is_some_and(|it| it.attempt.number == attempt.attempt);
        let booked = match &state {
            State::Booked(booked) if booked.attempt.number == attempt.attempt => Some(booked),
            _ => None,
        };
        if booked.is_none() && !in_doubt {
            // Attempts that are over are looked for by the engine.
            return Ok(());
        }
        let own = booked.map(|it| it.waybill.shipment_number.to_string());
        let locator = match &own {
            Some(number) => ups::Locator::TrackingNumber(number.clone()),
            None => {
                let document = &state.received().document;
                let ship_from = self.site.site.ship_from(&document.warehouse);
                let account = ship_from.and_then(|it| it.account.as_ref()).unwrap_or(&self.site.site.ups.account);
                let value = attempt.reference.to_string();
                ups::Locator::Reference { value, account: Some(account.to_string()) }
            }
        };
        let there = self.recover(locator).await?;
        let document = &row.document;
        let voided_here = booked.is_some_and(|it| it.is_voided());
        let found = match (own, there) {
            (Some(number), ups::Recovery::NotFound) if !voided_here => {
                let words =
                    format!("look for {number} on ups.com; UPS will not carry a parcel with a label it does not know");
                Some((Kind::UnknownThere, number, words))
            }
            (Some(number), ups::Recovery::Voided) if !voided_here => {
                let words = format!(
                    "void it here too: ml-connector shipment void {document} --reason 'voided at UPS' [--restart]"
                );
                Some((Kind::VoidedThere, number, words))
            }
            (Some(number), ups::Recovery::Found(_) | ups::Recovery::ExistsNotReady { .. }) if voided_here => {
                let words = format!("void {number} on ups.com; it is billed while it stands");
                Some((Kind::StandsThere, number, words))
            }
            (None, ups::Recovery::Found(recovered)) => {
                let number = recovered.shipment_identification_number;
                let words = format!(
                    "adopt it: ml-connector shipment resolve {document} --adopt {number} --reason 'found by reconcile'"
                );
                Some((Kind::Found, number, words))
            }
            _ => None,
        };
        if let Some((kind, number, proposal)) = found {
            let (document, attempt) = (Some(row.document.clone()), Some(attempt.attempt));
            self.found(tell, Finding { kind, number, document, attempt, proposal }).await?;
        }
        Ok(())
    }
}

impl Cursor {
    fn of(attempt: &AttemptRow) -> Self {
        Self { asked_at: attempt.asked_at, shipment: attempt.shipment, attempt: attempt.attempt }
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.asked_at, self.shipment, self.attempt)
    }
}

impl std::str::FromStr for Cursor {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || format!("{text:?} is no place to go on from; copy it from the run that stopped");
        let parts: Vec<&str> = text.split('/').collect();
        let [at, shipment, attempt] = parts.as_slice() else { return Err(bad()) };
        Ok(Self {
            asked_at: at.parse().map_err(|_| bad())?,
            shipment: shipment.parse().map_err(|_| bad())?,
            attempt: AttemptNumber(attempt.parse().map_err(|_| bad())?),
        })
    }
}
