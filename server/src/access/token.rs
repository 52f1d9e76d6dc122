//! Tokens: one actor in one workspace, signed, for a time.

use std::path::Path;
use std::time::Duration;

use inboxdb::{Actor, Timestamp, WorkspaceId};
use jsonwebtoken::{Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use super::secret::{Key, SecretError, Secrets, read_signing_key};
use crate::json::ID_MAX;

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    ws: u64,
    sub: String,
    exp: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    iat: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    store: bool,
}

/// A token that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) workspace: WorkspaceId,
    pub(crate) actor: Actor,
    /// Seconds since the Unix epoch.
    pub(crate) expires_at_s: u64,
    /// What names it in the list of revoked ones.
    pub(crate) id: Option<String>,
    /// Whether it also covers what concerns all workspaces of the store.
    pub(crate) store: bool,
}

impl Token {
    /// Checks a token against the keys, in their order.
    pub(crate) fn check(text: &str, secrets: &Secrets) -> Result<Self, String> {
        let mut why = "the server has no secret".to_owned();
        for key in secrets.keys() {
            match check_with(text, key) {
                Ok(token) => return Ok(token),
                Err(reason) => why = reason,
            }
        }
        Err(why)
    }
}

fn check_with(text: &str, key: &Key) -> Result<Token, String> {
    let mut validation = Validation::new(key.algorithm);
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.set_required_spec_claims(&["exp", "sub"]);
    let claims = decode::<Claims>(text, &key.key, &validation).map_err(|error| told(&error))?.claims;
    let actor = claims.sub.parse::<Actor>().map_err(|error| format!("the token's `sub` is wrong: {error}"))?;
    let id = match actor {
        Actor::Manager(manager) => manager.0,
        Actor::Customer(customer) => customer.0,
        _ => 0,
    };
    if claims.ws > ID_MAX || id > ID_MAX {
        return Err(format!("the token names an id above {ID_MAX}"));
    }
    Ok(Token {
        workspace: WorkspaceId(claims.ws),
        actor,
        expires_at_s: claims.exp,
        id: claims.jti,
        store: claims.store,
    })
}

/// Why a token does not count, without a word that helps to forge one.
fn told(error: &jsonwebtoken::errors::Error) -> String {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::ExpiredSignature => "the token has expired".to_owned(),
        ErrorKind::ImmatureSignature => "the token is not valid yet".to_owned(),
        ErrorKind::MissingRequiredClaim(claim) => format!("the token lacks the claim `{claim}`"),
        ErrorKind::InvalidAudience => "the token is for another audience".to_owned(),
        _ => "the token is not one of this server's".to_owned(),
    }
}

/// A token to make: who, where, and for how long.
///
/// ```no_run
/// use std::time::Duration;
/// use inboxdb::ManagerId;
/// use inboxdb_server::NewToken;
///
/// let token = NewToken::new(1, ManagerId(7), Duration::from_secs(86_400)).sign("secret".as_ref())?;
/// # Ok::<(), inboxdb_server::MintError>(())
/// ```
#[derive(Debug, Clone)]
pub struct NewToken {
    workspace: WorkspaceId,
    actor: Actor,
    lifetime: Duration,
    store: bool,
}

/// Why a token could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MintError {
    /// The file holds no key.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The claim `store` was asked for another actor than the system.
    #[error("only a token of the system may concern all workspaces")]
    StoreOfAnother,
    /// The token could not be signed, or there was no randomness for its id.
    #[error("the token could not be signed: {0}")]
    Sign(String),
}

impl NewToken {
    /// Creates a token for an actor in a workspace.
    pub fn new(workspace: impl Into<WorkspaceId>, actor: impl Into<Actor>, lifetime: Duration) -> Self {
        Self { workspace: workspace.into(), actor: actor.into(), lifetime, store: false }
    }

    /// Extends the token to what concerns all workspaces of the store: `/metrics`, backups, the list of workspaces. Only
    /// for tokens of the system.
    #[must_use]
    pub fn store(self, store: bool) -> Self {
        Self { store, ..self }
    }

    /// Signs the token with the key in a file: a secret, or an Ed25519 private key in PEM form. The token gets a random
    /// `jti`, by which it can be revoked.
    ///
    /// # Errors
    ///
    /// [`MintError`] if the file holds no such key.
    pub fn sign(&self, secret_file: &Path) -> Result<String, MintError> {
        if self.store && self.actor != Actor::System {
            return Err(MintError::StoreOfAnother);
        }
        let (algorithm, key) = read_signing_key(secret_file)?;
        let mut random = [0_u8; 16];
        getrandom::fill(&mut random).map_err(|error| MintError::Sign(error.to_string()))?;
        let now = Timestamp::now().as_millis() / 1_000;
        let claims = Claims {
            ws: self.workspace.0,
            sub: self.actor.to_string(),
            exp: now.saturating_add(self.lifetime.as_secs()),
            iat: Some(now),
            jti: Some(random.iter().map(|byte| format!("{byte:02x}")).collect()),
            store: self.store,
        };
        encode(&Header::new(algorithm), &claims, &key).map_err(|error| MintError::Sign(error.to_string()))
    }
}
