//! Numbers as people read them.

use std::time::Duration;

use indicatif::{DecimalBytes, HumanCount};

/// With separators: `1,234,567`.
pub(crate) fn thousands(number: u64) -> String {
    HumanCount(number).to_string()
}

/// `1 chat`, `2 chats`.
pub(crate) fn plural(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", thousands(number))
}

/// A size: `61.34 MB`.
pub(crate) fn bytes(bytes: u64) -> String {
    if bytes < 1_000 { plural(bytes, "byte") } else { DecimalBytes(bytes).to_string() }
}

/// How long something took, in the unit that suits it: `38.0ns`, `1.5ms`, `9.8s`.
pub(crate) fn elapsed(time: Duration) -> String {
    format!("{time:.1?}")
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
        for (size, text) in [(1, "1 byte"), (999, "999 bytes"), (1_000, "1.00 kB"), (61_340_000, "61.34 MB")] {
            assert_eq!(bytes(size), text);
        }
        for (nanos, text) in
            [(38, "38.0ns"), (1_500, "1.5µs"), (12_340, "12.3µs"), (123_400_000, "123.4ms"), (9_800_000_000, "9.8s")]
        {
            assert_eq!(elapsed(Duration::from_nanos(nanos)), text);
        }
    }
}
