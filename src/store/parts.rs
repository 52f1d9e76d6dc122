//! Splits values into parts of at most 16 KiB. sled puts larger values into files that it never syncs.
//!
//! The first byte of a value is 0 if the value is whole. If it is 1, the next two bytes are the number of further
//! parts. Part `k` has the value's key with `k` appended, in two bytes.

use super::row::in_table;
use crate::kv::{Backend, BackendError, Batch, Row};

/// The maximum size of a part.
const PART_MAX: usize = 16 * 1_024;
const WHOLE: u8 = 0;
const PARTS: u8 = 1;

/// Adds the rows of a value to a batch, and deletes the surplus parts of its previous value.
pub(crate) fn put(batch: &mut Batch, key: Vec<u8>, value: &[u8], parts_before: u16) -> Result<(), BackendError> {
    let head_len = value.len().min(PART_MAX);
    let (head, rest) = value.split_at(head_len);
    let parts = u16::try_from(rest.len().div_ceil(PART_MAX))
        .map_err(|_| BackendError::Damaged(format!("a value of {} bytes is too long to be stored", value.len())))?;
    for (number, part) in (1..).zip(rest.chunks(PART_MAX)) {
        batch.push((part_key(&key, number), Some(part.to_vec())));
    }
    delete_parts(batch, &key, parts, parts_before);
    let mut first = Vec::with_capacity(head.len() + 3);
    if parts == 0 {
        first.push(WHOLE);
    } else {
        first.push(PARTS);
        first.extend(parts.to_be_bytes());
    }
    first.extend(head);
    batch.push((key, Some(first)));
    Ok(())
}

/// Adds the deletion of a value and its parts to a batch.
pub(crate) fn delete(batch: &mut Batch, key: Vec<u8>, parts_before: u16) {
    delete_parts(batch, &key, 0, parts_before);
    batch.push((key, None));
}

fn delete_parts(batch: &mut Batch, key: &[u8], kept: u16, before: u16) {
    batch.extend((kept + 1..=before).map(|number| (part_key(key, number), None)));
}

/// The number of further parts of a stored value.
pub(crate) fn parts_of(backend: &dyn Backend, key: &[u8]) -> Result<u16, BackendError> {
    let first = backend.get(key)?;
    first.map_or(Ok(0), |first| split(key, &first).map(|(parts, _)| parts))
}

/// Reassembles a value from its first part and the further parts in the store.
pub(crate) fn join(backend: &dyn Backend, key: &[u8], first: &[u8]) -> Result<Vec<u8>, BackendError> {
    let (parts, head) = split(key, first)?;
    let mut value = head.to_vec();
    for number in 1..=parts {
        let part = backend.get(&part_key(key, number))?;
        value.extend(part.ok_or_else(|| BackendError::Damaged(format!("part {number} of row {key:x?} is missing")))?);
    }
    Ok(value)
}

/// Whether a row holds the first of several parts.
pub(crate) fn may_have_parts(key: &[u8], value: &[u8]) -> bool {
    in_table(key).is_some() && value.first() == Some(&PARTS)
}

/// Reads all rows of a value while it may be rewritten. They are of one moment; there are none if the value was
/// deleted.
///
/// All parts of a value are written atomically but read one by one. Two equal reads in a row are of one moment: an old
/// value does not come back within a few reads.
pub(crate) fn whole(backend: &dyn Backend, key: &[u8]) -> Result<Vec<Row>, BackendError> {
    const READS_MAX: usize = 1_000;
    let mut before = all_parts(backend, key)?;
    for _ in 0..READS_MAX {
        let now = all_parts(backend, key)?;
        if now == before {
            let is_there = |(key, value): (Vec<u8>, Option<Vec<u8>>)| Some((key, value?));
            let rows = now.len();
            let found: Vec<Row> = now.into_iter().filter_map(is_there).collect();
            let missing = || BackendError::Damaged(format!("a part of row {key:x?} is missing"));
            return if found.len() == rows { Ok(found) } else { Err(missing()) };
        }
        before = now;
    }
    Err(BackendError::Damaged(format!("row {key:x?} keeps changing while it is read")))
}

/// Reads the rows of a value one by one, skipping missing parts.
fn all_parts(backend: &dyn Backend, key: &[u8]) -> Result<Batch, BackendError> {
    let Some(first) = backend.get(key)? else { return Ok(Batch::new()) };
    let (parts, _) = split(key, &first)?;
    let mut rows = vec![(key.to_vec(), Some(first))];
    for number in 1..=parts {
        let key = part_key(key, number);
        let value = backend.get(&key)?;
        rows.push((key, value));
    }
    Ok(rows)
}

fn split<'a>(key: &[u8], first: &'a [u8]) -> Result<(u16, &'a [u8]), BackendError> {
    match first {
        [WHOLE, head @ ..] => Ok((0, head)),
        [PARTS, high, low, head @ ..] => Ok((u16::from_be_bytes([*high, *low]), head)),
        _ => Err(BackendError::Damaged(format!("row {key:x?} does not start a value"))),
    }
}

fn part_key(key: &[u8], number: u16) -> Vec<u8> {
    [key, &number.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kv::MemoryBackend;

    #[test]
    fn store_parts_round_trip_values_of_every_length() {
        let backend = MemoryBackend::default();
        let key = b"key".to_vec();
        for len in [0, 1, PART_MAX, PART_MAX + 1, 3 * PART_MAX, 10, 5 * PART_MAX + 7, PART_MAX] {
            let value: Vec<u8> = (0..len).map(|byte| byte as u8).collect();
            let mut batch = Batch::new();
            put(&mut batch, key.clone(), &value, parts_of(&backend, &key).unwrap()).unwrap();
            assert!(batch.iter().all(|(_, value)| value.as_ref().is_none_or(|value| value.len() <= PART_MAX + 3)));
            backend.write(batch).unwrap();
            let first = backend.get(&key).unwrap().unwrap();
            assert_eq!(join(&backend, &key, &first).unwrap(), value);
            let mut rows = 0;
            backend
                .scan(&key, &mut |_, _| {
                    rows += 1;
                    Ok(())
                })
                .unwrap();
            assert_eq!(rows, len.div_ceil(PART_MAX).max(1));
        }
        let mut batch = Batch::new();
        delete(&mut batch, key.clone(), 0);
        backend.write(batch).unwrap();
        assert_eq!(backend.get(&key).unwrap(), None);
    }

    #[test]
    fn store_parts_report_a_missing_part() {
        let backend = MemoryBackend::default();
        let mut batch = Batch::new();
        put(&mut batch, b"key".to_vec(), &vec![7; 40_000], 0).unwrap();
        batch.retain(|(key, _)| key != &part_key(b"key", 2));
        backend.write(batch).unwrap();
        let first = backend.get(b"key").unwrap().unwrap();
        assert!(join(&backend, b"key", &first).is_err());
    }
}
