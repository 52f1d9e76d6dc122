//! Who asks, and what that lets them do.

mod caller;
mod crypto;
mod pace;
mod revoked;
mod secret;
mod session;
mod token;

pub(crate) use caller::{Caller, Guard, admit};
pub(crate) use pace::Pace;
pub(crate) use revoked::Revoked;
pub use secret::{SecretError, Secrets};
pub(crate) use session::{clear_cookie, set_cookie};
pub use token::{MintError, NewToken};
