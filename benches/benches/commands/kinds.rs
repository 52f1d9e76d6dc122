//! The kinds of commands. The numbers of chats, customers and tags are those of an inbox whose properties are in step.

use inboxdb::{
    Action, Actor, ChatId, Command, CustomerId, CustomerUpdate, Engine, Envelope, ManagerId, Outcome, Reply, Role,
    Selection,
};
use inboxdb_benches::{AT, MANAGERS, WORKSPACE, tag_path};

/// What a command is about.
#[derive(Clone, Copy)]
pub(crate) struct About {
    pub(crate) chat: ChatId,
    /// A random number, for what else it names.
    pub(crate) choice: u64,
}

impl About {
    fn manager(self) -> ManagerId {
        ManagerId(1 + self.choice % MANAGERS)
    }

    fn customer(self) -> CustomerId {
        CustomerId(u64::from(self.chat.0 / 2))
    }

    /// The tag that the chat has.
    fn own_tag(self) -> String {
        tag_path(self.chat.0 % 1_000)
    }

    fn tag(self) -> String {
        tag_path((self.choice % 1_000) as u32)
    }

    fn new_tag(self) -> String {
        format!("area-{}/new-{}", self.choice % 10, self.choice)
    }
}

type Make = fn(About) -> (Actor, Command);

/// A kind of command.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The chats that it is done on.
    pub(crate) among: fn(u32) -> bool,
    /// What is done before it, and not measured.
    before: Option<Make>,
    make: Make,
    /// Takes it back, so that it can be done again. Not measured.
    after: Option<Make>,
}

pub(crate) fn run(engine: &Engine, (actor, command): (Actor, Command)) -> Outcome {
    engine.execute(Envelope::new(WORKSPACE, AT, actor, command)).unwrap()
}

impl Kind {
    const fn new(name: &'static str, among: fn(u32) -> bool, make: Make) -> Self {
        Self { name, among, before: None, make, after: None }
    }

    const fn before(mut self, before: Make) -> Self {
        self.before = Some(before);
        self
    }

    const fn after(mut self, after: Make) -> Self {
        self.after = Some(after);
        self
    }

    /// What is to be measured. Does what comes before it.
    pub(crate) fn prepare(&self, engine: &Engine, about: &mut About) -> Envelope {
        if let Some(before) = self.before
            && let Reply::Chat { chat, .. } = run(engine, before(*about)).reply
        {
            about.chat = chat;
        }
        let (actor, command) = (self.make)(*about);
        Envelope::new(WORKSPACE, AT, actor, command)
    }

    pub(crate) fn take_back(&self, engine: &Engine, about: About) {
        if let Some(after) = self.after {
            run(engine, after(about));
        }
    }
}

fn open(chat: u32) -> bool {
    chat % 10 < 2
}

fn closed(chat: u32) -> bool {
    chat % 10 > 2
}

fn any(_chat: u32) -> bool {
    true
}

/// Open chats without an assignee, which all operators have not read.
fn unassigned(chat: u32) -> bool {
    chat.is_multiple_of(20)
}

fn assigned(chat: u32) -> bool {
    open(chat) && !unassigned(chat)
}

const OPERATOR: Actor = Actor::Manager(ManagerId(7));

fn system(command: Command) -> (Actor, Command) {
    (Actor::System, command)
}

