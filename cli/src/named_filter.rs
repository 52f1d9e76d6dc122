//! Filters as people type them: `assigned:ada` is the view of the manager called Ada.

use std::ops::Range;
use std::str::FromStr;
use std::sync::LazyLock;

use inboxdb::{Filter, Status, View, ViewError, ViewKind};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::people::Person;
use crate::terminal::point_at;

/// The words of views that take a manager, such as `assigned`.
static OF_MANAGERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let views = ViewKind::EXAMPLES.iter().filter_map(|example| example.parse::<View>().ok());
    views.filter(|view| view.kind.manager().is_some()).map(|view| view.kind.word()).collect()
});

/// A filter that may name managers by their names. It is well-formed.
#[derive(Debug, Clone)]
pub(crate) struct NamedFilter {
    text: String,
    names: Vec<Name>,
}

/// A name in the text of a filter.
#[derive(Debug, Clone)]
struct Name {
    /// Where it stands, with its quotes.
    place: Range<usize>,
    person: Person,
}

impl FromStr for NamedFilter {
    type Err = String;

    /// Points at what is wrong.
    fn from_str(text: &str) -> Result<Self, String> {
        let filter = Self { text: text.to_owned(), names: names(text) };
        // With numbers in place of the names, each as long as the name, so that positions in errors agree.
        let zeros = |name: &Name| Ok::<_, String>("0".repeat(text[name.place.clone()].chars().count()));
        let parsed = filter.with(zeros)?.parse::<Filter>();
        parsed.map_err(|error: ViewError| format!("{}\n\n{}", error.reason(), point_at(text, error.at())))?;
        Ok(filter)
    }
}

impl NamedFilter {
    /// The filter with the numbers of the managers.
    pub(crate) fn find(&self, workspace: &Inbox<'_>) -> Result<Filter, Failure> {
        let text = self.with(|name| name.person.find(workspace).map(|id| id.to_string()))?;
        text.parse().map_err(|error: ViewError| Failure::Refused(error.to_string()))
    }

    /// The text with something else in place of each name.
    fn with<E>(&self, mut replace: impl FnMut(&Name) -> Result<String, E>) -> Result<String, E> {
        let mut replaced = String::with_capacity(self.text.len());
        let mut done = 0;
        for name in &self.names {
            replaced.push_str(&self.text[done..name.place.start]);
            replaced.push_str(&replace(name)?);
            done = name.place.end;
        }
        Ok(replaced + &self.text[done..])
    }
}

/// The names of managers in a text, which need not be a filter. Numbers are left for the parser, and statuses too:
/// a manager called Open is written with quotes.
fn names(text: &str) -> Vec<Name> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let word = match c {
            '"' => quoted(&text[at..]),
            _ => bare(&text[at..]),
        };
        let begin = at + word.len() + 1;
        if OF_MANAGERS.contains(&word) && text[at + word.len()..].starts_with(':') {
            let value = if text[begin..].starts_with('"') { quoted(&text[begin..]) } else { bare(&text[begin..]) };
            names.extend(person(value).map(|person| Name { place: begin..begin + value.len(), person }));
            at = begin + value.len();
        } else {
            at += if word.is_empty() { c.len_utf8() } else { word.len() };
        }
    }
    names
}

fn person(value: &str) -> Option<Person> {
    if value.starts_with('"') {
        let name = serde_json::from_str::<String>(value).ok().filter(|name| !name.trim().is_empty());
        return name.map(Person::Name);
    }
    let person = value.parse().ok().filter(|person| matches!(person, Person::Name(_)));
    person.filter(|_| value.parse::<Status>().is_err())
}

/// The characters up to the next one that ends a word of a filter.
fn bare(text: &str) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, ':' | '&' | '|' | '!' | '(' | ')' | '"');
    &text[..text.find(ends).unwrap_or(text.len())]
}

/// A string with its quotes, or everything if it has no end.
fn quoted(text: &str) -> &str {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return &text[..=at],
            _ => is_escaped = c == '\\' && !is_escaped,
        }
    }
    text
}

/// The kinds of views, for help texts.
pub(crate) fn what_a_view_is() -> String {
    let kinds = match ViewKind::EXAMPLES {
        [kinds @ .., last] => format!("{} or {last}", kinds.join(", ")),
        [] => String::new(),
    };
    let managers = "A manager may also be named by name, as in assigned:ada or assigned:\"Ada Lovelace\".";
    format!("A view is {kinds}, and may end in :open, :snoozed or :closed. {managers}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        let filter: NamedFilter = text.parse().unwrap();
        let named = |name: &Name| match &name.person {
            Person::Name(name) => Ok::<_, String>(format!("<{name}>")),
            Person::Id(id) => Ok(id.to_string()),
        };
        filter.with(named).unwrap()
    }

    #[test]
    fn names_stand_where_managers_do() {
        for (text, expected) in [
            ("assigned:7:open", "assigned:7:open"),
            ("assigned:ada:open", "assigned:<ada>:open"),
            (
                "all & !(following:김민준|unread:\"Ada \\\"Countess\\\" L.\":closed)",
                "all & !(following:<김민준>|unread:<Ada \"Countess\" L.>:closed)",
            ),
            ("favorites:a & sessions:b", "favorites:<a> & sessions:<b>"),
            ("assigned:\"open\"", "assigned:<open>"),
            ("tag:assigned", "tag:assigned"),
            ("tag:\"assigned:ada\" & hashtag:x", "tag:\"assigned:ada\" & hashtag:x"),
            ("assigned:\"7\"", "assigned:<7>"),
        ] {
            assert_eq!(found(text), expected);
        }
    }

    #[test]
    fn errors_point_into_the_text_as_typed() {
        let error = "assigned:김민준 & al".parse::<NamedFilter>().unwrap_err();
        assert!(error.ends_with("  assigned:김민준 & al\n                    ^"), "{error}");
        for text in [
            "assigned:",
            "assigned:open",
            "assigned:\"",
            "assigned:\"\"",
            "assigned:99999999999999999999",
            "(assigned:a",
        ] {
            assert!(text.parse::<NamedFilter>().is_err(), "{text}");
        }
    }
}
