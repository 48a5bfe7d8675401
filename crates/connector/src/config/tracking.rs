//! Reads `[tracking]`, `[tracking.alerts]` and what the site wants to hear of parcels on their way.
//!
//! Everything here works without a single key: parcels are asked about. What UPS tells by itself is switched on by the
//! table it needs, because it needs something from outside as well: an address UPS reaches, a subscription on ups.com.

use jiff::SignedDuration;
use reqwest::Url;

use super::remotes::{secret, url};
use super::secret::SecretSource;
use super::section::{Read, Section};

/// Following booked parcels until they arrive.
#[derive(Debug, Clone)]
pub struct Tracking {
    /// The time between two questions about one young parcel that nobody else tells of.
    pub every: SignedDuration,
    /// A parcel without a final scan for this long is no longer asked about.
    pub give_up_after: SignedDuration,
    /// Questions a minute at the most, real time; calls that ship come first and count too.
    pub calls_per_minute: u32,
    /// A parcel in UPS's hands that is not scanned for this long is an alarm.
    pub no_scan_after: SignedDuration,
    /// UPS calls by itself at every scan, if the site can be reached.
    pub alerts: Option<Alerts>,
    /// The time between two readings of the account's Quantum View files, where `ups.quantum_view` says it has them.
    pub quantum_view_every: SignedDuration,
    /// The name of one Quantum View subscription; none reads all.
    pub quantum_view_subscription: Option<String>,
}

/// Which version of Track Alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertVersion {
    /// Address and credential travel with every subscription.
    V1,
    /// Address and credentials are registered on UPS's developer portal.
    V2,
}

/// Which subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertLevel {
    /// Every scan.
    Standard,
    /// Chosen kinds of scans; with photo and receiver.
    Enhanced,
}

impl AlertVersion {
    /// As written in the site file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl AlertLevel {
    /// As written in the site file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Enhanced => "enhanced",
        }
    }
}

/// Track Alert: UPS calls at every scan.
#[derive(Debug, Clone)]
pub struct Alerts {
    /// Version 1 or 2 (default 2).
    pub version: AlertVersion,
    /// Standard or enhanced (default standard).
    pub level: AlertLevel,
    /// Kinds of scans of an enhanced subscription, UPS's letters; none means all.
    pub events: Vec<String>,
    /// Scheme, host and path under which UPS reaches the webhook listener; the site's own part is put behind it.
    pub public_url: Url,
    /// After so long a subscription is made again; UPS ends it after 14 days.
    pub renew_every: SignedDuration,
    /// Version 1: what UPS sends in the header `credential`; made by the connector if not given.
    pub credential: Option<SecretSource>,
    /// Version 2: a bearer token agreed with UPS; without it UPS fetches tokens of ours.
    pub bearer: Option<SecretSource>,
    /// Version 2: what UPS sends in `x-api-key`, if it is not the client id.
    pub api_key: Option<SecretSource>,
}

impl Alerts {
    /// The address of a site's door, told to UPS.
    pub fn address(&self, path: &str) -> Url {
        self.below(&["ups", path])
    }

    /// The address at which UPS fetches a token for it.
    pub fn token_address(&self, path: &str) -> Url {
        self.below(&["ups", path, "token"])
    }

    fn below(&self, parts: &[&str]) -> Url {
        let mut url = self.public_url.clone();
        // Only a URL without a host cannot have segments, and the site file has none of these.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(parts);
        }
        url
    }
}

/// Reads `[tracking]`.
pub(super) fn tracking(mut section: Section<'_>) -> Read<Tracking> {
    let alerts = section.table("alerts")?.map(alerts).transpose()?;
    let tracking = Tracking {
        every: section.duration("every", "2h")?,
        give_up_after: section.duration("give_up_after", "120d")?,
        calls_per_minute: section.whole("calls_per_minute", 600, 1, 1_000_000)?,
        no_scan_after: section.duration("no_scan_after", "48h")?,
        quantum_view_every: section.duration("quantum_view_every", "1h")?,
        quantum_view_subscription: subscription(&mut section)?,
        alerts,
    };
    section.finish()?;
    Ok(tracking)
}

fn subscription(section: &mut Section<'_>) -> Read<Option<String>> {
    let cure = "write the name of the subscription as ups.com shows it, at most 21 characters";
    let Some(found) = section.take("quantum_view_subscription") else { return Ok(None) };
    let name = found.text(cure)?;
    let fits = (1..=21).contains(&name.trim().chars().count());
    if fits { Ok(Some(name.trim().to_owned())) } else { Err(found.bad(&name, "it is empty or too long", cure)) }
}

fn alerts(mut section: Section<'_>) -> Read<Alerts> {
    let level = section.choice(
        "level",
        &[("standard", AlertLevel::Standard), ("enhanced", AlertLevel::Enhanced)],
        AlertLevel::Standard,
    )?;
    let alerts = Alerts {
        version: section.choice("version", &[("v1", AlertVersion::V1), ("v2", AlertVersion::V2)], AlertVersion::V2)?,
        events: events(&mut section, level)?,
        public_url: public_url(&mut section)?,
        renew_every: renew_every(&mut section)?,
        credential: maybe_secret(&mut section, "credential")?,
        bearer: maybe_secret(&mut section, "bearer")?,
        api_key: maybe_secret(&mut section, "api_key")?,
        level,
    };
    section.finish()?;
    Ok(alerts)
}

fn events(section: &mut Section<'_>, level: AlertLevel) -> Read<Vec<String>> {
    const KNOWN: [&str; 4] = ["D", "I", "M", "X"];
    let cure = "write some of \"D\", \"I\", \"M\" and \"X\", or leave the key out for all of them";
    let Some(found) = section.take("events") else { return Ok(Vec::new()) };
    if level == AlertLevel::Standard {
        let why = "a standard subscription tells of every scan";
        return Err(found.fault("not used", why, "write level = \"enhanced\", or take events out"));
    }
    let items = section.items(found, cure)?;
    items
        .iter()
        .map(|item| {
            let letter = item.text(cure)?;
            if KNOWN.contains(&letter.as_str()) {
                Ok(letter)
            } else {
                Err(item.bad(&letter, "UPS knows no such kind of scan", cure))
            }
        })
        .collect()
}

/// UPS calls over the internet, so only https will do; plain http is for the sandbox on this machine.
fn public_url(section: &mut Section<'_>) -> Read<Url> {
    let cure = "write the address under which UPS reaches this program, e.g. \"https://hooks.example.com\"";
    let found = section.need("public_url", cure)?;
    let url = url(&found, cure)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
    if url.scheme() == "http" && !here {
        return Err(found.fault("plain http", "credentials would cross the internet readable", cure));
    }
    Ok(url)
}

fn renew_every(section: &mut Section<'_>) -> Read<SignedDuration> {
    let renew_every = section.duration("renew_every", "10d")?;
    let most = SignedDuration::from_hours(24 * 13);
    if renew_every <= most && renew_every >= SignedDuration::from_hours(1) {
        return Ok(renew_every);
    }
    let why = "UPS ends a subscription after 14 days";
    Err(section.fault("renew_every", "bad value", why, "write one hour to 13 days, e.g. renew_every = \"10d\""))
}

fn maybe_secret(section: &mut Section<'_>, key: &'static str) -> Read<Option<SecretSource>> {
    if section.has(key) {
        return secret(section, key).map(Some);
    }
    section.take(key);
    Ok(None)
}
