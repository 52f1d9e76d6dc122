//! Bars that show how far long work is. They are on standard error, and only where that is a terminal.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over so many chats.
pub(crate) fn of_chats(total: u64) -> ProgressBar {
    styled(ProgressBar::new(total), "  {bar:40} {human_pos} of {human_len} chats  {elapsed}, {eta} left")
}

/// A bar over the bytes of an input; where their number is not known, how many there were.
pub(crate) fn of_bytes(total: Option<u64>) -> ProgressBar {
    match total {
        Some(total) => {
            styled(ProgressBar::new(total), "  {bar:40} {binary_bytes} of {binary_total_bytes}  {elapsed}, {eta} left")
        }
        None => styled(ProgressBar::new_spinner(), "  {spinner} {binary_bytes}  {elapsed}"),
    }
}

/// A bar that nobody sees.
pub(crate) fn hidden() -> ProgressBar {
    ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden())
}

fn styled(bar: ProgressBar, form: &str) -> ProgressBar {
    bar.with_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()))
}
