//! Cases that check the model against the design text, rule by rule. They are plain functions, so that any test binary
//! can run them.

mod batches;
mod bulk;
mod chats;
mod clock;
mod envelope;
mod external;
mod filters;
mod left;
mod messages;
mod people;
mod permissions;
mod reads;
mod tags;
mod words;

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
    ("step 1", clock::step_one),
    ("a clock that is set", clock::set_clock),
    ("a wrong clock", clock::one_wrong_clock),
    ("a deleted workspace", clock::deleted_workspace),
    ("who snoozed is told", clock::who_snoozed_is_told),
    ("ids: retries", envelope::retries),
    ("ids: what is remembered", envelope::what_is_remembered),
    ("ids: how long", envelope::how_long),
    ("ids: how many", envelope::how_many),
    ("conditions", envelope::conditions),
    ("conditions: order of judgement", envelope::order_of_conditions),
    ("batches: together or not at all", batches::together_or_not_at_all),
    ("batches: what 0 stands for", batches::what_zero_stands_for),
    ("batches: for others", batches::for_others),
    ("batches: step 1", batches::step_one),
    ("batches: input", batches::input),
    ("external ids: people", external::people),
    ("external ids: numbers", external::numbers),
    ("external ids: chats and messages", external::chats_and_messages),
    ("external ids: input", external::input),
    ("quiet messages", messages::quiet),
    ("read up to a message", messages::up_to),
    ("marked unread", messages::marked_unread),
    ("edited messages", messages::edited),
    ("redacted messages", messages::redacted),
    ("people who left", left::people_who_left),
    ("only who is online", left::only_who_is_online),
    ("notices of every recipient", left::notices_of_every_recipient),
    ("notices: the newest of each", left::newest_of_each),
    ("new queries", left::queries),
    ("composed and decomposed paths", words::paths),
    ("merged tags", words::merged_tags),
    ("judging a merge", words::judging_a_merge),
    ("hashtags with marks", words::hashtags),
    ("mentions with endings", words::mentions),
];

fn actor_of(text: &str) -> Value {
    match text.split_once(' ') {
        None => json!(text),
        Some((kind, id)) => json!({kind:id.parse::<u64>().unwrap()}),
    }
}

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

    /// Returns the inbox as it is, to see later whether it has changed.
    pub fn now(&self) -> Naive {
        self.naive.clone()
    }

    /// Actors are written `system`, `manager 7`, `customer 5`.
    pub fn say(&mut self, actor: impl AsRef<str>, command: Value) -> Value {
        self.say_with(actor, command, json!({}))
    }

    /// Gives a command with more fields in its envelope.
    pub fn say_with(&mut self, actor: impl AsRef<str>, command: Value, more: Value) -> Value {
        let mut envelope = json!({"workspace":1,"at":self.at,"actor":actor_of(actor.as_ref()),"do":command});
        envelope.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
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
