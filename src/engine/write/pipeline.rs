//! Pipelines: many commands, one wait.

use std::fmt;

use super::execute::{Submitted, submit};
use super::writer::Writer;
use crate::command::{Envelope, Outcome};
use crate::error::Error;

/// Commands that wait for durability once, together. For a writer with many commands this is much faster than one by
/// one.
///
/// Each command is judged and applied when it is pushed, and readers see it from then on. The answers are returned, and
/// valid, when [`finish`](Self::finish) returns.
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
    writer: &'e Writer,
    submitted: Vec<Result<Submitted, Error>>,
}

impl fmt::Debug for Pipeline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").field("len", &self.submitted.len()).finish_non_exhaustive()
    }
}

impl<'e> Pipeline<'e> {
    pub(in crate::engine) fn new(writer: &'e Writer) -> Self {
        Self { writer, submitted: Vec::new() }
    }

    /// Judges and applies one more command.
    ///
    /// ```
    /// # use inboxdb::{Actor, Command, Engine, Envelope};
    /// # let engine = Engine::temporary()?;
    /// let mut pipeline = engine.pipeline();
    /// pipeline.push(&Envelope::new(1, 1_000, Actor::System, Command::put_customer(5, "Grace")));
    /// assert_eq!(pipeline.len(), 1);
    /// pipeline.finish();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&mut self, envelope: &Envelope) {
        let submitted = submit(self.writer, envelope, &mut |_| {}).and_then(|submitted| {
            self.writer.bound_queue()?;
            Ok(submitted)
        });
        self.submitted.push(submitted);
    }

    /// Returns the number of commands pushed.
    pub fn len(&self) -> usize {
        self.submitted.len()
    }

    /// Whether no command was pushed.
    pub fn is_empty(&self) -> bool {
        self.submitted.is_empty()
    }

    /// Waits until all commands are durable (with [`Durability::Interval`](crate::Durability::Interval) it does not
    /// wait), and returns the answers in order. If the journal fails meanwhile, commands not known to be durable return
    /// [`Error::Unavailable`].
    pub fn finish(self) -> Vec<Result<Outcome, Error>> {
        let newest = self.submitted.iter().flatten().map(|submitted| submitted.seq).max();
        let settled = newest.map_or(Ok(()), |newest| self.writer.settle(newest));
        let failure = settled.err().map(|error| error.into_failure(str::to_owned));
        let durable = self.writer.journal.durable_seq();
        let answer = |submitted: Submitted| match &failure {
            Some(failure) if submitted.seq > durable => Err(Error::Unavailable(failure.clone())),
            _ => submitted.into_outcome(),
        };
        self.submitted.into_iter().map(|submitted| submitted.and_then(answer)).collect()
    }
}
