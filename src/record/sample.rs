//! Sample keys of every kind for tests and fuzz targets, and the order that their bytes must have.

/// The source of sample values.
pub(crate) trait Draw {
    fn u16(&mut self) -> u16;
    fn u32(&mut self) -> u32;
    fn u64(&mut self) -> u64;
    /// Draws at most 65,535 bytes of text.
    fn text(&mut self) -> String;
}

/// One comparison step for a part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    Number(u64),
    Text(String),
}

/// Always draws the same values.
#[cfg(test)]
pub(crate) struct Fixed;

#[cfg(test)]
impl Draw for Fixed {
    fn u16(&mut self) -> u16 {
        258
    }

    fn u32(&mut self) -> u32 {
        0x0001_0203
    }

    fn u64(&mut self) -> u64 {
        u64::MAX - 1
    }

    fn text(&mut self) -> String {
        "결제_1\0b".to_owned()
    }
}
