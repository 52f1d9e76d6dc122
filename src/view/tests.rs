use std::borrow::Cow;

use super::node::{Node, Operator};
use super::*;
use crate::index::Timeline;
use crate::model::limits::{FILTER_DEPTH_MAX, FILTER_VIEWS_MAX};
use crate::model::{ChatId, ManagerId, Status};
use crate::select::{FilterSets, Term, page_of_filter, terms_of_filter};
use crate::sets::ChatSet;

/// A random number generator with the same sequence in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn view(&mut self) -> View {
        const WORDS: [&str; 12] =
            ["vip", "", "open", "two words", "a\tb", "\u{7}", "\"", "a\\", "결제/환불", "&", "!(x)", "\u{2028}"];
        const HASHTAGS: [&str; 4] = ["vip", "open", "_1", "결제"];
        let word = WORDS[self.below(WORDS.len())].to_owned();
        let kind = match self.below(6) {
            0 => ViewKind::All,
            1 => ViewKind::Tag(word),
            2 => ViewKind::Hashtag(HASHTAGS[self.below(HASHTAGS.len())].to_owned()),
            3 => ViewKind::Custom(IndexValue { index: "plan".to_owned(), value: word }),
            _ => ViewKind::Assigned(ManagerId(self.below(SETS) as u64)),
        };
        View { kind, status: [None, None, Some(Status::Open), Some(Status::Closed)][self.below(4)] }
    }

    /// Returns a random filter of views from `view`.
    fn filter(&mut self, depth: usize, view: &impl Fn(&mut Self) -> View) -> Filter {
        let members = |random: &mut Self| -> Vec<Filter> {
            (0..random.below(4)).map(|_| random.filter(depth - 1, view)).collect()
        };
        match self.below(if depth == 0 { 1 } else { 5 }) {
            0 => view(self).into(),
            1 => self.filter(depth - 1, view).negate(),
            2 | 3 => Filter::all_of(members(self)),
            _ => Filter::any_of(members(self)),
        }
    }
}

fn assert_normal(node: &Node) {
    match node {
        Node::View(_) => {}
        Node::Not(member) => {
            assert!(!matches!(**member, Node::Not(_)));
            assert_normal(member);
        }
        Node::Joined(operator, members) => {
            assert!(members.len() >= 2);
            for member in members {
                assert!(!matches!(member, Node::Joined(inner, _) if inner == operator));
                assert_normal(member);
            }
        }
    }
}

#[test]
fn text_and_json_round_trip() {
    let mut random = Random(1);
    for _ in 0..3_000 {
        let filter = random.filter(6, &Random::view);
        assert_normal(filter.0.as_ref().unwrap());
        let text = filter.to_string();
        assert_eq!(text.parse().as_ref(), Ok(&filter), "{text}");
        let json = serde_json::to_string(&filter).unwrap();
        assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter, "{json}");
    }
}

