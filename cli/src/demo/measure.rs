//! How long reads take. Medians, as a mean would show what else the machine was doing.

use std::hint::black_box;
use std::time::{Duration, Instant};

use inboxdb::{Error, Filter, ManagerId, Workspace};

use crate::sidebar::numbers_in;

/// Counts per reading of the clock, which takes about as long as a count.
const COUNTS_PER_RUN: usize = 64;
const RUNS: usize = 2_000;
const SIDEBARS: usize = 500;

/// The views to count, in turn.
const VIEWS: [&str; 8] = [
    "assigned:3:open",
    "unassigned:open",
    "all:open",
    "tag:billing:open",
    "all:closed",
    "unread:3",
    "favorites:3",
    "tag:delivery/abroad",
];

/// The medians, and what they are made of.
pub(super) struct Measured {
    /// Time of one count.
    pub(super) count: Duration,
    /// Time of a whole sidebar.
    pub(super) sidebar: Duration,
    /// Numbers in the sidebar.
    pub(super) numbers: usize,
    /// Counts in all.
    pub(super) counts: usize,
}

/// Measures a count and a sidebar.
pub(super) fn measure(workspace: &Workspace, manager: ManagerId) -> Result<Measured, Error> {
    let sidebar = workspace.sidebar(manager)?;
    let numbers = numbers_in(&sidebar);
    let count = time_counts(workspace)?;
    let sidebar = time_sidebars(workspace, manager)?;
    Ok(Measured { count, sidebar, numbers, counts: RUNS * COUNTS_PER_RUN })
}

fn time_counts(workspace: &Workspace) -> Result<Duration, Error> {
    let views = VIEWS.iter().map(|view| view.parse()).collect::<Result<Vec<Filter>, _>>()?;
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = Instant::now();
        for view in views.iter().cycle().take(COUNTS_PER_RUN) {
            black_box(workspace.count(black_box(view))?);
        }
        times.push(began.elapsed() / COUNTS_PER_RUN as u32);
    }
    Ok(median(times))
}

fn time_sidebars(workspace: &Workspace, manager: ManagerId) -> Result<Duration, Error> {
    let mut times = Vec::with_capacity(SIDEBARS);
    for _ in 0..SIDEBARS {
        let began = Instant::now();
        black_box(workspace.sidebar(black_box(manager))?);
        times.push(began.elapsed());
    }
    Ok(median(times))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
