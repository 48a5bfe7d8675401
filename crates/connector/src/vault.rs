//! The vault: secrets are sealed before they reach the store and opened only for the call that
//! needs them. The only ciphers of the program.
//!
//! ```text
//! master key (file, environment) ─ wraps ─► a data key per secret ─ seals ─► the secret
//!                                               bound to site + name + version
//! ```
//!
//! AES-256-GCM both times. What a secret is bound to is checked on opening, so a ciphertext that
//! was moved to another row opens nothing. Changing the master key wraps the data keys anew and
//! leaves the ciphertexts alone. Every sealed secret names the fingerprint of its master key,
//! which is compared first: the wrong key is told as the wrong key and not as a broken secret.
//!
//! The master key is never in the database, and nothing here writes a secret anywhere.

pub mod derived;
pub(crate) mod signing;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use shipment::number::SiteName;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a key.
const KEY_LENGTH: usize = 32;

/// What a written key begins with, so that people and scanners recognise it.
const KEY_PREFIX: &str = "mlckey1-";

/// Where the master key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In a file that holds nothing else.
    File(PathBuf),
    /// In an environment variable of this name.
    Env(String),
}

/// The key that wraps all others. Wiped from memory when dropped; prints nothing of itself.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; KEY_LENGTH]>);

/// Seals and opens secrets with one master key.
#[derive(Clone)]
pub struct Vault {
    master: MasterKey,
    key_id: String,
}

/// A sealed secret with everything that opening it needs but the master key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Whose it is.
    pub site: SiteName,
    /// What it is called.
    pub name: String,
    /// Counts from one.
    pub version: i64,
    /// The fingerprint of the master key.
    pub key_id: String,
    /// The data key, wrapped: nonce, then ciphertext and tag.
    pub wrapped_key: Vec<u8>,
    /// The nonce of the secret.
    pub nonce: Vec<u8>,
    /// The secret: ciphertext and tag.
    pub ciphertext: Vec<u8>,
}

/// Why the vault does not give what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// There is no key where it should be.
    #[error("no master key in {place}")]
    NoKey {
        /// Where it was looked for.
        place: String,
    },
    /// The key's place cannot be read or written.
    #[error("master key file {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// What is there is not a key.
    #[error("what stands in {place} is not a master key: {why}")]
    NotAKey {
        /// Where it was read.
        place: String,
        /// What is wrong with it; never any of it.
        why: &'static str,
    },
    /// The secrets were sealed with another key.
    #[error("the master key is not the one the secrets were sealed with (this is {ours}, they need {theirs})")]
    WrongKey {
        /// The fingerprint of our key.
        ours: String,
        /// The fingerprint of the key that is needed.
        theirs: String,
    },
    /// The secret was changed or moved since it was sealed.
    #[error("secret {what} cannot be opened: it was changed or moved since it was sealed")]
    Broken {
        /// Which secret.
        what: String,
    },
    /// The operating system gives no random numbers.
    #[error("no random numbers to make a key from")]
    NoRandomness,
}

impl VaultError {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoKey { .. } => "key_missing",
            Self::File { .. } => "key_file",
            Self::NotAKey { .. } => "key_unreadable",
            Self::WrongKey { .. } => "key_wrong",
            Self::Broken { .. } => "secret_broken",
            Self::NoRandomness => "no_randomness",
        }
    }
}

