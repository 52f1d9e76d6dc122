//! The rules of managers.

use super::externals::{Named, exhausted};
use super::{Done, find_tag, known_manager};
use crate::command::Reply;
use crate::error::{Code, Refusal};
use crate::model::limits::{MANAGERS_MAX, NAME_CHARS_MAX};
use crate::model::{ManagerId, Role};
use crate::record::{ExternalSpace, ManagerRecord};
use crate::rules::builder::ChangeBuilder;
use crate::rules::limit;
use crate::sets::IdSet;

/// Creates or updates the manager with a number or, without one, the manager with an external id. One who left comes
/// back under the new name.
pub(super) fn put_manager(
    builder: &mut ChangeBuilder<'_>,
    number: Option<ManagerId>,
    external: Option<&str>,
    name: &str,
    role: Role,
) -> Result<Reply, Refusal> {
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    let named = Named::find(builder, ExternalSpace::Managers, external);
    let id = match number.or(named.owner.map(ManagerId)) {
        Some(id) => id,
        None => builder.next_manager().ok_or_else(|| exhausted("managers"))?,
    };
    let before = builder.manager_or_former(id);
    if before.as_ref().is_none_or(|record| record.removed) {
        limit::at_most(Code::TooLarge, "the workspace", builder.manager_count() + 1, MANAGERS_MAX, "managers")?;
    }
    let mut record = match before {
        Some(before) => ManagerRecord { name: name.into(), role, removed: false, ..before },
        None => ManagerRecord::new(name, role),
    };
    named.give_to(builder, "manager", id.0, &mut record.external)?;
    builder.put_manager(id, record);
    Ok(if number.is_none() { Reply::Manager { manager: id } } else { Reply::Done {} })
}

/// Returns a manager, or refuses if they are unknown.
fn manager(builder: &ChangeBuilder<'_>, id: ManagerId) -> Result<ManagerRecord, Refusal> {
    builder.manager(id).ok_or_else(|| Refusal::unknown_manager(id))
}

/// Removes a manager. Their name, external id, capacity and last assignment stay, for when they come back.
pub(super) fn remove_manager(builder: &mut ChangeBuilder<'_>, id: ManagerId) -> Done {
    let record = manager(builder, id)?;
    for chat in builder.edited_chats() {
        if let Some(record) = builder.chat(chat) {
            record.forget_manager(id);
        }
    }
    let (operator, online, followed_tags) = (false, false, IdSet::default());
    builder.forget_notices(id);
    let removed_era = builder.begin_era();
    builder.put_manager(id, ManagerRecord { removed: true, removed_era, operator, online, followed_tags, ..record });
    Ok(())
}

pub(super) fn set_operator(builder: &mut ChangeBuilder<'_>, id: ManagerId, on: bool) -> Done {
    let record = manager(builder, id)?;
    let mut operator_era = record.operator_era;
    if !on && record.operator {
        operator_era = builder.begin_era();
    }
    builder.put_manager(id, ManagerRecord { operator: on, operator_era, ..record });
    Ok(())
}

pub(super) fn set_online(builder: &mut ChangeBuilder<'_>, id: ManagerId, on: bool) -> Done {
    let record = manager(builder, id)?;
    builder.put_manager(id, ManagerRecord { online: on, ..record });
    Ok(())
}

pub(super) fn set_capacity(builder: &mut ChangeBuilder<'_>, id: ManagerId, capacity: Option<u32>) -> Done {
    let record = manager(builder, id)?;
    builder.put_manager(id, ManagerRecord { capacity, ..record });
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
    builder.put_manager(id, record);
    Ok(())
}
