//! Operators and their sessions.
//!
//! ```text
//! Logon ─► operator? locked? password? company? ─► idle ones go ─► own earlier one goes ─► seat? ─► token
//! call  ─► token known and not idle ─► stamped        else: "The supplied UserID is invalid. …"
//! ```
//!
//! One operator has one session: a second logon ends the first. Each session takes a licence seat
//! until logoff or until it was idle for too long. When every seat is taken, the session that was
//! idle longest makes room, if it was idle long enough; otherwise the logon is refused. Repeated
//! wrong passwords lock the operator.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::manners::{Manners, TokenShape};

/// The sentence for a token that is unknown, ended or idle for too long.
pub const SESSION_LOST: &str = "The supplied UserID is invalid. Either you were not logged in; or your session has \
    expired. You will need to logon again.";
/// The answer to a wrong password.
pub const BAD_PASSWORD: &str = "ERROR: Invalid operator password";

/// Someone who may log on.
#[derive(Debug, Clone)]
pub(crate) struct Operator {
    pub(crate) code: String,
    pub(crate) password: String,
    pub(crate) wrong: u32,
    pub(crate) locked: bool,
    /// The password is right but no longer good.
    pub(crate) expired: bool,
}

#[derive(Debug, Clone)]
struct Session {
    token: String,
    operator: String,
    used: Timestamp,
}

/// What a client sends to log on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) operator: String,
    pub(crate) password: String,
    pub(crate) company: String,
    pub(crate) company_password: String,
    pub(crate) fail_when_already_logged_in: bool,
}

/// Why a logon is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Somebody does not know the right name or password.
    Credentials(String),
    /// Right, but not now.
    Busy(String),
}

/// Everyone who may log on and everyone who has.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    pub(crate) operators: Vec<Operator>,
    pub(crate) company: String,
    pub(crate) company_password: String,
    live: Vec<Session>,
    dice: Rng,
}

impl Sessions {
    pub(crate) fn new(seed: u64, company: &str, company_password: &str) -> Self {
        Self {
            operators: Vec::new(),
            company: company.to_owned(),
            company_password: company_password.to_owned(),
            live: Vec::new(),
            dice: Rng::with_seed(seed ^ 0x5E55),
        }
    }

    pub(crate) fn add_operator(&mut self, code: &str, password: &str) {
        self.operators.push(Operator {
            code: code.to_owned(),
            password: password.to_owned(),
            wrong: 0,
            locked: false,
            expired: false,
        });
    }

    /// Logs on; answers the token without its trailing blanks.
    pub(crate) fn logon(&mut self, who: &Credentials, manners: &Manners, now: Timestamp) -> Result<String, Refusal> {
        let operator = self.identify(who, manners)?;
        self.forget_idle(manners, now);
        let already = self.live.iter().any(|it| it.operator == operator);
        if already && who.fail_when_already_logged_in {
            return Err(Refusal::Busy(manners.already_logged_in.clone()));
        }
        if already && !manners.concurrent_access {
            self.live.retain(|it| it.operator != operator);
        }
        if self.live.len() >= manners.seats && !self.make_room(manners, now) {
            return Err(Refusal::Busy(manners.licence_full.clone()));
        }
        let token = self.token(manners.token_shape);
        self.live.push(Session { token: token.clone(), operator, used: now });
        Ok(token)
    }

    /// The operator's code, if name, password and company are right.
    fn identify(&mut self, who: &Credentials, manners: &Manners) -> Result<String, Refusal> {
        let refuse = |text: &str| Err(Refusal::Credentials(text.to_owned()));
        let found = self.operators.iter_mut().find(|it| it.code.eq_ignore_ascii_case(who.operator.trim()));
        let Some(operator) = found else { return refuse("ERROR: Invalid operator code") };
        if operator.locked {
            return refuse(&manners.operator_locked);
        }
        if operator.password != who.password {
            operator.wrong += 1;
            operator.locked = operator.wrong >= manners.lockout_after;
            return refuse(BAD_PASSWORD);
        }
        if !self.company.eq_ignore_ascii_case(who.company.trim()) {
            return refuse("ERROR: Invalid company id");
        }
        if self.company_password != who.company_password {
            return refuse("ERROR: Invalid company password");
        }
        operator.wrong = 0;
        if operator.expired {
            return refuse(&manners.password_expired);
        }
        Ok(operator.code.clone())
    }

    fn token(&mut self, shape: TokenShape) -> String {
        let hex = |dice: &mut Rng| format!("{:016X}{:016X}", dice.u64(..), dice.u64(..));
        match shape {
            TokenShape::Long => format!("{}{}00", hex(&mut self.dice), hex(&mut self.dice)),
            TokenShape::Plain | TokenShape::JsonQuoted | TokenShape::InXml => format!("{}00", hex(&mut self.dice)),
        }
    }

