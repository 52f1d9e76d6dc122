//! Keys of every kind for tests and fuzz targets, and the order that their bytes must have.

/// Where the values of samples come from.
pub(crate) trait Draw {
    fn u16(&mut self) -> u16;
    fn u32(&mut self) -> u32;
    fn u64(&mut self) -> u64;
    /// At most 65,535 bytes.
    fn text(&mut self) -> String;
}

/// What a part of a key is compared by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Order {
    Number(u64),
    Text(String),
}

/// The same values, whatever is drawn.
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
