//! Reading the bytes of a key from left to right.

/// What is left of a key that is being read.
pub(super) struct KeyReader<'a>(pub(super) &'a [u8]);

impl<'a> KeyReader<'a> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A text that a zero ends.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let (word, rest) = self.0.split_at(end);
        self.0 = &rest[1..];
        std::str::from_utf8(word).ok()
    }

    /// A text after its length.
    pub(super) fn counted_text(&mut self) -> Option<&'a str> {
        let len = usize::from(self.u16()?);
        let (text, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    /// What was read, if nothing is left.
    pub(super) fn end<T>(&self, read: T) -> Option<T> {
        self.0.is_empty().then_some(read)
    }
}
