//! The rules of each command, one file per subject.

mod batch;
mod bulk;
pub(super) mod chats;
pub(super) mod customers;
pub(super) mod externals;
mod managers;
pub(super) mod messages;
mod names;
mod tags;
pub(super) mod workspace;

use super::builder::ChangeBuilder;
use super::limit;
use crate::command::{Command, Reply};
use crate::error::{Code, Refusal};
use crate::model::{Actor, ManagerId, TagId};

pub(super) use batch::Last;
pub(super) use bulk::chats_to_start;
pub(crate) use bulk::{next_piece, plan_piece};
pub(super) use names::check_condition;
pub(super) use tags::{place_of, put_below, replace_merged};

/// The result of most commands: done or refused.
type Done = Result<(), Refusal>;

/// Carries out a command after its permission check. `id` is the id of the command.
pub(super) fn carry_out(
    builder: &mut ChangeBuilder<'_>,
    actor: Actor,
    id: Option<&str>,
    command: &Command,
) -> Result<Reply, Refusal> {
    let done = |done: Done| done.map(|()| Reply::Done {});
    match command {
        Command::PutManager { manager, external, name, role } => {
            managers::put_manager(builder, *manager, external.as_deref(), name, *role)
        }
        Command::RemoveManager { manager } => done(managers::remove_manager(builder, *manager)),
        Command::SetOperator { manager, on } => done(managers::set_operator(builder, *manager, *on)),
        Command::SetOnline { manager, on } => done(managers::set_online(builder, *manager, *on)),
        Command::PutCustomer { customer, external, name, profile } => {
            let update = customers::Update { name: name.as_deref(), profile: profile.as_ref() };
            customers::put_customer(builder, *customer, external.as_deref(), update)
        }
        Command::TrackEvent { customer, name, page, properties } => {
            done(customers::track_event(builder, *customer, name, page.as_deref(), properties.as_ref()))
        }
        Command::DeleteCustomer { customer } => done(customers::delete_customer(builder, *customer)),
        Command::SetProfileFields { fields } => done(customers::set_profile_fields(builder, fields)),
        Command::SetCapacity { manager, capacity } => done(managers::set_capacity(builder, *manager, *capacity)),
        Command::CreateTag { path } => done(tags::create(builder, path)),
        Command::DeleteTag { path } => done(tags::delete(builder, path)),
        Command::MoveTag { path, to } => done(tags::move_to(builder, path, to)),
        Command::MergeTag { path, into } => done(tags::merge(builder, path, into)),
        Command::FollowTag { path, manager } => done(managers::follow_tag(builder, path, *manager, true)),
        Command::UnfollowTag { path, manager } => done(managers::follow_tag(builder, path, *manager, false)),
        Command::StartChat { customer, external } => {
            chats::start(builder, actor, *customer, external.as_deref()).map(|chat| Reply::Chat { chat })
        }
        Command::SendMessage { chat, visibility, text, files, external, quiet } => {
            let files = files.as_deref().unwrap_or_default();
            let (external, quiet) = (external.as_deref(), quiet.unwrap_or(false));
            let new = messages::New { visibility: *visibility, text, files, external, quiet };
            messages::send(builder, actor, *chat, new).map(|message| Reply::Message { message })
        }
        Command::EditMessage { chat, message, text } => done(messages::edit(builder, *chat, *message, text)),
        Command::RedactMessage { chat, message } => done(messages::redact(builder, *chat, *message)),
        Command::DeleteWorkspace => done(workspace::delete(builder)),
        Command::SetClock { at } => done(workspace::set_clock(builder, at.as_millis())),
        Command::Bulk { select, action } => bulk::start(builder, actor, id, command, (select, action)).map(Reply::Bulk),
        Command::All(steps) => batch::carry_out(builder, actor, steps),
        Command::Tick => Ok(Reply::Done {}),
        Command::AssignRecommended { chat, online } => {
            let chosen = chats::assign_recommended(builder, *chat, online.unwrap_or(false));
            chosen.map(|manager| Reply::Manager { manager })
        }
        Command::SetAttribute { chat, key, value } => done(chats::set_attribute(builder, *chat, key, value.as_deref())),
        Command::Assign { chat, manager } => done(chats::assign(builder, *chat, *manager)),
        Command::Unassign { chat } => done(chats::unassign(builder, *chat)),
        Command::Leave { chat } => done(chats::leave(builder, acting(actor)?, *chat)),
        Command::Follow { chat, managers } => done(chats::follow(builder, *chat, managers)),
        Command::Unfollow { chat, managers } => done(chats::unfollow(builder, *chat, managers)),
        Command::Tag { chat, tags } => done(chats::tag(builder, *chat, tags)),
        Command::Untag { chat, tags } => done(chats::untag(builder, *chat, tags)),
        Command::Open { chat } => done(chats::open(builder, *chat)),
        Command::Close { chat } => done(chats::close(builder, *chat)),
        Command::Snooze { chat, until } => done(chats::snooze(builder, actor.manager(), *chat, until.as_millis())),
        Command::SetDescription { chat, text } => done(chats::set_description(builder, *chat, text)),
        Command::MarkRead { chat, up_to } => done(chats::mark_read(builder, acting(actor)?, *chat, *up_to)),
        Command::MarkUnread { chat } => done(chats::mark_unread(builder, acting(actor)?, *chat)),
        Command::Favorite { chat } => done(chats::favorite(builder, acting(actor)?, *chat, true)),
        Command::Unfavorite { chat } => done(chats::favorite(builder, acting(actor)?, *chat, false)),
        Command::DeleteChat { chat } => done(chats::delete(builder, *chat)),
    }
}

/// Returns the acting manager, or refuses if the actor is not a manager.
fn acting(actor: Actor) -> Result<ManagerId, Refusal> {
    actor.manager().ok_or_else(|| Refusal::new(Code::Forbidden, "only a manager can do this for themselves"))
}

/// Returns the tag with a path, or refuses if it is unknown.
pub(super) fn find_tag(builder: &ChangeBuilder<'_>, path: &str) -> Result<TagId, Refusal> {
    let found = builder.tree().find(path);
    found.ok_or_else(|| Refusal::new(Code::UnknownTag, format!("there is no tag {}", limit::shown(path))))
}

/// Refuses an unknown manager.
pub(super) fn known_manager(builder: &ChangeBuilder<'_>, manager: ManagerId) -> Result<(), Refusal> {
    if builder.knows_manager(manager) { Ok(()) } else { Err(Refusal::unknown_manager(manager)) }
}