impl MasterKey {
    /// A new key.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn generate() -> Result<Self, VaultError> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        rand::fill(key.as_mut_slice()).map_err(|_| VaultError::NoRandomness)?;
        Ok(Self(key))
    }

    /// Reads the key from its place.
    ///
    /// # Errors
    /// When there is none, or what is there is not one.
    pub fn load(source: &KeySource) -> Result<Self, VaultError> {
        match source {
            KeySource::File(path) => {
                let place = format!("file {}", path.display());
                let text = match std::fs::read_to_string(path) {
                    Ok(text) => Zeroizing::new(text),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(VaultError::NoKey { place }),
                    Err(source) => return Err(VaultError::File { path: path.clone(), source }),
                };
                Self::read(&text, &place)
            }
            KeySource::Env(name) => {
                let place = format!("environment variable {name}");
                match std::env::var(name) {
                    Ok(text) => Self::read(&Zeroizing::new(text), &place),
                    Err(_) => Err(VaultError::NoKey { place }),
                }
            }
        }
    }

    /// Writes the key into a new file. A file that is there already is left alone: the secrets
    /// sealed with its key would be lost with it.
    ///
    /// # Errors
    /// When the file is there or cannot be written.
    pub fn save_new(&self, path: &Path) -> Result<(), VaultError> {
        let failed = |source| VaultError::File { path: path.to_owned(), source };
        let mut file = std::fs::File::options().write(true).create_new(true).open(path).map_err(failed)?;
        let text = self.written();
        file.write_all(text.expose_secret().as_bytes()).map_err(failed)?;
        file.write_all(b"\n").map_err(failed)?;
        file.sync_all().map_err(failed)
    }

    /// The key as text, to be put where [`MasterKey::load`] finds it.
    #[must_use]
    pub fn written(&self) -> SecretString {
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()));
        SecretString::from(format!("{KEY_PREFIX}{}", encoded.as_str()))
    }

    /// What may be shown of the key: enough to tell two keys apart and nothing to open with.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut told = Zeroizing::new(b"ml-connector key fingerprint 1".to_vec());
        told.extend_from_slice(self.0.as_slice());
        let hash = digest(&SHA256, &told);
        hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn read(text: &str, place: &str) -> Result<Self, VaultError> {
        let not_a_key = |why| VaultError::NotAKey { place: place.to_owned(), why };
        let encoded =
            text.trim().strip_prefix(KEY_PREFIX).ok_or_else(|| not_a_key("it does not begin with mlckey1-"))?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map(Zeroizing::new);
        let bytes = bytes.map_err(|_| not_a_key("it is not base64"))?;
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if bytes.len() != KEY_LENGTH {
            return Err(not_a_key("it is not 32 bytes long"));
        }
        key.copy_from_slice(&bytes);
        Ok(Self(key))
    }
}

impl Vault {
    /// A vault that works with this key.
    #[must_use]
    pub fn new(master: MasterKey) -> Self {
        let key_id = master.fingerprint();
        Self { master, key_id }
    }

