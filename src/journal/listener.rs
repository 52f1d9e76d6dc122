//! Tells another part of the engine that the journal has moved on.

use std::sync::OnceLock;

/// Called when more is durable, and when the journal has failed. It must be quick and may not use the journal.
#[derive(Default)]
pub(super) struct Listener(OnceLock<Box<dyn Fn() + Send + Sync>>);

impl Listener {
    /// Sets what is called. It can be set once.
    pub(super) fn set(&self, call: impl Fn() + Send + Sync + 'static) {
        let was_set = self.0.set(Box::new(call)).is_err();
        debug_assert!(!was_set, "one listener");
    }

    pub(super) fn call(&self) {
        if let Some(call) = self.0.get() {
            call();
        }
    }
}
