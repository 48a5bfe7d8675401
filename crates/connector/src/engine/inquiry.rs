//! What UPS knows of an attempt, asked in the order of what can be trusted.
//!
//! ```text
//! label recovery by our reference ─┬─ labels, candidates ─► each number asked for ─► shipments, whole or not
//!                                  ├─ voided · not ready · label gone
//!                                  └─ nothing ─► tracking by reference ─► Quantum View's manifests ─► numbers ─┘
//! ```
//!
//! Recovery answers within a second of a booking; tracking knows only what was scanned, and Quantum View's files close by
//! the hour, so the two are asked where recovery knows nothing: on lanes whose references it may not find, and for labels
//! that become visible late. A number that they bring is asked of recovery again, because only recovery gives the label.
//!
//! Several packages may come as one answer, as one package of several, or as candidates; what belongs to one shipment is
//! told by its identification number, so a shipment of several packages is not taken for several shipments. All of it only
//! reads: it happens any number of times and costs nothing but calls (one where recovery knows, at most 40 otherwise).
//! What is deliberately not here: what follows from it.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use shipment::number::{Reference, TrackingNumber};
use shipment::state::{Attempt, Received};

use super::journey::Journey;
use crate::app::SiteRuntime;
use crate::remote::trouble::Trouble;

/// The most numbers asked for one by one.
const MOST_NUMBERS: usize = 40;
/// The most pages of Quantum View read for one question; at 150 KB each, far more than an account fills in two days.
const MOST_PAGES: usize = 60;
/// UPS keeps Quantum View's files for so long.
const FILES_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24 - 1);
/// Tracking and Quantum View go by days and local times.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// A question about one attempt.
pub(super) struct Inquiry<'a> {
    site: &'a SiteRuntime,
    reference: &'a Reference,
    asked_at: Timestamp,
    account: String,
    format: ups::LabelFormat,
}

/// What UPS knows.
#[derive(Debug)]
pub(super) enum Finding {
    /// One standing shipment with as many packages as were asked for.
    Whole(ups::Recovered),
    /// It exists, and which number or what packages it has is not certain, or its label is no longer given.
    Exists {
        /// In plain words.
        words: String,
        /// The numbers that were named.
        numbers: Vec<TrackingNumber>,
    },
    /// It exists and UPS cannot give its label yet.
    NotReady {
        /// UPS's code.
        code: String,
    },
    /// It exists and is voided.
    Voided,
    /// Nobody knows it.
    Nothing {
        /// Who was asked.
        words: String,
    },
}

/// Everything UPS has under the reference.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Shipments that stand and give their labels.
    pub(super) standing: Vec<ups::Recovered>,
    /// Numbers that exist and give no label (any more).
    pub(super) without_label: Vec<String>,
    /// Whether something under it is voided.
    pub(super) voided: bool,
    /// The code with which UPS said "not yet".
    pub(super) not_ready: Option<String>,
    /// Whether UPS said that there is something without naming it.
    pub(super) unnamed: bool,
    /// Who was asked, for people.
    told: Vec<String>,
}

impl<'a> Inquiry<'a> {
    /// About an attempt of a shipment with that reading.
    pub(super) fn about(journey: &'a Journey, attempt: &'a Attempt, received: &Received) -> Self {
        let site = &journey.site.site;
        let ship_from = site.ship_from(&received.document.warehouse);
        let account = ship_from.and_then(|it| it.account.as_ref()).unwrap_or(&site.ups.account).to_string();
        let format = ship_from.map_or(ups::LabelFormat::Gif, |it| super::request::label_format(site, it));
        Self { site: &journey.site, reference: &attempt.reference, asked_at: attempt.asked_at, account, format }
    }

    /// Asks everybody, and says what it comes to for a shipment of so many packages.
    pub(super) async fn ask(&self, packages: usize, now: Timestamp) -> Result<Finding, Trouble> {
        let mut seen = self.recovery().await?;
        if self.site.is_test_host() {
            let words = match seen.standing.is_empty() {
                true => "UPS does not know our reference yet; its test host never does".to_owned(),
                false => "UPS's test host cannot tell our label from others".to_owned(),
            };
            return Ok(Finding::Nothing { words });
        }
        if seen.is_nothing() {
            self.elsewhere(&mut seen, now).await?;
        }
        self.complete(&mut seen, packages).await?;
        Ok(seen.comes_to(packages))
    }

    /// Asks everybody for all shipments under the reference.
    pub(super) async fn everything(&self, now: Timestamp) -> Result<Seen, Trouble> {
        let mut seen = self.recovery().await?;
        if seen.is_nothing() {
            self.elsewhere(&mut seen, now).await?;
        }
        Ok(seen)
    }

