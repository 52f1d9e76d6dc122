//! Random filters over the content of a workspace, in both forms, and texts that are not filters.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::Rng;
use crate::model::filter;
use crate::model::indexes;
use crate::model::state::Workspace;
use crate::model::view;
use crate::trace::generator::Generator;
use crate::trace::words;

/// A filter before it is written in a form.
pub enum Tree {
    View(String),
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
}

/// Returns a word as written in a view.
pub fn argument(rng: &mut Rng, word: &str) -> String {
    let quoted = view::needs_quotes(word) || rng.chance(20);
    if quoted { Value::from(word).to_string() } else { word.to_owned() }
}

/// Returns a view that exists, or one of everything if there is none of its kind.
pub fn known_view(g: &mut Generator) -> String {
    let view = view_without_status(g).unwrap_or_else(|| "all".to_owned());
    match g.rng.below(6) {
        0 => view + ":open",
        1 => view + ":closed",
        2 => view + ":snoozed",
        _ => view,
    }
}

fn view_without_status(g: &mut Generator) -> Option<String> {
    Some(match g.rng.below(13) {
        0 => "all".to_owned(),
        1 => "unassigned".to_owned(),
        2..7 => {
            let word = g.rng.pick(&view::OF_MANAGER);
            format!("{word}:{}", g.manager()?)
        }
        7 => format!("customer:{}", g.customer()?),
        8..10 => {
            let tag = g.written_tag()?;
            format!("tag:{}", argument(g.rng, &tag))
        }
        10 => {
            let all: Vec<String> = g.w.chats.values().flat_map(|chat| chat.hashtags()).collect();
            format!("hashtag:{}", g.rng.any(&all)?)
        }
        11 => custom(g.rng, "team", g.w.chats.values().filter_map(|chat| chat.attributes.get("team").cloned()))?,
        _ => custom(g.rng, "words", plain_words(g.w).into_iter())?,
    })
}

fn custom(rng: &mut Rng, index: &str, values: impl Iterator<Item = String>) -> Option<String> {
    let values: Vec<String> = values.collect();
    let value = rng.any(&values)?;
    Some(format!("custom:{index}={}", argument(rng, &value)))
}

/// Returns the words of descriptions. Words whose splitting depends on lower-casing them first are left out.
pub fn plain_words(w: &Workspace) -> BTreeSet<String> {
    let (mut all, mut unclear) = (BTreeSet::new(), BTreeSet::new());
    for chat in w.chats.values() {
        let words = chat.words();
        let lower = chat.description.as_deref().unwrap_or("").to_lowercase();
        let others = lower.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect();
        unclear.extend(words.symmetric_difference(&others).cloned());
        all.extend(words);
    }
    &all - &unclear
}

/// Returns a view of something that does not exist.
pub fn unknown_view(g: &mut Generator) -> String {
    let view = match g.rng.below(5) {
        0 => format!("assigned:{}", g.no_manager()),
        1 => format!("customer:{}", g.no_customer()),
        2 => "tag:\"no such\"".to_owned(),
        3 => {
            let long = "x".repeat(64);
            let index = g.rng.pick(&["teams", "word", "0-_", "-", "_", &long]);
            format!("custom:{index}=x")
        }
        _ => format!("unread:{}", g.no_manager()),
    };
    if g.rng.chance(20) { view + ":open" } else { view }
}

/// Returns a filter with views from `leaf`, at most `depth` levels deep.
pub fn tree(g: &mut Generator, depth: usize, leaf: fn(&mut Generator) -> String) -> Tree {
    if depth == 0 || g.rng.chance(15) {
        return Tree::View(leaf(g));
    }
    let parts = |g: &mut Generator| (0..g.rng.below(4)).map(|_| tree(g, depth - 1, leaf)).collect();
    match g.rng.below(5) {
        0..2 => Tree::And(parts(g)),
        2..4 => Tree::Or(parts(g)),
        _ => Tree::Not(Box::new(tree(g, depth - 1, leaf))),
    }
}

impl Tree {
    /// Writes the filter as text, with parentheses where needed.
    pub fn text(&self, rng: &mut Rng) -> String {
        self.write(rng, 0)
    }

    fn write(&self, rng: &mut Rng, place: u8) -> String {
        let (binds, text) = match self {
            Self::View(view) => (3, view.clone()),
            Self::Not(inner) => (2, format!("!{}{}", space(rng), inner.write(rng, 2))),
            // Text has no empty list.
            Self::And(parts) if parts.is_empty() => (3, "all".to_owned()),
            Self::Or(parts) if parts.is_empty() => (2, "!all".to_owned()),
            Self::And(parts) => (1, join(rng, parts, 2, '&')),
            Self::Or(parts) => (0, join(rng, parts, 1, '|')),
        };
        match binds < place || rng.chance(8) {
            true => format!("({}{text}{})", space(rng), space(rng)),
            false => text,
        }
    }

