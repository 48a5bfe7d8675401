//! The calls the two systems offer, by name: what faults are bound to and the ledger counts.

use std::fmt;
use std::str::FromStr;

use crate::fault::BadFault;

/// A call that one of the two systems offers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Every UPS call: `ups.*`.
    AnyUps,
    /// OAuth client credentials: `ups.token`.
    Token,
    /// Street-level address validation: `ups.address`.
    AddressValidation,
    /// Rating: `ups.rate`.
    Rate,
    /// Time in transit: `ups.time_in_transit`.
    TimeInTransit,
    /// Buying labels: `ups.ship`.
    Ship,
    /// Label recovery: `ups.recovery`.
    Recovery,
    /// Void: `ups.void`.
    Void,
    /// Tracking by number: `ups.track`.
    Track,
    /// Tracking by reference: `ups.track_reference`.
    TrackReference,
    /// Subscribing to Track Alert, and unsubscribing: `ups.alert`.
    TrackAlert,
    /// The events of an account: `ups.quantum_view`.
    QuantumView,
    /// The price of a pickup: `ups.pickup_rate`.
    PickupRate,
    /// Ordering a pickup, on call or smart: `ups.pickup_create`.
    PickupCreate,
    /// Pickups not done yet: `ups.pickup_pending`.
    PickupPending,
    /// Calling a pickup off: `ups.pickup_cancel`.
    PickupCancel,
    /// The states or provinces of a country: `ups.pickup_countries`.
    PickupCountries,
    /// Every SYSPRO call, e.net and OData: `syspro.*`.
    AnySyspro,
    /// The version question: `syspro.version`.
    Version,
    /// `syspro.logon`.
    Logon,
    /// `syspro.logoff`.
    Logoff,
    /// The logon profile: `syspro.profile`.
    Profile,
    /// A query by one business object, or by any: `syspro.query.SORQDN`, `syspro.query`.
    Query(Option<String>),
    /// A transaction post: `syspro.post.SORTDH`, `syspro.post`.
    Post(Option<String>),
    /// A transaction post whose document travels in the body: `syspro.post_ld.SORTDH`.
    PostLd(Option<String>),
    /// A setup post (add, update or delete): `syspro.setup.COMSFM`.
    Setup(Option<String>),
    /// Any other e.net method, by its name: `syspro.other.raw`.
    Other(Option<String>),
    /// Reading an OData set: `syspro.odata.SorMaster`, `syspro.odata`.
    ODataRead(Option<String>),
    /// The OData metadata: `syspro.metadata`.
    ODataMetadata,
}

const PLAIN: [(&str, Call); 23] = [
    ("ups.*", Call::AnyUps),
    ("ups.token", Call::Token),
    ("ups.address", Call::AddressValidation),
    ("ups.rate", Call::Rate),
    ("ups.time_in_transit", Call::TimeInTransit),
    ("ups.ship", Call::Ship),
    ("ups.recovery", Call::Recovery),
    ("ups.void", Call::Void),
    ("ups.track", Call::Track),
    ("ups.track_reference", Call::TrackReference),
    ("ups.alert", Call::TrackAlert),
    ("ups.quantum_view", Call::QuantumView),
    ("ups.pickup_rate", Call::PickupRate),
    ("ups.pickup_create", Call::PickupCreate),
    ("ups.pickup_pending", Call::PickupPending),
    ("ups.pickup_cancel", Call::PickupCancel),
    ("ups.pickup_countries", Call::PickupCountries),
    ("syspro.*", Call::AnySyspro),
    ("syspro.version", Call::Version),
    ("syspro.logon", Call::Logon),
    ("syspro.logoff", Call::Logoff),
    ("syspro.profile", Call::Profile),
    ("syspro.metadata", Call::ODataMetadata),
];

type Named = fn(Option<String>) -> Call;

const NAMED: [(&str, Named); 6] = [
    ("syspro.query", Call::Query),
    ("syspro.post", Call::Post),
    ("syspro.post_ld", Call::PostLd),
    ("syspro.setup", Call::Setup),
    ("syspro.other", Call::Other),
    ("syspro.odata", Call::ODataRead),
];

impl Call {
    /// A query by the business object `name`.
    pub fn query(name: impl Into<String>) -> Self {
        Self::Query(Some(name.into()))
    }

    /// A transaction post by the business object `name`, its document in the URL.
    pub fn post(name: impl Into<String>) -> Self {
        Self::Post(Some(name.into()))
    }

    /// Reading the OData set `name`.
    pub fn odata(name: impl Into<String>) -> Self {
        Self::ODataRead(Some(name.into()))
    }

    /// The text forms there are; those of SYSPRO's objects and sets take a name behind a dot.
    #[must_use]
    pub fn texts() -> Vec<&'static str> {
        PLAIN.iter().map(|(text, _)| *text).chain(NAMED.iter().map(|(text, _)| *text)).collect()
    }

    /// Whether a fault on `self` strikes a call `made`: the same call, or one that stands for it.
    #[must_use]
    pub fn covers(&self, made: &Self) -> bool {
        match (self, made) {
            (Self::AnyUps, made) => made.is_ups(),
            (Self::AnySyspro, made) => !made.is_ups(),
            (Self::Query(None), Self::Query(_))
            | (Self::Post(None), Self::Post(_))
            | (Self::PostLd(None), Self::PostLd(_))
            | (Self::Setup(None), Self::Setup(_))
            | (Self::Other(None), Self::Other(_))
            | (Self::ODataRead(None), Self::ODataRead(_)) => true,
            (one, other) => one == other,
        }
    }

    /// Whether it is one of UPS's.
    #[must_use]
    pub fn is_ups(&self) -> bool {
        self.name().is_some_and(|(text, _)| text.starts_with("ups."))
    }

    fn name(&self) -> Option<(&'static str, Option<&str>)> {
        let (text, name) = match self {
            Self::Query(name) => ("syspro.query", name),
            Self::Post(name) => ("syspro.post", name),
            Self::PostLd(name) => ("syspro.post_ld", name),
            Self::Setup(name) => ("syspro.setup", name),
            Self::Other(name) => ("syspro.other", name),
            Self::ODataRead(name) => ("syspro.odata", name),
            plain => return PLAIN.iter().find(|(_, call)| call == plain).map(|(text, _)| (*text, None)),
        };
        Some((text, name.as_deref()))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some((text, Some(name))) => write!(f, "{text}.{name}"),
            Some((text, None)) => f.write_str(text),
            None => f.write_str("?"),
        }
    }
}

impl FromStr for Call {
    type Err = BadFault;

    fn from_str(text: &str) -> Result<Self, BadFault> {
        if let Some((_, call)) = PLAIN.iter().find(|(plain, _)| *plain == text) {
            return Ok(call.clone());
        }
        for (prefix, named) in NAMED {
            if text == prefix {
                return Ok(named(None));
            }
            if let Some(name) = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.'))
                && !name.is_empty()
            {
                return Ok(named(Some(name.to_owned())));
            }
        }
        Err(BadFault { what: "call", text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_reads_back_from_its_text() {
        let named = NAMED.iter().flat_map(|(_, make)| [make(None), make(Some("SORQDN".to_owned()))]);
        for call in PLAIN.iter().map(|(_, call)| call.clone()).chain(named) {
            assert_eq!(call.to_string().parse(), Ok(call));
        }
        assert!("ups.teleport".parse::<Call>().is_err());
    }
}
