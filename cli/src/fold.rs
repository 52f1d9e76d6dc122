//! Comparing names and paths as people see them.

use unicode_normalization::UnicodeNormalization;

/// Equal for texts that look the same but for their case.
pub(crate) fn folded(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}
