//! The ladder: what must hold between a site and its two remotes, rung by rung.
//!
//! ```text
//! UPS     name ─► connection ─► certificate ─► token ─┬─► address of each ship-from
//!                                                     └─► rate
//! SYSPRO  name ─► connection ─► certificate ─► logon ─┬─► a ready document ─► write permission (validated only)
//!                                                     ├─► custom form fields
//!                                                     └─► logoff
//! OData   the ready set, one document in full
//! site    a step that carries the tracking number
//! ```
//!
//! A red rung stops only those that stand on it, so that one visit finds everything there is to find. Nothing is bought
//! or written. The operator's one session is taken through [`crate::remote::session`] like the engine's own, so a climb
//! neither ends somebody's session nor repeats a refused logon; it is logged off on every path.

mod syspro;
mod ups;

use std::sync::Arc;

use serde::Serialize;
use shipment::number::SiteName;

use crate::app::{App, SiteRuntime};
use crate::remote::Remote;
use crate::remote::trouble::Trouble;
use crate::store::StoreError;

/// How a rung is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// It holds.
    Green,
    /// It was not tried, because a rung below is red or there is nothing to try it on.
    NotTried,
    /// It holds, and a person should look at something.
    Notice,
    /// It does not hold.
    Red,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rung {
    /// What was looked at, e.g. `UPS token`.
    pub rung: String,
    /// How it is.
    pub light: Light,
    /// What was found.
    pub words: String,
    /// What to do about it.
    pub cure: Option<String>,
}

impl Rung {
    /// It holds.
    pub fn green(rung: impl Into<String>, words: impl Into<String>) -> Self {
        Self { rung: rung.into(), light: Light::Green, words: words.into(), cure: None }
    }

    /// It could not be tried.
    pub fn not_tried(rung: impl Into<String>, words: impl Into<String>) -> Self {
        Self { rung: rung.into(), light: Light::NotTried, words: words.into(), cure: None }
    }

    /// It holds, but look at this.
    pub fn notice(rung: impl Into<String>, words: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { rung: rung.into(), light: Light::Notice, words: words.into(), cure: Some(cure.into()) }
    }

    /// It does not hold, and this is what to do.
    pub fn red(rung: impl Into<String>, words: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { rung: rung.into(), light: Light::Red, words: words.into(), cure: Some(cure.into()) }
    }

    /// What a call found at a site, or its failure with its own cure or else this one.
    pub(crate) fn of(site: &SiteName, rung: impl Into<String>, outcome: Result<String, Trouble>, cure: &str) -> Self {
        match outcome {
            Ok(words) => Self::green(rung, words),
            Err(trouble) => {
                let cure = trouble.cure_at(site).unwrap_or_else(|| cure.to_owned());
                Self::red(rung, trouble.words, cure)
            }
        }
    }
}

/// Rungs in the order they were tried; whoever watches sees each as it comes.
pub struct Ladder<'a> {
    rungs: Vec<Rung>,
    watch: Box<dyn FnMut(&Rung) + Send + 'a>,
}

impl std::fmt::Debug for Ladder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ladder").field("rungs", &self.rungs).finish_non_exhaustive()
    }
}

/// The first three rungs to a host, and what to do about each.
const REACHING: [(&str, &str); 3] = [
    ("name", "check the host in the site file and this machine's name server"),
    ("connection", "check that the service runs, its port in the site file, and the firewall between"),
    ("certificate", "check the host's certificate; an authority of your own is trusted by [syspro] ca_file"),
];

impl<'a> Ladder<'a> {
    /// An empty ladder; `watch` is shown every rung as soon as it is known.
    pub fn watched(watch: impl FnMut(&Rung) + Send + 'a) -> Self {
        Self { rungs: Vec::new(), watch: Box::new(watch) }
    }

    /// Puts a rung on top. Whether it is not red.
    pub fn add(&mut self, rung: Rung) -> bool {
        let holds = rung.light != Light::Red;
        (self.watch)(&rung);
        self.rungs.push(rung);
        holds
    }