    /// Writes the filter as JSON, with some parts as text.
    pub fn json(&self, rng: &mut Rng) -> Value {
        if rng.chance(15) {
            return self.text(rng).into();
        }
        let mut list = |parts: &[Self]| parts.iter().map(|part| part.json(rng)).collect::<Vec<_>>();
        match self {
            Self::View(view) => view.clone().into(),
            Self::And(parts) => json!({ "and": list(parts) }),
            Self::Or(parts) => json!({ "or": list(parts) }),
            Self::Not(inner) => json!({ "not": inner.json(rng) }),
        }
    }

    pub fn either_form(&self, rng: &mut Rng) -> Value {
        if rng.chance(50) {
            return self.json(rng);
        }
        let text = self.text(rng);
        format!("{}{text}{}", space(rng), space(rng)).into()
    }
}

fn space(rng: &mut Rng) -> &'static str {
    rng.pick(&["", "", "", "", " ", "  ", "\n\t", "\u{3000}", "\u{a0}"])
}

fn join(rng: &mut Rng, parts: &[Tree], place: u8, sign: char) -> String {
    let mut text = parts[0].write(rng, place);
    for part in &parts[1..] {
        text = format!("{text}{}{sign}{}{}", space(rng), space(rng), part.write(rng, place));
    }
    text
}

/// Returns something that is not a filter, sometimes made from one.
pub fn no_filter(rng: &mut Rng, good: &str) -> Value {
    let bad = match rng.below(24) {
        0 => json!(format!("{good} & ")),
        1 => json!(format!(" |{good}")),
        2 => json!(format!("({good}")),
        3 => json!(format!("{good})")),
        4 => json!(format!("{good} {good}")),
        5 => json!(format!("({good})({good})")),
        6 => json!(format!("{good} &| {good}")),
        7 => json!(format!("{good} && {good}")),
        8 => json!(format!("{good} !")),
        9 => json!(format!("{good} & !")),
        10 => json!(format!("({good}) & ()")),
        11 => json!(format!("{good} | tag:\"x")),
        12 => json!(format!("{}{good}", "!".repeat(65))),
        13 => json!(format!("{}{good}{}", "(".repeat(65), ")".repeat(65))),
        14 => json!(vec![good; 1025].join("|")),
        15 => json!({ "or": vec![good; 1025] }),
        16 => json!({ "and": good }),
        17 => json!({ "not": [good] }),
        18 => json!({ "not": good, "and": [] }),
        19 => json!({ "or": [good, null] }),
        20 => json!({ "and": [good, ""] }),
        21 => json!([good]),
        22 => json!({ "xor": [good, good] }),
        _ => rng.pick(&NO_FILTERS).into(),
    };
    assert!(filter::read(bad.clone()).is_none(), "{bad} is a filter");
    bad
}

/// None of these is a filter or a view.
pub const NO_FILTERS: [&str; 24] = [
    " ",
    "\u{3000}",
    "()",
    "!",
    "&",
    "all &",
    "| all",
    "all all",
    "all (all)",
    "all !all",
    "!",
    "not all",
    "all and all",
    "all : open",
    "all :open",
    "( all",
    "all )",
    "all:open open",
    "tag:\"a\" :open",
    "tag: \"a\"",
    "tag:\"a\"\"b\"",
    "custom:words=a b",
    "custom:words= a",
    "custom:words =a",
];

/// Names that a view of an index cannot have.
pub fn no_custom_views() -> Vec<String> {
    let names = ["", "Team", "te.am", "te am", "\"team\"", "팀", "team:"];
    assert!(!names.iter().any(|name| indexes::well_formed(name)));
    let mut views: Vec<String> = names.iter().map(|name| format!("custom:{name}=x")).collect();
    views.push(format!("custom:{}=x", "x".repeat(65)));
    views.extend(["custom", "custom:", "custom:team", "custom:team:open", "custom:team="].map(str::to_owned));
    views.extend(["custom:team=:open", "custom:team=a:b", "custom:team=a\"", "custom:team=\"a"].map(str::to_owned));
    views
}

/// Returns a shallow filter in text, with existing names only.
pub fn good_text(g: &mut Generator) -> String {
    tree(g, 1, known_view).text(g.rng)
}

/// Words that some chats have as their team.
pub const TEAMS: [&str; 12] =
    ["sales", "sales", "Sales", "support team", "지원", "a:b", "q&a", "\"x\"", "open", "x=y", "=", "🎁"];

/// Returns a team that some chats have, or none.
pub fn team(rng: &mut Rng) -> String {
    match rng.below(10) {
        0 => words::text(rng),
        _ => rng.pick(&TEAMS).to_owned(),
    }
}
