//! The rules of customers: their profiles, events and profile fields.

use std::collections::{BTreeMap, BTreeSet};

use super::Done;
use super::externals::{Named, exhausted};
use crate::command::Reply;
use crate::error::{Code, Refusal};
use crate::model::limits::{FIELD_CHARS_MAX, KEY_CHARS_MAX, NAME_CHARS_MAX, PROFILE_FIELDS_MAX};
use crate::model::{ChatId, CustomerId, ProfileField};
use crate::record::{EventRecord, ExternalSpace, Setting, SettingKey};
use crate::rules::builder::ChangeBuilder;
use crate::rules::{limit, preload};

/// What to change of a customer.
#[derive(Clone, Copy)]
pub(super) struct Update<'c> {
    pub(super) name: Option<&'c str>,
    pub(super) profile: Option<&'c BTreeMap<String, String>>,
}

/// Creates or updates the customer with a number or, without one, the customer with an external id.
pub(super) fn put_customer(
    builder: &mut ChangeBuilder<'_>,
    number: Option<CustomerId>,
    external: Option<&str>,
    update: Update<'_>,
) -> Result<Reply, Refusal> {
    check_customer(update.name, update.profile)?;
    let named = Named::find(builder, ExternalSpace::Customers, external);
    let id = match number.or(named.owner.map(CustomerId)) {
        Some(id) => id,
        None => builder.next_customer().ok_or_else(|| exhausted("customers"))?,
    };
    let mut record = builder.customer(id).map(|record| (*record).clone()).unwrap_or_default();
    named.give_to(builder, "customer", id.0, &mut record.external)?;
    if let Some(name) = update.name {
        record.name = Some(name.to_owned());
    }
    if let Some(profile) = update.profile {
        record.profile = profile.clone();
    }
    builder.put_customer(id, record);
    Ok(if number.is_none() { Reply::Customer { customer: id } } else { Reply::Done {} })
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
    let customer = builder.customer(id).ok_or_else(|| Refusal::unknown_customer(id))?;
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
    let record = builder.customer(id).ok_or_else(|| Refusal::unknown_customer(id))?;
    let mut chats: BTreeSet<ChatId> = preload::chats_of_customer(builder.input(), id).collect();
    chats.extend(builder.edited_chats());
    for chat in chats {
        if builder.known_chat(chat).is_some_and(|record| record.customer == id) {
            builder.delete_chat(chat);
        }
    }
    if let Some(external) = record.external.as_deref() {
        builder.free_external(ExternalSpace::Customers, external);
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
