//! The rules of the inbox: a command and the state give a change, or a refusal.
//!
//! Planning does no I/O and reads no clock; the same commands on the same state give the same change, to the
//! byte. A command is judged in this order: is its actor known, may they do it, do the things that it names
//! exist, does its own rule allow it.

mod bulk;
mod chats;
mod customers;
mod draft;
mod effects;
mod fire;
mod import;
mod indexes;
mod input;
mod limit;
mod mention;
mod messages;
mod needs;
mod people;
mod permit;
mod recommend;
mod tags;
mod workspace;

#[cfg(test)]
mod tests;

use crate::command::{Command, Envelope, Reply};
use crate::error::{Code, Refusal};
use crate::model::{Actor, ManagerId, TagId};
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, SettingId};

pub(crate) use bulk::{next_piece, plan_piece};
use draft::Draft;
pub(crate) use fire::plan_fire;
pub(crate) use import::{Importer, plan_import, plan_undo};
pub(crate) use indexes::{next_build_step, plan_build, plan_registration};
pub(crate) use input::{PlanInput, Preloaded};
pub(crate) use needs::{needed_chats, needed_customers, needed_postings};
pub(crate) use recommend::{Candidate, ranking, reasons};

/// What became of a command: the answer, and the change to make. Also a refused command may move the clock.
pub(crate) struct Decision {
    pub(crate) answer: Result<Reply, Refusal>,
    pub(crate) change: Option<Change>,
    /// A bulk action that this begins, to be done in pieces.
    pub(crate) begun_bulk: Option<SettingId>,
}

/// Decides on a command at the moment that the workspace has reached by then.
pub(crate) fn plan(facts: PlanInput<'_>, envelope: &Envelope) -> Result<Decision, CodecError> {
    let now = envelope.at.max(facts.state.meta.clock);
    let cause = || Cause::Command { actor: envelope.actor, id: envelope.id.clone() };
    let mut draft = Draft::new(facts, now, Some(envelope.actor));
    let answer = judge(&mut draft, envelope);
    if answer.is_err() {
        draft = Draft::new(facts, now, Some(envelope.actor));
    }
    Ok(Decision { answer, begun_bulk: draft.begun_bulk(), change: draft.finish(cause())? })
}

fn judge(draft: &mut Draft<'_>, envelope: &Envelope) -> Result<Reply, Refusal> {
    permit::check(draft.facts(), envelope.actor, &envelope.command)?;
    let done = |done: Result<(), Refusal>| done.map(|()| Reply::Done {});
    let actor = envelope.actor;
    match &envelope.command {
        Command::PutManager { manager, name, role } => done(people::put_manager(draft, *manager, name, *role)),
        Command::RemoveManager { manager } => done(people::remove_manager(draft, *manager)),
        Command::SetOperator { manager, on } => done(people::set_operator(draft, *manager, *on)),
        Command::SetOnline { manager, on } => done(people::set_online(draft, *manager, *on)),
        Command::PutCustomer { customer, name, profile } => {
            done(customers::put_customer(draft, *customer, name.as_deref(), profile.as_ref()))
        }
        Command::TrackEvent { customer, name, page, properties } => {
            done(customers::track_event(draft, *customer, name, page.as_deref(), properties.as_ref()))
        }
        Command::DeleteCustomer { customer } => done(customers::delete_customer(draft, *customer)),
        Command::SetProfileFields { fields } => done(customers::set_profile_fields(draft, fields)),
        Command::SetCapacity { manager, capacity } => done(people::set_capacity(draft, *manager, *capacity)),
        Command::DeleteWorkspace => done(workspace::delete(draft)),
        Command::Bulk { select, action } => bulk::start(draft, envelope, select, action).map(Reply::Bulk),
        Command::AssignRecommended { chat } => {
            recommend::assign(draft, *chat).map(|manager| Reply::Manager { manager })
        }
        Command::SetAttribute { chat, key, value } => done(chats::set_attribute(draft, *chat, key, value.as_deref())),
        Command::CreateTag { path } => done(tags::create(draft, path)),
        Command::DeleteTag { path } => done(tags::delete(draft, path)),
        Command::MoveTag { path, to } => done(tags::move_to(draft, path, to)),
        Command::FollowTag { path, manager } => done(people::follow_tag(draft, path, *manager, true)),
        Command::UnfollowTag { path, manager } => done(people::follow_tag(draft, path, *manager, false)),
        Command::StartChat { customer } => chats::start(draft, actor, *customer).map(|chat| Reply::Chat { chat }),
        Command::SendMessage { chat, visibility, text, files } => {
            let files = files.as_deref().unwrap_or_default();
            messages::send(draft, actor, *chat, *visibility, text, files).map(|message| Reply::Message { message })
        }
        Command::Assign { chat, manager } => done(chats::assign(draft, *chat, *manager)),
        Command::Unassign { chat } => done(chats::unassign(draft, *chat)),
        Command::Leave { chat } => done(chats::leave(draft, acting(actor)?, *chat)),
        Command::Follow { chat, managers } => done(chats::follow(draft, *chat, managers)),
        Command::Unfollow { chat, managers } => done(chats::unfollow(draft, *chat, managers)),
        Command::Tag { chat, tags } => done(chats::tag(draft, *chat, tags)),
        Command::Untag { chat, tags } => done(chats::untag(draft, *chat, tags)),
        Command::Open { chat } => done(chats::open(draft, *chat)),
        Command::Close { chat } => done(chats::close(draft, *chat)),
        Command::Snooze { chat, until } => done(chats::snooze(draft, *chat, *until)),
        Command::SetDescription { chat, text } => done(chats::set_description(draft, *chat, text)),
        Command::MarkRead { chat } => done(chats::mark_read(draft, acting(actor)?, *chat)),
        Command::Favorite { chat } => done(chats::favorite(draft, acting(actor)?, *chat, true)),
        Command::Unfavorite { chat } => done(chats::favorite(draft, acting(actor)?, *chat, false)),
        Command::DeleteChat { chat } => done(chats::delete(draft, *chat)),
        Command::Tick => Ok(Reply::Done {}),
    }
}

/// The manager who acts, for the commands that only a manager can do.
fn acting(actor: Actor) -> Result<ManagerId, Refusal> {
    actor.manager().ok_or_else(|| Refusal::new(Code::Forbidden, "only a manager can do this for themselves"))
}

/// The tag with a path.
fn find_tag(draft: &Draft<'_>, path: &str) -> Result<TagId, Refusal> {
    let found = draft.facts().state.tags.find(path);
    found.ok_or_else(|| Refusal::new(Code::UnknownTag, format!("there is no tag {}", limit::shown(path))))
}

/// Refuses where the manager is not one of the workspace.
fn known_manager(draft: &Draft<'_>, manager: ManagerId) -> Result<(), Refusal> {
    draft.facts().state.check_manager(manager)
}
