//! Faults on request: which call goes wrong, how, how often, and before or after its effect.
//!
//! ```text
//! Faults::add ─► list ─► serve.rs asks `take(call)` once for each request
//!                          │ Before: the system never sees the request
//!                          └ After:  the effect is committed, then the answer goes wrong
//! ```
//!
//! A fault first lets `skip` matching calls pass, then strikes `count` times. Besides the listed
//! ones, `sprinkle` strikes at random from a seed, so that a run can be repeated.
//!
//! Everything has a text form, which the control address and the command line use:
//! `ups.ship after reset`, `syspro.query.SORQDN before text:200:ERROR: …`.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use crate::call::Call;

/// Whether the fault strikes before the system sees the request or after it has acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The request has no effect.
    Before,
    /// The effect is committed, only the answer goes wrong.
    After,
}

/// How a call goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The right answer, this many milliseconds of real time late: `latency:250`. The effect is late as well, and comes
    /// even if the caller has gone by then.
    Latency(u64),
    /// This HTTP status without a body: `status:503`.
    Status(u16),
    /// This HTTP status with a gateway's HTML page: `html:502`.
    Html(u16),
    /// This HTTP status with this plain text: `text:200:ERROR: …`.
    Text(u16, String),
    /// This HTTP status with UPS's error envelope and headers: `envelope:429:10429:Too Many Requests`.
    Envelope {
        /// The HTTP status.
        status: u16,
        /// UPS's code.
        code: String,
        /// UPS's words.
        message: String,
    },
    /// The connection is reset without an answer: `reset`.
    Reset,
    /// Half the body under the full `Content-Length`, then the end: `truncated`.
    Truncated,
    /// A 200 whose body is neither JSON nor XML: `garbage`.
    Garbage,
    /// No answer until the client gives up: `hang`.
    Hang,
    /// A 200 without a body or any error header: `empty`.
    Empty,
    /// A 200 without a body but with an `errorcode` header, UPS's way of refusing a request it
    /// could not parse: `empty_with_errorcode`.
    EmptyWithErrorcode,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Latency(ms) => write!(f, "latency:{ms}"),
            Self::Status(status) => write!(f, "status:{status}"),
            Self::Html(status) => write!(f, "html:{status}"),
            Self::Text(status, text) => write!(f, "text:{status}:{text}"),
            Self::Envelope { status, code, message } => write!(f, "envelope:{status}:{code}:{message}"),
            Self::Reset => f.write_str("reset"),
            Self::Truncated => f.write_str("truncated"),
            Self::Garbage => f.write_str("garbage"),
            Self::Hang => f.write_str("hang"),
            Self::Empty => f.write_str("empty"),
            Self::EmptyWithErrorcode => f.write_str("empty_with_errorcode"),
        }
    }
}

impl FromStr for Kind {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        let bad = || BadFault { what: "kind of fault", text: text.to_owned() };
        let status = |text: &str| text.parse::<u16>().ok().filter(|status| (200..600).contains(status)).ok_or_else(bad);
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        Ok(match (word, rest) {
            ("latency", ms) => Self::Latency(ms.parse().map_err(|_| bad())?),
            ("status", code) => Self::Status(status(code)?),
            ("html", code) => Self::Html(status(code)?),
            ("text", rest) => {
                let (code, words) = rest.split_once(':').ok_or_else(bad)?;
                Self::Text(status(code)?, words.to_owned())
            }
            ("envelope", rest) => {
                let mut parts = rest.splitn(3, ':');
                let mut next = || parts.next().ok_or_else(bad);
                let (http, code, message) = (status(next()?)?, next()?.to_owned(), next()?.to_owned());
                Self::Envelope { status: http, code, message }
            }
            ("reset", "") => Self::Reset,
            ("truncated", "") => Self::Truncated,
            ("garbage", "") => Self::Garbage,
            ("hang", "") => Self::Hang,
            ("empty", "") => Self::Empty,
            ("empty_with_errorcode", "") => Self::EmptyWithErrorcode,
            _ => return Err(bad()),
        })
    }
}

/// A fault to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which call it strikes.
    #[serde(with = "as_text")]
    pub call: Call,
    /// Before or after the effect.
    pub when: When,
    /// How the call goes wrong.
    #[serde(with = "as_text")]
    pub kind: Kind,
    /// How often it strikes; [`Fault::FOREVER`] never runs out.
    #[serde(default = "once")]
    pub count: u32,
    /// How many matching calls pass unharmed first.
    #[serde(default)]
    pub skip: u32,
}

fn once() -> u32 {
    1
}

impl Fault {
    /// A `count` that never runs out.
    pub const FOREVER: u32 = u32::MAX;

    /// Strikes the next such call once, before its effect.
    #[must_use]
    pub fn before(call: Call, kind: Kind) -> Self {
        Self { call, when: When::Before, kind, count: 1, skip: 0 }
    }

    /// Strikes the next such call once, after its effect.
    #[must_use]
    pub fn after(call: Call, kind: Kind) -> Self {
        Self { call, when: When::After, kind, count: 1, skip: 0 }
    }

    /// The same fault, striking `count` times.
    #[must_use]
    pub fn times(self, count: u32) -> Self {
        Self { count, ..self }
    }

    /// The same fault, letting `skip` calls pass first.
    #[must_use]
    pub fn skipping(self, skip: u32) -> Self {
        Self { skip, ..self }
    }
}

