//! Queries for every view and for random filters.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::Rng;
use crate::model::state::{Status, Workspace};
use crate::model::view;
use crate::trace::filters::{self, NO_FILTERS, Tree, argument, no_custom_views, no_filter, plain_words};
use crate::trace::generator::Generator;
use crate::trace::words;

/// Filters in both forms: most name existing things, some missing ones, and some are not filters.
pub fn filters(rng: &mut Rng, w: &Workspace) -> Vec<Value> {
    let mut generator = Generator { w, rng, now: w.clock, tame: true };
    let g = &mut generator;
    let mut filters = Vec::new();
    let count = if w.chats.is_empty() { 10 } else { 80 };
    for _ in 0..count {
        let depth = 1 + g.rng.index(4);
        let mut tree = filters::tree(g, depth, filters::known_view);
        if g.rng.chance(12) {
            let unknown = filters::tree(g, 1, filters::unknown_view);
            let more = filters::tree(g, 1, filters::unknown_view);
            let parts = vec![tree, unknown, more];
            tree = if g.rng.chance(50) { Tree::Or(parts) } else { Tree::And(parts) };
        }
        filters.push(tree.either_form(g.rng));
    }
    for _ in 0..count / 2 {
        let good = filters::good_text(g);
        filters.push(no_filter(g.rng, &good));
    }
    filters
}

/// Returns every view of a workspace, with each status and without.
pub fn views(rng: &mut Rng, w: &Workspace) -> Vec<String> {
    let mut views = vec!["all".to_owned(), "unassigned".to_owned()];
    let managers = w.managers.keys().copied().chain([4, 8]);
    for manager in managers {
        for word in view::OF_MANAGER {
            views.push(format!("{word}:{manager}"));
        }
    }
    let customers = w.customers.keys().copied().chain([4, 8]);
    views.extend(customers.map(|customer| format!("customer:{customer}")));
    for tag in w.tags.keys() {
        let shown = w.shown(tag);
        let written = words::recase(rng, &shown);
        views.push(format!("tag:{}", argument(rng, &written)));
    }
    let unknown = ["tag:none", "tag:a//b", "tag:v1.2", "tag:\"two words\"", "tag:\"no&ne\"", "tag:/"];
    views.extend(unknown.map(str::to_owned));
    let written: BTreeSet<String> = w.chats.values().flat_map(|chat| chat.hashtags()).collect();
    views.extend(written.iter().map(|word| format!("hashtag:{word}")));
    views.extend(written.iter().map(|word| format!("hashtag:{}", word.to_lowercase())));
    views.push("hashtag:unused_word".to_owned());
    let teams: BTreeSet<&String> = w.chats.values().filter_map(|chat| chat.attributes.get("team")).collect();
    views.extend(teams.iter().map(|team| format!("custom:team={}", argument(rng, team))));
    let words = plain_words(w);
    views.extend(words.iter().map(|word| format!("custom:words={}", argument(rng, word))));
    views.extend(
        ["custom:team=unknown", "custom:words=unusedword", "custom:words=\"a b\"", "custom:none=x"].map(str::to_owned),
    );
    let mut all = views.clone();
    for status in Status::ALL {
        all.extend(views.iter().map(|view| format!("{view}:{}", status.word())));
    }
    all.extend(NO_VIEWS.iter().chain(&NO_FILTERS).map(|view| (*view).to_owned()));
    all.extend(no_custom_views());
    // White space around a view is not part of it.
    all.extend([" all", "all\u{3000}", "\t( all:open )\n", "assigned:4 ", "tag:\"a\" "].map(str::to_owned));
    all
}

const NO_VIEWS: &[&str] = &[
    "",
    "open",
    ":open",
    "al",
    "All",
    "all:",
    "all:Open",
    "all:open:open",
    "all:7",
    "unassigned:7",
    "assigned",
    "assigned:",
    "assigned:+7",
    "assigned: 7",
    "assigned:-1",
    "assigned:x",
    "assigned:18446744073709551616",
    "assigned:7:closed:open",
    "following:٧",
    "tag",
    "tag:",
    "tag:open",
    "tag::open",
    "tag:a:b",
    "tag:a&b",
    "tag:a|b",
    "tag:!",
    "tag:(a",
    "tag:a)",
    "tag:a\"",
    "tag:\"a",
    "tag:\"a\"b\"",
    "tag:\"a\"x",
    "tag:two words",
    "tag:\"a\" \"",
    "tag:\"a\":opened",
    "hashtag:",
    "hashtag:open",
    "hashtag:a b",
    "hashtag:#vip",
    "hashtag:a-b",
    "hashtag:a/b",
    "customer:",
    "customer:1.0",
    "customer:5:open:5",
    "following",
    "tag:\"\\x\"",
];
