//! The targets that use the crate from outside: each panics where something is wrong.
//!
//! Those that look inside are in the crate, in `src/fuzzing/` and `src/journal/fuzzing.rs`.

pub mod canary;
pub mod index_consistency;
pub mod json;
pub mod script;
mod words;

pub use words::COMMANDS;
