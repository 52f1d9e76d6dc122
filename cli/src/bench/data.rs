//! The data set: what each chat is, from its number alone. It is the same in every run and on every machine, and the
//! properties of a chat have nothing to do with each other.

use inboxdb::{Actor, ChatId, Command, CustomerId, Envelope, ManagerId, NewMessage, Role, Timestamp, WorkspaceId};

use crate::random::Random;

/// The one workspace.
pub(super) const WORKSPACE: WorkspaceId = WorkspaceId(1);
/// Managers.
pub(super) const MANAGERS: u64 = 600;
/// Managers in operator mode: those with the lowest numbers.
pub(super) const OPERATORS: u64 = 12;
/// Tags: 10 at the top, 100 below them, 890 below those.
pub(super) const TAGS: u64 = 1_000;
/// Tags at the top.
pub(super) const TOP_TAGS: u64 = 10;
/// Customers, as soon as there are as many chats.
pub(super) const CUSTOMERS: u32 = 50_000;

/// The kind of random numbers that decide about a chat.
const CHATS: u64 = 1;
/// When the first chat starts: the beginning of 2020.
const BEGIN: u64 = 1_577_836_800_000;
const SECOND: u64 = 1_000;
/// Snoozes outlast the run: ten years and more after the chat.
const SNOOZE: u64 = 315_360_000 * SECOND;

const QUESTIONS: [&str; 6] = [
    "Where is my parcel? It should have been here on Monday. The order is",
    "Can I change the address? I have moved in the meantime. My order is",
    "I was charged twice, please check this. The invoice is",
    "The lamp arrived with a broken shade. How do I return it? Order",
    "Is there a discount for schools? We would need some more of",
    "I cannot log in any more, and no mail comes. My account is",
];
const ANSWERS: [&str; 4] = [
    "Thank you for writing! I have looked it up and will come back to you today. Your case is",
    "I am sorry about that. The carrier has it and will try again tomorrow. The number is",
    "Done: you will get a mail within the hour. For your records:",
    "That is no problem at all, we take care of it. Please mention",
];

/// The clock when a chat starts: one a second.
pub(super) fn time_of(chat: u32) -> Timestamp {
    Timestamp::from_millis(BEGIN + u64::from(chat) * SECOND)
}

/// A moment far behind the run.
pub(super) fn far_away(random: &mut Random, chat: u32) -> Timestamp {
    Timestamp::from_millis(time_of(chat).as_millis() + SNOOZE + random.below(SNOOZE))
}

/// The path of a tag.
pub(super) fn tag_path(tag: u64) -> String {
    match tag {
        0..10 => format!("area-{tag}"),
        10..110 => format!("area-{}/topic-{}", tag % 10, tag / 10),
        _ => format!("area-{}/topic-{}/case-{}", tag % 10, 1 + tag / 10 % 10, tag / 100),
    }
}

/// Who is in a chat at first.
pub(super) struct Who {
    /// The first chats are of a new customer each.
    pub(super) customer: CustomerId,
    pub(super) assignee: Option<ManagerId>,
}

/// Who is in a chat.
pub(super) fn who(chat: u32) -> Who {
    draw_who(chat, &mut Random::of(CHATS, chat.into()))
}

fn draw_who(chat: u32, random: &mut Random) -> Who {
    let regular = 1 + random.below(CUSTOMERS.into());
    let customer = CustomerId(if chat <= CUSTOMERS { chat.into() } else { regular });
    let assignee = some_manager(random);
    Who { customer, assignee: random.chance(950).then_some(assignee) }
}

/// A manager.
pub(super) fn some_manager(random: &mut Random) -> ManagerId {
    ManagerId(1 + random.below(MANAGERS))
}

/// A customer's message.
pub(super) fn question(random: &mut Random) -> String {
    format!("{} {}", random.pick(&QUESTIONS), random.below(10_000_000))
}

/// A manager's message.
pub(super) fn answer(random: &mut Random) -> String {
    format!("{} {}", random.pick(&ANSWERS), random.below(10_000_000))
}

/// The managers and tags.
pub(super) fn people_and_tags() -> Vec<Envelope> {
    let managers = (1..=MANAGERS).map(|number| {
        let role = if number == 1 { Role::Owner } else { Role::Member };
        Command::put_manager(number, format!("Manager {number}"), role)
    });
    let operators = (1..=OPERATORS).map(|operator| Command::set_operator(operator, true));
    let tags = (0..TAGS).map(|tag| Command::create_tag(tag_path(tag)));
    let all = managers.chain(operators).chain(tags);
    all.map(|command| Envelope::new(WORKSPACE, time_of(0), Actor::System, command)).collect()
}