/// Those about one chat, then the others.
pub(crate) const KINDS: [Kind; 36] = [
    Kind::new("send_message by the customer", open, |on| {
        (Actor::Customer(on.customer()), Command::send_message(on.chat, "Is it on its way?"))
    }),
    Kind::new("send_message by the customer, opens", closed, |on| {
        (Actor::Customer(on.customer()), Command::send_message(on.chat, "Is it on its way?"))
    })
    .after(|on| system(Command::close(on.chat))),
    Kind::new("send_message by a manager", open, |on| {
        (Actor::Manager(on.manager()), Command::send_message(on.chat, "It is on its way."))
    }),
    Kind::new("edit_message", any, |on| {
        system(Command::edit_message(on.chat, 1, format!("Where is parcel {}?", on.choice)))
    }),
    Kind::new("open", closed, |on| system(Command::open(on.chat))).after(|on| system(Command::close(on.chat))),
    Kind::new("snooze", open, |on| system(Command::snooze(on.chat, AT + 1_000_000 + on.choice)))
        .after(|on| system(Command::open(on.chat))),
    Kind::new("close", open, |on| system(Command::close(on.chat))).after(|on| system(Command::open(on.chat))),
    Kind::new("assign", open, |on| system(Command::assign(on.chat, on.manager()))),
    Kind::new("assign_recommended", unassigned, |on| system(Command::assign_recommended(on.chat)))
        .after(|on| system(Command::unassign(on.chat))),
    Kind::new("unassign", assigned, |on| system(Command::unassign(on.chat)))
        .after(|on| system(Command::assign(on.chat, on.manager()))),
    Kind::new("follow", open, |on| system(Command::follow(on.chat, [on.manager()])))
        .after(|on| system(Command::unfollow(on.chat, [on.manager()]))),
    Kind::new("unfollow", open, |on| system(Command::unfollow(on.chat, [on.manager()])))
        .before(|on| system(Command::follow(on.chat, [on.manager()]))),
    Kind::new("leave", open, |on| (Actor::Manager(on.manager()), Command::leave(on.chat)))
        .before(|on| system(Command::follow(on.chat, [on.manager()]))),
    Kind::new("tag", any, |on| system(Command::tag(on.chat, [on.tag()])))
        .after(|on| system(Command::untag(on.chat, [on.tag()]))),
    Kind::new("untag", any, |on| system(Command::untag(on.chat, [on.own_tag()])))
        .after(|on| system(Command::tag(on.chat, [on.own_tag()]))),
    Kind::new("mark_read", unassigned, |on| (OPERATOR, Command::mark_read(on.chat)))
        .after(|on| (OPERATOR, Command::mark_unread(on.chat))),
    Kind::new("mark_unread", unassigned, |on| (OPERATOR, Command::mark_unread(on.chat)))
        .before(|on| (OPERATOR, Command::mark_read(on.chat))),
    Kind::new("favorite", any, |on| (OPERATOR, Command::favorite(on.chat)))
        .after(|on| (OPERATOR, Command::unfavorite(on.chat))),
    Kind::new("unfavorite", any, |on| (OPERATOR, Command::unfavorite(on.chat)))
        .before(|on| (OPERATOR, Command::favorite(on.chat))),
    Kind::new("set_description", any, |on| system(Command::set_description(on.chat, format!("Parcel {}", on.choice)))),
    Kind::new("set_attribute", any, |on| {
        system(Command::set_attribute(on.chat, "parcel", (on.choice % 1_000).to_string()))
    }),
    Kind::new("start_chat", any, |on| system(Command::start_chat(on.customer()))),
    Kind::new("delete_chat", any, |on| system(Command::delete_chat(on.chat)))
        .before(|on| system(Command::start_chat(on.customer()))),
    Kind::new("put_customer", any, |on| {
        system(Command::put_customer(on.customer(), CustomerUpdate::from(format!("Grace {}", on.choice))))
    }),
    Kind::new("track_event", any, |on| system(Command::track_event(on.customer(), "order"))),
    Kind::new("put_manager", any, |on| {
        system(Command::put_manager(on.manager(), format!("Ada {}", on.choice), Role::Member))
    }),
    Kind::new("set_operator", any, |_| system(Command::set_operator(8, false)))
        .after(|_| system(Command::set_operator(8, true))),
    Kind::new("set_online", any, |on| system(Command::set_online(on.manager(), on.choice.is_multiple_of(2)))),
    Kind::new("set_capacity", any, |on| system(Command::set_capacity(on.manager(), (on.choice % 99) as u32))),
    Kind::new("create_tag", any, |on| system(Command::create_tag(on.new_tag())))
        .after(|on| system(Command::delete_tag(on.new_tag()))),
    Kind::new("move_tag", any, |on| system(Command::move_tag(on.tag(), "moved")))
        .after(|on| system(Command::move_tag("moved", on.tag()))),
    Kind::new("merge_tag, without chats", any, |on| system(Command::merge_tag(on.new_tag(), on.tag())))
        .before(|on| system(Command::create_tag(on.new_tag()))),
    Kind::new("delete_tag, without chats", any, |on| system(Command::delete_tag(on.new_tag())))
        .before(|on| system(Command::create_tag(on.new_tag()))),
    Kind::new("follow_tag", any, |on| system(Command::follow_tag(on.tag(), 9)))
        .after(|on| system(Command::unfollow_tag(on.tag(), 9))),
    Kind::new("unfollow_tag", any, |on| system(Command::unfollow_tag(on.tag(), 9)))
        .before(|on| system(Command::follow_tag(on.tag(), 9))),
    Kind::new("bulk close of 100 chats", any, |on| {
        let first = on.chat.0.saturating_sub(100).max(1);
        system(Command::bulk(Selection::chats((first..first + 100).map(ChatId)), Action::close()))
    })
    .after(|on| {
        let first = on.chat.0.saturating_sub(100).max(1);
        system(Command::bulk(Selection::chats((first..first + 100).map(ChatId)), Action::open()))
    }),
];
