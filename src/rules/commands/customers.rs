//! The rules of customers: their profiles, events and profile fields.

use std::collections::BTreeMap;

use super::Done;
use crate::error::{Code, Refusal};
use crate::model::limits::{FIELD_CHARS_MAX, KEY_CHARS_MAX, NAME_CHARS_MAX, PROFILE_FIELDS_MAX};
use crate::model::{CustomerId, ProfileField};
use crate::record::{EventRecord, Setting, SettingKey};
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, preload};

pub(super) fn put_customer(
    builder: &mut ChangeBuilder<'_>,
    id: CustomerId,
    name: Option<&str>,
    profile: Option<&BTreeMap<String, String>>,
) -> Done {
    check_customer(name, profile)?;
    let mut record = builder.input().customer(id).map(|record| (*record).clone()).unwrap_or_default();
    if let Some(name) = name {
        record.name = Some(name.to_owned());
    }
    if let Some(profile) = profile {
        record.profile = profile.clone();
    }
    builder.put_customer(id, record);
    Ok(())
}

/// Refuses a name or a profile that is too large.
pub(in crate::rules) fn check_customer(name: Option<&str>, profile: Option<&BTreeMap<String, String>>) -> Done {
    limit::chars(Code::TooLarge, "the name", name.unwrap_or_default(), NAME_CHARS_MAX)?;
    profile.map_or(Ok(()), |profile| limit::properties("profile", profile))
}

pub(super) fn track_event(
    builder: &mut ChangeBuilder<'_>,
    id: CustomerId,
    name: &str,
    page: Option<&str>,
    properties: Option<&BTreeMap<String, String>>,
) -> Done {
    let customer = builder.input().customer(id).ok_or_else(|| Refusal::unknown_customer(id))?;
    check_event(name, page, properties)?;
    let count = customer.events.checked_add(1);
    let count =
        count.ok_or_else(|| Refusal::new(Code::TooLarge, format!("customer {id} has the maximum number of events")))?;
    let event = EventRecord {
        at: builder.now(),
        name: name.to_owned(),
        page: page.map(str::to_owned),
        properties: properties.cloned().unwrap_or_default(),
    };
    let digest = builder.put_event(id, count, event);
    let mut record = (*customer).clone();
    record.events = count;
    record.events_digest = record.events_digest.wrapping_add(digest);
    builder.put_customer(id, record);
    Ok(())
}

/// Refuses an event that is too large.
pub(in crate::rules) fn check_event(
    name: &str,
    page: Option<&str>,
    properties: Option<&BTreeMap<String, String>>,
) -> Done {
    limit::chars(Code::TooLarge, "the name", name, NAME_CHARS_MAX)?;
    limit::chars(Code::TooLarge, "the page", page.unwrap_or_default(), FIELD_CHARS_MAX)?;
    properties.map_or(Ok(()), |properties| limit::properties("properties", properties))
}

/// Deletes a customer with their chats and events.
pub(super) fn delete_customer(builder: &mut ChangeBuilder<'_>, id: CustomerId) -> Done {
    if builder.input().customer(id).is_none() {
        return Err(Refusal::unknown_customer(id));
    }
    for chat in preload::chats_of_customer(builder.input().state, id) {
        builder.delete_chat(chat);
    }
    builder.delete_customer(id);
    Ok(())
}

pub(super) fn set_profile_fields(builder: &mut ChangeBuilder<'_>, fields: &[ProfileField]) -> Done {
    check_profile_fields(fields)?;
    let setting = (!fields.is_empty()).then(|| Setting::ProfileFields(fields.to_vec()));
    builder.put_setting(SettingKey::ProfileFields, setting);
    Ok(())
}

/// Refuses too many profile fields, and keys and labels that are too long.
pub(in crate::rules) fn check_profile_fields(fields: &[ProfileField]) -> Done {
    limit::at_most(Code::TooLarge, "the list of profile fields", fields.len(), PROFILE_FIELDS_MAX, "entries")?;
    for field in fields {
        limit::chars(Code::TooLarge, "the key of a profile field", &field.key, KEY_CHARS_MAX)?;
        limit::chars(Code::TooLarge, "the label of a profile field", &field.label, NAME_CHARS_MAX)?;
    }
    Ok(())
}