    /// Puts rungs on top that were not tried because `below` is red.
    pub fn skip<'n>(&mut self, rungs: impl IntoIterator<Item = &'n str>, below: &str) {
        for rung in rungs {
            self.add(Rung::not_tried(rung, format!("needs {below}")));
        }
    }

    /// Puts name, connection and certificate of a host on top; `fell` is the first of them that broke, counted from
    /// zero, and why. Whether the host was reached.
    pub fn reach(&mut self, who: &str, host: &str, encrypted: bool, fell: Option<(usize, &str)>) -> bool {
        for (at, (rung, cure)) in REACHING.into_iter().enumerate() {
            let name = format!("{who} {rung}");
            match fell {
                Some((broken, why)) if broken == at => {
                    self.add(Rung::red(name, format!("{host}: {why}"), cure));
                }
                Some((broken, _)) if broken < at => {
                    self.add(Rung::not_tried(name, format!("needs {who} {}", REACHING[broken].0)));
                }
                _ if at == 2 && !encrypted => {
                    self.add(Rung::green(name, "none is needed: plain http was allowed"));
                }
                _ => {
                    self.add(Rung::green(name, format!("{host} {}", ["is known", "answers", "is trusted"][at])));
                }
            }
        }
        fell.is_none()
    }

    /// The rungs so far.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }
}

/// What a site's labels mean in money, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Money {
    /// Whether labels are real and are paid for.
    pub real: bool,
    /// The UPS host that is asked.
    pub ups_host: String,
    /// The SYSPRO company by the name SYSPRO gives it; by its id where SYSPRO could not be asked.
    pub company: String,
    /// Whether tracking numbers are written into it.
    pub writes_to_syspro: bool,
}

impl Money {
    /// One line for people.
    pub fn line(&self) -> String {
        let Self { real, ups_host, company, writes_to_syspro } = self;
        let (yes_no, written) =
            (if *real { "yes" } else { "no" }, if *writes_to_syspro { "" } else { ", never written" });
        format!("real labels, real money: {yes_no} (UPS host {ups_host}, SYSPRO company {company}{written})")
    }
}

/// Climbs a site's ladder. What was paused and has proven itself goes on.
///
/// # Errors
/// When our own store fails; whatever a remote does is a rung.
pub async fn climb(app: &App, site: &Arc<SiteRuntime>, ladder: &mut Ladder<'_>) -> Result<Money, StoreError> {
    let ups = ups::climb(app, site, ladder).await;
    let syspro = syspro::climb(app, site, ladder).await?;
    if ups {
        // A product that no rung asks for is tried by the next shipment that needs it: somebody says it is mended.
        for remote in Remote::ALL.into_iter().filter(|it| it.is_lifted_by_a_ping()) {
            app.back(site, remote).await?;
        }
    }
    if syspro.works {
        app.back(site, Remote::Syspro).await?;
    }
    let id = &site.site.syspro.company;
    Ok(Money {
        real: site.site.buys_real_labels(),
        ups_host: site.ups.host().to_owned(),
        company: syspro
            .company
            .map_or_else(|| id.clone(), |name| if name.contains(id) { name } else { format!("{id} {name}") }),
        writes_to_syspro: site.site.may_write_to_syspro(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_not_reached_says_where_the_way_ended() {
        let mut seen = Vec::new();
        let mut ladder = Ladder::watched(|rung| seen.push(rung.rung.clone()));
        assert!(!ladder.reach("UPS", "ups.example.com", true, Some((1, "nobody answers"))));
        let lights: Vec<_> = ladder.rungs().iter().map(|it| it.light).collect();
        assert_eq!(lights, [Light::Green, Light::Red, Light::NotTried]);
        assert_eq!(ladder.rungs()[2].words, "needs UPS connection");
        drop(ladder);
        assert_eq!(seen, ["UPS name", "UPS connection", "UPS certificate"]);
    }

    #[test]
    fn plain_http_has_no_certificate_to_check() {
        let mut ladder = Ladder::watched(|_| ());
        assert!(ladder.reach("SYSPRO", "127.0.0.1", false, None));
        assert!(ladder.rungs().iter().all(|it| it.light == Light::Green));
        assert!(ladder.rungs()[2].words.contains("plain http"));
    }

    #[test]
    fn a_red_rung_always_says_what_to_do() {
        let trouble = Trouble::no_session();
        let site = "oakland".parse().expect("a name");
        let rung = Rung::of(&site, "e.net read", Err(trouble), "ping again");
        assert_eq!((rung.light, rung.cure.as_deref()), (Light::Red, Some("ping again")));
    }

    #[test]
    fn the_last_line_says_whose_money_it_is() {
        let money = Money {
            real: true,
            ups_host: "onlinetools.ups.com".to_owned(),
            company: "Harbor Supply".to_owned(),
            writes_to_syspro: true,
        };
        let line = money.line();
        assert_eq!(line, "real labels, real money: yes (UPS host onlinetools.ups.com, SYSPRO company Harbor Supply)");
    }
}
