//! What can go wrong, told as what happened over there.
//!
//! ```text
//! no connection ──────────────────────────────► Unreachable    nothing was sent
//! 429 ────────────────────────────────────────► Throttled      nothing happened
//! 401 twice · 403 · token refused ────────────► NotOnApp · NotEntitled · Credentials
//! 400 with an envelope · 404/405 · 200 without body but with `errorcode` ──► Rejected
//! reading call: silence, 5xx ─────────────────► Unavailable    ask again
//! reading call: an answer without sense ──────► Unreadable
//! changing call: everything else ─────────────► AnswerLost     it may have taken effect
//! ```
//!
//! For the money only two kinds count: [`AnswerLost`](Error::AnswerLost), after which a label may have been bought or a
//! void may have been made, and all the others, after which nothing has changed at UPS.
//!
//! The enum is exhaustive on purpose: a program that uses this crate must decide for every
//! kind what to do, and a new kind should not compile until it has.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use bytes::Bytes;

/// One numbered remark of UPS: an error of an envelope, or a warning beside a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// UPS's code, always text: digits of varying width, or such as `TW0001`.
    pub code: String,
    /// UPS's words, trimmed.
    pub message: String,
}

/// How far a connection got before it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rung {
    /// The host's name was not found.
    Name,
    /// The name was found, but nobody took the connection in time.
    Connection,
    /// Somebody took the connection, but no trusted encryption came about.
    Certificate,
}

/// An answer as it came over the wire, kept for the record.
///
/// It may carry a consignee's name and address, so its `Debug` shows only its length.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct RawAnswer(pub Bytes);

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawAnswer({} bytes)", self.0.len())
    }
}

impl Deref for RawAnswer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<RawAnswer> for Bytes {
    fn from(raw: RawAnswer) -> Self {
        raw.0
    }
}

/// Why a call did not bring what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No connection came about (name, connection, certificate), so no byte of the call was sent.
    ///
    /// Money: nothing was bought and nothing undone. The same call may be made again later.
    #[error("UPS was not reached: {why}")]
    Unreachable {
        /// How far the connection got.
        rung: Rung,
        /// The technical reason, without addresses that could carry secrets.
        why: String,
    },

    /// UPS turned the call away because of too many calls. Nothing happened.
    ///
    /// Money: nothing was bought and nothing undone. The same call may be made again, later and slower.
    #[error("UPS asks for fewer {}", if *.on_token { "token requests" } else { "calls" })]
    Throttled {
        /// How long UPS asks to wait. It usually does not say.
        retry_after: Option<Duration>,
        /// The token endpoint has a quota of its own.
        on_token: bool,
    },

    /// A changing call was sent, and no answer came that tells what became of it. Reading calls never end like this.
    ///
    /// Money: **unknown**. After `ship` a label may have been bought and will then be billed: look for it with
    /// [`Client::recover`](crate::Client::recover) before sending anything again. After `void` the shipment may be
    /// undone: asking for the void again tells. After an order for a pickup: look at the pending ones.
    #[error("the answer of UPS was lost: {why}")]
    AnswerLost {
        /// The status, if at least that much of an answer came.
        status: Option<u16>,
        /// What came instead of an answer.
        why: String,
        /// As much of the answer as came, for the record.
        body: RawAnswer,
    },

    /// A reading call brought no answer, a changing call was not begun, or UPS refused it with a code that says "later".
    ///
    /// Money: nothing was bought and nothing undone. The same call may be made again later; after many times it may be
    /// the request after all (UPS says `10004` to some malformed ones).
    #[error("UPS is not available: {why}")]
    Unavailable {
        /// The status, if one came.
        status: Option<u16>,
        /// UPS's code, if one came.
        code: Option<String>,
        /// What happened.
        why: String,
    },

    /// The token endpoint refused the client id or its secret, so the call itself was not sent.
    ///
    /// Money: nothing was bought and nothing undone. Only a person with the right credentials helps.
    #[error("UPS refused the client id or its secret ({code}): {message}")]
    Credentials {
        /// UPS's code, such as `10401` for an unknown client id; the status where none came.
        code: String,
        /// UPS's words.
        message: String,
    },

    /// The credentials are good, but a token just issued is refused by this one product:
    /// it has not been added to the application on UPS's developer portal.
    ///
    /// Money: nothing was bought and nothing undone. A person adds the product to the application.
    #[error("the UPS application lacks the product {product}: it refused a token that was just issued")]
    NotOnApp {
        /// The product's name as the developer portal lists it.
        product: &'static str,
    },

    /// UPS knows the caller and denies this service to the account or the application.
    ///
    /// Money: nothing was bought and nothing undone. A person asks UPS for it.
    #[error("UPS does not grant this ({code}): {message}")]
    NotEntitled {
        /// UPS's code, such as `250003`; the status where none came.
        code: String,
        /// UPS's words.
        message: String,
    },

    /// UPS read the request and refused it. Nothing happened.
    ///
    /// Money: nothing was bought; after `void` nothing is undone and the shipment is billed. The same request will be
    /// refused again: correct what the code or the field speaks of.
    #[error("UPS rejected the request ({code}): {message}")]
    Rejected {
        /// The first error's code; the status where no code came.
        code: String,
        /// The first error's words.
        message: String,
        /// The field of our request that the code is known to speak of, such as `ship_to.lines`.
        field: Option<&'static str>,
        /// All errors of the envelope, in UPS's order.
        all: Vec<Alert>,
        /// The answer as it came.
        body: RawAnswer,
    },

    /// A reading call, or the call for a token, was answered with something that makes no sense.
    ///
    /// Money: nothing was bought and nothing undone: a changing call that is answered so is an
    /// [`AnswerLost`](Self::AnswerLost).
    #[error("the answer of UPS cannot be read: {what}")]
    Unreadable {
        /// What was expected, and what came.
        what: String,
    },

    /// The request would not fit UPS's form. Nothing was sent.
    ///
    /// Money: nothing was bought and nothing undone. Correct the field.
    #[error("{field} {why}")]
    Invalid {
        /// The field, such as `ship_to.name`.
        field: &'static str,
        /// What is wrong with it.
        why: String,
    },
}

