//! Answers queries, computing each from the records.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::model::Code;
use crate::model::command::Actor;
use crate::model::filter::Filter;
use crate::model::question::{How, Page, Place, Query, Wanted};
use crate::model::reads;
use crate::model::state::{Chat, Customer, Manager, Message, Status, Workspace};
use crate::model::view::{Kind, View};

pub fn answer(id: u64, workspace: &Workspace, query: Query) -> Result<Value, Code> {
    match query {
        Query::Count { view } => {
            workspace.filter_exists(&view)?;
            Ok(json!({ "count": workspace.chats_passing(&view).count() }))
        }
        Query::List { view, how, page } => workspace.list(&view, &how, page),
        Query::Show { chat } => {
            workspace.chat_exists(chat)?;
            Ok(workspace.show(chat, &workspace.chats[&chat]))
        }
        Query::Messages { chat, visibility, page } => workspace.messages(chat, visibility, page),
        Query::Message { chat, message: number } => {
            workspace.message_exists(chat, number)?;
            let found = workspace.message(chat, number).expect("seen above");
            Ok(message(u64::from(number), found))
        }
        Query::Chats(ids) => {
            let chats = ids.iter().map(|id| workspace.chats.get(id).map(|chat| workspace.show(*id, chat)));
            Ok(json!({ "chats": chats.collect::<Vec<_>>() }))
        }
        Query::Managers { removed } => Ok(workspace.list_managers(removed)),
        Query::Manager { manager } => workspace.one_manager(manager).ok_or("unknown_manager"),
        Query::Find(wanted) => workspace.find(&wanted),
        Query::Customers { page: wanted } => {
            let rows = workspace.customers.iter().map(|(id, one)| ((*id, 0), (*id, one))).collect();
            Ok(page("customers", rows, wanted, |(id, one)| customer(id, one)))
        }
        Query::Tags => {
            let paths = workspace.tags.keys().map(|tag| json!({ "path": workspace.shown(tag) }));
            Ok(json!({ "tags": paths.collect::<Vec<_>>() }))
        }
        Query::Customer { customer: id } => {
            workspace.customer_exists(id)?;
            Ok(customer(id, &workspace.customers[&id]))
        }
        Query::Sidebar { manager } => {
            workspace.manager_exists(manager)?;
            Ok(workspace.sidebar(id, manager))
        }
        Query::Events { customer, page } => workspace.events(customer, page),
        Query::EventsBeforeChat { chat, page } => workspace.events_before_chat(chat, page),
        Query::EarlierChats { chat, page } => workspace.earlier_chats(chat, page),
        Query::Files { chat, visibility, page } => workspace.files(chat, visibility, page),
        Query::Links { chat, visibility, page } => workspace.links(chat, visibility, page),
        Query::ProfileFields => {
            let fields = workspace.profile_fields.iter();
            let rows = fields.map(|field| json!({"key":field.key,"label":field.label,"shown":field.shown}));
            Ok(json!({ "fields": rows.collect::<Vec<_>>() }))
        }
        Query::Recommend { chat, limit } => workspace.recommend(chat, limit),
        Query::Notifications { manager, page: wanted } => {
            workspace.manager_exists(manager)?;
            Ok(workspace.notifications(manager, wanted))
        }
    }
}

/// Returns a place in a list that starts with the newest.
pub fn newest(number: impl Into<u64>) -> Place {
    (u64::MAX - number.into(), 0)
}

/// Cuts a page from a list, by place, and adds the start of the next page.
pub fn page<T>(name: &str, mut rows: Vec<(Place, T)>, wanted: Page, show: impl Fn(T) -> Value) -> Value {
    rows.retain(|(place, _)| wanted.from.is_none_or(|from| *place > from));
    rows.sort_by_key(|(place, _)| *place);
    let more = rows.len() > wanted.limit;
    rows.truncate(wanted.limit);
    let next = rows.last().filter(|_| more).map(|((first, second), _)| format!("{first}.{second}"));
    let rows: Vec<Value> = rows.into_iter().map(|(_, row)| show(row)).collect();
    json!({ name: rows, "next": next })
}

impl Workspace {
    fn list(&self, view: &Filter, how: &How, wanted: Page) -> Result<Value, Code> {
        self.filter_exists(view)?;
        let place = |position: u64| if how.oldest_first { (position, 0) } else { newest(position) };
        let rows = self.chats_passing(view).map(|(id, chat)| (place(chat.position), (id, chat))).collect();
        if how.ids_only {
            return Ok(page("ids", rows, wanted, |(id, _)| id.into()));
        }
        Ok(page("chats", rows, wanted, |(id, chat)| self.show(id, chat)))
    }

