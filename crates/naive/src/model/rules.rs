//! Time, permissions, and how a command passes through both.

use serde_json::{Value, json};

use crate::model::Code;
use crate::model::parse::{Actor, Do, Envelope, Pairs};
use crate::model::state::{Chat, Status, Workspace};

/// The reply to a command: the content of `ok`, or the code of the refusal.
pub type Answer = Result<Value, Code>;

pub fn done() -> Answer {
    Ok(json!({}))
}

pub fn longer(text: &str, characters: usize) -> bool {
    text.chars().count() > characters
}

pub fn pairs_too_large(pairs: &Pairs) -> bool {
    pairs.len() > 64 || pairs.iter().any(|(k, v)| longer(k, 128) || longer(v, 1024))
}

impl Workspace {
    pub fn carry_out(&mut self, envelope: Envelope) -> Answer {
        let Envelope { at, actor, command, .. } = envelope;
        let now = self.pass_time(at);
        self.known(actor)?;
        if !self.may(actor, &command) {
            return Err("forbidden");
        }
        let answer = self.perform(now, actor, command)?;
        self.forget_what_is_no_longer_received();
        Ok(answer)
    }

    /// Fires the snoozes that are due, moves the clock and returns the effective moment.
    pub fn pass_time(&mut self, at: u64) -> u64 {
        let now = at.max(self.clock);
        let snoozed = self.chats.iter().filter_map(|(id, chat)| Some((chat.snoozed_until?, *id)));
        let mut due: Vec<(u64, u32)> = snoozed.filter(|(until, _)| *until <= now).collect();
        due.sort_unstable();
        for (until, id) in due {
            let chat = self.active(id, until);
            chat.settle(Status::Open);
            let followers = chat.followers.clone();
            self.notify(until, "snooze_ended", id, None, None, followers);
        }
        self.clock = now;
        now
    }

    /// Moves a chat to the top of the timeline.
    pub fn active(&mut self, id: u32, moment: u64) -> &mut Chat {
        self.last_position += 1;
        let chat = self.chats.get_mut(&id).expect("only chats that exist are active");
        chat.position = self.last_position;
        chat.last_activity_at = moment;
        chat
    }

    fn known(&self, actor: Actor) -> Result<(), Code> {
        match actor {
            Actor::System => Ok(()),
            Actor::Manager(id) => self.manager_exists(id),
            Actor::Customer(id) => self.customer_exists(id),
        }
    }

    pub fn manager_exists(&self, id: u64) -> Result<(), Code> {
        self.managers.contains_key(&id).then_some(()).ok_or("unknown_manager")
    }

    pub fn managers_exist(&self, ids: &[u64]) -> Result<(), Code> {
        ids.iter().try_for_each(|id| self.manager_exists(*id))
    }

    pub fn customer_exists(&self, id: u64) -> Result<(), Code> {
        self.customers.contains_key(&id).then_some(()).ok_or("unknown_customer")
    }

    pub fn chat_exists(&self, id: u32) -> Result<(), Code> {
        self.chats.contains_key(&id).then_some(()).ok_or("unknown_chat")
    }

    /// Checks the permissions that do not depend on the chat.
    fn may(&self, actor: Actor, command: &Do) -> bool {
        if let Do::Bulk { action, .. } = command {
            return !matches!(actor, Actor::Customer(_)) && self.may(actor, action);
        }
        match actor {
            Actor::System => {
                !matches!(command, Do::MarkRead { .. } | Do::Favorite { .. } | Do::Unfavorite { .. } | Do::Leave { .. })
            }
            Actor::Manager(me) => {
                let owner = self.managers[&me].owner;
                match command {
                    Do::DeleteChat { .. } | Do::PutManager { .. } | Do::RemoveManager { .. } => owner,
                    Do::DeleteCustomer { .. } => owner,
                    Do::SetOperator { manager, .. } | Do::SetOnline { manager, .. } => owner || *manager == me,
                    Do::SetCapacity { manager, .. } => owner || *manager == me,
                    Do::Tick | Do::DeleteWorkspace => false,
                    _ => true,
                }
            }
            Actor::Customer(me) => match command {
                Do::StartChat { customer } | Do::TrackEvent { customer, .. } => *customer == me,
                Do::SendMessage { public, .. } => *public,
                _ => false,
            },
        }
    }