impl Error {
    /// Whether the call may have taken effect although it brought an error. If so, look before
    /// repeating it.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::AnswerLost { .. } => true,
            Self::Unreachable { .. }
            | Self::Throttled { .. }
            | Self::Unavailable { .. }
            | Self::Credentials { .. }
            | Self::NotOnApp { .. }
            | Self::NotEntitled { .. }
            | Self::Rejected { .. }
            | Self::Unreadable { .. }
            | Self::Invalid { .. } => false,
        }
    }

    /// UPS's own code where one came, else the kind of error in one word.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Credentials { code, .. }
            | Self::NotEntitled { code, .. }
            | Self::Rejected { code, .. }
            | Self::Unavailable { code: Some(code), .. } => code,
            Self::Unreachable { .. } => "unreachable",
            Self::Throttled { .. } => "throttled",
            Self::AnswerLost { .. } => "answer_lost",
            Self::Unavailable { code: None, .. } => "unavailable",
            Self::NotOnApp { .. } => "not_on_app",
            Self::Unreadable { .. } => "unreadable",
            Self::Invalid { .. } => "invalid",
        }
    }

    pub(crate) fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into() }
    }

    pub(crate) fn unreadable(what: impl Into<String>) -> Self {
        Self::Unreadable { what: what.into() }
    }
}

/// Which field of a request an error code of UPS speaks of, as far as its meaning is known.
///
/// Codes outside the tables name no field.
pub(crate) fn field_of(code: &str) -> Option<&'static str> {
    let Ok(number) = code.parse::<u32>() else { return field_of_letters(code) };
    Some(match number {
        9_264_028 => "option",
        111_285 | 111_286 => "ship_to.postal_code",
        111_057 | 111_100 | 111_210 | 120_124 | 120_500 | 121_100 | 121_210 | 121_214 => "service",
        111_580 | 112_111 | 120_100 | 120_120 | 120_121 | 120_412 | 120_413 | 120_415 => "account",
        120_101..=120_119 | 120_122 => "shipper",
        120_202 => "ship_to.lines",
        120_205 | 120_802 => "ship_to.city",
        120_206 => "ship_to.state",
        120_207 => "ship_to.postal_code",
        120_208 => "ship_to.country",
        120_209 => "ship_to.phone",
        120_200..=120_218 => "ship_to",
        120_300..=120_318 => "ship_from",
        120_501 | 120_506 | 120_541..=120_544 => "references",
        120_502 | 120_504 | 111_549 => "goods_value",
        120_512 => "description",
        120_546..=120_548 => "packages.unit",
        120_601 | 121_050 | 121_055 => "packages.weight",
        120_602 => "packages.dimensions",
        120_020 | 120_600..=120_624 => "packages",
        120_700..=120_705 => "label",
        120_430 | 120_437 => "billing",
        121_520..=121_539 => "billing.duties",
        9_120_800 | 128_094 => "sold_to",
        111_546 => "packages.weight",
        9_801_050 => "stock",
        _ => return None,
    })
}

/// The same for tracking and Track Alert, whose codes have letters.
fn field_of_letters(code: &str) -> Option<&'static str> {
    Some(match code {
        "TV1002" => "tracking_number",
        "VSS200" | "VSS210" | "VSS215" | "VSS220" => "tracking_numbers",
        "VSS300" | "VSS310" => "locale",
        "VSS400" => "country",
        "VSS414" => "events",
        "VSS500" | "VSS600" | "VSS610" => "destination.url",
        "VSS700" => "destination.credential",
        "VSS800" => "destination.credential_type",
        "VSS930" => "level",
        _ => return None,
    })
}
