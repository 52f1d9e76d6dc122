//! inboxdb beside other stores: the same data, the same work, the same machine, in one run. See `docs/PEERS.md`.

pub mod check;
pub mod data;
pub mod machine;
pub mod measure;
pub mod model;
pub mod peer;
pub mod peers;
pub mod report;
pub mod server;
pub mod sql;
