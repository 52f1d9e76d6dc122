//! Time, and how a command is done in step 2.

use serde_json::{Value, json};

use crate::model::Code;
use crate::model::command::{Actor, Condition, Do, Envelope, Pairs};
use crate::model::ids;
use crate::model::state::{Chat, Status, Workspace};

/// The reply to a command: the content of `ok`, or the code of the refusal.
pub type Answer = Result<Value, Code>;

/// Why a command of an envelope is refused.
#[derive(Debug)]
pub struct Refusal {
    pub code: Code,
    /// Which command of a batch.
    pub at: Option<usize>,
    /// What a condition asked for.
    pub actual: Option<Value>,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, at: None, actual: None }
    }
}

impl Refusal {
    pub fn show(self) -> Value {
        let mut error = json!({ "code": self.code });
        if let Some(at) = self.at {
            error["at"] = at.into();
        }
        if let Some(actual) = self.actual {
            error["actual"] = actual;
        }
        json!({ "error": error })
    }
}

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
    /// Executes a command that has passed step 1. A refusal has moved the clock, and changed nothing more.
    pub fn carry_out(&mut self, envelope: &Envelope) -> Result<Value, Refusal> {
        self.used = true;
        let now = self.pass_time_before(envelope);
        let answer = self.judge(now, envelope.actor, &envelope.command, envelope.condition.as_ref());
        if let Ok(answer) = &answer {
            self.remember(envelope, answer, ids::moment(&envelope.command, now));
        }
        self.forget_old_ids();
        answer
    }

    /// Lets time pass up to a command. Returns the moment at which it takes effect.
    pub fn pass_time_before(&mut self, envelope: &Envelope) -> u64 {
        match envelope.command {
            Do::SetClock { .. } => self.clock,
            _ => self.pass_time(envelope.at),
        }
    }

    /// Fires the snoozes that are due, moves the clock and returns the effective moment.
    pub fn pass_time(&mut self, at: u64) -> u64 {
        let now = at.max(self.clock);
        let snoozed = self.chats.iter().filter_map(|(id, chat)| Some((chat.snoozed_until?, *id)));
        let mut due: Vec<(u64, u32)> = snoozed.filter(|(until, _)| *until <= now).collect();
        due.sort_unstable();
        for (until, id) in due {
            let chat = self.active(id, until);
            let mut told = chat.followers.clone();
            told.extend(chat.snoozed_by);
            chat.settle(Status::Open);
            self.notify(until, "snooze_ended", id, None, None, told);
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

    fn judge(&mut self, now: u64, actor: Actor, command: &Do, condition: Option<&Condition>) -> Result<Value, Refusal> {
        condition.map_or(Ok(()), |condition| self.chat_exists(condition.chat))?;
        self.names_exist(command)?;
        condition.map_or(Ok(()), |condition| self.meets(condition))?;
        if let Do::All(steps) = command {
            return self.all(now, actor, steps);
        }
        let answer = self.perform(now, actor, command.clone())?;
        self.forget_what_is_no_longer_received();
        Ok(answer)
    }

    /// Executes a command whose actor is known and allowed.
    pub fn perform(&mut self, now: u64, actor: Actor, command: Do) -> Answer {
        self.names_exist(&command)?;
        match command {
            Do::PutManager { manager, external, name, owner } => self.put_manager(manager, external, name, owner),
            Do::RemoveManager { manager } => self.remove_manager(manager),
            Do::SetOperator { manager, on } => self.on_manager(manager, |manager| manager.operator = on),
            Do::SetOnline { manager, on } => self.on_manager(manager, |manager| manager.online = on),
            Do::SetCapacity { manager, capacity } => self.on_manager(manager, |manager| manager.capacity = capacity),
            Do::PutCustomer { customer, external, name, profile } => {
                self.put_customer(customer, external, name, profile)
            }
            Do::TrackEvent { customer, name, page, properties } => {
                self.track_event(now, customer, name, page, properties)
            }
            Do::DeleteCustomer { customer } => self.delete_customer(customer),
            Do::SetProfileFields { fields } => self.set_profile_fields(fields),
            Do::CreateTag { path } => self.create_tag(&path),
            Do::DeleteTag { path } => self.delete_tag(&path),
            Do::MoveTag { path, to } => self.move_tag(&path, &to),
            Do::MergeTag { path, into } => self.merge_tag(&path, &into),
            Do::FollowTag { path, manager } => self.follow_tag(&path, manager, true),
            Do::UnfollowTag { path, manager } => self.follow_tag(&path, manager, false),
            Do::StartChat { customer, external } => self.start_chat(now, actor, customer, external),
            Do::Bulk { select, action } => self.bulk(now, actor, &select, &action),
            Do::DeleteWorkspace => self.delete_workspace(),
            Do::SetClock { at } => {
                self.clock = at;
                done()
            }
            Do::Tick => done(),
            Do::All(_) => unreachable!("a batch is judged command by command"),
            _ => self.perform_on_chat(now, actor, command),
        }
    }

    fn perform_on_chat(&mut self, now: u64, actor: Actor, command: Do) -> Answer {
        match command {
            Do::SendMessage { chat, said } => self.send_message(now, actor, chat, said),
            Do::EditMessage { chat, message, text } => self.edit_message(now, chat, message, text),
            Do::RedactMessage { chat, message } => self.redact_message(chat, message),
            Do::Assign { chat, manager } => self.assign(now, actor, chat, manager),
            Do::AssignRecommended { chat, online } => self.assign_recommended(now, actor, chat, online),
            Do::Unassign { chat } => self.on_chat(chat, |chat| chat.assignee = None),
            Do::Leave { chat } => self.leave(actor, chat),
            Do::Open { chat } => self.on_chat(chat, |chat| chat.settle(Status::Open)),
            Do::Close { chat } => self.on_chat(chat, |chat| chat.settle(Status::Closed)),
            Do::MarkRead { chat, up_to } => self.as_manager(actor, chat, |chat, me| chat.mark_read(me, up_to)),
            Do::MarkUnread { chat } => self.mark_unread(actor, chat),
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
            Do::Snooze { chat, until } => self.snooze(now, actor, chat, until),
            Do::SetDescription { chat, text } => self.set_description(chat, text),
            Do::SetAttribute { chat, key, value } => self.set_attribute(chat, key, value),
            _ => unreachable!("no command on a chat"),
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