/// A fault that struck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fired {
    /// The call it struck.
    #[serde(with = "as_text")]
    pub call: Call,
    /// Before or after the effect.
    pub when: When,
    /// How the call went wrong.
    #[serde(with = "as_text")]
    pub kind: Kind,
    /// When, by the sandbox's clock.
    pub at: Timestamp,
}

/// A text that names no call or no kind of fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadFault {
    pub(crate) what: &'static str,
    pub(crate) text: String,
}

impl fmt::Display for BadFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no such {}: {:?}", self.what, self.text)
    }
}

impl std::error::Error for BadFault {}

/// The faults to come and those that struck. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults(Arc<Mutex<Trouble>>);

#[derive(Debug, Default)]
struct Trouble {
    coming: Vec<Fault>,
    fired: Vec<Fired>,
    sprinkle: Option<Sprinkle>,
    slow: usize,
}

#[derive(Debug)]
struct Sprinkle {
    dice: fastrand::Rng,
    per_thousand: u32,
}

impl Faults {
    /// Adds a fault.
    pub fn add(&self, fault: Fault) {
        self.trouble().coming.push(fault);
    }

    /// Takes back every fault to come, sprinkled ones too. What has struck stays in [`fired`](Self::fired).
    pub fn clear(&self) {
        let mut trouble = self.trouble();
        trouble.coming.clear();
        trouble.sprinkle = None;
    }

    /// From now on strikes about `per_thousand` of a thousand calls with a fault drawn from `seed`:
    /// resets, lost and damaged answers, gateway pages, before and after the effect. Hanging calls
    /// are not among them, as they last as long as the client's patience; a logon is struck before
    /// its effect only, as every lost answer would cost a licence seat.
    pub fn sprinkle(&self, seed: u64, per_thousand: u32) {
        let dice = fastrand::Rng::with_seed(seed);
        self.trouble().sprinkle = Some(Sprinkle { dice, per_thousand });
    }

    /// The faults that have not run out.
    #[must_use]
    pub fn coming(&self) -> Vec<Fault> {
        self.trouble().coming.clone()
    }

    /// Every fault that struck, oldest first.
    #[must_use]
    pub fn fired(&self) -> Vec<Fired> {
        self.trouble().fired.clone()
    }

    /// How many slow calls have not taken effect yet. They will, whether or not their callers are still there.
    #[must_use]
    pub fn slow(&self) -> usize {
        self.trouble().slow
    }

    pub(crate) fn slow_begins(&self) {
        self.trouble().slow += 1;
    }

    pub(crate) fn slow_ends(&self) {
        let mut trouble = self.trouble();
        trouble.slow = trouble.slow.saturating_sub(1);
    }

    /// What is to happen to a call being made now. Asked once for each request.
    pub(crate) fn take(&self, call: &Call, at: Timestamp) -> Option<(When, Kind)> {
        let mut trouble = self.trouble();
        let (when, kind) = trouble.listed(call).or_else(|| trouble.sprinkled(call))?;
        trouble.fired.push(Fired { call: call.clone(), when, kind: kind.clone(), at });
        Some((when, kind))
    }

    fn trouble(&self) -> MutexGuard<'_, Trouble> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trouble {
    fn listed(&mut self, call: &Call) -> Option<(When, Kind)> {
        let mut struck = None;
        for fault in self.coming.iter_mut().filter(|fault| fault.call.covers(call)) {
            if fault.skip > 0 {
                fault.skip -= 1;
            } else if struck.is_none() && fault.count > 0 {
                if fault.count != Fault::FOREVER {
                    fault.count -= 1;
                }
                struck = Some((fault.when, fault.kind.clone()));
            }
        }
        self.coming.retain(|fault| fault.count > 0);
        struck
    }

    fn sprinkled(&mut self, call: &Call) -> Option<(When, Kind)> {
        let sprinkle = self.sprinkle.as_mut()?;
        if sprinkle.dice.u32(0..1000) >= sprinkle.per_thousand {
            return None;
        }
        let after = sprinkle.dice.bool() && *call != Call::Logon;
        let when = if after { When::After } else { When::Before };
        let kind = match sprinkle.dice.u8(0..7) {
            0 => Kind::Reset,
            1 => Kind::Truncated,
            2 => Kind::Garbage,
            3 => Kind::Html(502),
            4 => Kind::Status(503),
            5 => Kind::Status(500),
            _ => Kind::Latency(40),
        };
        Some((when, kind))
    }
}

mod as_text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(super) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_lets_calls_pass_strikes_and_runs_out() {
        let faults = Faults::default();
        faults.add(Fault::after(Call::AnyUps, Kind::Reset).skipping(1).times(2));
        let struck: Vec<bool> = (0..4).map(|_| faults.take(&Call::Ship, Timestamp::UNIX_EPOCH).is_some()).collect();
        assert_eq!(struck, [false, true, true, false]);
        assert!(faults.take(&Call::Logon, Timestamp::UNIX_EPOCH).is_none());
        assert!(faults.coming().is_empty());
    }

    #[test]
    fn a_fault_travels_as_json() {
        let text = r#"{"call":"ups.ship","when":"after","kind":"envelope:500:120001:down: try later"}"#;
        let fault: Fault = serde_json::from_str(text).expect("a fault");
        let message = "down: try later".to_owned();
        let kind = Kind::Envelope { status: 500, code: "120001".to_owned(), message };
        assert_eq!(fault, Fault::after(Call::Ship, kind));
    }
}
