//! Submissions: commands that are applied, and durable a little later.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use super::execute::{Submitted, submit};
use super::writer::Writer;
use crate::command::{Envelope, Outcome};
use crate::config::Durability;
use crate::engine::Engine;
use crate::error::Error;
use crate::journal::WhenDurable;

/// A command that was judged and, if accepted, applied: readers see it. What is left is to wait until it is durable, as
/// a future or with [`wait`](Self::wait). The answer is valid only then.
///
/// [`Engine::submit`](crate::Engine::submit) makes one. It needs no async runtime, works in any, and owns what it
/// needs. Dropping it does not undo the command: it becomes durable with the next ones, at the latest when the engine
/// is closed. After it was ready it may be polled again, and gives the same outcome.
#[must_use = "a command is durable only when its submission is ready"]
pub struct Submission {
    submitted: Submitted,
    /// With [`Durability::Interval`] there is nothing to wait for.
    durable: Option<WhenDurable>,
}

impl Submission {
    /// Judges and applies a command.
    pub(in crate::engine) fn new(writer: &Writer, envelope: &Envelope) -> Result<Self, Error> {
        let submitted = submit(writer, envelope, &mut |_| {})?;
        writer.bound_queue()?;
        let durable = match writer.durability {
            Durability::Sync => Some(WhenDurable::new(Arc::clone(&writer.journal), submitted.seq)),
            Durability::Interval(_) => None,
        };
        Ok(Self { submitted, durable })
    }

    /// Waits in this thread until the command is durable, and returns what
    /// [`Engine::execute`](crate::Engine::execute) would have returned.
    ///
    /// # Errors
    ///
    /// As [`Engine::execute`](crate::Engine::execute).
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Envelope};
    ///
    /// let engine = Engine::temporary()?;
    /// let submission = engine.submit(Envelope::new(1, 1_000, Actor::System, Command::put_customer(5, "Grace")))?;
    /// assert_eq!(submission.wait()?.seq, engine.durable_seq());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wait(self) -> Result<Outcome, Error> {
        self.durable.map_or(Ok(()), WhenDurable::wait)?;
        self.submitted.into_outcome()
    }
}

impl Future for Submission {
    type Output = Result<Outcome, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(durable) = &mut self.durable {
            ready!(Pin::new(durable).poll(context))?;
        }
        Poll::Ready(self.submitted.clone().into_outcome())
    }
}

impl Engine {
    /// Judges and applies one command like [`execute`](Self::execute), and returns what to await, or to wait for, until it
    /// is durable. Any number of commands can be in flight without a thread for each: they share the syncs of group
    /// commit, whose end wakes them. With [`Durability::Interval`](crate::Durability::Interval) the submission is ready at
    /// once.
    ///
    /// The calling thread does the work before this returns. It takes the lock of the workspace, may read records from
    /// the disk, waits for room while the state store does not keep up, and works off all of a large bulk action. Where
    /// that must not keep a thread of a runtime, call this in a task that may block, such as
    /// `tokio::task::spawn_blocking`; a bulk action always belongs there.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if the engine takes no writes; [`Error::Closed`]; [`Error::Refused`] for a malformed
    /// envelope. Any other refusal comes from the submission, once everything it was based on is durable.
    ///
    /// ```
    /// use inboxdb::{Actor, Command, Engine, Envelope, Error};
    ///
    /// async fn greet(engine: &Engine) -> Result<(), Error> {
    ///     engine.submit(Envelope::new(1, 1_000, Actor::System, Command::put_customer(5, "Grace")))?.await?;
    ///     let outcome = engine.submit(Envelope::new(1, 2_000, Actor::Customer(5.into()), Command::start_chat(5)))?.await?;
    ///     assert_eq!(outcome.reply.chat(), Some(1.into()));
    ///     Ok(())
    /// }
    /// # use std::{future::Future, pin::pin, sync::Arc, task::{Context, Poll, Wake}, thread};
    /// # struct Unpark(thread::Thread);
    /// # impl Wake for Unpark { fn wake(self: Arc<Self>) { self.0.unpark() } }
    /// # let engine = Engine::temporary()?;
    /// # let (waker, mut greet) = (Arc::new(Unpark(thread::current())).into(), pin!(greet(&engine)));
    /// # loop {
    /// #     if let Poll::Ready(done) = greet.as_mut().poll(&mut Context::from_waker(&waker)) { break done? }
    /// #     thread::park();
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn submit(&self, envelope: Envelope) -> Result<Submission, Error> {
        Submission::new(&self.shared.writer, &envelope)
    }
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Submission").field("seq", &self.submitted.seq).finish_non_exhaustive()
    }
}