    /// The fingerprint of the master key.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Checks, before anything is touched, that this is the key the secrets were sealed with.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when one of them was not.
    pub fn check<'a>(&self, secrets: impl IntoIterator<Item = &'a Sealed>) -> Result<(), VaultError> {
        secrets.into_iter().try_for_each(|sealed| self.check_key(&sealed.key_id))
    }

    /// Seals a secret for one row.
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn seal(&self, site: &SiteName, name: &str, version: i64, secret: &SecretString) -> Result<Sealed, VaultError> {
        let bound = bound_to(&["secret", site.as_str(), name, &version.to_string()]);
        let data_key = MasterKey::generate()?;
        let (nonce, ciphertext) = encrypt(&data_key, &bound, secret.expose_secret().as_bytes())?;
        let wrapped_key = self.wrap(&data_key, &bound)?;
        Ok(Sealed {
            site: site.clone(),
            name: name.to_owned(),
            version,
            key_id: self.key_id.clone(),
            wrapped_key,
            nonce: nonce.to_vec(),
            ciphertext,
        })
    }

    /// Opens a sealed secret.
    ///
    /// # Errors
    /// [`VaultError::WrongKey`] when it was sealed with another key, [`VaultError::Broken`] when
    /// it or its row was tampered with.
    pub fn open(&self, sealed: &Sealed) -> Result<SecretString, VaultError> {
        self.check_key(&sealed.key_id)?;
        let bound = sealed.bound();
        let data_key = self.unwrap(&sealed.wrapped_key, &bound).ok_or_else(|| sealed.broken())?;
        let nonce = sealed.nonce.as_slice().try_into().map_err(|_| sealed.broken())?;
        let plain = decrypt(&data_key, &bound, nonce, &sealed.ciphertext).ok_or_else(|| sealed.broken())?;
        secret_text(&plain).ok_or_else(|| sealed.broken())
    }

    /// Wraps a secret's data key for another vault. The secret itself is not opened.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn rewrap(&self, sealed: &Sealed, other: &Self) -> Result<Sealed, VaultError> {
        self.check_key(&sealed.key_id)?;
        let bound = sealed.bound();
        let data_key = self.unwrap(&sealed.wrapped_key, &bound).ok_or_else(|| sealed.broken())?;
        let wrapped_key = other.wrap(&data_key, &bound)?;
        Ok(Sealed { key_id: other.key_id.clone(), wrapped_key, ..sealed.clone() })
    }

    /// Seals a passing secret, such as a session token, into one piece that opens only with the
    /// same `place` (say, server and operator).
    ///
    /// # Errors
    /// When there is no randomness.
    pub fn seal_passing(&self, place: &[&str], secret: &SecretString) -> Result<Vec<u8>, VaultError> {
        let (nonce, ciphertext) = encrypt(&self.master, &passing(place), secret.expose_secret().as_bytes())?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    /// Opens what [`Vault::seal_passing`] made.
    ///
    /// # Errors
    /// [`VaultError::Broken`] when it was made for another place or by another key, or changed.
    pub fn open_passing(&self, place: &[&str], piece: &[u8]) -> Result<SecretString, VaultError> {
        let broken = || VaultError::Broken { what: place.join(" ") };
        let (nonce, ciphertext) = piece.split_first_chunk::<NONCE_LEN>().ok_or_else(broken)?;
        let plain = decrypt(&self.master, &passing(place), *nonce, ciphertext).ok_or_else(broken)?;
        secret_text(&plain).ok_or_else(broken)
    }

    fn check_key(&self, key_id: &str) -> Result<(), VaultError> {
        if key_id == self.key_id {
            Ok(())
        } else {
            Err(VaultError::WrongKey { ours: self.key_id.clone(), theirs: key_id.to_owned() })
        }
    }

    fn wrap(&self, data_key: &MasterKey, bound: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (nonce, ciphertext) = encrypt(&self.master, bound, data_key.0.as_slice())?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    fn unwrap(&self, wrapped: &[u8], bound: &[u8]) -> Option<MasterKey> {
        let (nonce, ciphertext) = wrapped.split_first_chunk::<NONCE_LEN>()?;
        let plain = decrypt(&self.master, bound, *nonce, ciphertext)?;
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if plain.len() != KEY_LENGTH {
            return None;
        }
        key.copy_from_slice(&plain);
        Some(MasterKey(key))
    }
}

impl Sealed {
    fn bound(&self) -> Vec<u8> {
        bound_to(&["secret", self.site.as_str(), &self.name, &self.version.to_string()])
    }

    fn broken(&self) -> VaultError {
        VaultError::Broken { what: format!("{} of site {} (version {})", self.name, self.site, self.version) }
    }
}

/// What a ciphertext is bound to, each part with its length so that no two places look alike.
fn bound_to(parts: &[&str]) -> Vec<u8> {
    let mut bound = b"ml-connector vault 1".to_vec();
    for part in parts {
        bound.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bound.extend_from_slice(part.as_bytes());
    }
    bound
}

fn passing(place: &[&str]) -> Vec<u8> {
    bound_to(&[&["passing"], place].concat())
}

fn cipher(key: &MasterKey) -> Option<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, key.0.as_slice()).ok()
}

fn encrypt(key: &MasterKey, bound: &[u8], plain: &[u8]) -> Result<([u8; NONCE_LEN], Vec<u8>), VaultError> {
    let cipher = cipher(key).ok_or(VaultError::NoRandomness)?;
    let mut sealed = plain.to_vec();
    match cipher.seal_in_place_append_tag(Aad::from(bound), &mut sealed) {
        Ok(nonce) => Ok((*nonce.as_ref(), sealed)),
        Err(_) => {
            sealed.zeroize();
            Err(VaultError::NoRandomness)
        }
    }
}

fn decrypt(key: &MasterKey, bound: &[u8], nonce: [u8; NONCE_LEN], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut plain = Zeroizing::new(sealed.to_vec());
    let nonce = Nonce::assume_unique_for_key(nonce);
    let length = cipher(key)?.open_in_place(nonce, Aad::from(bound), &mut plain).ok()?.len();
    plain.truncate(length);
    Some(plain)
}

fn secret_text(plain: &[u8]) -> Option<SecretString> {
    std::str::from_utf8(plain).ok().map(SecretString::from)
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint())
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({})", self.key_id)
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} of site {}, version {}, key {})", self.name, self.site, self.version, self.key_id)
    }
}

