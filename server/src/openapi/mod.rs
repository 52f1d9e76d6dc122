//! The OpenAPI document.

/// The document, as JSON.
pub(crate) fn document() -> &'static str {
    "{}"
}
