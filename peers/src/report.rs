//! The run as a table in Markdown and as JSON.

use std::fmt::Write;

use serde::Serialize;

use crate::machine::Machine;
use crate::measure::{CLIENTS, Latency, Measured, Work};
use crate::peer::Durability;

/// A column of the report.
#[derive(Debug, Serialize)]
pub struct Row {
    /// The heading.
    pub name: String,
    /// The version of the store.
    pub version: String,
    /// How it was set up.
    pub setup: String,
    /// What was measured.
    pub measured: Measured,
}

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The machine.
    pub machine: Machine,
    /// The command that gave it.
    pub command: String,
    /// The number of chats.
    pub chats: u32,
    /// The peers, in the order of the columns.
    pub peers: Vec<Row>,
    /// What was left out, and why.
    pub skipped: Vec<String>,
}

/// Which way is better.
#[derive(Clone, Copy, PartialEq)]
enum Better {
    Less,
    More,
}

/// A cell: the figure that counts, and its text.
type Cell = Option<(f64, String)>;

/// A figure with three digits that count.
fn figure(value: f64) -> String {
    match value {
        0.0..0.1 => format!("{value:.3}"),
        0.1..1.0 => format!("{value:.2}"),
        1.0..10.0 => format!("{value:.1}"),
        _ => thousands(value.round() as u64),
    }
}

fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Report {
    /// A line of the table. A peer that is ahead of inboxdb is in bold.
    fn line(&self, label: &str, better: Better, cell: impl Fn(&Measured) -> Cell) -> String {
        let own = self.peers.iter().find(|row| row.name == "inboxdb").and_then(|row| cell(&row.measured));
        let mut line = format!("| {label} |");
        for row in &self.peers {
            let text = cell(&row.measured).map_or("–".to_owned(), |(value, text)| {
                let ahead = own.as_ref().is_some_and(|(own, _)| match better {
                    Better::Less => value < *own,
                    Better::More => value > *own,
                });
                if ahead { format!("**{text}**") } else { text }
            });
            // Writing to a string cannot fail.
            let _ = write!(line, " {text} |");
        }
        line.push('\n');
        line
    }

    fn heading(&self, first: &str) -> String {
        let names: Vec<&str> = self.peers.iter().map(|row| row.name.as_str()).collect();
        format!("| {first} | {} |\n|---|{}\n", names.join(" | "), "---|".repeat(names.len()))
    }

    /// The tables, with what is needed to repeat them.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let machine = &self.machine;
        let mut text = format!(
            "{} chats. {}, {} cores of {}, {} GiB of memory, {}; 8 KiB and `fdatasync`: {} µs;\nload average {} at the \
             start. Commit {}, `{}`.\n\n",
            thousands(self.chats.into()),
            machine.date,
            machine.cores,
            machine.processor,
            machine.memory_gib,
            machine.system,
            figure(machine.sync_us),
            machine.load,
            machine.commit,
            self.command,
        );
        text += &self.heading("one client, p50 / p99 in µs");
        for (work, label) in [
            (Work::CountsOfAssignee, "three numbers of one assignee"),
            (Work::OpenBelowTopTag, "open chats below a top tag"),
            (Work::Sidebar, "a whole sidebar, about 1,600 numbers"),
            (Work::ClosedOfAssignee, "50 newest closed chats of an assignee"),
            (Work::ClosedBelowTopTag, "50 newest closed chats of a top tag"),
        ] {
            text += &self.line(label, Better::Less, |measured| {
                latency(measured.reads.iter().find(|(other, _)| *other == work).map(|(_, latency)| *latency))
            });
        }
        for durability in [Durability::Durable, Durability::Relaxed] {
            for (work, label) in [(Work::Message, "a message"), (Work::Close, "a close")] {
                let label = format!("{label}, {}", name(durability));
                text += &self.line(&label, Better::Less, |measured| {
                    let found = measured.writes.iter().find(|(when, other, _)| (*when, *other) == (durability, work));
                    latency(found.map(|(_, _, latency)| *latency))
                });
            }
        }
        text.push('\n');
        text += &self.heading("closes a second");
        for durability in [Durability::Durable, Durability::Relaxed] {
            for clients in CLIENTS {
                let label = format!("{}, {clients} client{}", name(durability), if clients == 1 { "" } else { "s" });
                text += &self.line(&label, Better::More, |measured| {
                    let found =
                        measured.closes.iter().find(|(when, other, _)| (*when, *other) == (durability, clients));
                    found.map(|(_, _, rate)| (*rate, thousands(rate.round() as u64)))
                });
            }
        }
        text +=
            &self.line("filling, seconds", Better::Less, |measured| Some((measured.fill_s, figure(measured.fill_s))));
        text.push('\n');
        for row in &self.peers {
            let _ = writeln!(text, "* {}: {}; {}.", row.name, row.version, row.setup);
        }
        for skipped in &self.skipped {
            let _ = writeln!(text, "* {skipped}.");
        }
        text
    }
}

fn latency(latency: Option<Latency>) -> Cell {
    let Latency { p50, p99, .. } = latency?;
    Some((p50, format!("{} / {}", figure(p50), figure(p99))))
}

fn name(durability: Durability) -> &'static str {
    match durability {
        Durability::Durable => "durable",
        Durability::Relaxed => "relaxed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_as_many_digits_as_count() {
        let figures = [0.0213, 0.33, 7.25, 42.4, 1_234_567.0].map(figure);
        assert_eq!(figures, ["0.021", "0.33", "7.2", "42", "1,234,567"]);
    }
}
