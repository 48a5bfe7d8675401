//! A session's token, the operator's profile, and the sentences SYSPRO answers instead of XML.
//!
//! ```text
//! answer text ─► unwrap (JSON string · <string> · bare) ─► token, or a sentence ─► Sentences::judge
//! ```
//!
//! A token is an opaque secret that may end in blanks: neither its length nor its alphabet is checked. Only one of
//! SYSPRO's refusals is publicly known word for word, so sentences are told apart by patterns which a site can replace;
//! an unknown answer to a logon counts as refused, because trying again may lock the operator.

use std::fmt;

use regex::{Regex, RegexSet};
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::Error;
use crate::row::Row;
use crate::xml::Element;

/// What identifies a session to SYSPRO. Whoever has it acts as the operator.
#[derive(Clone)]
pub struct Token(SecretString);

impl Token {
    /// A token that was stored earlier.
    pub fn new(token: SecretString) -> Self {
        Self(token)
    }

    /// The token itself, for sealing it into a store.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What SYSPRO says about the session and its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// All fields, as `CompanyName`, `OperatorCode`, `DateFormat`, `SysproVersion`.
    pub fields: Row,
}

impl Profile {
    pub(crate) fn read(answer: &Element) -> Self {
        let mut fields = Row::new();
        for leaf in answer.descendants().filter(|element| element.children().is_empty()) {
            if fields.get(leaf.name()).is_none() {
                fields.set(leaf.name(), leaf.text());
            }
        }
        Self { fields }
    }

    /// The company's name.
    pub fn company_name(&self) -> Option<&str> {
        self.fields.get("CompanyName")
    }

    /// The operator's code.
    pub fn operator(&self) -> Option<&str> {
        self.fields.get("OperatorCode")
    }

    /// The version of SYSPRO.
    pub fn syspro_version(&self) -> Option<&str> {
        self.fields.get("SysproVersion")
    }
}

/// How SYSPRO's sentences are told apart.
pub(crate) struct Sentences {
    session_lost: RegexSet,
    licence_full: RegexSet,
    operator_busy: RegexSet,
    unlicensed: Regex,
}

/// The default patterns for a lost session; the first is known word for word.
pub(crate) const SESSION_LOST: &[&str] =
    &["(?i)userid is invalid", "(?i)session has expired", "(?i)not logged in", "(?i)logon again"];
/// The default patterns for a logon refused for want of a seat.
pub(crate) const LICENCE_FULL: &[&str] =
    &["(?i)licen[cs]e", "(?i)maximum number of (users|sessions)", "(?i)too many users"];
/// The default patterns for a logon refused because the operator is logged on.
pub(crate) const OPERATOR_BUSY: &[&str] = &["(?i)already logged (on|in)"];

impl Sentences {
    pub(crate) fn new(
        session_lost: &[String],
        licence_full: &[String],
        operator_busy: &[String],
    ) -> Result<Self, Error> {
        let set = |field: &str, patterns: &[String]| {
            RegexSet::new(patterns).map_err(|error| Error::invalid(field, format!("no pattern: {error}")))
        };
        Ok(Self {
            session_lost: set("session_lost_patterns", session_lost)?,
            licence_full: set("licence_full_patterns", licence_full)?,
            operator_busy: set("operator_busy_patterns", operator_busy)?,
            unlicensed: Regex::new(r"(?i)licen[cs]e|not registered|e\.net exception 100000")
                .map_err(|error| Error::invalid("unlicensed pattern", error.to_string()))?,
        })
    }

    /// What a sentence in answer to a logon means.
    pub(crate) fn judge_logon(&self, text: String) -> Error {
        if self.operator_busy.is_match(&text) {
            Error::OperatorBusy { text }
        } else if self.licence_full.is_match(&text) {
            Error::LicenceFull { text }
        } else {
            Error::LogonRefused { text }
        }
    }

    /// What an `ERROR` sentence in answer to any other call means.
    pub(crate) fn judge(&self, call: &str, business_object: Option<&str>, changing: bool, text: String) -> Error {
        if self.is_session_lost(&text) {
            return Error::SessionLost { call: call.to_owned(), text };
        }
        match business_object.filter(|_| self.is_unlicensed(&text)) {
            Some(object) => Error::Unlicensed { business_object: object.to_owned(), text },
            None => Error::BusinessError { call: call.to_owned(), text, changing },
        }
    }

    /// Whether a sentence without `ERROR` before it is a refusal of a logon.
    pub(crate) fn is_about_logon(&self, text: &str) -> bool {
        self.operator_busy.is_match(text) || self.licence_full.is_match(text)
    }

    pub(crate) fn is_session_lost(&self, text: &str) -> bool {
        self.session_lost.is_match(text)
    }

    pub(crate) fn is_unlicensed(&self, text: &str) -> bool {
        self.unlicensed.is_match(text)
    }
}

/// Takes an answer out of the wrappings some servers put around it: a JSON string or a `<string>` element.
pub(crate) fn unwrap(text: String) -> String {
    let trimmed = text.trim();
    if trimmed.starts_with('"')
        && let Ok(inner) = serde_json::from_str::<String>(trimmed)
    {
        return inner;
    }
    let wrapped = trimmed.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("<string"));
    if wrapped
        && let Ok(element) = Element::parse(trimmed)
        && element.is("string")
        && element.children().is_empty()
    {
        return element.raw_text().to_owned();
    }
    text
}

/// Whether an answer is one of SYSPRO's `ERROR` texts.
pub(crate) fn is_error(text: &str) -> bool {
    text.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("ERROR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentences() -> Sentences {
        let owned = |patterns: &[&str]| patterns.iter().map(|&pattern| pattern.to_owned()).collect::<Vec<_>>();
        Sentences::new(&owned(SESSION_LOST), &owned(LICENCE_FULL), &owned(OPERATOR_BUSY)).expect("default patterns")
    }

    #[test]
    fn wrappings_are_taken_off() {
        for wrapped in [
            "ABC00  ",
            "\"ABC00  \"",
            "<string xmlns=\"http://schemas.microsoft.com/2003/10/Serialization/\">ABC00  </string>",
        ] {
            assert_eq!(unwrap(wrapped.to_owned()), "ABC00  ", "{wrapped}");
        }
        assert_eq!(unwrap("\"half".to_owned()), "\"half");
    }

    #[test]
    fn sentences_are_told_apart() {
        let lost = "ERROR: The supplied UserID is invalid. Either you were not logged in; or your session has expired. You will need to logon again.";
        let sentences = sentences();
        assert!(matches!(
            sentences.judge("query SORQDN", Some("SORQDN"), false, lost.to_owned()),
            Error::SessionLost { .. }
        ));
        let other = sentences.judge("post SORTDH", Some("SORTDH"), true, "ERROR: period closed".to_owned());
        assert!(other.may_have_taken_effect());
        assert!(matches!(
            sentences.judge_logon("ERROR: Invalid operator password".to_owned()),
            Error::LogonRefused { .. }
        ));
        assert!(matches!(sentences.judge_logon("ERROR: no free licence".to_owned()), Error::LicenceFull { .. }));
        assert!(matches!(
            sentences.judge_logon("ERROR: operator already logged in".to_owned()),
            Error::OperatorBusy { .. }
        ));
    }

    #[test]
    fn a_token_does_not_show_itself() {
        assert_eq!(format!("{:?}", Token::new("3EA613".to_owned().into())), "Token(…)");
    }
}
