//! Numbers as people read them.

use std::time::Duration;

/// With separators: `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 chat`, `2 chats`.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number))
}

/// A size: `61.3 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return plural(bytes, "byte");
    }
    let mut unit = 0;
    let mut size = bytes as f64 / 1_000.0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1_000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// A time that something took, in the unit that suits it, with three digits or so.
pub(crate) fn elapsed(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    let (value, unit) = match nanos {
        nanos if nanos < 1e3 => return format!("{nanos:.0} ns"),
        nanos if nanos < 1e6 => (nanos / 1e3, "µs"),
        nanos if nanos < 1e9 => (nanos / 1e6, "ms"),
        nanos => (nanos / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(thousands(number), text);
        }
        assert_eq!(thousands(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!((plural(1, "chat").as_str(), plural(2_000, "chat").as_str()), ("1 chat", "2,000 chats"));
    }

    #[test]
    fn sizes_and_times_take_the_unit_that_suits_them() {
        for (size, text) in
            [(1, "1 byte"), (999, "999 bytes"), (1_000, "1.0 KB"), (999_960, "1.0 MB"), (61_340_000, "61.3 MB")]
        {
            assert_eq!(bytes(size), text);
        }
        for (nanos, text) in
            [(38, "38 ns"), (1_500, "1.50 µs"), (12_340, "12.3 µs"), (123_400_000, "123 ms"), (9_800_000_000, "9.80 s")]
        {
            assert_eq!(elapsed(Duration::from_nanos(nanos)), text);
        }
    }
}
