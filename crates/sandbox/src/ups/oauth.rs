//! OAuth client credentials: tokens issued, checked, expired.
//!
//! Every value of the answer is a text, numbers included, and tokens stay valid beside newer ones.

use std::collections::HashMap;

use jiff::Timestamp;
use percent_encoding::percent_decode;
use serde_json::json;

use super::envelope::Refusal;
use super::{Ups, Visit};
use crate::CREDENTIALS;
use crate::serve::Reply;

/// The tokens issued by this host and when each ends.
#[derive(Debug)]
pub(crate) struct Tokens {
    living: HashMap<String, Timestamp>,
    dice: fastrand::Rng,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Self { living: HashMap::new(), dice: fastrand::Rng::with_seed(seed ^ 0x0A07) }
    }

    fn issue(&mut self, until: Timestamp) -> String {
        // Real ones are signed texts of about a kilobyte and a half.
        let mut part = |length: usize| -> String { (0..length).map(|_| self.dice.alphanumeric()).collect() };
        let token = format!("{}.{}.{}", part(60), part(900), part(340));
        self.living.insert(token.clone(), until);
        token
    }

    /// Whether `header` carries a token that lives at `now`.
    pub(crate) fn check(&self, header: Option<&str>, now: Timestamp) -> Result<(), Refusal> {
        let bearer =
            header.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        match bearer.and_then(|(_, token)| self.living.get(token.trim())) {
            None => Err(invalid()),
            Some(until) if *until <= now => Err(Refusal::with_status(401, "251004", "Bearer token has expired.")),
            Some(_) => Ok(()),
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

pub(super) fn answer(ups: &Ups, visit: &Visit<'_>) -> Result<Reply, Refusal> {
    let client = visit.request.basic_credentials();
    let expected = (CREDENTIALS.ups_client_id.to_owned(), CREDENTIALS.ups_client_secret.to_owned());
    if client != Some(expected) {
        return Err(Refusal::with_status(401, "10401", "ClientId is Invalid"));
    }
    if form_value(&visit.request.body, "grant_type").as_deref() != Some("client_credentials") {
        return Err(Refusal::bad("10400", "Invalid/Missing grant_type"));
    }
    let mut state = ups.state();
    let lifetime = state.manners.token_lifetime;
    let token = state.tokens.issue(visit.now.saturating_add(lifetime).unwrap_or(visit.now));
    ups.0.house.book.enter(|ledger| ledger.tokens += 1);
    Ok(Reply::json(
        200,
        &json!({
            "token_type": "Bearer",
            "issued_at": visit.now.as_millisecond().to_string(),
            "client_id": CREDENTIALS.ups_client_id,
            "access_token": token,
            "expires_in": lifetime.as_secs().to_string(),
            "status": "approved",
        }),
    ))
}

fn form_value(body: &[u8], name: &str) -> Option<String> {
    let decode = |part: &[u8]| percent_decode(part).decode_utf8_lossy().replace('+', " ");
    body.split(|byte| *byte == b'&').find_map(|pair| {
        let mut sides = pair.splitn(2, |byte| *byte == b'=');
        let (key, value) = (sides.next()?, sides.next()?);
        (decode(key) == name).then(|| decode(value))
    })
}
