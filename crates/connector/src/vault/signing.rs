//! Signing what is sent to programs, as Standard Webhooks does: HMAC-SHA256 over id, time and body.
//!
//! The secret is written `whsec_` and base64, which is how receivers expect to be given it.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

/// What a written secret begins with.
const PREFIX: &str = "whsec_";
/// Bytes of a secret, as the standard recommends.
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// Signs the requests to one receiver.
pub(crate) struct Signer(hmac::Key);

impl Signer {
    /// From a written secret.
    ///
    /// # Errors
    /// What is wrong with it, without showing it.
    pub(crate) fn new(secret: &SecretString) -> Result<Self, String> {
        let cure = "make one with: echo whsec_$(head -c 32 /dev/urandom | base64)";
        let written = secret.expose_secret().trim();
        let coded = written.strip_prefix(PREFIX).ok_or_else(|| format!("it does not begin with {PREFIX}; {cure}"))?;
        let bytes = STANDARD.decode(coded).map_err(|_| format!("what follows {PREFIX} is no base64; {cure}"))?;
        let bytes = Zeroizing::new(bytes);
        if !LENGTH.contains(&bytes.len()) {
            return Err(format!(
                "it has {} bytes where {} to {} are wanted; {cure}",
                bytes.len(),
                LENGTH.start(),
                LENGTH.end()
            ));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The value of `webhook-signature`; `timestamp` is in seconds of real time.
    pub(crate) fn signature(&self, id: &str, timestamp: i64, body: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{id}.{timestamp}.{body}").as_bytes());
        format!("v1,{}", STANDARD.encode(tag.as_ref()))
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(secret: &str) -> Result<Signer, String> {
        Signer::new(&SecretString::from(secret))
    }

    /// Reckoned with another program: openssl dgst -sha256 -mac HMAC over "msg_1.1600000000.{}".
    #[test]
    fn another_program_reckons_the_same_signature() {
        let secret = format!("whsec_{}", STANDARD.encode(b"0123456789abcdef0123456789abcdef"));
        let signer = signer(&secret).expect("a secret");
        assert_eq!(signer.signature("msg_1", 1_600_000_000, "{}"), "v1,0SthC3kz+KZe/GGQUr8KJgWGej3GnBjhAe66s1jQSdQ=");
        assert_ne!(signer.signature("msg_1", 1_600_000_001, "{}"), signer.signature("msg_1", 1_600_000_000, "{}"));
    }

    #[test]
    fn a_secret_that_is_none_is_refused_without_being_shown() {
        for wrong in ["hunter2hunter2", "whsec_hunter2", "whsec_aHVudGVyMg=="] {
            let told = signer(wrong).expect_err("refused");
            assert!(told.contains("make one with") && !told.contains("unter2"), "{told}");
        }
    }
}
