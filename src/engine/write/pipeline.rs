//! Many commands, one wait.

use crate::command::{Envelope, Outcome};
use crate::engine::Engine;
use crate::engine::write::execute::Judged;
use crate::error::Error;

/// A run of commands that wait for their durability once, together: much faster than one by one for a writer
/// that has many.
///
/// Each command is judged and applied when it is pushed, and seen by readers from then on. Its answer counts, and
/// is handed out, when [`finish`](Self::finish) returns.
///
/// ```
/// # use inboxdb::{Actor, Command, CustomerId, CustomerUpdate, Engine, Envelope, WorkspaceId};
/// # let engine = Engine::temporary()?;
/// let mut pipeline = engine.pipeline();
/// for customer in 1..=1_000 {
///     let command = Command::put_customer(CustomerId(customer), CustomerUpdate::new());
///     pipeline.push(&Envelope::new(WorkspaceId(1), 1_000, Actor::System, command));
/// }
/// assert!(pipeline.finish().iter().all(Result::is_ok));
/// # engine.close()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the commands are durable only when the pipeline is finished"]
pub struct Pipeline<'e> {
    engine: &'e Engine,
    judged: Vec<Result<Judged, Error>>,
}

impl<'e> Pipeline<'e> {
    pub(crate) fn new(engine: &'e Engine) -> Self {
        Self { engine, judged: Vec::new() }
    }

    /// Judges and applies one more command.
    pub fn push(&mut self, envelope: &Envelope) {
        let judged = self.engine.inner().and_then(|inner| {
            let judged = inner.submit(envelope)?;
            inner.bound_queue()?;
            Ok(judged)
        });
        self.judged.push(judged);
    }

    /// How many commands were pushed.
    pub fn len(&self) -> usize {
        self.judged.len()
    }

    /// Whether no command was pushed.
    pub fn is_empty(&self) -> bool {
        self.judged.is_empty()
    }

    /// Waits until all are durable (or not, with [`Durability::Interval`](crate::Durability::Interval)), and
    /// answers for each, in order. Where the journal fails meanwhile, those that are not known to be durable are
    /// answered [`Error::Unavailable`].
    pub fn finish(self) -> Vec<Result<Outcome, Error>> {
        let newest = self.judged.iter().flatten().map(|judged| judged.seq).max();
        let settled = match (newest, self.engine.inner()) {
            (Some(newest), Ok(inner)) => inner.settle(newest),
            _ => Ok(()),
        };
        let durable = self.engine.durable_seq();
        let answer = |judged: Judged| match &settled {
            Err(error) if judged.seq > durable => Err(Error::Unavailable(error.reason())),
            _ => judged.into_outcome(),
        };
        self.judged.into_iter().map(|judged| judged.and_then(answer)).collect()
    }
}
