//! The results as tables.

use std::time::Duration;

use super::super::results::{Kind, Measurement, Results, Size};
use crate::terminal::{Cell, Column, FAINT, STRONG, TEXT_COLUMNS, Table, bytes, elapsed, paint, plural, thousands};

/// What is measured, and on what.
pub(crate) fn conditions(results: &Results) -> String {
    let (machine, settings) = (&results.machine, &results.settings);
    let processor = machine.processor.as_deref().unwrap_or("unknown processor");
    let os = machine.os.as_deref().unwrap_or("unknown system");
    let on = format!(
        "{}, {processor}, {} of memory, {os}",
        plural(machine.cores as u64, "core"),
        bytes(machine.memory_bytes)
    );
    let of = format!(
        "{} managers, {} tags, {}; {} s for each measurement of commands",
        thousands(settings.managers),
        thousands(settings.tags),
        plural(settings.customers, "customer"),
        settings.seconds_per_measurement
    );
    let note = format!("A count's times are means of {} counts.", settings.counts_per_reading_of_the_clock);
    let title = paint(STRONG, format_args!("inboxdb {}", results.version));
    format!("{title}\n  {on}\n  {of}\n  {}\n", paint(FAINT, note))
}

/// All figures of one size.
pub(crate) fn of_size(size: &Size) -> String {
    let title = paint(STRONG, plural(size.chats, "chat"));
    format!("\n{title}\n{}\n{}", facts(size).render(2), measurements(size).render(2))
}

fn facts(size: &Size) -> Table {
    let (filling, opening, memory, disk) = (&size.filling, &size.opening, &size.memory, &size.disk);
    let (chats, commands) = (plural(filling.chats, "more chat"), plural(filling.commands, "command"));
    let texts = format!("the {} of {}", bytes(disk.message_texts), plural(disk.messages, "message"));
    let rows = [
        ("filling", format!("{} a second; {commands}, {chats}", rate(filling.per_second))),
        ("closing", seconds(size.closing_seconds)),
        ("opening", format!("{}, in a new process", seconds(opening.seconds))),
        ("", format!("{} for the first sidebar, which loads the workspace", seconds(opening.first_sidebar_seconds))),
        ("memory", format!("{} after filling, with the caches", bytes(memory.filling_growth))),
        ("", format!("{} after opening, in a new process", bytes(memory.opened_growth))),
        (
            "",
            format!(
                "{} of it for the workspace: {} a chat",
                bytes(memory.workspace),
                per_chat(memory.workspace_per_chat)
            ),
        ),
        ("disk", format!("{} of state store, {} of journal", bytes(disk.state), bytes(disk.journal))),
        ("", format!("{} a chat in the state store beyond {texts}", per_chat(disk.state_per_chat_beyond_texts))),
    ];
    let mut table = Table::new([Column::word(""), Column::text("", TEXT_COLUMNS)]);
    for (name, value) in rows {
        table.row([Cell::new(FAINT, name), Cell::lines(&value)]);
    }
    table
}

fn per_chat(bytes: f64) -> String {
    plural(bytes.round() as u64, "byte")
}

fn measurements(size: &Size) -> Table {
    let columns = [
        Column::text("WHAT", 46),
        Column::number("A SECOND"),
        Column::number("P50"),
        Column::number("P99"),
        Column::number("P99.9"),
        Column::number("LONGEST"),
    ];
    let mut table = Table::new(columns);
    let mut kind = Kind::Read;
    for measurement in &size.measurements {
        if measurement.kind != kind {
            kind = measurement.kind;
            table.row([(); 6].map(|()| Cell::plain("")));
        }
        table.row(row(measurement));
    }
    table
}

fn row(measurement: &Measurement) -> [Cell; 6] {
    let ns = &measurement.ns;
    let [p50, p99, p999, max] = [ns.p50, ns.p99, ns.p999, ns.max].map(|ns| Cell::plain(nanos(ns)));
    [Cell::plain(&measurement.title), Cell::plain(rate(measurement.per_second)), p50, p99, p999, max]
}

/// The sizes below each other. One size needs no comparison.
pub(crate) fn over_sizes(results: &Results) -> String {
    let took = format!("\nThe run took {}.\n", seconds(results.seconds));
    if results.sizes.len() < 2 {
        return took;
    }
    let columns = [
        Column::number("CHATS"),
        Column::number("A COUNT"),
        Column::number("A SIDEBAR"),
        Column::number("MESSAGES/S"),
        Column::number("CLOSES/S"),
        Column::number("FILLING/S"),
        Column::number("OPENING"),
        Column::number("BYTES/CHAT"),
    ];
    let mut table = Table::new(columns);
    for size in &results.sizes {
        let p50 = |name| size.measurement(name).map_or(String::new(), |found| nanos(found.ns.p50));
        let per_second = |name| size.measurement(name).map_or(String::new(), |found| rate(found.per_second));
        table.row([
            Cell::new(STRONG, thousands(size.chats)),
            Cell::plain(p50("count")),
            Cell::plain(p50("sidebar")),
            Cell::plain(per_second("message")),
            Cell::plain(per_second("close")),
            Cell::plain(rate(size.filling.per_second)),
            Cell::plain(seconds(size.opening.seconds)),
            Cell::plain(thousands(size.memory.workspace_per_chat.round() as u64)),
        ]);
    }
    let title = paint(STRONG, "By the number of chats");
    let note = "Medians of reads; commands of one thread, not durable; bytes of the workspace in memory.";
    format!("\n{title}\n{}  {}\n{took}", table.render(2), paint(FAINT, note))
}

fn rate(per_second: f64) -> String {
    thousands(per_second.round() as u64)
}

fn seconds(seconds: f64) -> String {
    elapsed(Duration::from_secs_f64(seconds))
}

/// As `elapsed`, with tenths of a nanosecond.
fn nanos(nanos: f64) -> String {
    if nanos < 1_000.0 { format!("{nanos:.1}ns") } else { elapsed(Duration::from_nanos(nanos.round() as u64)) }
}
