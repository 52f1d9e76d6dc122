//! The keys that sign tokens, read from files.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::crypto;

/// A shorter secret could be guessed.
const SECRET_BYTES_MIN: usize = 32;
/// Two, so that one can be rotated out while the other is rotated in.
const SECRETS_MAX: usize = 2;

/// Why a file holds no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The secret is too short.
    #[error("the secret in {} has {bytes} bytes; it needs at least {SECRET_BYTES_MIN}", .path.display())]
    Short {
        /// The file.
        path: PathBuf,
        /// Its length, without the line feed at its end.
        bytes: usize,
    },
    /// The file is in PEM form, but not the key that is needed.
    #[error("{} is not {needed}", .path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// What it should be.
        needed: &'static str,
    },
    /// There are more than two.
    #[error("{0} secrets were named; two are the most, the old one and the new one")]
    TooMany(usize),
}

/// The keys that a server accepts tokens of.
///
/// Each comes from a file of its own, which also fixes the algorithm: a file in PEM form is an Ed25519 public key
/// (`EdDSA`), any other file is a secret (`HS256`). What a token says about its algorithm does not count.
#[derive(Clone)]
pub struct Secrets {
    keys: Vec<Key>,
}

#[derive(Clone)]
pub(super) struct Key {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

impl Secrets {
    /// Reads one or two files.
    ///
    /// # Errors
    ///
    /// [`SecretError`] if a file cannot be read, or holds no key.
    pub fn read(files: &[impl AsRef<Path>]) -> Result<Self, SecretError> {
        if files.len() > SECRETS_MAX {
            return Err(SecretError::TooMany(files.len()));
        }
        let keys = files.iter().map(|file| read_key(file.as_ref())).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    pub(super) fn keys(&self) -> &[Key] {
        &self.keys
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let algorithms: Vec<_> = self.keys.iter().map(|key| key.algorithm).collect();
        f.debug_struct("Secrets").field("algorithms", &algorithms).finish_non_exhaustive()
    }
}

fn read_key(path: &Path) -> Result<Key, SecretError> {
    crypto::install();
    let bytes = read(path)?;
    if is_pem(&bytes) {
        let key =
            DecodingKey::from_ed_pem(&bytes).ok().filter(|key| key.try_get_as_bytes().is_ok_and(|k| k.len() == 32));
        let needed = "an Ed25519 public key in PEM form, such as `openssl pkey -in private.pem -pubout` prints";
        let key = key.ok_or_else(|| SecretError::Pem { path: path.to_owned(), needed })?;
        return Ok(Key { algorithm: Algorithm::EdDSA, key });
    }
    Ok(Key { algorithm: Algorithm::HS256, key: DecodingKey::from_secret(secret(path, &bytes)?) })
}

/// The key that signs tokens: a secret, or an Ed25519 private key in PEM form.
pub(super) fn read_signing_key(path: &Path) -> Result<(Algorithm, EncodingKey), SecretError> {
    crypto::install();
    let bytes = read(path)?;
    if is_pem(&bytes) {
        let needed = "an Ed25519 private key in PEM form, such as `openssl genpkey -algorithm ed25519` prints";
        let key = EncodingKey::from_ed_pem(&bytes).map_err(|_| SecretError::Pem { path: path.to_owned(), needed })?;
        return Ok((Algorithm::EdDSA, key));
    }
    Ok((Algorithm::HS256, EncodingKey::from_secret(secret(path, &bytes)?)))
}

fn read(path: &Path) -> Result<Vec<u8>, SecretError> {
    fs::read(path).map_err(|source| SecretError::Read { path: path.to_owned(), source })
}

fn is_pem(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"-----BEGIN ")
}

/// The secret without the line feed that an editor leaves at its end.
fn secret<'b>(path: &Path, bytes: &'b [u8]) -> Result<&'b [u8], SecretError> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let secret = line.strip_suffix(b"\r").unwrap_or(line);
    match secret.len() {
        bytes if bytes < SECRET_BYTES_MIN => Err(SecretError::Short { path: path.to_owned(), bytes }),
        _ => Ok(secret),
    }
}
