//! How far something is that takes a while.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is done sooner needs no bar.
const MOMENT: Duration = Duration::from_millis(300);

/// A bar on standard error, if that is a terminal, for what takes more than a moment.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
    on_terminal: bool,
}

impl Progress {
    /// Of so many chats. `what` is in front of the bar, and may be empty.
    pub(crate) fn of_chats(what: &str, chats: u64) -> Self {
        let progress =
            Self::new("  {msg}{bar:40} {human_pos} of {human_len} chats  {elapsed}, {eta} left", Some(chats));
        progress.bar.set_message(if what.is_empty() { String::new() } else { format!("{what}  ") });
        progress
    }

    /// Of the bytes of an input, or where their number is not known of how many there were.
    pub(crate) fn of_bytes(bytes: Option<u64>) -> Self {
        match bytes {
            Some(_) => Self::new("  {bar:40} {binary_bytes} of {binary_total_bytes}  {elapsed}, {eta} left", bytes),
            None => Self::new("  {spinner} {binary_bytes}  {elapsed}", None),
        }
    }

    /// Of parts that mean nothing to people.
    pub(crate) fn of_parts() -> Self {
        Self::new("  {bar:40} {percent}%  {elapsed}, {eta} left", Some(0))
    }

    fn new(form: &str, length: Option<u64>) -> Self {
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::hidden());
        bar.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, began: Instant::now(), on_terminal: io::stderr().is_terminal() }
    }

    /// One that nobody sees.
    pub(crate) fn unseen(mut self) -> Self {
        self.on_terminal = false;
        self
    }

    /// Whether somebody can see the bar.
    pub(crate) fn on_terminal(&self) -> bool {
        self.on_terminal
    }

    /// So many are done, of so many: a total may be known late, and may grow.
    pub(crate) fn show(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.show_done(done);
    }

    /// So many are done.
    pub(crate) fn show_done(&self, done: u64) {
        if self.on_terminal && self.bar.is_hidden() && self.began.elapsed() > MOMENT {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }
}

/// Takes the bar away, also when something fails on the way.
impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
