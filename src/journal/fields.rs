//! Reads little-endian numbers from untrusted bytes.

/// The unread rest of some bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    /// The next `N` bytes, or `None` if there are fewer.
    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next `len` bytes, or `None` if there are fewer.
    pub(crate) fn slice(&mut self, len: usize) -> Option<&'a [u8]> {
        let (first, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(first)
    }

    pub(crate) fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_read_in_order_and_stop_at_the_end() {
        let mut fields = Fields(&[1, 2, 0, 0, 0, 7, 8, 9]);
        assert_eq!(fields.u8(), Some(1));
        assert_eq!(fields.u32(), Some(2));
        assert_eq!(fields.u64(), None, "three bytes are left");
        assert_eq!(fields.slice(2), Some(&[7, 8][..]));
        assert_eq!(fields.slice(usize::MAX), None);
        assert_eq!(fields.u8(), Some(9));
        assert_eq!(fields.u8(), None);
    }
}
