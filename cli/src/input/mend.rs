//! Input as other programs leave it, read as it was meant: without a byte order mark at its beginning, and with U+FFFD
//! for an escape that is half of a character.
//!
//! A program that cuts a text by UTF-16 units may leave `\ud83d` at its end. No JSON library reads that, and the whole
//! line would be lost for it. The replacement `\ufffd` has the same length, so all positions stay.

use std::io::{self, Read};
use std::ops::Range;

use crate::failure::say;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const REPLACEMENT: &[u8] = br"\ufffd";
const ESCAPE: usize = REPLACEMENT.len();

/// A reader that mends what it passes on. It says on standard error in which lines it did.
pub(super) struct Mended<R> {
    input: R,
    name: String,
    /// A buffer of fixed size, of which this much holds bytes read, and the first `ready` of them are mended.
    bytes: Vec<u8>,
    end: usize,
    ready: usize,
    /// How many of them are passed on.
    passed: usize,
    is_first: bool,
    is_at_end: bool,
    line: u64,
    told: u64,
}

/// What stands at a backslash.
#[derive(Debug, PartialEq, Eq)]
enum Escape {
    /// Something to leave as it is, so many bytes long.
    Whole(usize),
    /// Half of a character.
    Half,
    /// It cannot be told before more is read.
    CutOff,
}

impl<R: Read> Mended<R> {
    /// Reads up to `buffer_bytes` at once.
    pub(super) fn new(input: R, name: String, buffer_bytes: usize) -> Self {
        let bytes = vec![0; buffer_bytes.max(2 * ESCAPE)];
        let (end, ready, passed) = (0, 0, 0);
        Self { input, name, bytes, end, ready, passed, is_first: true, is_at_end: false, line: 1, told: 0 }
    }

    /// Reads once, and mends what can be told by then.
    fn fill(&mut self) -> io::Result<()> {
        self.bytes.copy_within(self.ready..self.end, 0);
        self.end -= self.ready;
        (self.ready, self.passed) = (0, 0);
        let read = self.input.read(&mut self.bytes[self.end..])?;
        self.end += read;
        self.is_at_end = read == 0;
        if !self.is_first || self.skip_mark() {
            self.mend();
        }
        Ok(())
    }

    /// Skips a byte order mark. Returns false if more must be read to tell.
    fn skip_mark(&mut self) -> bool {
        let read = &self.bytes[..self.end];
        if read.len() < BYTE_ORDER_MARK.len() && BYTE_ORDER_MARK.starts_with(read) && !self.is_at_end {
            return false;
        }
        if read.starts_with(BYTE_ORDER_MARK) {
            (self.ready, self.passed) = (BYTE_ORDER_MARK.len(), BYTE_ORDER_MARK.len());
        }
        self.is_first = false;
        true
    }

    fn mend(&mut self) {
        while let Some(found) = self.bytes[self.ready..self.end].iter().position(|byte| matches!(byte, b'\\' | b'\n')) {
            let at = self.ready + found;
            if self.bytes[at] == b'\n' {
                self.line += 1;
                self.ready = at + 1;
                continue;
            }
            match escape(&self.bytes[at..self.end], self.is_at_end) {
                Escape::Whole(length) => self.ready = at + length,
                Escape::Half => {
                    self.replace(at..at + ESCAPE);
                    self.ready = at + ESCAPE;
                }
                Escape::CutOff => {
                    self.ready = at;
                    return;
                }
            }
        }
        self.ready = self.end;
    }

    fn replace(&mut self, place: Range<usize>) {
        let bytes = &mut self.bytes[place];
        if self.told < self.line {
            self.told = self.line;
            say(format_args!(
                "line {} of {}: {} is half of a character; it is read as U+FFFD",
                self.line,
                self.name,
                String::from_utf8_lossy(bytes)
            ));
        }
        bytes.copy_from_slice(REPLACEMENT);
    }
}

impl<R: Read> Read for Mended<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.passed == self.ready && !self.is_at_end && !out.is_empty() {
            self.fill()?;
        }
        let length = out.len().min(self.ready - self.passed);
        out[..length].copy_from_slice(&self.bytes[self.passed..self.passed + length]);
        self.passed += length;
        Ok(length)
    }
}

