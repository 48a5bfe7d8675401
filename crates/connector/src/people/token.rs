//! Tokens: 256 random bits that a browser or a program shows, of which only the SHA-256 is kept.
//!
//! ```text
//! random ─► text, shown once ─► browser's cookie │ program's header
//!        └► SHA-256 ─► store       the same again ─► found, or not
//! ```
//!
//! A stolen database opens no session: a hash of 256 random bits cannot be turned round, and needs neither salt nor a slow
//! hash. The token of a session also makes the token its forms carry, so that no second secret has to be kept.

use sha2::{Digest as _, Sha256};

use crate::vault::{self, VaultError};

/// What an API token begins with, so that people and scanners of leaked secrets recognise one.
const API_PREFIX: &str = "mlc_";

/// A token as it is shown, once.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A fresh one for a browser.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn fresh() -> Result<Self, VaultError> {
        Ok(Self(hex(&vault::random::<32>()?)))
    }

    /// A fresh one for a program.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn for_programs() -> Result<Self, VaultError> {
        Ok(Self(format!("{API_PREFIX}{}", hex(&vault::random::<32>()?))))
    }

    /// One that somebody showed.
    #[must_use]
    pub fn shown(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text itself, for the cookie or the screen.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> String {
        hex(&Sha256::digest(self.0.as_bytes()))
    }

    /// What the forms of its session carry.
    #[must_use]
    pub fn of_forms(&self) -> String {
        hex(&Sha256::digest(format!("form {}", self.0).as_bytes()))
    }
}

/// Whether two texts are the same, in a time that does not tell where they differ.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_not_what_is_shown() {
        let token = Token::fresh().expect("randomness");
        assert_eq!(token.expose().len(), 64);
        assert_ne!(token.expose(), token.hash());
        assert_ne!(token.hash(), token.of_forms());
        assert_eq!(Token::shown(token.expose()).hash(), token.hash());
        assert!(!format!("{token:?}").contains(token.expose()));
        assert!(Token::for_programs().expect("randomness").expose().starts_with("mlc_"));
    }

    #[test]
    fn texts_are_compared_whole() {
        assert!(same("abc", "abc") && !same("abc", "abd") && !same("abc", "ab"));
    }
}