#[test]
fn hashtag_that_cannot_exist_is_refused_where_it_goes_wrong() {
    let cases = [
        ("hashtag:#vip", 8),
        ("all & hashtag:#vip:open", 14),
        (r##"hashtag:"#vip""##, 9),
        ("hashtag:a-b", 9),
        ("hashtag:결제/환불 | all", 10),
        (r#"hashtag:"a b""#, 10),
        (r#"hashtag:"""#, 9),
        (r##"hashtag:"\u0023vip""##, 8),
    ];
    for (text, at) in cases {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!((error.at(), text), (at, text));
        assert!(error.reason().contains("expected a hashtag without its #"), "{error}");
    }
}

#[test]
fn formatted_text_has_the_fewest_parentheses() {
    for (written, canonical) in [
        ("all", "all"),
        ("( all )", "all"),
        ("!!all", "all"),
        ("! ! ! all", "!all"),
        ("!(!(all))", "all"),
        ("all&all|all", "all & all | all"),
        ("(all&all)|all", "all & all | all"),
        ("all&(all|unassigned)", "all & (all | unassigned)"),
        ("all&(all&(all&all))", "all & all & all & all"),
        ("all|(all|all)", "all | all | all"),
        ("!(all&all)", "!(all & all)"),
        ("(!all)&all", "!all & all"),
        ("\u{3000}tag:\"a b\"\n|\ttag:b:open ", "tag:\"a b\" | tag:b:open"),
        ("tag:a&tag:b", "tag:a & tag:b"),
    ] {
        assert_eq!(written.parse::<Filter>().unwrap().to_string(), canonical, "{written}");
    }
}

#[test]
fn joining_no_filters_gives_all_or_none() {
    assert_eq!(Filter::all_of([] as [Filter; 0]).to_string(), "all");
    assert_eq!(Filter::any_of([] as [Filter; 0]).to_string(), "!all");
    assert_eq!(serde_json::from_str::<Filter>(r#"{"and":[]}"#).unwrap().to_string(), "all");
    assert_eq!(serde_json::from_str::<Filter>(r#"{"not":{"or":[]}}"#).unwrap().to_string(), "all");
    assert_eq!(serde_json::from_str::<Filter>(r#"{"or":["all & all"]}"#).unwrap().to_string(), "all & all");
}

#[test]
fn errors_have_the_right_position() {
    for (text, at, said) in [
        ("", 0, "found the end, expected a view"),
        ("  ", 2, "found the end, expected a view"),
        ("al", 0, "found \"al\", expected a view"),
        ("all &", 5, "found the end, expected a view"),
        ("all & | all", 6, "found `|`, expected a view"),
        ("all all", 4, "found \"all\", expected `&`, `|` or the end"),
        ("all)", 3, "found `)`, expected `&`, `|` or the end"),
        ("(all", 4, "found the end, expected `&`, `|` or `)`"),
        ("()", 1, "found `)`, expected a view"),
        ("!", 1, "found the end, expected a view"),
        ("tag:결제 & 환불", 9, "found \"환불\", expected a view"),
        ("assigned", 8, "found the end, expected `:`"),
        ("assigned: 7", 9, "found white space, expected an id"),
        ("assigned:+7", 9, "found \"+7\", expected an id"),
        ("all:7", 4, "found \"7\", expected open"),
        ("all:open:open", 8, "found `:`, expected `&`"),
        ("tag:open", 4, "found \"open\", expected a name"),
        ("tag:\"a", 6, "found the end, expected the closing quote"),
        ("all & tag:\"\\x\"", 10, "found `\"`, expected a JSON string"),
        ("custom:Plan=x", 7, "found \"Plan=x\", expected an index"),
        ("custom:plan", 11, "found the end, expected `=`"),
        ("custom:plan=:open", 12, "found `:`, expected a value"),
    ] {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!(error.at(), at, "{text}: {error}");
        assert!(error.reason().starts_with(said), "{text}: {error}");
        assert!(error.to_string().contains(&format!("at character {}: {said}", at + 1)), "{error}");
    }
}

#[test]
fn error_messages_stay_short() {
    let text = format!("{} & {}", "결".repeat(10_000), "all & ".repeat(500));
    let error = text.parse::<Filter>().unwrap_err();
    assert_eq!((error.at(), error.text()), (0, text.as_str()));
    assert!(error.to_string().chars().count() < 400, "{error}");
}

#[test]
fn depth_has_a_limit() {
    let nested = |open: &str, levels: usize, close: &str| format!("{}all{}", open.repeat(levels), close.repeat(levels));
    for (open, close) in [("(", ")"), ("!", ""), ("! ( ", " )")] {
        let levels = FILTER_DEPTH_MAX / open.matches(['!', '(']).count();
        assert!(nested(open, levels, close).parse::<Filter>().is_ok());
        let error = nested(open, levels + 1, close).parse::<Filter>().unwrap_err();
        assert!(error.reason().contains("nested too deep"), "{error}");
        assert!(open.repeat(1 << 20).parse::<Filter>().is_err());
    }
    // Siblings do not count as nested.
    assert!(["!(all)"; 100].join(" & ").parse::<Filter>().is_ok());
    let json = format!("{}\"{}\"{}", r#"{"not":"#.repeat(32), nested("(", 32, ")"), "}".repeat(32));
    assert!(serde_json::from_str::<Filter>(&json).is_ok());
    let json = format!("{}\"{}\"{}", r#"{"not":"#.repeat(32), nested("(", 33, ")"), "}".repeat(32));
    assert!(serde_json::from_str::<Filter>(&json).unwrap_err().to_string().contains("nested too deep"));
}

#[test]
fn filters_at_the_depth_limit_round_trip_through_json() {
    let mut filter = Filter::from(ViewKind::All);
    for level in 0.. {
        let next = (filter.clone() & ViewKind::All) | ViewKind::Unassigned;
        if next.0.is_none() {
            assert_eq!(level, FILTER_DEPTH_MAX + 1);
            break;
        }
        filter = next;
    }
    assert_eq!(filter.to_string().parse().as_ref(), Ok(&filter));
    let json = serde_json::to_string(&filter).unwrap();
    assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), filter);
}

#[test]
fn number_of_views_has_a_limit() {
    let many = |views: usize| vec!["all"; views].join("|");
    let filter: Filter = many(FILTER_VIEWS_MAX).parse().unwrap();
    assert_eq!(filter.views().count(), FILTER_VIEWS_MAX);
    let error = many(FILTER_VIEWS_MAX + 1).parse::<Filter>().unwrap_err();
    assert_eq!(error.at(), 4 * FILTER_VIEWS_MAX);
    let json = format!(r#"{{"or":["{}","all"]}}"#, many(FILTER_VIEWS_MAX));
    assert!(serde_json::from_str::<Filter>(&json).unwrap_err().to_string().contains("too many views"));
    let too_large = filter | ViewKind::All;
    assert_eq!(too_large, Filter::any_of(vec![ViewKind::All; FILTER_VIEWS_MAX + 1]));
    assert!(too_large.to_string().parse::<Filter>().is_err());
    assert!(serde_json::to_string(&too_large).is_err());
    assert!(terms_of_filter(&too_large, |_| Ok([(); 3].map(|()| Term::nothing()))).is_err());
}

#[test]
fn filters_built_too_deep_lose_their_contents() {
    let mut filter = Filter::from(ViewKind::All);
    for _ in 0..1_000_000 {
        filter = !(filter & ViewKind::Unassigned);
    }
    assert_eq!(filter, !filter.clone());
    assert_eq!(filter.views().count(), 0);
}

const SETS: usize = 6;

/// Chats with random statuses, and random sets of them: of all sizes, stored as lists and as bitmaps.
struct Bench {
    /// By status.
    all: [ChatSet; 3],
    sets: Vec<[ChatSet; 3]>,
    timeline: Timeline,
}

impl Bench {
    fn new(random: &mut Random, chats: u32) -> Self {
        let mut timeline = Timeline::default();
        let statuses: Vec<usize> = (0..chats).map(|_| random.below(3)).collect();
        for position in 1..=u64::from(2 * chats) {
            timeline.set(ChatId(random.below(chats as usize) as u32), Some(position));
        }
        let exists = |chat: &u32| timeline.position(ChatId(*chat)).is_some();
        let of_status = |members: &[u32]| {
            [0, 1, 2].map(|status| {
                let members = members.iter().filter(|chat| statuses[**chat as usize] == status);
                members.copied().map(ChatId).collect()
            })
        };
        let chats: Vec<u32> = (0..chats).filter(exists).collect();
        let sets = [1_000, 500, 100, 10, 2, 0].map(|per_mille| {
            let members: Vec<u32> = chats.iter().copied().filter(|_| random.below(1_000) < per_mille).collect();
            of_status(&members)
        });
        Self { all: of_status(&chats), sets: sets.to_vec(), timeline }
    }

    fn set(&self, view: &View, status: Status) -> Option<&ChatSet> {
        let sets = match view.kind {
            ViewKind::Assigned(ManagerId(set)) => &self.sets[set as usize],
            _ => &self.all,
        };
        view.status.is_none_or(|wanted| wanted == status).then_some(&sets[status as usize])
    }

    fn sets(&self, filter: &Filter) -> FilterSets<'_> {
        let term = |view: &View, status| match self.set(view, status) {
            None => Term::nothing(),
            Some(_) if view.kind == ViewKind::All => Term::everything(),
            Some(set) => Term::set(set),
        };
        let terms = terms_of_filter(filter, |view| Ok(Status::ALL.map(|status| term(view, status)))).unwrap();
        FilterSets::new(terms, self.all.each_ref().map(Some))
    }

    fn holds(&self, node: &Node, chat: ChatId, status: Status) -> bool {
        match node {
            Node::View(view) => self.set(view, status).is_some_and(|set| set.contains(chat)),
            Node::Not(node) => !self.holds(node, chat, status),
            Node::Joined(Operator::And, members) => members.iter().all(|member| self.holds(member, chat, status)),
            Node::Joined(Operator::Or, members) => members.iter().any(|member| self.holds(member, chat, status)),
        }
    }

    /// Evaluates a filter chat by chat. Returns the chats by status.
    fn naive(&self, filter: &Filter) -> [Vec<u32>; 3] {
        let node = filter.0.as_ref().unwrap();
        Status::ALL.map(|status| {
            let chats = self.all[status as usize].iter().filter(|chat| self.holds(node, *chat, status));
            chats.map(|chat| chat.0).collect()
        })
    }
}

#[test]
fn counts_and_pages_match_chat_by_chat_evaluation() {
    let mut random = Random(2);
    for chats in [1, 60, 3_000, 100_000] {
        let bench = Bench::new(&mut random, chats);
        for _ in 0..if chats > 10_000 { 60 } else { 600 } {
            let filter = random.filter(4, &|random| {
                let kind = match random.below(SETS + 1) {
                    SETS => ViewKind::All,
                    set => ViewKind::Assigned(ManagerId(set as u64)),
                };
                View { kind, status: [None, Some(Status::Open), None, Some(Status::Closed)][random.below(4)] }
            });
            let sets = bench.sets(&filter);
            let naive = bench.naive(&filter);
            assert_eq!(sets.lens(), naive.each_ref().map(|chats| chats.len() as u64), "{filter}");
            assert!(sets.len_max() >= sets.lens().iter().sum(), "{filter}");
            let listed = |set: &Cow<'_, ChatSet>| set.iter().map(|chat| chat.0).collect::<Vec<u32>>();
            assert_eq!(sets.sets().each_ref().map(listed), naive, "{filter}");
            let mut chats: Vec<u32> = naive.concat();
            chats.sort_unstable();
            assert!(sets.to_bitmap().iter().eq(chats.iter().copied()), "{filter}");
            assert_pages(&bench.timeline, &sets, &chats);
        }
    }
}

/// Checks every page, or the first few if there are many.
fn assert_pages(timeline: &Timeline, sets: &FilterSets<'_>, chats: &[u32]) {
    let mut newest_first: Vec<(u64, ChatId)> =
        chats.iter().map(|chat| (timeline.position(ChatId(*chat)).unwrap(), ChatId(*chat))).collect();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    let mut before = u64::MAX;
    for expected in newest_first.chunks(50).take(4) {
        let page = page_of_filter(timeline, sets, before, 50);
        assert_eq!(page.chats, expected);
        before = expected[expected.len() - 1].0;
        assert_eq!(page.more, newest_first[newest_first.len() - 1].0 < before);
    }
    if newest_first.is_empty() {
        assert_eq!(page_of_filter(timeline, sets, before, 50), Default::default());
    }
}
