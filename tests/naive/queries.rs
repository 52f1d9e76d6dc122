//! Answers to queries, each computed from the records when it is asked.

use super::Code;
use super::parse::Actor;
use super::question::Query;
use super::state::{Chat, Message, Status, Workspace};
use super::view::{self, Kind, View};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub fn answer(id: u64, workspace: &Workspace, query: Query) -> Result<Value, Code> {
    match query {
        Query::Count { view } => {
            let view = workspace.known_view(&view)?;
            Ok(json!({ "count": workspace.chats_in(&view).count() }))
        }
        Query::List { view, limit, before } => workspace.list(&view, limit, before),
        Query::Show { chat } => {
            workspace.chat_exists(chat)?;
            Ok(workspace.show(chat, &workspace.chats[&chat]))
        }
        Query::Messages { chat, limit, before } => workspace.messages(chat, limit, before),
        Query::Managers => Ok(workspace.list_managers()),
        Query::Tags => {
            let paths = workspace.tags.keys().map(|tag| json!({ "path": workspace.shown(tag) }));
            Ok(json!({ "tags": paths.collect::<Vec<_>>() }))
        }
        Query::Customer { customer: id } => {
            workspace.customer_exists(id)?;
            let customer = &workspace.customers[&id];
            Ok(json!({ "customer": id, "name": customer.name, "profile": customer.profile }))
        }
        Query::Sidebar { manager } => {
            workspace.manager_exists(manager)?;
            Ok(workspace.sidebar(id, manager))
        }
    }
}

/// Where a page starts: everything before this number.
fn cursor(before: Option<String>) -> Result<u64, Code> {
    match before {
        None => Ok(u64::MAX),
        Some(text) => text.parse().map_err(|_| "malformed"),
    }
}

/// Cuts a page from what is left, newest first, and tells where the next starts.
fn page<T>(mut rest: Vec<(u64, T)>, limit: usize) -> (Vec<T>, Option<String>) {
    rest.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).map(|(number, _)| number.to_string());
    (rest.into_iter().map(|(_, item)| item).collect(), next)
}

impl Workspace {
    fn known_view(&self, text: &str) -> Result<View, Code> {
        let view = view::parse(text).ok_or("malformed")?;
        self.view_exists(&view)?;
        Ok(view)
    }

    fn list(&self, view: &str, limit: usize, before: Option<String>) -> Result<Value, Code> {
        let before = cursor(before)?;
        let view = self.known_view(view)?;
        let chats = self.chats_in(&view).filter(|(_, chat)| chat.position < before);
        let rest = chats.map(|(id, chat)| (chat.position, (id, chat))).collect();
        let (chats, next) = page(rest, limit);
        let chats: Vec<Value> = chats.into_iter().map(|(id, chat)| self.show(id, chat)).collect();
        Ok(json!({ "chats": chats, "next": next }))
    }

    fn shown_all(&self, tags: &BTreeSet<String>) -> Vec<String> {
        tags.iter().map(|tag| self.shown(tag)).collect()
    }

    fn show(&self, id: u32, chat: &Chat) -> Value {
        json!({
            "id": id,
            "customer": chat.customer,
            "status": chat.status.word(),
            "snoozed_until": chat.snoozed_until,
            "assignee": chat.assignee,
            "followers": chat.followers,
            "tags": self.shown_all(&chat.tags),
            "unread": chat.unread,
            "favorited_by": chat.favorited_by,
            "description": chat.description,
            "created_at": chat.created_at,
            "last_activity_at": chat.last_activity_at,
            "messages": chat.messages.len(),
        })
    }

    fn messages(&self, id: u32, limit: usize, before: Option<String>) -> Result<Value, Code> {
        let before = cursor(before)?;
        self.chat_exists(id)?;
        let messages = (1..).zip(&self.chats[&id].messages);
        let rest = messages.filter(|(number, _)| *number < before);
        let (messages, next) = page(rest.map(|(n, m)| (n, message(n, m))).collect(), limit);
        Ok(json!({ "messages": messages, "next": next }))
    }

    fn list_managers(&self) -> Value {
        let managers = self.managers.iter().map(|(id, manager)| {
            json!({
                "manager": id,
                "name": manager.name,
                "role": if manager.owner { "owner" } else { "member" },
                "operator": manager.operator,
                "online": manager.online,
                "followed_tags": self.shown_all(&manager.followed_tags),
            })
        });
        json!({ "managers": managers.collect::<Vec<_>>() })
    }

    fn count(&self, kind: Kind, status: Status) -> usize {
        self.chats_in(&View { kind, status: Some(status) }).count()
    }

    fn three(&self, kind: impl Fn() -> Kind) -> Value {
        json!({
            "open": self.count(kind(), Status::Open),
            "snoozed": self.count(kind(), Status::Snoozed),
            "closed": self.count(kind(), Status::Closed),
        })
    }

    fn colleagues(&self, operators: bool) -> Vec<Value> {
        let some = self.managers.iter().filter(|(_, m)| m.operator == operators);
        let rows = some.map(|(id, manager)| {
            let open = self.count(Kind::Assigned(*id), Status::Open);
            json!({ "manager": id, "name": manager.name, "open": open })
        });
        rows.collect()
    }

    fn sidebar(&self, workspace: u64, me: u64) -> Value {
        let unread = self.chats.values().filter_map(|chat| chat.unread.get(&me));
        let favorites = self.chats.values().filter(|chat| chat.favorited_by.contains(&me));
        let tags = self.tags.keys().map(|tag| {
            let open = self.count(Kind::Tag(tag.clone()), Status::Open);
            json!({ "path": self.shown(tag), "open": open })
        });
        json!({
            "workspace": workspace,
            "manager": me,
            "me": self.three(|| Kind::Assigned(me)),
            "unassigned": self.three(|| Kind::Unassigned),
            "all": self.three(|| Kind::All),
            "unread": { "chats": unread.clone().count(), "messages": unread.sum::<u64>() },
            "favorites": favorites.count(),
            "my_sessions": self.three(|| Kind::Sessions(me)),
            "operators": self.colleagues(true),
            "others": self.colleagues(false),
            "tags": tags.collect::<Vec<_>>(),
        })
    }
}

fn message(number: u64, message: &Message) -> Value {
    let author = match message.author {
        Actor::System => json!("system"),
        Actor::Manager(id) => json!({ "manager": id }),
        Actor::Customer(id) => json!({ "customer": id }),
    };
    let files = message.files.iter().map(|file| {
        json!({
            "name": file.name,
            "url": file.url,
            "media_type": file.media_type,
            "bytes": file.bytes,
        })
    });
    json!({
        "message": number,
        "at": message.at,
        "author": author,
        "visibility": if message.public { "public" } else { "internal" },
        "text": message.text,
        "files": files.collect::<Vec<_>>(),
    })
}
