//! The names of views and the chats in them.

use crate::model::Code;
use crate::model::indexes;
use crate::model::state::{Chat, Status, Workspace};
use crate::model::tags;
use crate::model::words::{continues_word, key, starts_word};

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    All,
    Unassigned,
    Assigned(u64),
    Following(u64),
    Sessions(u64),
    Unread(u64),
    Favorites(u64),
    Customer(u64),
    /// As written.
    Tag(String),
    /// As a key.
    Hashtag(String),
    /// A custom index and a value in it.
    Custom(String, String),
}

/// The words of the views of a manager.
pub const OF_MANAGER: [&str; 5] = ["assigned", "following", "sessions", "unread", "favorites"];

#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub kind: Kind,
    pub status: Option<Status>,
}

/// Parses a view. `None` if the text is not a view.
pub fn parse(text: &str) -> Option<View> {
    let mut rest = text;
    let mut status = None;
    for candidate in Status::ALL {
        let word = text.strip_suffix(candidate.word());
        if let Some(before) = word.and_then(|word| word.strip_suffix(':')) {
            rest = before;
            status = Some(candidate);
        }
    }
    let kind = match rest.split_once(':') {
        None => match rest {
            "all" => Kind::All,
            "unassigned" => Kind::Unassigned,
            _ => return None,
        },
        Some((word, argument)) => match word {
            "assigned" => Kind::Assigned(number(argument)?),
            "following" => Kind::Following(number(argument)?),
            "sessions" => Kind::Sessions(number(argument)?),
            "unread" => Kind::Unread(number(argument)?),
            "favorites" => Kind::Favorites(number(argument)?),
            "customer" => Kind::Customer(number(argument)?),
            "tag" => Kind::Tag(word_or_quoted(argument)?),
            "hashtag" => Kind::Hashtag(hashtag(argument)?),
            "custom" => {
                let (index, value) = argument.split_once('=')?;
                let known = indexes::well_formed(index);
                Kind::Custom(known.then(|| index.to_owned())?, word_or_quoted(value)?)
            }
            _ => return None,
        },
    };
    Some(View { kind, status })
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Whether a word needs quotes.
pub fn needs_quotes(word: &str) -> bool {
    word.is_empty() || word.contains([':', '&', '|', '!', '(', ')', '"']) || word.contains(char::is_whitespace)
}

fn word_or_quoted(text: &str) -> Option<String> {
    if text.starts_with('"') && text.ends_with('"') {
        return serde_json::from_str(text).ok();
    }
    (!needs_quotes(text)).then(|| text.to_owned())
}

/// Reads a word that can follow `#`.
fn hashtag(text: &str) -> Option<String> {
    let word = word_or_quoted(text)?;
    let good = word.starts_with(starts_word) && word.chars().all(continues_word);
    good.then(|| key(&word))
}

impl Workspace {
    /// Checks that what the view names exists. Hashtags and values of an index always do.
    pub fn view_exists(&self, view: &View) -> Result<(), Code> {
        match &view.kind {
            Kind::Assigned(m) | Kind::Following(m) | Kind::Sessions(m) | Kind::Unread(m) | Kind::Favorites(m) => {
                self.manager_exists(*m)
            }
            Kind::Customer(customer) => self.customer_exists(*customer),
            Kind::Tag(path) => self.named_tag(path).map(drop),
            Kind::Custom(index, _) => indexes::INDEXES.contains(&index.as_str()).then_some(()).ok_or("unknown_index"),
            Kind::All | Kind::Unassigned | Kind::Hashtag(_) => Ok(()),
        }
    }

    pub fn holds(&self, view: &View, chat: &Chat) -> bool {
        if view.status.is_some_and(|status| status != chat.status) {
            return false;
        }
        match &view.kind {
            Kind::All => true,
            Kind::Unassigned => chat.assignee.is_none(),
            Kind::Assigned(m) => chat.assignee == Some(*m),
            Kind::Following(m) => chat.followers.contains(m),
            Kind::Sessions(m) => self.is_recipient(chat, *m),
            Kind::Unread(m) => chat.unread.contains_key(m),
            Kind::Favorites(m) => chat.favorited_by.contains(m),
            Kind::Customer(customer) => chat.customer == *customer,
            Kind::Tag(path) => {
                let top = key(path);
                chat.tags.iter().any(|tag| tags::within(tag, &top))
            }
            Kind::Hashtag(word) => chat.hashtags().iter().any(|tag| key(tag) == *word),
            Kind::Custom(index, value) => chat.has_key(index, value),
        }
    }

    /// Returns the chats of a view, by id.
    pub fn chats_in<'a>(&'a self, view: &'a View) -> impl Iterator<Item = (u32, &'a Chat)> {
        let chats = self.chats.iter().map(|(id, chat)| (*id, chat));
        chats.filter(|(_, chat)| self.holds(view, chat))
    }
}