    /// Stamps a session and names its operator; nothing when the token is not a living one.
    pub(crate) fn touch(&mut self, token: &str, manners: &Manners, now: Timestamp) -> Option<String> {
        self.forget_idle(manners, now);
        let session = self.live.iter_mut().find(|it| it.token == token.trim_end())?;
        session.used = now;
        Some(session.operator.clone())
    }

    /// Ends a session; says whether there was one.
    pub(crate) fn logoff(&mut self, token: &str) -> bool {
        let before = self.live.len();
        self.live.retain(|it| it.token != token.trim_end());
        self.live.len() < before
    }

    /// Ends every session of an operator, as a logon of the same operator elsewhere does.
    pub(crate) fn kick(&mut self, operator: &str) -> usize {
        let before = self.live.len();
        self.live.retain(|it| !it.operator.eq_ignore_ascii_case(operator));
        before - self.live.len()
    }

    pub(crate) fn forget_all(&mut self) {
        self.live.clear();
    }

    /// Operators with a session, oldest first; idle ones until somebody calls.
    pub(crate) fn who(&self) -> Vec<String> {
        self.live.iter().map(|it| it.operator.clone()).collect()
    }

    /// Ends the session that was idle longest, if it was idle for long enough.
    fn make_room(&mut self, manners: &Manners, now: Timestamp) -> bool {
        let oldest = self.live.iter().enumerate().min_by_key(|(_, it)| it.used).map(|(at, it)| (at, it.used));
        match oldest {
            Some((at, used)) if now.duration_since(used) >= manners.idle_when_full => {
                self.live.remove(at);
                true
            }
            _ => false,
        }
    }

    fn forget_idle(&mut self, manners: &Manners, now: Timestamp) {
        let idle: SignedDuration = manners.idle;
        self.live.retain(|it| now.duration_since(it.used) < idle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn office() -> (Sessions, Manners, Timestamp) {
        let mut sessions = Sessions::new(1, "EDU1", "");
        for code in ["ONE", "TWO", "THREE"] {
            sessions.add_operator(code, "right");
        }
        (sessions, Manners { seats: 2, ..Manners::default() }, "2026-09-14T13:00:00Z".parse().expect("an instant"))
    }

    fn who(operator: &str, password: &str) -> Credentials {
        Credentials {
            operator: operator.into(),
            password: password.into(),
            company: "edu1".into(),
            ..Credentials::default()
        }
    }

    #[test]
    fn a_second_logon_ends_the_first() {
        let (mut sessions, manners, now) = office();
        let first = sessions.logon(&who("one", "right"), &manners, now).expect("a session");
        let second = sessions.logon(&who("ONE", "right"), &manners, now).expect("a session");
        assert_eq!(sessions.touch(&first, &manners, now), None);
        assert_eq!(sessions.touch(&format!("{second}  "), &manners, now).as_deref(), Some("ONE"));
    }

    #[test]
    fn seats_run_out_until_somebody_was_idle_for_too_long() {
        let (mut sessions, manners, now) = office();
        for code in ["ONE", "TWO"] {
            sessions.logon(&who(code, "right"), &manners, now).expect("a session");
        }
        let full = sessions.logon(&who("THREE", "right"), &manners, now);
        assert_eq!(full, Err(Refusal::Busy(manners.licence_full.clone())));
        let later = now + manners.idle;
        assert!(sessions.logon(&who("THREE", "right"), &manners, later).is_ok());
        assert_eq!(sessions.who(), ["THREE"]);
    }

    #[test]
    fn the_session_idle_longest_makes_room_once_it_was_idle_long_enough() {
        let (mut sessions, manners, now) = office();
        sessions.logon(&who("ONE", "right"), &manners, now).expect("a session");
        let later = now + manners.idle_when_full;
        sessions.logon(&who("TWO", "right"), &manners, later).expect("a session");
        assert!(sessions.logon(&who("THREE", "right"), &manners, later).is_ok());
        assert_eq!(sessions.who(), ["TWO", "THREE"]);
        assert!(sessions.logon(&who("ONE", "right"), &manners, later).is_err());
    }

    #[test]
    fn wrong_passwords_lock_the_operator() {
        let (mut sessions, manners, now) = office();
        for _ in 0..manners.lockout_after {
            let refused = sessions.logon(&who("ONE", "wrong"), &manners, now);
            assert_eq!(refused, Err(Refusal::Credentials(BAD_PASSWORD.to_owned())));
        }
        assert!(sessions.logon(&who("ONE", "right"), &manners, now).is_err());
        assert!(sessions.logon(&who("TWO", "right"), &manners, now).is_ok());
    }
}
