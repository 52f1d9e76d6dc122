//! The life of a chat while the demo is watched: the same steps as in the history, within a minute or two.

use super::calendar::MINUTE;
use super::life::{Life, What};
use super::team::{self, VIEWER};
use crate::random::Random;

const SECOND: u64 = 1_000;

/// Counts up the time of a chat, and keeps its steps.
struct Plot {
    at: u64,
    random: Random,
    steps: Vec<(u64, What)>,
}

/// The life of a chat that starts now.
pub(super) fn life(started: u64, random: Random) -> Life {
    let life = Life::without_steps(started, random);
    let mut plot = Plot { at: started, random: life.random.clone(), steps: Vec::new() };
    plot.arrive();
    // What the manager at the page does, the manager does.
    if life.agent != VIEWER {
        plot.answer(&life);
        plot.finish();
    }
    life.with_steps(plot.steps)
}

impl Plot {
    fn push(&mut self, what: What) {
        self.steps.push((self.at, what));
    }

    /// Lets some seconds pass.
    fn pass(&mut self, least: u64, most: u64) {
        self.at += self.random.between(least * SECOND, most * SECOND);
    }

    /// The customer writes, and the chat is taken.
    fn arrive(&mut self) {
        self.push(What::Opening);
        if self.random.chance(200) {
            self.pass(3, 9);
            self.push(What::Addition);
        }
        self.pass(5, 20);
        self.push(What::Assign);
    }

    /// The team's answers, and what it notes.
    fn answer(&mut self, life: &Life) {
        if self.random.chance(800) {
            self.pass(1, 5);
            self.push(What::Tag);
        }
        self.pass(3, 10);
        self.push(What::Answer);
        if self.random.chance(120) {
            self.pass(2, 6);
            let helper = team::helper(&mut self.random, life.agent);
            self.push(What::Note);
            self.push(What::Follow(helper));
        }
        for likely in [450, 350] {
            if !self.random.chance(likely) {
                break;
            }
            self.pass(6, 18);
            self.push(What::Addition);
            self.pass(5, 15);
            self.push(What::Reply);
        }
    }

    /// Some chats rest for a while first; nearly all are closed.
    fn finish(&mut self) {
        if self.random.chance(150) {
            self.pass(4, 10);
            let until = self.at + self.random.between(20 * SECOND, MINUTE);
            self.push(What::Snooze(until));
            self.at = until;
            self.pass(5, 15);
            self.push(What::Reply);
        }
        if self.random.chance(30) {
            return;
        }
        self.pass(5, 20);
        self.push(What::Close);
        if self.random.chance(150) {
            self.pass(4, 15);
            self.push(What::Thanks);
            self.pass(4, 12);
            self.push(What::Close);
        }
    }
}
