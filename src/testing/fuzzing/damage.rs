//! What can happen to the bytes of a file.

use arbitrary::{Result, Unstructured};

/// The longest piece that one damage changes, in bytes.
const PIECE_MAX: usize = 255;

/// Does some bytes one damage; `other` is the content of another file, which may come to stand here.
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

/// A place in a file: anywhere, or counted from its end, where the newest is.
fn place(u: &mut Unstructured<'_>, len: usize) -> Result<usize> {
    let distance = usize::from(u.arbitrary::<u16>()?);
    Ok(if u.arbitrary()? { len.saturating_sub(distance) } else { distance.min(len) })
}
