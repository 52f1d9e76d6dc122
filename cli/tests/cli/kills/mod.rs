//! The real program is killed, and its disk cut off: what was printed is there afterwards.

mod applying;
mod bulk;
mod compacting;
mod killing;
mod power_loss;