    pub fn perform(&mut self, now: u64, actor: Actor, command: Do) -> Answer {
        match command {
            Do::PutManager { manager, name, owner } => self.put_manager(manager, name, owner),
            Do::RemoveManager { manager } => self.remove_manager(manager),
            Do::SetOperator { manager, on } => self.set_operator(manager, on),
            Do::SetOnline { manager, on } => self.set_online(manager, on),
            Do::PutCustomer { customer, name, profile } => self.put_customer(customer, name, profile),
            Do::TrackEvent { customer, name, page, properties } => {
                self.track_event(now, customer, name, page, properties)
            }
            Do::CreateTag { path } => self.create_tag(&path),
            Do::DeleteTag { path } => self.delete_tag(&path),
            Do::MoveTag { path, to } => self.move_tag(&path, &to),
            Do::FollowTag { path, manager } => self.follow_tag(&path, manager, true),
            Do::UnfollowTag { path, manager } => self.follow_tag(&path, manager, false),
            Do::StartChat { customer } => self.start_chat(now, actor, customer),
            Do::SendMessage { chat, public, text, files } => self.send_message(now, actor, chat, public, text, files),
            Do::Assign { chat, manager } => self.assign(now, actor, chat, manager),
            Do::Unassign { chat } => self.on_chat(chat, |chat| chat.assignee = None),
            Do::Leave { chat } => self.leave(actor, chat),
            Do::Open { chat } => self.on_chat(chat, |chat| chat.settle(Status::Open)),
            Do::Close { chat } => self.on_chat(chat, |chat| chat.settle(Status::Closed)),
            Do::MarkRead { chat } => self.as_manager(actor, chat, |chat, me| {
                chat.unread.remove(&me);
            }),
            Do::Favorite { chat } => self.as_manager(actor, chat, |chat, me| {
                chat.favorited_by.insert(me);
            }),
            Do::Unfavorite { chat } => self.as_manager(actor, chat, |chat, me| {
                chat.favorited_by.remove(&me);
            }),
            Do::DeleteChat { chat } => self.delete_chat(chat),
            Do::Follow { chat, managers } => self.follow(chat, &managers),
            Do::Unfollow { chat, managers } => self.unfollow(chat, &managers),
            Do::Tag { chat, tags } => self.tag(chat, &tags),
            Do::Untag { chat, tags } => self.untag(chat, &tags),
            Do::Snooze { chat, until } => self.snooze(now, chat, until),
            Do::SetDescription { chat, text } => self.set_description(chat, text),
            Do::SetCapacity { manager, capacity } => self.set_capacity(manager, capacity),
            Do::SetProfileFields { fields } => self.set_profile_fields(fields),
            Do::DeleteCustomer { customer } => self.delete_customer(customer),
            Do::DeleteWorkspace => self.delete_workspace(),
            Do::SetAttribute { chat, key, value } => self.set_attribute(chat, key, value),
            Do::AssignRecommended { chat } => self.assign_recommended(now, actor, chat),
            Do::Bulk { select, action } => self.bulk(now, actor, &select, &action),
            Do::Tick => done(),
        }
    }

    /// Clears the unread counts of managers who are no longer recipients.
    pub fn forget_what_is_no_longer_received(&mut self) {
        let mut chats = std::mem::take(&mut self.chats);
        for chat in chats.values_mut() {
            let mut unread = std::mem::take(&mut chat.unread);
            unread.retain(|manager, _| self.is_recipient(chat, *manager));
            chat.unread = unread;
        }
        self.chats = chats;
    }
}
