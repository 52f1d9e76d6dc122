//! The ids of commands that were done at the source.

use super::Checked;
use crate::command::Reply;
use crate::export::line::DoneLine;
use crate::model::limits::{BATCH_MAX, COMMAND_ID_BYTES_MAX, REMEMBERED_MAX};
use crate::record::RememberedRecord;
use crate::rules::builder::ChangeBuilder;

/// Checks a line. `remembered` is how many ids the workspace has with it.
pub(super) fn check(line: DoneLine, remembered: u64) -> Checked<RememberedRecord> {
    let DoneLine { actor, id, digest, at, ok: reply } = line;
    if remembered > REMEMBERED_MAX {
        return Err(format!("the workspace would remember {remembered} ids; the limit is {REMEMBERED_MAX}").into());
    }
    if id.len() > COMMAND_ID_BYTES_MAX {
        return Err(format!("the id has {} bytes; the limit is {COMMAND_ID_BYTES_MAX}", id.len()).into());
    }
    let is_digest = digest.len() == 16 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parsed = u64::from_str_radix(&digest, 16).ok().filter(|_| is_digest);
    let digest = parsed.ok_or("`digest` is not 16 hexadecimal digits")?;
    let is_of_batch = |reply: &Reply| !matches!(reply, Reply::All { .. } | Reply::Bulk(_));
    if let Reply::All { all } = &reply
        && !((1..=BATCH_MAX).contains(&all.len()) && all.iter().all(is_of_batch))
    {
        return Err("`ok` is not the reply to a batch".into());
    }
    Ok(RememberedRecord { actor, id, digest, at, reply })
}

/// Puts an id, unless the workspace has it from then or later.
pub(super) fn put(builder: &mut ChangeBuilder<'_>, record: &RememberedRecord) -> bool {
    let known = builder.input().state.remembered.newest(record.actor, &record.id);
    if known.is_some_and(|known| known.at >= record.at) {
        return false;
    }
    builder.put_remembered(record.clone());
    true
}
