//! Hand-written cases that hold the model to the text, rule by rule. They are plain
//! functions, so that any test binary can run them.

use super::Naive;
use super::{bulk_checks, chat_checks, filter_checks, gate_checks, office_checks, read_checks, tag_checks};
use serde_json::{Value, json};

/// Every check by name.
pub const ALL: &[(&str, fn())] = &[
    ("time", chat_checks::time),
    ("snoozes fire in order", chat_checks::snoozes_fire_in_order),
    ("activity", chat_checks::activity),
    ("status", chat_checks::status),
    ("assignee and followers", chat_checks::assignee_and_followers),
    ("unread", chat_checks::unread),
    ("unread of operators", chat_checks::unread_of_operators),
    ("who leaves", chat_checks::who_leaves),
    ("my sessions", chat_checks::my_sessions),
    ("descriptions", chat_checks::descriptions),
    ("removal", chat_checks::removal),
    ("who may do what", gate_checks::who_may_do_what),
    ("order of judgement", gate_checks::order_of_judgement),
    ("messages", gate_checks::messages),
    ("customers", gate_checks::customers),
    ("limits", gate_checks::limits),
    ("input", gate_checks::input),
    ("pages", gate_checks::pages),
    ("a sidebar", gate_checks::a_sidebar),
    ("tags: paths", tag_checks::paths),
    ("tags: moves", tag_checks::moves),
    ("tags: judging a move", tag_checks::judging_a_move),
    ("tags: counts", tag_checks::counts),
    ("tags: on a chat", tag_checks::on_a_chat),
    ("views", tag_checks::views),
    ("filters: algebra", filter_checks::algebra),
    ("filters: both forms", filter_checks::both_forms),
    ("filters: what is none", filter_checks::what_is_no_filter),
    ("indexes of the host", filter_checks::indexes),
    ("bulk: lists and filters", bulk_checks::lists_and_filters),
    ("bulk: refused one by one", bulk_checks::refused_one_by_one),
    ("bulk: refused whole", bulk_checks::refused_whole),
    ("attributes", office_checks::attributes),
    ("profile fields", office_checks::profile_fields),
    ("recommendation", office_checks::recommendation),
    ("assigning the recommended", office_checks::assigning_the_recommended),
    ("deletion", office_checks::deletion),
    ("events", read_checks::events),
    ("files and links", read_checks::files_and_links),
    ("notifications", read_checks::notifications),
    ("mentions", read_checks::mentions),
];

/// A workspace with an owner 1, members 2 and 3, customers 5 and 6, chats 1 (of 5)
/// and 2 (of 6), at the moment 1000.
pub struct Scene {
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

    /// The ids of a view, newest first.
    pub fn ids(&self, view: &str) -> Value {
        let answer = self.ask(json!({"list":{"workspace":1,"view":view}}));
        let chats = answer["chats"].as_array().unwrap_or_else(|| panic!("{view}: {answer}"));
        chats.iter().map(|chat| chat["id"].clone()).collect()
    }

    pub fn writes(&mut self, actor: &str, chat: u32, visibility: &str) {
        self.ok(actor, json!({"send_message":{"chat":chat,"visibility":visibility,"text":"x"}}));
    }
}
