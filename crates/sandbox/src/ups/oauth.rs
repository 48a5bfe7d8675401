//! OAuth client credentials: tokens issued, checked, expired.
//!
//! ```text
//! Basic client:secret ─► token (of this host, of this application, for so long) ─► Bearer on every call
//!     10401 unknown client    250002 unknown, or the product is not on the application
//!     10400 no grant          251004 expired (or 250002)        UJ0001 on newer gateways
//! ```
//!
//! Every value of the answer is a text, numbers included, and tokens stay valid beside newer ones.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use percent_encoding::percent_decode;
use serde_json::json;

use super::envelope::Refusal;
use super::{Manners, Ups, Visit};
use crate::CREDENTIALS;
use crate::fault::Call;
use crate::serve::Reply;

/// The applications that may ask for tokens, the tokens issued by this host and when each ends.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Secrets by client id.
    applications: HashMap<String, String>,
    living: HashMap<String, Grant>,
    dice: fastrand::Rng,
}

/// How many hosts there have been in this process, in large steps.
static HOSTS: AtomicU64 = AtomicU64::new(0x0A07);

#[derive(Debug)]
struct Grant {
    client: String,
    until: Timestamp,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        let own = (CREDENTIALS.ups_client_id.to_owned(), CREDENTIALS.ups_client_secret.to_owned());
        Self {
            applications: HashMap::from([own]),
            living: HashMap::new(),
            // Two hosts never issue the same token, whatever their seeds.
            dice: fastrand::Rng::with_seed(seed ^ HOSTS.fetch_add(0x9E37_79B9, Ordering::Relaxed)),
        }
    }

    /// One more application of the same account.
    pub(crate) fn admit(&mut self, client: String, secret: String) {
        self.applications.insert(client, secret);
    }

    fn issue(&mut self, client: String, until: Timestamp) -> String {
        // Real ones are signed texts of about a kilobyte and a half.
        let mut part = |length: usize| -> String { (0..length).map(|_| self.dice.alphanumeric()).collect() };
        let token = format!("{}.{}.{}", part(60), part(900), part(340));
        self.living.insert(token.clone(), Grant { client, until });
        token
    }

    /// The application whose living token `header` carries.
    pub(crate) fn check(&self, header: Option<&str>, now: Timestamp, manners: &Manners) -> Result<String, Refusal> {
        let bearer =
            header.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match bearer.and_then(|(_, token)| self.living.get(token.trim())) {
            None => Err(invalid()),
            Some(grant) if grant.until <= now && manners.expired_token_is_invalid => Err(invalid()),
            Some(grant) if grant.until <= now => Err(Refusal::with_status(401, "251004", "Bearer token has expired.")),
            Some(grant) => Ok(grant.client.clone()),
        }
    }

    pub(crate) fn revoke(&mut self) {
        self.living.clear();
    }
}

/// What UPS says to a bad token, and just the same to a product that is not on the application.
pub(crate) fn invalid() -> Refusal {
    Refusal::with_status(401, "250002", "Invalid Authentication Information.")
}

/// How the call's gateway words a refused token.
pub(crate) fn worded(refusal: Refusal, call: &Call, manners: &Manners) -> Refusal {
    if manners.html_unauthorized {
        return Refusal::Page(401);
    }
    // Track Alert lies behind a newer gateway.
    let newer = *call == Call::TrackAlert && refusal == invalid();
    if newer { Refusal::with_status(401, "UJ0001", "Invalid token or token is not present.") } else { refusal }
}

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let mut state = ups.state();
    let known = visit
        .request
        .basic_credentials()
        .filter(|(client, secret)| state.tokens.applications.get(client).is_some_and(|right| right == secret));
    let Some((client, _)) = known else {
        return Err(Refusal::with_status(401, "10401", "ClientId is Invalid"));
    };
    let quota = state.manners.token_quota;
    state
        .token_buckets
        .take(&client, quota, visit.now)
        .map_err(|_| Refusal::with_status(429, "10429", "Quota Limit Exceeded"))?;
    if form_value(&visit.request.body, "grant_type").as_deref() != Some("client_credentials") {
        return Err(Refusal::bad("10400", "Invalid/Missing grant_type"));
    }
    let lifetime = state.manners.token_lifetime;
    let until = visit.now.saturating_add(lifetime).unwrap_or(visit.now);
    let token = state.tokens.issue(client.clone(), until);
    ups.0.house.book.enter(|ledger| ledger.tokens += 1);
    let mut answer = json!({
        "token_type": "Bearer",
        "issued_at": visit.now.as_millisecond().to_string(),
        "client_id": client,
        "access_token": token,
        "expires_in": lifetime.as_secs().to_string(),
        "status": "approved",
    });
    if !state.manners.is_cie() {
        answer["scope"] = json!("");
        answer["refresh_count"] = json!("0");
    }
    Ok(Reply::json(200, &answer))
}

fn form_value(body: &[u8], name: &str) -> Option<String> {
    let decode = |part: &[u8]| percent_decode(part).decode_utf8_lossy().replace('+', " ");
    body.split(|byte| *byte == b'&').find_map(|pair| {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        let (key, value) = (sides.next()?, sides.next()?);
        (decode(key) == name).then(|| decode(value))
    })
}
