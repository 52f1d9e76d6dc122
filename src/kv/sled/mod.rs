//! sled as the key-value store: [`open`] guards its opening, [`SledBackend`] speaks the trait.

mod backend;
mod open;

use backend::SledBackend;
pub(crate) use open::open;
