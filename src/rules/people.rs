//! The rules of managers.

use super::draft::Draft;
use super::{chats, find_tag, known_manager, limit, needs};
use crate::error::{Code, Refusal};
use crate::model::limits::{MANAGERS_MAX, NAME_CHARS_MAX};
use crate::model::{ManagerId, Role};
use crate::record::ManagerRecord;

type Done = Result<(), Refusal>;

pub(super) fn put_manager(draft: &mut Draft<'_>, id: ManagerId, name: &str, role: Role) -> Done {
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    let record = match draft.manager(id) {
        Some(before) => ManagerRecord { name: name.into(), role, ..before },
        None => {
            let count = draft.facts().state.managers.len() + 1;
            limit::at_most(Code::TooLarge, "the workspace", count, MANAGERS_MAX, "managers")?;
            ManagerRecord::new(name, role)
        }
    };
    draft.put_manager(id, Some(record));
    Ok(())
}

/// The manager, or the refusal that there is none.
fn manager(draft: &Draft<'_>, id: ManagerId) -> Result<ManagerRecord, Refusal> {
    draft.manager(id).ok_or_else(|| Refusal::unknown_manager(id))
}

pub(super) fn remove_manager(draft: &mut Draft<'_>, id: ManagerId) -> Done {
    manager(draft, id)?;
    for chat in needs::chats_of_manager(draft.facts().state, id) {
        if let Some(record) = draft.chat(chat) {
            chats::remove_manager(record, id);
            record.favorited_by.remove(id);
        }
    }
    draft.put_manager(id, None);
    Ok(())
}

pub(super) fn set_operator(draft: &mut Draft<'_>, id: ManagerId, on: bool) -> Done {
    let record = manager(draft, id)?;
    if !on && record.operator {
        // Touching them is enough: the draft takes away what no recipient has unread.
        for chat in needs::chats_of_operator(draft.facts().state, id) {
            draft.chat(chat);
        }
    }
    draft.put_manager(id, Some(ManagerRecord { operator: on, ..record }));
    Ok(())
}

pub(super) fn set_online(draft: &mut Draft<'_>, id: ManagerId, on: bool) -> Done {
    let record = manager(draft, id)?;
    draft.put_manager(id, Some(ManagerRecord { online: on, ..record }));
    Ok(())
}

pub(super) fn set_capacity(draft: &mut Draft<'_>, id: ManagerId, capacity: Option<u32>) -> Done {
    let record = manager(draft, id)?;
    draft.put_manager(id, Some(ManagerRecord { capacity, ..record }));
    Ok(())
}

pub(super) fn follow_tag(draft: &mut Draft<'_>, path: &str, id: ManagerId, on: bool) -> Done {
    let tag = find_tag(draft, path)?;
    known_manager(draft, id)?;
    let mut record = manager(draft, id)?;
    if on {
        record.followed_tags.insert(tag)
    } else {
        record.followed_tags.remove(tag)
    };
    draft.put_manager(id, Some(record));
    Ok(())
}
