//! Words that outsiders show us, made from one sealed secret, and compared without telling how much of them is right.
//!
//! ```text
//! sealed secret ─ HMAC-SHA256 over a purpose ─► a word (path, credential, password)
//!                                          └──► a token: when it ends, and a mark over that
//! ```
//!
//! A word that is derived needs no row of its own and cannot be read from the database. Changing the secret changes all
//! of them at once.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{MasterKey, VaultError};

/// A new secret to derive words from.
///
/// # Errors
/// When there is no randomness.
pub fn fresh() -> Result<SecretString, VaultError> {
    let random = MasterKey::generate()?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(random.0.as_slice())))
}

/// The word of a purpose: 43 letters, digits, hyphens and underscores.
#[must_use]
pub fn word(secret: &SecretString, purpose: &[&str]) -> SecretString {
    SecretString::from(URL_SAFE_NO_PAD.encode(mark(secret, purpose).as_ref()))
}

/// A token that can be recognised without being kept.
#[must_use]
pub fn token(secret: &SecretString, purpose: &[&str], until: Timestamp) -> SecretString {
    let until = until.as_second().to_string();
    let mark = mark(secret, &[purpose, &[until.as_str()]].concat());
    SecretString::from(format!("{until}.{}", URL_SAFE_NO_PAD.encode(mark.as_ref())))
}

/// Whether a token was made by [`token`] and has not ended.
#[must_use]
pub fn is_token(secret: &SecretString, purpose: &[&str], shown: &str, now: Timestamp) -> bool {
    let Some((until, _)) = shown.split_once('.') else { return false };
    let Some(until) = until.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok()) else {
        return false;
    };
    is_same(shown, token(secret, purpose, until).expose_secret()) && now < until
}

/// Whether two texts are the same, in a time that tells nothing of where they differ or how long they are.
#[must_use]
pub fn is_same(shown: &str, wanted: &str) -> bool {
    let (shown, wanted) = (digest(&SHA256, shown.as_bytes()), digest(&SHA256, wanted.as_bytes()));
    verify_slices_are_equal(shown.as_ref(), wanted.as_ref()).is_ok()
}

/// The parts are told apart by their lengths, so that no two lists of parts give one text.
fn mark(secret: &SecretString, purpose: &[&str]) -> hmac::Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose_secret().as_bytes());
    let mut context = hmac::Context::with_key(&key);
    for part in purpose {
        context.update(part.len().to_string().as_bytes());
        context.update(b":");
        context.update(part.as_bytes());
    }
    context.sign()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ_by_purpose_and_secret_and_stay_the_same_otherwise() {
        let (one, other) = (fresh().expect("random"), fresh().expect("random"));
        let say = |secret: &SecretString, purpose: &[&str]| word(secret, purpose).expose_secret().to_owned();
        assert_eq!(say(&one, &["path", "oakland"]), say(&one, &["path", "oakland"]));
        assert_ne!(say(&one, &["path", "oakland"]), say(&other, &["path", "oakland"]));
        assert_ne!(say(&one, &["path", "oakland"]), say(&one, &["credential", "oakland"]));
        assert_ne!(say(&one, &["ab", "c"]), say(&one, &["a", "bc"]));
        assert_eq!(say(&one, &["path"]).len(), 43);
    }

    #[test]
    fn a_token_is_good_until_it_ends_and_only_for_its_purpose() {
        let secret = fresh().expect("random");
        let end = Timestamp::from_second(1_789_000_000).expect("an instant");
        let shown = token(&secret, &["bearer", "oakland"], end).expose_secret().to_owned();
        let good = |shown: &str, purpose: &[&str], now: i64| {
            is_token(&secret, purpose, shown, Timestamp::from_second(now).expect("an instant"))
        };
        assert!(good(&shown, &["bearer", "oakland"], 1_788_999_999));
        assert!(!good(&shown, &["bearer", "oakland"], 1_789_000_000));
        assert!(!good(&shown, &["bearer", "dayton"], 1_788_999_999));
        let longer = shown.replacen("1789000000", "1999999999", 1);
        for forged in ["", ".", "1789000000", "x.y", longer.as_str()] {
            assert!(!good(forged, &["bearer", "oakland"], 1_788_999_999), "{forged}");
        }
    }

    #[test]
    fn texts_are_compared_whole() {
        assert!(is_same("secret", "secret"));
        assert!(!is_same("secret", "secre") && !is_same("", "secret") && !is_same("Secret", "secret"));
    }
}
