//! Progress bars.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::is_quiet;

/// Shorter work gets no bar.
const MOMENT: Duration = Duration::from_millis(300);

/// A bar on standard error if that is a terminal. It appears after a moment.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    on_terminal: bool,
}

impl Progress {
    /// A bar that counts chats. `what` stands before it, and may be empty.
    pub(crate) fn of_chats(what: &str, chats: u64) -> Self {
        let progress =
            Self::new("  {msg}{bar:40} {human_pos} of {human_len} chats  {elapsed}, {eta} left", Some(chats));
        progress.bar.set_message(if what.is_empty() { String::new() } else { format!("{what}  ") });
        progress
    }

    /// A bar that counts bytes. Without a known total it only shows how many are done.
    pub(crate) fn of_bytes(bytes: Option<u64>) -> Self {
        match bytes {
            Some(_) => Self::new("  {bar:40} {binary_bytes} of {binary_total_bytes}  {elapsed}, {eta} left", bytes),
            None => Self::new("  {spinner} {binary_bytes}  {elapsed}", None),
        }
    }

    /// A bar of percents, for units that mean nothing to people.
    pub(crate) fn of_parts() -> Self {
        Self::new("  {bar:40} {percent}%  {elapsed}, {eta} left", Some(0))
    }

    /// A bar of so many steps, each with its name.
    pub(crate) fn of_steps(steps: u64) -> Self {
        Self::new("  {bar:40} {human_pos} of {human_len}  {elapsed}  {msg}", Some(steps))
    }

    fn new(form: &str, length: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, began: Instant::now(), on_terminal: io::stderr().is_terminal() && !is_quiet() }
    }

    /// Hides the bar for good.
    pub(crate) fn unseen(mut self) -> Self {
        self.on_terminal = false;
        self
    }

    /// Whether the bar can be seen.
    pub(crate) fn on_terminal(&self) -> bool {
        self.on_terminal
    }

    /// Sets the position and, if it is known, the total, which may grow.
    pub(crate) fn show(&self, now: inboxdb::Progress) {
        if let Some(total) = now.total {
            self.bar.set_length(total);
        }
        self.show_done(now.done);
    }

    /// Names the step that begins, after so many.
    pub(crate) fn show_step(&self, done: u64, what: &str) {
        self.bar.set_message(what.to_owned());
        self.show_done(done);
    }

    /// Sets the position.
    pub(crate) fn show_done(&self, done: u64) {
        if self.on_terminal && self.bar.is_hidden() && self.began.elapsed() > MOMENT {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }
}

/// Removes the bar, also after a failure.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