    /// Label recovery alone.
    pub(super) async fn recovery(&self) -> Result<Seen, Trouble> {
        let locator =
            ups::Locator::Reference { value: self.reference.to_string(), account: Some(self.account.clone()) };
        let mut seen = Seen::default();
        match self.recover(locator).await? {
            ups::Recovery::Found(recovered) => seen.standing.push(recovered),
            ups::Recovery::Candidates(list) if list.is_empty() => seen.unnamed = true,
            ups::Recovery::Candidates(list) => {
                let numbers = list.into_iter().map(|it| it.tracking_number).collect();
                self.each(&mut seen, numbers, true).await?;
            }
            ups::Recovery::Voided => seen.voided = true,
            ups::Recovery::ExistsNotReady { code } => seen.not_ready = Some(code),
            ups::Recovery::AlreadySent | ups::Recovery::Expired => {
                seen.unnamed = true;
                // Only the number is missing, and what has been scanned is known to tracking.
                if let Ok(numbers) = self.tracked(self.asked_at + FILES_KEPT).await {
                    seen.without_label.extend(numbers);
                }
            }
            ups::Recovery::NotFound => seen.told.push("label recovery".to_owned()),
        }
        Ok(seen)
    }

    /// A shipment by one of its numbers: a person read it somewhere.
    pub(super) async fn by_number(&self, number: &TrackingNumber, packages: usize) -> Result<Finding, Trouble> {
        let mut seen = Seen::default();
        self.each(&mut seen, vec![number.to_string()], false).await?;
        self.complete(&mut seen, packages).await?;
        match seen.standing.pop() {
            Some(recovered) if seen.standing.is_empty() => Ok(Finding::Whole(recovered)),
            Some(recovered) => {
                seen.standing.push(recovered);
                Ok(seen.comes_to(packages))
            }
            None => Ok(seen.comes_to(packages)),
        }
    }

    async fn recover(&self, locator: ups::Locator) -> Result<ups::Recovery, Trouble> {
        let question = ups::RecoveryRequest::new(locator, &self.format);
        Ok(self.site.ups.recover(&question).await?.outcome)
    }

    /// Asks for numbers one by one and puts together what is one shipment.
    async fn each(&self, seen: &mut Seen, numbers: Vec<String>, named_by_ups: bool) -> Result<(), Trouble> {
        for number in numbers.into_iter().take(MOST_NUMBERS) {
            if seen.has(&number) {
                continue;
            }
            match self.recover(ups::Locator::TrackingNumber(number.clone())).await? {
                ups::Recovery::Found(recovered) => seen.add(recovered),
                ups::Recovery::Voided => seen.voided = true,
                ups::Recovery::ExistsNotReady { code } => seen.not_ready = Some(code),
                ups::Recovery::AlreadySent | ups::Recovery::Expired => seen.without_label.push(number),
                // Found by its reference and not by its number: it exists all the same.
                ups::Recovery::Candidates(_) | ups::Recovery::NotFound if named_by_ups => {
                    seen.without_label.push(number);
                }
                ups::Recovery::Candidates(_) | ups::Recovery::NotFound => {}
            }
        }
        Ok(())
    }

    /// Tracking and Quantum View, where recovery knows nothing.
    async fn elsewhere(&self, seen: &mut Seen, now: Timestamp) -> Result<(), Trouble> {
        let mut numbers = match self.tracked(now).await {
            Ok(numbers) => {
                seen.told.push("tracking".to_owned());
                numbers
            }
            // Recovery has answered, so this is no outage; the next look asks again.
            Err(trouble) => {
                seen.told.push(format!("tracking could not be asked: {}", trouble.words));
                Vec::new()
            }
        };
        if numbers.is_empty() && self.site.site.ups.quantum_view {
            match self.manifests(now).await {
                Ok(found) => {
                    seen.told.push("Quantum View".to_owned());
                    numbers = found;
                }
                Err(trouble) => seen.told.push(format!("Quantum View could not be asked: {}", trouble.words)),
            }
        }
        self.each(seen, numbers, true).await
    }

    /// Numbers that tracking knows under our reference: only of what was picked up.
    async fn tracked(&self, until: Timestamp) -> Result<Vec<String>, Trouble> {
        let day = |at: Timestamp| at.to_zoned(TimeZone::UTC).date();
        let (from, to) = (day(self.asked_at - A_DAY), day(until + A_DAY));
        let mut search = ups::ReferenceSearch::new(self.reference.as_str(), from, to);
        search.account = Some(self.account.clone());
        let found = self.site.ups.track_reference(&search).await?;
        let ours = |it: &&ups::TrackedPackage| {
            // References are told mostly; a package that tells others is another's.
            it.references.is_empty() || it.references.iter().any(|own| own.number == self.reference.as_str())
        };
        Ok(found.packages.iter().filter(ours).map(|it| it.tracking_number.clone()).collect())
    }

