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

use regex::RegexSet;
use secrecy::{ExposeSecret as _, SecretString};

use crate::error::{Error, LogonRefusal};
use crate::row::Row;
use crate::settings::SentencePatterns;
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
    logon_refused: RegexSet,
    password_expired: RegexSet,
    operator_locked: RegexSet,
    operator_busy: RegexSet,
    licence_full: RegexSet,
    unlicensed: RegexSet,
    not_found: RegexSet,
    locked: RegexSet,
}

impl Sentences {
    pub(crate) fn new(patterns: &SentencePatterns) -> Result<Self, Error> {
        let set = |field: &str, patterns: &[String]| {
            RegexSet::new(patterns).map_err(|error| Error::invalid(field, format!("no pattern: {error}")))
        };
        Ok(Self {
            session_lost: set("session_lost", &patterns.session_lost)?,
            logon_refused: set("logon_refused", &patterns.logon_refused)?,
            password_expired: set("password_expired", &patterns.password_expired)?,
            operator_locked: set("operator_locked", &patterns.operator_locked)?,
            operator_busy: set("operator_busy", &patterns.operator_busy)?,
            licence_full: set("licence_full", &patterns.licence_full)?,
            unlicensed: set("unlicensed", &patterns.unlicensed)?,
            not_found: set("not_found", &patterns.not_found)?,
            locked: set("locked", &patterns.locked)?,
        })
    }

    /// What a sentence in answer to a logon means. An unknown one counts as refused, because trying again may lock the
    /// operator.
    pub(crate) fn judge_logon(&self, text: String) -> Error {
        if self.operator_busy.is_match(&text) {
            Error::OperatorBusy { text }
        } else if self.operator_locked.is_match(&text) {
            Error::LogonRefused { text, reason: LogonRefusal::Locked }
        } else if self.password_expired.is_match(&text) {
            Error::LogonRefused { text, reason: LogonRefusal::PasswordExpired }
        } else if self.logon_refused.is_match(&text) {
            Error::LogonRefused { text, reason: LogonRefusal::Credentials }
        } else if self.licence_full.is_match(&text) {
            Error::LicenceFull { text }
        } else {
            Error::LogonRefused { text, reason: LogonRefusal::Unknown }
        }
    }

    /// What a sentence in answer to any other call means.
    pub(crate) fn judge(&self, call: &str, business_object: Option<&str>, changing: bool, text: String) -> Error {
        if self.is_session_lost(&text) {
            return Error::SessionLost { call: call.to_owned(), text };
        }
        match business_object.filter(|_| self.is_unlicensed(&text)) {
            Some(object) => Error::Unlicensed { business_object: object.to_owned(), text },
            None => Error::BusinessError { call: call.to_owned(), locked: self.is_locked(&text), text, changing },
        }
    }

    /// Whether a sentence without `ERROR` before it refuses a logon.
    pub(crate) fn is_about_logon(&self, text: &str) -> bool {
        let sets = [
            &self.operator_busy,
            &self.operator_locked,
            &self.password_expired,
            &self.logon_refused,
            &self.licence_full,
        ];
        sets.iter().any(|set| set.is_match(text))
    }

    pub(crate) fn is_session_lost(&self, text: &str) -> bool {
        self.session_lost.is_match(text)
    }

    pub(crate) fn is_unlicensed(&self, text: &str) -> bool {
        self.unlicensed.is_match(text)
    }

    pub(crate) fn is_not_found(&self, text: &str) -> bool {
        self.not_found.is_match(text)
    }

    pub(crate) fn is_locked(&self, text: &str) -> bool {
        self.locked.is_match(text)
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
        Sentences::new(&SentencePatterns::default()).expect("default patterns")
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
            Error::LogonRefused { reason: LogonRefusal::Credentials, .. }
        ));
        let reason = |words: &str| match sentences.judge_logon(words.to_owned()) {
            Error::LogonRefused { reason, .. } => Some(reason),
            _ => None,
        };
        assert_eq!(reason("ERROR: The operator's password has expired"), Some(LogonRefusal::PasswordExpired));
        assert_eq!(reason("ERROR: operator UPSCONN is locked out"), Some(LogonRefusal::Locked));
        assert_eq!(reason("ERROR: something new"), Some(LogonRefusal::Unknown));
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
