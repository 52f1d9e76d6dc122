//! Kills the real program and cuts off its disk: everything printed must be there afterwards.

mod applying;
mod bulk;
mod compacting;
mod importing;
mod killing;
mod power_loss;
mod retrying;
mod serving;

pub use killing::rounds;