/// Random bytes from the operating system, for tokens and salts.
///
/// # Errors
/// [`VaultError::NoRandomness`].
pub(crate) fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| VaultError::NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new(MasterKey::generate().expect("randomness"))
    }

    fn site(name: &str) -> SiteName {
        name.parse().expect("a site name")
    }

    fn sealed(vault: &Vault) -> Sealed {
        vault.seal(&site("dayton"), "ups.client_secret", 1, &SecretString::from("hush")).expect("sealed")
    }

    #[test]
    fn what_was_sealed_opens_again() {
        let vault = vault();
        let opened = vault.open(&sealed(&vault)).expect("opens");
        assert_eq!(opened.expose_secret(), "hush");
    }

    #[test]
    fn two_seals_of_one_secret_share_nothing() {
        let vault = vault();
        let (one, other) = (sealed(&vault), sealed(&vault));
        assert_ne!(one.ciphertext, other.ciphertext);
        assert_ne!(one.wrapped_key, other.wrapped_key);
    }

    #[test]
    fn a_secret_moved_to_another_row_stays_shut() {
        let vault = vault();
        let good = sealed(&vault);
        let moved = [
            Sealed { site: site("lima"), ..good.clone() },
            Sealed { name: "syspro.operator_password".to_owned(), ..good.clone() },
            Sealed { version: 2, ..good },
        ];
        for moved in moved {
            assert!(matches!(vault.open(&moved), Err(VaultError::Broken { .. })), "{moved:?}");
        }
    }

    #[test]
    fn a_changed_byte_is_noticed_wherever_it_is() {
        let vault = vault();
        let mut changed = [sealed(&vault), sealed(&vault), sealed(&vault)];
        changed[0].ciphertext[0] ^= 1;
        changed[1].wrapped_key[20] ^= 1;
        changed[2].nonce.pop();
        for changed in changed {
            assert!(matches!(vault.open(&changed), Err(VaultError::Broken { .. })));
        }
    }

    #[test]
    fn the_wrong_key_is_told_as_the_wrong_key() {
        let sealed = sealed(&vault());
        let other = vault();
        assert!(matches!(other.open(&sealed), Err(VaultError::WrongKey { .. })));
        assert!(matches!(other.check([&sealed]), Err(VaultError::WrongKey { .. })));
    }

    #[test]
    fn a_new_master_key_takes_the_secrets_over_without_opening_them() {
        let (old, new) = (vault(), vault());
        let before = sealed(&old);
        let after = old.rewrap(&before, &new).expect("rewrapped");
        assert_eq!(after.ciphertext, before.ciphertext);
        assert_eq!(new.open(&after).expect("opens").expose_secret(), "hush");
        assert!(old.open(&after).is_err());
    }

    #[test]
    fn a_session_token_opens_at_its_own_place_only() {
        let vault = vault();
        let token = SecretString::from("5C1B2D94E23F4A0D");
        let piece = vault.seal_passing(&["erp.example", "SHIP"], &token).expect("sealed");
        let opened = vault.open_passing(&["erp.example", "SHIP"], &piece).expect("opens");
        assert_eq!(opened.expose_secret(), token.expose_secret());
        assert!(vault.open_passing(&["erp.exampleSHIP"], &piece).is_err());
        assert!(vault.open_passing(&["erp.example", "SHIP"], &piece[..5]).is_err());
    }

    #[test]
    fn a_key_file_is_written_once_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        let key = MasterKey::generate().expect("randomness");
        key.save_new(&path).expect("written");
        let read = MasterKey::load(&KeySource::File(path.clone())).expect("read");
        assert_eq!(read.fingerprint(), key.fingerprint());
        assert!(matches!(key.save_new(&path), Err(VaultError::File { .. })));
    }

    #[test]
    fn what_is_not_a_key_is_refused_without_repeating_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        assert!(matches!(MasterKey::load(&KeySource::File(path.clone())), Err(VaultError::NoKey { .. })));
        for text in ["correct horse battery staple", "mlckey1-%%%", "mlckey1-c2hvcnQ"] {
            std::fs::write(&path, text).expect("writable");
            let error = MasterKey::load(&KeySource::File(path.clone())).expect_err("not a key");
            assert!(matches!(error, VaultError::NotAKey { .. }), "{error}");
            assert!(!error.to_string().contains(text), "{error}");
        }
        let unset = KeySource::Env("ML_CONNECTOR_TEST_KEY_THAT_IS_NOT_SET".to_owned());
        assert!(matches!(MasterKey::load(&unset), Err(VaultError::NoKey { .. })));
    }

    #[test]
    fn nothing_secret_is_printed() {
        let vault = vault();
        let printed = format!("{vault:?} {:?} {:?}", vault.master, sealed(&vault));
        assert!(!printed.contains("hush"));
        assert!(!printed.contains(vault.master.written().expose_secret()));
    }
}
