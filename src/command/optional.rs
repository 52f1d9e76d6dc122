//! Fields that mean the same when they are left out as with their default. They are read as left out, so that equal commands are
//! equal, also to the retry of a command.

use serde::{Deserialize, Deserializer};

/// Reads a flag: `false` is as good as none.
pub(super) fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(Option::<bool>::deserialize(deserializer)?.filter(|is_on| *is_on))
}

/// Reads a list: an empty one is as good as none.
pub(super) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.filter(|list| !list.is_empty()))
}
