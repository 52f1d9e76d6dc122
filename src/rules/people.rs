//! The rules of managers and customers.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::{chats, find_tag, known_manager, limit, needs};
use crate::error::{Code, Refusal};
use crate::model::limits::{FIELD_CHARS_MAX, NAME_CHARS_MAX};
use crate::model::{CustomerId, ManagerId, Role};
use crate::record::{EventRecord, IdSet, ManagerRecord};

type Done = Result<(), Refusal>;

pub(super) fn put_manager(draft: &mut Draft<'_>, id: ManagerId, name: &str, role: Role) -> Done {
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    let record = match draft.manager(id) {
        Some(before) => ManagerRecord { name: name.into(), role, ..before },
        None => {
            ManagerRecord { name: name.into(), role, operator: false, online: false, followed_tags: IdSet::default() }
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

pub(super) fn put_customer(
    draft: &mut Draft<'_>,
    id: CustomerId,
    name: Option<&str>,
    profile: Option<&BTreeMap<String, String>>,
) -> Done {
    if let Some(name) = name {
        limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    }
    if let Some(profile) = profile {
        limit::properties("profile", profile)?;
    }
    let mut record = draft.facts().customer(id).map(|record| (*record).clone()).unwrap_or_default();
    if let Some(name) = name {
        record.name = Some(name.to_owned());
    }
    if let Some(profile) = profile {
        record.profile = profile.clone();
    }
    draft.put_customer(id, record);
    Ok(())
}

pub(super) fn track_event(
    draft: &mut Draft<'_>,
    id: CustomerId,
    name: &str,
    page: Option<&str>,
    properties: Option<&BTreeMap<String, String>>,
) -> Done {
    let customer = draft.facts().customer(id).ok_or_else(|| Refusal::unknown_customer(id))?;
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    limit::chars(Code::TooLarge, "the page", page.unwrap_or_default(), FIELD_CHARS_MAX)?;
    if let Some(properties) = properties {
        limit::properties("properties", properties)?;
    }
    let count = customer.events.checked_add(1);
    let count =
        count.ok_or_else(|| Refusal::new(Code::TooLarge, format!("customer {id} has all events they can have")))?;
    let event = EventRecord {
        at: draft.now(),
        name: name.to_owned(),
        page: page.map(str::to_owned),
        properties: properties.cloned().unwrap_or_default(),
    };
    let digest = draft.put_event(id, count, event);
    let mut record = (*customer).clone();
    record.events = count;
    record.events_digest = record.events_digest.wrapping_add(digest);
    draft.put_customer(id, record);
    Ok(())
}
