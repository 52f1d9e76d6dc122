//! The rules of customers: who they are, what they did, and which fields their profiles have.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::{limit, needs};
use crate::error::{Code, Refusal};
use crate::model::limits::{FIELD_CHARS_MAX, KEY_CHARS_MAX, NAME_CHARS_MAX, PROFILE_FIELDS_MAX};
use crate::model::{CustomerId, ProfileField};
use crate::record::{EventRecord, Setting, SettingKey};

type Done = Result<(), Refusal>;

pub(super) fn put_customer(
    draft: &mut Draft<'_>,
    id: CustomerId,
    name: Option<&str>,
    profile: Option<&BTreeMap<String, String>>,
) -> Done {
    check_customer(name, profile)?;
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

/// Refuses a name or a profile that is too large.
pub(super) fn check_customer(name: Option<&str>, profile: Option<&BTreeMap<String, String>>) -> Done {
    limit::chars(Code::TooLarge, "the name", name.unwrap_or_default(), NAME_CHARS_MAX)?;
    profile.map_or(Ok(()), |profile| limit::properties("profile", profile))
}

pub(super) fn track_event(
    draft: &mut Draft<'_>,
    id: CustomerId,
    name: &str,
    page: Option<&str>,
    properties: Option<&BTreeMap<String, String>>,
) -> Done {
    let customer = draft.facts().customer(id).ok_or_else(|| Refusal::unknown_customer(id))?;
    check_event(name, page, properties)?;
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

/// Refuses an event that is too large.
pub(super) fn check_event(name: &str, page: Option<&str>, properties: Option<&BTreeMap<String, String>>) -> Done {
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    limit::chars(Code::TooLarge, "the page", page.unwrap_or_default(), FIELD_CHARS_MAX)?;
    properties.map_or(Ok(()), |properties| limit::properties("properties", properties))
}

/// Deletes a customer with their chats and events.
pub(super) fn delete_customer(draft: &mut Draft<'_>, id: CustomerId) -> Done {
    if draft.facts().customer(id).is_none() {
        return Err(Refusal::unknown_customer(id));
    }
    for chat in needs::chats_of_customer(draft.facts().state, id) {
        draft.delete_chat(chat);
    }
    draft.delete_customer(id);
    Ok(())
}

pub(super) fn set_profile_fields(draft: &mut Draft<'_>, fields: &[ProfileField]) -> Done {
    check_profile_fields(fields)?;
    let setting = (!fields.is_empty()).then(|| Setting::ProfileFields(fields.to_vec()));
    draft.put_setting(SettingKey::ProfileFields, setting);
    Ok(())
}

/// Refuses fields that are too many or too long.
pub(super) fn check_profile_fields(fields: &[ProfileField]) -> Done {
    limit::at_most(Code::TooLarge, "the list of profile fields", fields.len(), PROFILE_FIELDS_MAX, "entries")?;
    for field in fields {
        limit::chars(Code::TooLarge, "the key of a profile field", &field.key, KEY_CHARS_MAX)?;
        limit::chars(Code::TooLarge, "the label of a profile field", &field.label, NAME_CHARS_MAX)?;
    }
    Ok(())
}
