//! The real program is killed, and its disk cut off: what was printed is there afterwards. One program, so that the naive
//! model is compiled once.

#![allow(clippy::unwrap_used)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../killing/mod.rs"]
mod killing;
#[path = "../../../tests/naive/mod.rs"]
mod naive;

mod applying;
mod bulk;
mod compacting;
mod power_loss;
