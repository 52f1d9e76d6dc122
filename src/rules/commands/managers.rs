//! The rules of managers.

use super::{Done, find_tag, known_manager};
use crate::error::{Code, Refusal};
use crate::model::limits::{MANAGERS_MAX, NAME_CHARS_MAX};
use crate::model::{ManagerId, Role};
use crate::record::ManagerRecord;
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, preload};

pub(super) fn put_manager(builder: &mut ChangeBuilder<'_>, id: ManagerId, name: &str, role: Role) -> Done {
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    let record = match builder.manager(id) {
        Some(before) => ManagerRecord { name: name.into(), role, ..before },
        None => {
            let count = builder.input().state.managers.len() + 1;
            limit::at_most(Code::TooLarge, "the workspace", count, MANAGERS_MAX, "managers")?;
            ManagerRecord::new(name, role)
        }
    };
    builder.put_manager(id, Some(record));
    Ok(())
}

/// Returns a manager, or refuses if they are unknown.
fn manager(builder: &ChangeBuilder<'_>, id: ManagerId) -> Result<ManagerRecord, Refusal> {
    builder.manager(id).ok_or_else(|| Refusal::unknown_manager(id))
}

pub(super) fn remove_manager(builder: &mut ChangeBuilder<'_>, id: ManagerId) -> Done {
    manager(builder, id)?;
    for chat in preload::chats_of_manager(builder.input().state, id) {
        if let Some(record) = builder.chat(chat) {
            record.forget_manager(id);
        }
    }
    builder.put_manager(id, None);
    Ok(())
}

pub(super) fn set_operator(builder: &mut ChangeBuilder<'_>, id: ManagerId, on: bool) -> Done {
    let record = manager(builder, id)?;
    if !on && record.operator {
        // Touching the chats is enough: the builder drops unread counts of managers who are no longer recipients.
        for chat in preload::chats_of_operator(builder.input().state, id) {
            builder.chat(chat);
        }
    }
    builder.put_manager(id, Some(ManagerRecord { operator: on, ..record }));
    Ok(())
}

pub(super) fn set_online(builder: &mut ChangeBuilder<'_>, id: ManagerId, on: bool) -> Done {
    let record = manager(builder, id)?;
    builder.put_manager(id, Some(ManagerRecord { online: on, ..record }));
    Ok(())
}

pub(super) fn set_capacity(builder: &mut ChangeBuilder<'_>, id: ManagerId, capacity: Option<u32>) -> Done {
    let record = manager(builder, id)?;
    builder.put_manager(id, Some(ManagerRecord { capacity, ..record }));
    Ok(())
}

pub(super) fn follow_tag(builder: &mut ChangeBuilder<'_>, path: &str, id: ManagerId, on: bool) -> Done {
    let tag = find_tag(builder, path)?;
    known_manager(builder, id)?;
    let mut record = manager(builder, id)?;
    if on {
        record.followed_tags.insert(tag)
    } else {
        record.followed_tags.remove(tag)
    };
    builder.put_manager(id, Some(record));
    Ok(())
}