    fn find(&self, wanted: &Wanted) -> Result<Value, Code> {
        match wanted {
            Wanted::Manager(external) => {
                let id = self.manager_by_external(external).ok_or("unknown_manager")?;
                Ok(json!({ "manager": id }))
            }
            Wanted::Customer(external) => {
                let id = self.customer_by_external(external).ok_or("unknown_customer")?;
                Ok(json!({ "customer": id }))
            }
            Wanted::Chat(external) => {
                let mut chats = self.chats.iter();
                let found = chats.find(|(_, chat)| chat.external.as_ref() == Some(external));
                Ok(json!({ "chat": found.ok_or("unknown_chat")?.0 }))
            }
            Wanted::Message(chat, external) => {
                self.chat_exists(*chat)?;
                let mut messages = (1..).zip(&self.chats[chat].messages);
                let found = messages.find(|(_, message)| message.external.as_ref() == Some(external));
                let (number, _): (u64, _) = found.ok_or("unknown_message")?;
                Ok(json!({ "message": number }))
            }
        }
    }

    fn shown_all(&self, tags: &BTreeSet<String>) -> Vec<String> {
        tags.iter().map(|tag| self.shown(tag)).collect()
    }

    pub fn show(&self, id: u32, chat: &Chat) -> Value {
        let mut shown = json!({
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
        });
        if !chat.attributes.is_empty() {
            shown["attributes"] = json!(chat.attributes);
        }
        show_external(&mut shown, chat.external.as_ref());
        shown
    }

    fn messages(&self, id: u32, visibility: Option<bool>, wanted: Page) -> Result<Value, Code> {
        self.chat_exists(id)?;
        let messages = (1u64..).zip(&self.chats[&id].messages);
        let shown = messages.filter(|(_, message)| reads::shown(message, visibility));
        let rows = shown.map(|(number, m)| (newest(number), (number, m))).collect();
        Ok(page("messages", rows, wanted, |(number, m)| message(number, m)))
    }

    fn list_managers(&self, removed: bool) -> Value {
        let mut managers: Vec<(&u64, &Manager)> = self.managers.iter().collect();
        if removed {
            managers.extend(&self.left);
            managers.sort_by_key(|(id, _)| **id);
        }
        let rows: Vec<Value> = managers.iter().map(|(id, manager)| self.show_manager(**id, manager)).collect();
        json!({ "managers": rows })
    }

    /// Returns a manager, also one who left.
    fn one_manager(&self, id: u64) -> Option<Value> {
        let manager = self.managers.get(&id).or(self.left.get(&id))?;
        Some(self.show_manager(id, manager))
    }

    fn show_manager(&self, id: u64, manager: &Manager) -> Value {
        let mut shown = json!({
            "manager": id,
            "name": manager.name,
            "role": if manager.owner { "owner" } else { "member" },
            "operator": manager.operator,
            "online": manager.online,
            "followed_tags": self.shown_all(&manager.followed_tags),
        });
        if let Some(capacity) = manager.capacity {
            shown["capacity"] = capacity.into();
        }
        if self.left.contains_key(&id) {
            shown["removed"] = true.into();
        }
        show_external(&mut shown, manager.external.as_ref());
        shown
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

pub fn author(author: Actor) -> Value {
    match author {
        Actor::System => json!("system"),
        Actor::Manager(id) => json!({ "manager": id }),
        Actor::Customer(id) => json!({ "customer": id }),
    }
}

fn show_external(shown: &mut Value, external: Option<&String>) {
    if let Some(external) = external {
        shown["external"] = external.as_str().into();
    }
}

fn customer(id: u64, customer: &Customer) -> Value {
    let mut shown = json!({ "customer": id, "name": customer.name, "profile": customer.profile });
    show_external(&mut shown, customer.external.as_ref());
    shown
}

fn message(number: u64, message: &Message) -> Value {
    let files = message.files.iter().map(|file| {
        json!({
            "name": file.name,
            "url": file.url,
            "media_type": file.media_type,
            "bytes": file.bytes,
        })
    });
    let mut shown = json!({
        "message": number,
        "at": message.at,
        "author": author(message.author),
        "visibility": if message.public { "public" } else { "internal" },
        "text": message.text,
        "files": files.collect::<Vec<_>>(),
    });
    if let Some(at) = message.edited_at {
        shown["edited_at"] = at.into();
    }
    if message.redacted {
        shown["redacted"] = true.into();
    }
    show_external(&mut shown, message.external.as_ref());
    shown
}
