//! Reads: counts, sidebars, pages and filters.

use std::hint::black_box;

use inboxdb::{Filter, ListOrder, View, Workspace};

use super::data::{MANAGERS, TAGS, TOP_TAGS, some_manager, tag_path};
use super::results::Kind;
use super::stage::Stage;
use super::timings::time_warm;
use crate::failure::Failure;
use crate::random::Random;
use crate::sidebar::numbers_in;
use crate::terminal::thousands;

/// Counts per reading of the clock, which takes about as long as a count.
pub(super) const COUNTS_PER_READING: u32 = 64;
/// Chats on a page.
const PAGE: usize = 50;
/// Different views of one kind, taken in turn.
const VIEWS: u64 = 4_096;
/// The kind of random numbers that choose views.
const CHOICE: u64 = 2;
/// Measurements of [`measure`].
pub(super) const STEPS: u64 = 12;

/// Measures all reads of an inbox that nothing else uses.
pub(super) fn measure(stage: &mut Stage<'_>, inbox: &Workspace) -> Result<(), Failure> {
    counts(stage, inbox)?;
    let numbers = thousands(numbers_in(&inbox.sidebar(1)?) as u64);
    let mut random = Random::of(CHOICE, 1);
    stage.measure("sidebar", &format!("a sidebar of {numbers} numbers"), Kind::Read, |span| {
        time_warm(span, 1, || sidebar(inbox, &mut random))
    })?;
    for (name, title, ids_name, views) in pages() {
        page(stage, inbox, (name, &format!("50 chats: {title}")), &views)?;
        let mut views = Turn::of(&views);
        stage.measure(ids_name, &format!("50 ids: {title}"), Kind::Read, |span| {
            time_warm(span, 1, || {
                black_box(inbox.list_ids(black_box(views.next()), ListOrder::Newest, None, PAGE)?);
                Ok(())
            })
        })?;
    }
    let filters = filters();
    let mut counted = Turn::of(&filters);
    stage.measure("filter_count", "a count: three views joined", Kind::Read, |span| {
        time_warm(span, 1, || count(inbox, counted.next()))
    })?;
    page(stage, inbox, ("filter_page", "50 chats: three views joined"), &filters)
}

/// Shows the sidebar of a random manager.
pub(super) fn sidebar(inbox: &Workspace, random: &mut Random) -> Result<(), Failure> {
    black_box(inbox.sidebar(black_box(some_manager(random)))?);
    Ok(())
}

fn counts(stage: &mut Stage<'_>, inbox: &Workspace) -> Result<(), Failure> {
    let views = single_views();
    let mut views = Turn::of(&views);
    stage.measure("count", "a count", Kind::Read, |span| {
        time_warm(span, COUNTS_PER_READING, || (0..COUNTS_PER_READING).try_for_each(|_| count(inbox, views.next())))
    })
}

fn count(inbox: &Workspace, view: &Filter) -> Result<(), Failure> {
    black_box(inbox.count(black_box(view))?);
    Ok(())
}

fn page(
    stage: &mut Stage<'_>,
    inbox: &Workspace,
    (name, title): (&'static str, &str),
    views: &[Filter],
) -> Result<(), Failure> {
    let mut views = Turn::of(views);
    stage.measure(name, title, Kind::Read, |span| {
        time_warm(span, 1, || {
            black_box(inbox.list(black_box(views.next()), None, PAGE)?);
            Ok(())
        })
    })
}

/// Views, taken in turn.
struct Turn<'v> {
    views: &'v [Filter],
    at: usize,
}

impl<'v> Turn<'v> {
    /// There is at least one view.
    fn of(views: &'v [Filter]) -> Self {
        Self { views, at: 0 }
    }

    fn next(&mut self) -> &'v Filter {
        self.at = if self.at + 1 < self.views.len() { self.at + 1 } else { 0 };
        &self.views[self.at]
    }
}

/// Single views of all kinds that a sidebar shows.
fn single_views() -> Vec<Filter> {
    let mut random = Random::of(CHOICE, 2);
    let mut view = |number: u64| {
        let manager = some_manager(&mut random);
        match number % 8 {
            0 => View::assigned(manager).open(),
            1 => View::tag(tag_path(random.below(TAGS))).open(),
            2 => View::unread(manager),
            3 => View::assigned(manager).closed(),
            4 => View::sessions(manager).open(),
            5 => View::tag(tag_path(random.below(TOP_TAGS))).snoozed(),
            6 => View::favorites(manager),
            _ if number % 16 == 7 => View::unassigned().open(),
            _ => View::all().closed(),
        }
    };
    (0..VIEWS).map(|number| view(number).into()).collect()
}

/// Views whose pages are measured, from sparse to dense.
fn pages() -> [(&'static str, &'static str, &'static str, Vec<Filter>); 4] {
    let of_managers =
        |view: fn(u64) -> View| (1..=MANAGERS).map(move |manager| view(1 + manager * 7 % MANAGERS).into());
    let top_tags = (0..TOP_TAGS).map(|tag| View::tag(tag_path(tag)).closed().into());
    [
        ("page_unread", "a manager's unread", "ids_unread", of_managers(View::unread).collect()),
        (
            "page_assignee",
            "an assignee's closed",
            "ids_assignee",
            of_managers(|manager| View::assigned(manager).closed()).collect(),
        ),
        ("page_tag", "a top tag's closed", "ids_tag", top_tags.collect()),
        ("page_all", "all closed", "ids_all", vec![View::all().closed().into()]),
    ]
}

/// Random filters of three views.
fn filters() -> Vec<Filter> {
    let mut random = Random::of(CHOICE, 3);
    (0..VIEWS).map(|_| filter(&mut random)).collect()
}

fn filter(random: &mut Random) -> Filter {
    let [first, second, third] = [(); 3].map(|()| {
        let view = Filter::from(part(random));
        if random.chance(333) { view.negate() } else { view }
    });
    match random.below(4) {
        0 => first.and(second).and(third),
        1 => first.and(second.or(third)),
        2 => first.and(second).or(third),
        _ => first.or(second).or(third),
    }
}

fn part(random: &mut Random) -> View {
    let manager = some_manager(random);
    let view = match random.below(8) {
        0 => View::all(),
        1 => View::unassigned(),
        2 => View::assigned(manager),
        3 => View::sessions(manager),
        4 => View::unread(manager),
        5 => View::tag(tag_path(random.below(TOP_TAGS))),
        _ => View::tag(tag_path(random.below(TAGS))),
    };
    match random.below(3) {
        0 => view.open(),
        1 => view.closed(),
        _ => view,
    }
}
