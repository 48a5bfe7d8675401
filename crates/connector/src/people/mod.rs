//! People: who may do what at the console and the API.
//!
//! ```text
//! person ─ role ─► rights ─┐
//!        └ sites ──────────┴─► a route's rule ─► the action, told in the audit under the person's name
//! ```
//!
//! A role is a short list of rights, spelled out in one exhaustive match; a person holds one role at the sites named with it,
//! or at all. A route asks for one right (`web/routes.rs`), never for a role, so a new role is one more column here and
//! touches no page. What is deliberately not here: where people are kept (`store/people.rs`), how they show who they are
//! (`web/`), and a default password, which does not exist.

pub mod password;
pub mod token;

use std::fmt;
use std::str::FromStr;

use shipment::number::SiteName;

/// What a person is to the warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks and changes nothing: customer service, sales.
    Viewer,
    /// Ships: approves, weighs, prints, corrects addresses, holds and releases.
    Shipper,
    /// Also undoes and decides: voids, the in-doubt desk, withdrawals, pauses.
    Supervisor,
    /// Also people, tokens and modes.
    Administrator,
    /// Reads everything, the histories of people and sites included, and changes nothing.
    Auditor,
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// See shipments, costs and health.
    See,
    /// Move shipments towards their label.
    Ship,
    /// Void, decide doubts, withdraw, pause.
    Decide,
    /// Read what people and sites did.
    Inspect,
    /// People, tokens and modes.
    Administer,
}

/// A word that is no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role; there are viewer, shipper, supervisor, administrator and auditor")]
pub struct NoRole(String);

/// A name nobody can log in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 1 to 60 letters, digits, dots, dashes or @, e.g. an e-mail address")]
pub struct BadName;

/// A name people log in with, in small letters: it stands in addresses, logs and audit lines.
///
/// # Errors
/// When it is empty, too long or holds other signs.
pub fn person_name(text: &str) -> Result<String, BadName> {
    let name = text.to_lowercase();
    let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '.' | '-' | '_' | '@');
    let good = !name.is_empty() && name.len() <= 60 && name.chars().all(fits);
    if good { Ok(name) } else { Err(BadName) }
}

/// Which sites a person may see and act at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sites {
    /// All, those to come included.
    All,
    /// Only these.
    Only(Vec<SiteName>),
}

impl Role {
    /// All of them, from the least to the most, the auditor last.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Shipper, Self::Supervisor, Self::Administrator, Self::Auditor];

    /// As stored and as written on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Shipper => "shipper",
            Self::Supervisor => "supervisor",
            Self::Administrator => "administrator",
            Self::Auditor => "auditor",
        }
    }

    /// What the role is for, in one sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Viewer => "sees shipments, tracking and costs; changes nothing",
            Self::Shipper => "ships: approves, weighs, prints, corrects addresses, holds and releases",
            Self::Supervisor => "a shipper who also voids, decides doubts, withdraws and pauses",
            Self::Administrator => "everything, with people, tokens and modes",
            Self::Auditor => "reads everything, what people did included; changes nothing",
        }
    }

    /// Whether the role holds a right.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        match right {
            Right::See => true,
            Right::Ship => matches!(self, Self::Shipper | Self::Supervisor | Self::Administrator),
            Right::Decide => matches!(self, Self::Supervisor | Self::Administrator),
            Right::Inspect => matches!(self, Self::Supervisor | Self::Administrator | Self::Auditor),
            Right::Administer => matches!(self, Self::Administrator),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = NoRole;

    fn from_str(text: &str) -> Result<Self, NoRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| NoRole(text.to_owned()))
    }
}

impl Sites {
    /// Whether a site is one of them.
    #[must_use]
    pub fn includes(&self, site: &SiteName) -> bool {
        match self {
            Self::All => true,
            Self::Only(sites) => sites.contains(site),
        }
    }

    /// As stored: `*`, or the names with commas between.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Only(sites) => sites.iter().map(SiteName::as_str).collect::<Vec<_>>().join(","),
        }
    }

    /// Reads what was stored, or what a person typed.
    ///
    /// # Errors
    /// When a name cannot be a site's.
    pub fn read(text: &str) -> Result<Self, <SiteName as FromStr>::Err> {
        if text.trim() == "*" {
            return Ok(Self::All);
        }
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names.map(str::parse).collect::<Result<_, _>>().map(Self::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_reads_all_and_changes_nothing() {
        let rights = |role: Role| {
            let all = [Right::See, Right::Ship, Right::Decide, Right::Inspect, Right::Administer];
            all.into_iter().filter(|right| role.may(*right)).collect::<Vec<_>>()
        };
        assert_eq!(rights(Role::Auditor), [Right::See, Right::Inspect]);
        assert_eq!(rights(Role::Viewer), [Right::See]);
        assert_eq!(rights(Role::Shipper), [Right::See, Right::Ship]);
        assert_eq!(rights(Role::Administrator).len(), 5);
    }

    #[test]
    fn a_name_stands_in_a_log_line_without_harm() {
        assert_eq!(person_name("Ann.Lee@example.com").as_deref(), Ok("ann.lee@example.com"));
        for name in ["", "two words", "<script>", "a\nb", "nä"] {
            assert_eq!(person_name(name), Err(BadName), "{name:?}");
        }
    }

    #[test]
    fn roles_and_sites_are_read_as_written() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("root".parse::<Role>().is_err());
        let oakland: SiteName = "oakland".parse().expect("a name");
        let reno: SiteName = "reno".parse().expect("a name");
        let some = Sites::Only(vec![oakland.clone()]);
        assert_eq!(Sites::read(&some.written()).expect("read"), some);
        assert!(some.includes(&oakland) && !some.includes(&reno) && Sites::All.includes(&reno));
        assert!(!Sites::read("").expect("read").includes(&oakland), "no site is no right, not every right");
    }
}
