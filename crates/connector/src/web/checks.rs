//! What is looked at of a site before it ships: every connection, what is ready, and what would become of three documents.
//!
//! ```text
//! button ─► task: ladder (as `ping`) ─► survey and probe (as `site probe`) ─► plans (as `shipment plan`) ─► Check
//!                                        each line is shown as soon as it is known ◄── page, looking each second ┘
//! ```
//!
//! The newest check of each site is kept in memory: a crash or a restart costs a look and nothing else. One at a time per site.
//! Nothing is bought, written or stored.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use shipment::number::{DocumentNumber, SiteName};

use crate::app::{App, SiteRuntime};
use crate::ladder::{self, Ladder, Money, Rung};
use crate::plan::Plan;
use crate::probe::{self, Probe, Survey};
use crate::store::ListFilter;

/// So many documents are shown side by side.
pub(super) const DOCUMENTS: usize = 3;

/// A check, as far as it has come.
#[derive(Debug, Clone)]
pub(super) struct Check {
    /// When it was begun (business time).
    pub(super) at: Timestamp,
    /// Who began it.
    pub(super) by: String,
    /// What is being done; none when it has ended.
    pub(super) doing: Option<String>,
    pub(super) rungs: Vec<Rung>,
    pub(super) money: Option<Money>,
    pub(super) survey: Option<Survey>,
    pub(super) probes: Vec<Probe>,
    pub(super) plans: Vec<Plan>,
    /// What could not be looked at, and why.
    pub(super) troubles: Vec<String>,
}

/// The newest check of each site.
#[derive(Debug, Default)]
pub(super) struct Checks(Mutex<BTreeMap<SiteName, Arc<Mutex<Check>>>>);

impl Checks {
    /// The newest of a site.
    pub(super) fn of(&self, site: &SiteName) -> Option<Check> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(site).cloned();
        known.map(|it| it.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Begins one, unless one is under way; `documents` are those to be planned, else some that are known or ready.
    pub(super) fn begin(&self, app: &Arc<App>, site: Arc<SiteRuntime>, documents: Vec<DocumentNumber>, by: String) {
        let check = Check {
            at: app.clock.now(),
            by,
            doing: Some("asking UPS and SYSPRO".to_owned()),
            rungs: Vec::new(),
            money: None,
            survey: None,
            probes: Vec::new(),
            plans: Vec::new(),
            troubles: Vec::new(),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let name = site.site.name.clone();
        let runs = |it: &Arc<Mutex<Check>>| it.lock().unwrap_or_else(PoisonError::into_inner).doing.is_some();
        if known.get(&name).is_some_and(runs) {
            return;
        }
        let check = Arc::new(Mutex::new(check));
        known.insert(name, Arc::clone(&check));
        let work = Work { app: Arc::clone(app), site, check };
        tokio::spawn(async move { work.run(documents).await });
    }
}

struct Work {
    app: Arc<App>,
    site: Arc<SiteRuntime>,
    check: Arc<Mutex<Check>>,
}

/// However the task ends, the check has ended.
impl Drop for Work {
    fn drop(&mut self) {
        self.found(|it| it.doing = None);
    }
}

impl Work {
    fn found(&self, note: impl FnOnce(&mut Check)) {
        note(&mut self.check.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn now(&self, words: impl Into<String>) {
        let words = words.into();
        self.found(|it| it.doing = Some(words));
    }

    fn trouble(&self, words: String) {
        self.found(|it| it.troubles.push(words));
    }

    async fn run(&self, documents: Vec<DocumentNumber>) {
        let mut ladder = Ladder::watched(|rung| self.found(|it| it.rungs.push(rung.clone())));
        match ladder::climb(&self.app, &self.site, &mut ladder).await {
            Ok(money) => self.found(|it| it.money = Some(money)),
            Err(error) => self.trouble(error.to_string()),
        }
        drop(ladder);
        self.look().await;
        self.plan(documents).await;
    }

    async fn look(&self) {
        let name = &self.site.site.name;
        self.now("looking at SYSPRO");
        match probe::survey(&self.app, &self.site).await {
            Ok(survey) => self.found(|it| it.survey = Some(survey)),
            Err(trouble) => self.trouble(format!("SYSPRO cannot be looked at: {}", trouble.told_at(name))),
        }
        for source in &self.site.site.sources {
            let noun = source.source.noun();
            let told = |read, all| self.now(format!("{read} of {all} ready {noun}s are read"));
            match probe::probe(&self.app, &self.site, source, told).await {
                Ok(probed) => self.found(|it| it.probes.push(probed)),
                Err(trouble) => self.trouble(format!("ready {noun}s cannot be read: {}", trouble.told_at(name))),
            }
        }
    }

    async fn plan(&self, documents: Vec<DocumentNumber>) {
        let wanted = if documents.is_empty() { self.some().await } else { documents };
        for document in wanted.iter().take(DOCUMENTS) {
            self.now(format!("planning document {}", document.canonical()));
            match Plan::of(&self.app, &self.site, document).await {
                Ok(plan) => self.found(|it| it.plans.push(plan)),
                Err(error) => self.trouble(error.to_string()),
            }
        }
    }

    /// The newest that are known here; before the first poll, the oldest that are ready.
    async fn some(&self) -> Vec<DocumentNumber> {
        let filter = ListFilter { site: Some(self.site.site.name.clone()), ..ListFilter::default() };
        let known = match self.app.store.list(&filter, None, DOCUMENTS as u64).await {
            Ok(rows) => rows.into_iter().map(|it| it.document).collect(),
            Err(error) => {
                self.trouble(error.to_string());
                Vec::new()
            }
        };
        if !known.is_empty() {
            return known;
        }
        let check = self.check.lock().unwrap_or_else(PoisonError::into_inner);
        check.probes.iter().flat_map(|it| &it.statuses).filter_map(|it| it.oldest_document.clone()).collect()
    }
}