/// Judges an escape at the beginning of some bytes. What follows in the same line is all that matters, so a line that
/// is complete is never held back.
fn escape(bytes: &[u8], is_at_end: bool) -> Escape {
    let line = &bytes[..bytes.iter().take(2 * ESCAPE).position(|byte| *byte == b'\n').unwrap_or(bytes.len())];
    let is_whole_line = is_at_end || line.len() < bytes.len();
    match line.get(1) {
        None if !is_whole_line => return Escape::CutOff,
        None => return Escape::Whole(1),
        Some(b'u') => {}
        Some(_) => return Escape::Whole(2),
    }
    let Some(unit) = line.get(2..ESCAPE) else {
        return if is_whole_line { Escape::Whole(2) } else { Escape::CutOff };
    };
    match code_unit(unit) {
        Some(0xd800..=0xdbff) => {}
        Some(0xdc00..=0xdfff) => return Escape::Half,
        Some(_) => return Escape::Whole(ESCAPE),
        None => return Escape::Whole(2),
    }
    let rest = &line[ESCAPE..];
    match rest.strip_prefix(br"\u").and_then(|unit| unit.get(..4)).map(code_unit) {
        Some(Some(0xdc00..=0xdfff)) => Escape::Whole(2 * ESCAPE),
        Some(_) => Escape::Half,
        None if is_whole_line || !may_become_escape(rest) => Escape::Half,
        None => Escape::CutOff,
    }
}

fn may_become_escape(bytes: &[u8]) -> bool {
    bytes.len() < ESCAPE && bytes.iter().zip(br"\u").all(|(byte, wanted)| byte == wanted)
}

fn code_unit(digits: &[u8]) -> Option<u32> {
    let value = |digit: &u8| char::from(*digit).to_digit(16);
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + value(digit)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out so many bytes at a time.
    struct Drip<'b>(&'b [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(out.len());
            out[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn mended(text: &[u8]) -> Vec<u8> {
        let all = |step| {
            let mut out = Vec::new();
            Mended::new(Drip(text, step), "a test".to_owned(), 16).read_to_end(&mut out).unwrap();
            out
        };
        let whole = all(usize::MAX);
        for step in 1..14 {
            assert_eq!(all(step), whole, "{step} bytes at a time");
        }
        whole
    }

    #[test]
    fn halves_of_characters_are_replaced() {
        for (text, expected) in [
            (r#""thank you \ud83d""#, r#""thank you \ufffd""#),
            (r#""\udc4d""#, r#""\ufffd""#),
            (r#""\ud83d\ud83d\udc4d""#, r#""\ufffd\ud83d\udc4d""#),
            (r#""\udc4d\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\uD83D\n""#, r#""\ufffd\n""#),
            (r#""\ud83d\u0041""#, r#""\ufffd\u0041""#),
            (r#""\ud83d\\udc4d""#, r#""\ufffd\\udc4d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            ("\"\\ud83d\n\\udc4d\"", "\"\\ufffd\n\\ufffd\""),
            (r"\ud83d", r"\ufffd"),
            (r"\ud83d\udc4", r"\ufffd\udc4"),
        ] {
            assert_eq!(mended(text.as_bytes()), expected.as_bytes(), "{text}");
        }
    }

    #[test]
    fn everything_else_is_passed_on_as_it_is() {
        for text in [
            "",
            r#""\ud83d\udc4d""#,
            r#""\\ud83d""#,
            r#""\u00e9\ud""#,
            r#""\u""#,
            r"\",
            "\\\n\\u12\n",
            r#""\ud83x""#,
            "thank you 👍",
            "\\\\\\",
        ] {
            assert_eq!(mended(text.as_bytes()), text.as_bytes());
        }
        assert_eq!(mended(b"\xff\xed\xa0\xbd"), b"\xff\xed\xa0\xbd");
    }

    #[test]
    fn byte_order_mark_is_skipped_at_the_beginning_only() {
        assert_eq!(mended(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}"), b"{}\n\xef\xbb\xbf{}");
        assert_eq!(mended(b"\xef\xbb\xbf"), b"");
        assert_eq!(mended(b"\xef\xbb\xbf\xef\xbb\xbf"), b"\xef\xbb\xbf");
        assert_eq!(mended(b"\xef\xbb"), b"\xef\xbb");
        assert_eq!(mended(b"\xef\xbbx"), b"\xef\xbbx");
    }

    #[test]
    fn whole_lines_are_not_held_back() {
        struct Never<'b>(&'b [u8]);
        impl Read for Never<'_> {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                assert!(!self.0.is_empty(), "it waits for more although the line is whole");
                out[..self.0.len()].copy_from_slice(self.0);
                Ok(std::mem::take(&mut self.0).len())
            }
        }
        for line in ["\"\\ud83d\n", "\"\\ud83d\\u\n", "\\u1\n", "\\\n", "\"\\ud83d\"\n"] {
            let mut out = [0; 100];
            let length = Mended::new(Never(line.as_bytes()), "a test".to_owned(), 64).read(&mut out).unwrap();
            assert_eq!(length, line.len(), "{line:?}");
        }
    }
}
