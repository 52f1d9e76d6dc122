//! What a step of a chat's life is as a command, with its texts.

use inboxdb::{Actor, ChatId, Command, CustomerId, NewMessage, Visibility};

use super::life::{Life, What};
use super::people::{Language, person};
use super::team;
use super::topics::{self, TOPICS, Topic};

/// The actor and the command of a step.
pub(super) fn act(chat: ChatId, customer: CustomerId, life: &mut Life, what: What) -> (Actor, Command) {
    let (by_customer, by_agent) = (Actor::Customer(customer), Actor::Manager(life.agent));
    let manager = life.agent;
    match what {
        What::Opening | What::Addition | What::Thanks => (by_customer, message(chat, customer, life, what)),
        What::Away => (Actor::System, message(chat, customer, life, what)),
        What::Answer | What::Reply | What::Note => (by_agent, message(chat, customer, life, what)),
        What::Assign => (by_agent, Command::assign(chat, manager)),
        What::Tag => (by_agent, Command::tag(chat, tags(customer, life))),
        What::Follow(helper) => (by_agent, Command::follow(chat, [helper])),
        What::MarkRead(reader) => (Actor::Manager(reader), Command::mark_read(chat)),
        What::Describe => (by_agent, Command::set_description(chat, words(life, &topics::DESCRIPTIONS))),
        What::Favorite => (by_agent, Command::favorite(chat)),
        What::Snooze(until) => (by_agent, Command::snooze(chat, until)),
        What::Close => (by_agent, Command::close(chat)),
    }
}

fn message(chat: ChatId, customer: CustomerId, life: &mut Life, what: What) -> Command {
    let topic: &Topic = &TOPICS[life.topic];
    let language = person(customer).language;
    let visibility = if matches!(what, What::Note) { Visibility::Internal } else { Visibility::Public };
    let text = match what {
        What::Opening => words(life, topic.openings(language)),
        What::Addition => anew(life, 0, topics::additions(language)),
        What::Thanks => words(life, topics::thanks(language)),
        What::Answer => words(life, &[topic.answer(language)]),
        What::Note => words(life, &topics::NOTES),
        What::Away => topics::AWAY.to_owned(),
        _ => anew(life, 1, topics::replies(language)),
    };
    Command::send_message(chat, NewMessage::new(text).visibility(visibility))
}

/// One or two tags of the topic, and sometimes a general one.
fn tags(customer: CustomerId, life: &mut Life) -> Vec<String> {
    let random = &mut life.random;
    let topic = &TOPICS[life.topic];
    let mut tags = vec![random.pick(topic.tags)];
    if random.chance(200) {
        tags.push(random.pick(topic.tags));
    }
    if random.chance(60) {
        tags.push(random.pick(&["team/escalated", "team/callback", "team/night", "team/물류", "vip", "spam"]));
    }
    let language = match person(customer).language {
        Language::English => None,
        Language::Korean => Some("language/한국어"),
        Language::German => Some("language/deutsch"),
    };
    tags.extend(language.filter(|_| random.chance(350)));
    tags.into_iter().map(str::to_owned).collect()
}

/// One of the texts, but not the last one used.
fn anew(life: &mut Life, role: usize, texts: &[&'static str]) -> String {
    let mut text = life.random.pick(texts);
    while texts.len() > 1 && text == life.said[role] {
        text = life.random.pick(texts);
    }
    life.said[role] = text;
    filled_in(life, text)
}

/// One of the texts.
fn words(life: &mut Life, texts: &[&'static str]) -> String {
    let text = life.random.pick(texts);
    filled_in(life, text)
}

/// Fills the placeholders of a text.
fn filled_in(life: &Life, text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 24);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        words += before;
        match name {
            "order" => words += &format!("#{}", life.order),
            "amount" => words += &format!("€{}.{:02}", life.cents / 100, life.cents % 100),
            "product" => words += life.product,
            "agent" => words += team::first_name(life.agent),
            _ => {}
        }
        rest = after;
    }
    words + rest
}
