//! Cases that check the model against the design text, rule by rule. They are plain functions, so that any test binary
//! can run them.

mod bulk;
mod chats;
mod filters;
mod people;
mod permissions;
mod reads;
mod tags;

use serde_json::{Value, json};

use crate::Naive;

/// Every check by name.
pub const ALL: &[(&str, fn())] = &[
    ("time", chats::time),
    ("snoozes fire in order", chats::snoozes_fire_in_order),
    ("activity", chats::activity),
    ("status", chats::status),
    ("assignee and followers", chats::assignee_and_followers),
    ("unread", chats::unread),
    ("unread of operators", chats::unread_of_operators),
    ("who leaves", chats::who_leaves),
    ("my sessions", chats::my_sessions),
    ("descriptions", chats::descriptions),
    ("removal", chats::removal),
    ("who may do what", permissions::who_may_do_what),
    ("order of judgement", permissions::order_of_judgement),
    ("messages", permissions::messages),
    ("customers", permissions::customers),
    ("limits", permissions::limits),
    ("input", permissions::input),
    ("pages", permissions::pages),
    ("a sidebar", permissions::a_sidebar),
    ("tags: paths", tags::paths),
    ("tags: moves", tags::moves),
    ("tags: judging a move", tags::judging_a_move),
    ("tags: counts", tags::counts),
    ("tags: on a chat", tags::on_a_chat),
    ("views", tags::views),
    ("filters: algebra", filters::algebra),
    ("filters: both forms", filters::both_forms),
    ("filters: invalid filters", filters::invalid_filters),
    ("indexes of the host", filters::indexes),
    ("bulk: lists and filters", bulk::lists_and_filters),
    ("bulk: refused one by one", bulk::refused_one_by_one),
    ("bulk: refused whole", bulk::refused_whole),
    ("attributes", people::attributes),
    ("profile fields", people::profile_fields),
    ("recommendation", people::recommendation),
    ("assigning the recommended", people::assigning_the_recommended),
    ("deletion", people::deletion),
    ("events", reads::events),
    ("files and links", reads::files_and_links),
    ("notifications", reads::notifications),
    ("mentions", reads::mentions),
];

/// A workspace with an owner 1, members 2 and 3, customers 5 and 6, and chats 1 (of 5) and 2 (of 6), at moment 1000.
pub(crate) struct Scene {
    pub naive: Naive,
    pub at: u64,
}

impl Scene {
    pub fn new() -> Self {
        let mut scene = Self { naive: Naive::new(), at: 1000 };
        for (id, role) in [(1, "owner"), (2, "member"), (3, "member")] {
            scene.ok("system", json!({"put_manager":{"manager":id,"name":"m","role":role}}));
        }
        for id in [5, 6] {
            scene.ok("system", json!({"put_customer":{"customer":id}}));
            scene.ok(format!("customer {id}"), json!({"start_chat":{"customer":id}}));
        }
        scene
    }

    /// Actors are written `system`, `manager 7`, `customer 5`.
    pub fn say(&mut self, actor: impl AsRef<str>, command: Value) -> Value {
        let actor = match actor.as_ref().split_once(' ') {
            None => json!(actor.as_ref()),
            Some((kind, id)) => json!({kind:id.parse::<u64>().unwrap()}),
        };
        let envelope = json!({"workspace":1,"at":self.at,"actor":actor,"do":command});
        let line = envelope.to_string().into_bytes();
        let if_refused = self.naive.after_refusal(&line);
        let answer = self.naive.apply(&line);
        if answer.get("error").is_some() {
            assert_eq!(self.naive, if_refused, "a refusal changes nothing: {envelope}");
        }
        self.naive.verify();
        answer
    }

    pub fn ok(&mut self, actor: impl AsRef<str>, command: Value) -> Value {
        let answer = self.say(actor, command.clone());
        answer.get("ok").unwrap_or_else(|| panic!("{command}: {answer}")).clone()
    }

    pub fn no(&mut self, actor: impl AsRef<str>, command: Value, code: &str) {
        let answer = self.say(actor, command.clone());
        assert_eq!(answer, json!({"error":{"code":code}}), "{command}");
    }

    pub fn ask(&self, query: Value) -> Value {
        self.naive.query(&query.to_string())
    }

    pub fn chat(&self, id: u32) -> Value {
        self.ask(json!({"show":{"workspace":1,"chat":id}}))
    }

    pub fn count(&self, view: &str) -> Value {
        let answer = self.ask(json!({"count":{"workspace":1,"view":view}}));
        answer.get("count").unwrap_or(&answer["error"]["code"]).clone()
    }

    /// Returns the ids of a view, newest first.
    pub fn ids(&self, view: &str) -> Value {
        let answer = self.ask(json!({"list":{"workspace":1,"view":view}}));
        let chats = answer["chats"].as_array().unwrap_or_else(|| panic!("{view}: {answer}"));
        chats.iter().map(|chat| chat["id"].clone()).collect()
    }

    pub fn writes(&mut self, actor: &str, chat: u32, visibility: &str) {
        self.ok(actor, json!({"send_message":{"chat":chat,"visibility":visibility,"text":"x"}}));
    }
}
