//! Paging: limits, and where a page starts and ends.

use crate::error::{Code, Error, Refusal};
use crate::model::limits::PAGE_MAX;
use crate::query::Cursor;

/// Refuses a page size that is out of range.
pub(super) fn check_limit(limit: usize) -> Result<(), Refusal> {
    if (1..=PAGE_MAX).contains(&limit) {
        return Ok(());
    }
    Err(Refusal::new(Code::Malformed, format!("`limit` is {limit}; it is a number from 1 to {PAGE_MAX}")))
}

/// Returns the highest of the numbers 1 to `count` on a page: the last one, or the one below a cursor. Zero if there is
/// none.
pub(super) fn newest(count: u32, before: Option<Cursor>) -> u32 {
    before.map_or(count, |cursor| cursor.0.saturating_sub(1).min(count.into()) as u32)
}

/// Returns the first `limit` items, and whether there are more.
pub(super) fn first<T>(
    mut items: impl Iterator<Item = Result<T, Error>>,
    limit: usize,
) -> Result<(Vec<T>, bool), Error> {
    let found = items.by_ref().take(limit).collect::<Result<Vec<T>, Error>>()?;
    Ok((found, items.next().transpose()?.is_some()))
}
