//! What becomes of the results: tables, JSON and plots.

mod chart;
mod json;
mod plots;
mod tables;

pub(super) use json::Json;
pub(super) use plots::Plots;
pub(super) use tables::{conditions, of_size, over_sizes};
