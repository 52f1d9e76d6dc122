//! sled as the key-value store: [`open`] guards its opening, [`SledBackend`] implements the trait.

mod backend;
mod footprint;
mod open;
mod resources;

use backend::SledBackend;
pub(crate) use open::{exists, open};
