//! Passwords: argon2id, away from the threads that answer, a few at a time.
//!
//! ```text
//! password ─► at most `AT_ONCE` ─► blocking thread ─► argon2id ─► PHC text │ right or wrong
//! ```
//!
//! A hash takes 19 MiB and tens of milliseconds on purpose, so a flood of log-ins must queue instead of eating the machine.
//! A name that does not exist is hashed all the same: the answer's time must not tell which names there are.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Semaphore;

use crate::vault;

/// So many passwords are hashed at the same time.
const AT_ONCE: usize = 2;
/// The shortest password that is taken.
pub const SHORTEST: usize = 12;
/// The longest one: nobody types more, and hashing megabytes is an attack.
pub const LONGEST: usize = 200;

static GATE: Semaphore = Semaphore::const_new(AT_ONCE);

/// Why a password is not taken, or cannot be looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {SHORTEST} to {LONGEST} characters; this one has {0}")]
    Length(usize),
    /// It says the name again.
    #[error("the password is the name again; take another")]
    IsName,
    /// The machine refused.
    #[error("the password cannot be hashed: {0}")]
    Machine(String),
}

/// Whether a password may be taken.
///
/// # Errors
/// When it is too short, too long, or the person's own name.
pub fn check(name: &str, password: &SecretString) -> Result<(), PasswordError> {
    let length = password.expose_secret().chars().count();
    if !(SHORTEST..=LONGEST).contains(&length) {
        return Err(PasswordError::Length(length));
    }
    if password.expose_secret().to_lowercase().contains(&name.to_lowercase()) && length < name.chars().count() + 4 {
        return Err(PasswordError::IsName);
    }
    Ok(())
}

/// A password as it is stored.
///
/// # Errors
/// When there is no randomness or no memory.
pub async fn hash(password: SecretString) -> Result<String, PasswordError> {
    apart(move || {
        let salt: [u8; 16] = vault::random().map_err(|error| PasswordError::Machine(error.to_string()))?;
        let hashed = Argon2::default().hash_password_with_salt(password.expose_secret().as_bytes(), &salt);
        hashed.map(|it| it.to_string()).map_err(|error| PasswordError::Machine(error.to_string()))
    })
    .await
}

/// Whether a password is the stored one; `None` for a person who does not exist or has none, which takes as long.
///
/// # Errors
/// When the stored text is none of ours or there is no memory.
pub async fn is_right(password: SecretString, stored: Option<String>) -> Result<bool, PasswordError> {
    if password.expose_secret().chars().count() > LONGEST {
        return Ok(false);
    }
    let Some(stored) = stored else { return hash(password).await.map(|_| false) };
    apart(move || {
        let known = PasswordHash::new(&stored).map_err(|error| PasswordError::Machine(error.to_string()))?;
        Ok(Argon2::default().verify_password(password.expose_secret().as_bytes(), &known).is_ok())
    })
    .await
}

async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
) -> Result<T, PasswordError> {
    let machine = |error: String| PasswordError::Machine(error);
    let _turn = GATE.acquire().await.map_err(|error| machine(error.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|error| machine(error.to_string()))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens() {
        let stored = hash("correct horse battery".into()).await.expect("hashed");
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        assert_eq!(is_right("correct horse battery".into(), Some(stored.clone())).await, Ok(true));
        assert_eq!(is_right("correct horse batterx".into(), Some(stored)).await, Ok(false));
        assert_eq!(is_right("correct horse battery".into(), None).await, Ok(false));
    }

    #[test]
    fn a_weak_password_is_told_why() {
        assert_eq!(check("ann", &"short".into()), Err(PasswordError::Length(5)));
        assert_eq!(check("administrator", &"administrator1".into()), Err(PasswordError::IsName));
        assert_eq!(check("ann", &"a long enough one".into()), Ok(()));
    }
}