/// Writes the commands of chats.
pub(super) struct Script {
    tags: Vec<String>,
    commands: Vec<Envelope>,
    /// Messages so far.
    pub(super) messages: u64,
    /// The bytes of their texts.
    pub(super) text_bytes: u64,
}

impl Script {
    pub(super) fn new() -> Self {
        Self { tags: (0..TAGS).map(tag_path).collect(), commands: Vec::new(), messages: 0, text_bytes: 0 }
    }

    /// The life of a chat, about 6.6 commands: it starts and is mostly assigned, tagged, answered and closed.
    pub(super) fn chat(&mut self, number: u32) -> impl Iterator<Item = Envelope> + '_ {
        let mut random = Random::of(CHATS, number.into());
        let (chat, Who { customer, assignee }) = (ChatId(number), draw_who(number, &mut random));
        if number <= CUSTOMERS {
            self.push(number, Actor::System, Command::put_customer(customer, format!("Customer {customer}")));
        }
        self.push(number, Actor::System, Command::start_chat(customer));
        self.say(number, Actor::Customer(customer), question(&mut random));
        if let Some(assignee) = assignee {
            self.push(number, Actor::System, Command::assign(chat, assignee));
        }
        for likely in [1_000, 300] {
            let tag = self.tags[random.below(TAGS) as usize].clone();
            if random.chance(likely) {
                self.push(number, Actor::System, Command::tag(chat, [tag]));
            }
        }
        self.talk(number, Who { customer, assignee }, &mut random);
        self.finish(number, &mut random);
        self.commands.drain(..)
    }

    /// What is said behind the first message, and who reads it.
    fn talk(&mut self, number: u32, who: Who, random: &mut Random) {
        let (chat, assignee) = (ChatId(number), who.assignee);
        let [answered, replied, read, favorite] = [600, 400, 850, 50].map(|likely| random.chance(likely));
        if let (Some(manager), true) = (assignee, answered) {
            self.say(number, Actor::Manager(manager), answer(random));
        }
        if replied {
            self.say(number, Actor::Customer(who.customer), question(random));
        }
        if let (Some(manager), true) = (assignee, read && replied) {
            self.push(number, Actor::Manager(manager), Command::mark_read(chat));
        }
        if let (Some(manager), true) = (assignee, favorite) {
            self.push(number, Actor::Manager(manager), Command::favorite(chat));
        }
    }

    fn finish(&mut self, number: u32, random: &mut Random) {
        let chat = ChatId(number);
        let follower = some_manager(random);
        if random.chance(100) {
            self.push(number, Actor::System, Command::follow(chat, [follower]));
        }
        if random.chance(50) {
            self.push(number, Actor::System, Command::set_description(chat, "Wants a call back, a #vip of ours"));
        }
        match random.below(10) {
            0..2 => {}
            2 => self.push(number, Actor::System, Command::snooze(chat, far_away(random, number))),
            _ => self.push(number, Actor::System, Command::close(chat)),
        }
    }

    fn say(&mut self, number: u32, actor: Actor, text: String) {
        self.messages += 1;
        self.text_bytes += text.len() as u64;
        self.push(number, actor, Command::send_message(ChatId(number), NewMessage::from(text)));
    }

    fn push(&mut self, number: u32, actor: Actor, command: Command) {
        self.commands.push(Envelope::new(WORKSPACE, time_of(number), actor, command));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn chats_have_about_as_many_commands_as_promised() {
        let mut script = Script::new();
        let chats = CUSTOMERS + 1..CUSTOMERS + 20_001;
        let commands: usize = chats.map(|chat| script.chat(chat).count()).sum();
        let each = commands as f64 / 20_000.0;
        assert!((6.5..6.7).contains(&each), "{each}");
        assert!(script.messages > 20_000 && script.text_bytes / script.messages > 50);
    }

    #[test]
    fn tags_are_different_and_customers_are_known_when_they_write() {
        let paths: HashSet<String> = (0..TAGS).map(tag_path).collect();
        assert_eq!(paths.len() as u64, TAGS);
        assert!((TOP_TAGS..TAGS).all(|tag| tag_path(tag).contains('/')));
        assert!((1..200_000).all(|chat| (1..=u64::from(CUSTOMERS)).contains(&who(chat).customer.0)));
    }
}
