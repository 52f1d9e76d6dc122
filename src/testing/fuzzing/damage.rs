//! Damages the bytes of a file.

use arbitrary::{Result, Unstructured};

/// The longest piece changed by one damage, in bytes.
const PIECE_MAX: usize = 255;

/// Damages some bytes once. `other` is the content of another file, which may replace these.
pub(crate) fn damage(u: &mut Unstructured<'_>, bytes: &mut Vec<u8>, other: &[u8]) -> Result<()> {
    let kind = u.int_in_range(0..=7)?;
    let from = place(u, bytes.len())?;
    let to = (from + usize::from(u.arbitrary::<u8>()?).min(PIECE_MAX)).min(bytes.len());
    match kind {
        0 => bytes.truncate(from),
        1 => bytes[from..to].fill(u.arbitrary()?),
        2 => drop(bytes.drain(from..to)),
        3 => bytes.extend_from_within(from..to),
        4 => {
            let rubbish = u.bytes((to - from).min(u.len()))?;
            bytes.splice(from..from, rubbish.iter().copied());
        }
        5 => *bytes = other.to_vec(),
        _ => {
            let flip = u.arbitrary::<u8>()?;
            bytes.iter_mut().skip(from).take(1).for_each(|byte| *byte ^= flip);
        }
    }
    Ok(())
}

/// A place in a file: anywhere, or counted from the end, where the newest data is.
fn place(u: &mut Unstructured<'_>, len: usize) -> Result<usize> {
    let distance = usize::from(u.arbitrary::<u16>()?);
    Ok(if u.arbitrary()? { len.saturating_sub(distance) } else { distance.min(len) })
}