    /// Numbers of the manifests that carry our reference. UPS does not say in which zone it means the range, so it is a
    /// day wider at both ends.
    async fn manifests(&self, now: Timestamp) -> Result<Vec<String>, Trouble> {
        let local = |at: Timestamp| -> DateTime { at.to_zoned(TimeZone::UTC).datetime() };
        let begin = (self.asked_at - A_DAY).max(now - FILES_KEPT);
        let mut pages = self.site.ups.quantum_view_pages(ups::quantum_view::Query::range(local(begin), None));
        for _ in 0..MOST_PAGES {
            let Some(page) = pages.next().await? else { break };
            for (_, record) in page.records() {
                let ups::quantum_view::Record::Manifest(manifest) = record else { continue };
                let own = |it: &ups::quantum_view::QuantumReference| it.value.trim() == self.reference.as_str();
                let whole = manifest.references.iter().any(own);
                let carries = |it: &&ups::quantum_view::ManifestPackage| whole || it.references.iter().any(own);
                let found: Vec<_> =
                    manifest.packages.iter().filter(carries).filter_map(|it| it.tracking_number.clone()).collect();
                if !found.is_empty() {
                    return Ok(found);
                }
            }
        }
        Ok(Vec::new())
    }

    /// Packages that an answer left out are asked for by the numbers that tracking has for the shipment.
    async fn complete(&self, seen: &mut Seen, packages: usize) -> Result<(), Trouble> {
        let [only] = seen.standing.as_slice() else { return Ok(()) };
        if only.packages.len() >= packages {
            return Ok(());
        }
        let lead = only.shipment_identification_number.clone();
        // Before the manifest is processed tracking knows nothing of it; the next question asks again.
        let Ok(pages) = self.site.ups.track_shipment(&lead, &ups::TrackOptions::default()).await else { return Ok(()) };
        let numbers = pages.into_iter().flat_map(|page| page.tracking.packages).map(|it| it.tracking_number).collect();
        self.each(seen, numbers, true).await
    }

    /// Whether tracking says that a package carries our reference.
    pub(super) async fn carries_our_reference(&self, number: &TrackingNumber) -> Result<bool, Trouble> {
        let answer = self.site.ups.track(number.as_str()).await?;
        let package = answer.package(number.as_str());
        Ok(package.is_some_and(|it| it.references.iter().any(|own| own.number == self.reference.as_str())))
    }
}

impl Seen {
    fn is_nothing(&self) -> bool {
        self.standing.is_empty()
            && self.without_label.is_empty()
            && !self.voided
            && self.not_ready.is_none()
            && !self.unnamed
    }

    fn has(&self, number: &str) -> bool {
        self.standing.iter().flat_map(|it| &it.packages).any(|it| it.tracking_number == number)
    }

    fn add(&mut self, recovered: ups::Recovered) {
        let same =
            |it: &&mut ups::Recovered| it.shipment_identification_number == recovered.shipment_identification_number;
        match self.standing.iter_mut().find(same) {
            Some(known) => {
                for package in recovered.packages {
                    if known.packages.iter().all(|it| it.tracking_number != package.tracking_number) {
                        known.packages.push(package);
                    }
                }
            }
            None => self.standing.push(recovered),
        }
    }

    fn comes_to(mut self, packages: usize) -> Finding {
        if let [only] = self.standing.as_slice()
            && only.packages.len() == packages
        {
            return Finding::Whole(self.standing.remove(0));
        }
        let of = |recovered: &ups::Recovered| -> Vec<String> {
            recovered.packages.iter().map(|it| it.tracking_number.clone()).collect()
        };
        match self.standing.as_slice() {
            [] => {}
            [only] => {
                let words = format!("UPS gives {} of {packages} packages under our reference", only.packages.len());
                return Finding::exists(words, &of(only));
            }
            several => {
                let numbers: Vec<String> = several.iter().map(|it| it.shipment_identification_number.clone()).collect();
                let words = format!("UPS knows several shipments under our reference: {}", numbers.join(", "));
                return Finding::exists(words, &numbers);
            }
        }
        if let Some(code) = self.not_ready {
            return Finding::NotReady { code };
        }
        if !self.without_label.is_empty() {
            let words = format!("UPS knows it as {} and does not give its label", self.without_label.join(", "));
            return Finding::exists(words, &self.without_label);
        }
        if self.unnamed {
            let words = "UPS knows the shipment and no longer gives its label".to_owned();
            return Finding::exists(words, &[]);
        }
        if self.voided {
            return Finding::Voided;
        }
        let words = format!("UPS does not know our reference yet (asked: {})", self.told.join(", "));
        Finding::Nothing { words }
    }
}

impl Finding {
    fn exists(words: String, numbers: &[String]) -> Self {
        Self::Exists { words, numbers: numbers.iter().filter_map(|it| it.parse().ok()).collect() }
    }

    /// Why a number that a person named cannot be adopted.
    pub(super) fn why_not(&self) -> String {
        match self {
            Self::Whole(_) => "it has another owner".to_owned(),
            Self::Exists { words, .. } => words.clone(),
            Self::NotReady { .. } => "it exists and its label is not ready yet; try again later".to_owned(),
            Self::Voided => "it was voided".to_owned(),
            Self::Nothing { .. } => "it is not known".to_owned(),
        }
    }
}
