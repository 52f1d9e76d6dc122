//! The report on a bulk action, as text.

use inboxdb::{BulkReport, Code};

use crate::terminal::{Cell, Column, FAINT, STRONG, TEXT_COLUMNS, Table, paint, thousands};

/// Refused chats shown.
const SHOWN_MAX: usize = 10;

/// A summary, and the first refused chats with their reasons.
pub(super) fn text(report: &BulkReport) -> String {
    let refused = report.refused.len() as u64;
    let [changed, unchanged, refused] = [report.changed, report.unchanged, refused].map(thousands);
    let summary = format!("{}, {unchanged} unchanged, {refused} refused\n", paint(STRONG, changed + " changed"));
    if report.refused.is_empty() {
        return summary;
    }
    let mut table = Table::new([Column::number("CHAT"), Column::text("WHY", TEXT_COLUMNS)]);
    for chat in report.refused.iter().take(SHOWN_MAX) {
        table.row([Cell::new(STRONG, chat.chat.to_string()), Cell::plain(reason(chat.code))]);
    }
    let rest = report.refused.len().saturating_sub(SHOWN_MAX) as u64;
    let ending = match rest {
        0 => String::new(),
        _ => format!("  {}\n", paint(FAINT, format_args!("… and {} more; --json shows all", thousands(rest)))),
    };
    format!("{summary}\n{}{ending}", table.render(2))
}

/// Why a single chat can be refused.
fn reason(code: Code) -> &'static str {
    match code {
        Code::UnknownChat => "there is no such chat",
        Code::TooManyTags => "it would have more than 8 tags",
        Code::AssigneeMustFollow => "its assignee cannot stop following it",
        Code::NotFollowing => "the manager does not follow it",
        other => other.name(),
    }
}
