//! The fuzz targets that use the public API. Each panics when it finds a fault.
//!
//! Targets that use private parts are in the crate itself, in `src/testing/fuzzing/` and beside their code.

pub mod canary;
mod import_file;
pub mod import_lines;
pub mod index_consistency;
pub mod json;
pub mod script;
mod words;

pub use words::COMMANDS;
