//! The life of one chat of the demo. All its steps are decided at the start.

use inboxdb::ManagerId;

use super::calendar::{END, MINUTE, SOME_DAY, at_work, is_night, morning_after};
use super::team;
use super::topics::{PRODUCTS, TOPICS};
use crate::random::Random;

/// A step of a chat.
#[derive(Clone, Copy)]
pub(super) enum What {
    /// The customer's first message.
    Opening,
    /// The automatic answer at night.
    Away,
    /// The customer writes more.
    Addition,
    /// The customer's last message.
    Thanks,
    /// The agent takes the chat.
    Assign,
    /// The agent tags it.
    Tag,
    /// The agent's first answer.
    Answer,
    /// A later answer.
    Reply,
    /// A note for the team.
    Note,
    /// A helper is asked to look at it.
    Follow(ManagerId),
    /// A manager has read it.
    MarkRead(ManagerId),
    Describe,
    Favorite,
    /// Snoozed until a time.
    Snooze(u64),
    Close,
}

/// The steps that a chat has left.
pub(super) struct Life {
    pub(super) topic: usize,
    /// The assignee from `Assign` on.
    pub(super) agent: ManagerId,
    /// The order, product and amount in cents that its texts name.
    pub(super) order: u64,
    pub(super) product: &'static str,
    pub(super) cents: u64,
    /// The last text of each role, to avoid repeats.
    pub(super) said: [&'static str; 2],
    /// For the words of its texts.
    pub(super) random: Random,
    at: u64,
    /// Latest first.
    steps: Vec<(u64, What)>,
}

impl Life {
    /// The life of a chat that starts at a time.
    pub(super) fn new(started: u64, random: Random) -> Self {
        let mut life = Self::without_steps(started, random);
        life.wait_for_team(started);
        // One chat in four thousand is overlooked.
        if life.random.below(4_000) > 0 && life.work() {
            life.finish();
        }
        life.steps.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        life
    }

    /// What it is about, before anything has happened.
    pub(super) fn without_steps(started: u64, mut random: Random) -> Self {
        let topic = random.weighted(TOPICS.iter().map(|topic| topic.weight));
        let agent = team::agent(&mut random);
        let order = random.between(120_000, 980_000);
        let product = random.pick(&PRODUCTS);
        let cents = random.between(160, 4_800) * 5;
        let steps = Vec::with_capacity(12);
        Self { topic, agent, order, product, cents, said: [""; 2], random, at: started, steps }
    }

    /// Takes over steps at times of their own.
    pub(super) fn with_steps(mut self, mut steps: Vec<(u64, What)>) -> Self {
        steps.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        self.steps = steps;
        self
    }

    /// Adds a step.
    pub(super) fn add(&mut self, at: u64, what: What) {
        let place = self.steps.partition_point(|(later, _)| *later > at);
        self.steps.insert(place, (at, what));
    }

    /// The time of the next step.
    pub(super) fn next_at(&self) -> Option<u64> {
        self.steps.last().map(|(at, _)| *at)
    }

    /// Takes the next step.
    pub(super) fn step(&mut self) -> Option<(u64, What)> {
        self.steps.pop()
    }

    fn push(&mut self, what: What) {
        self.steps.push((self.at, what));
    }

    /// Lets some minutes pass. Short waits are likelier than long ones.
    fn pass(&mut self, minutes_max: u64) {
        let limit = self.random.between(MINUTE / 4, minutes_max * MINUTE);
        self.at += self.random.between(MINUTE / 6, limit + MINUTE);
    }

    /// The same for the team, which does not work at night.
    fn pass_at_work(&mut self, minutes_max: u64) {
        self.pass(minutes_max);
        self.at = at_work(self.at, &mut self.random);
    }

    fn wait_for_team(&mut self, started: u64) {
        self.push(What::Opening);
        if is_night(started) {
            self.at += 1_000;
            self.push(What::Away);
        }
        if self.random.chance(90) {
            self.pass(8);
            self.push(What::Addition);
        }
        self.pass_at_work(45);
    }

    /// The work of the team. False if the chat stays snoozed.
    fn work(&mut self) -> bool {
        self.push(What::Assign);
        self.pass(2);
        if self.random.chance(800) {
            self.push(What::Tag);
        }
        self.pass(5);
        self.push(What::Answer);
        self.remember();
        for likely in [320, 250, 150] {
            if !self.random.chance(likely) {
                break;
            }
            self.pass(400);
            self.push(What::Addition);
            self.pass_at_work(60);
            self.push(What::Reply);
        }
        self.rest()
    }

    /// What only some chats get: help, a description, a favorite mark.
    fn remember(&mut self) {
        if self.random.chance(60) {
            self.pass(3);
            let helper = team::helper(&mut self.random, self.agent);
            self.push(What::Note);
            self.push(What::Follow(helper));
        }
        if self.random.chance(110) {
            self.push(What::Describe);
        }
        if self.random.chance(15) {
            self.push(What::Favorite);
        }
    }

    /// Some chats are snoozed. False if that is until further notice.
    fn rest(&mut self) -> bool {
        if !self.random.chance(100) {
            return true;
        }
        self.pass_at_work(20);
        let nights = self.random.between(1, 6);
        let until = morning_after(self.at, nights) + self.random.below(4) * 15 * MINUTE;
        // Deadlines after the end of the history would all fire at once when the demo runs.
        let for_long = until >= END || self.random.chance(60);
        self.push(What::Snooze(if for_long { SOME_DAY } else { until }));
        self.at = until;
        if !for_long {
            self.pass_at_work(50);
            self.push(What::Reply);
        }
        !for_long
    }

    /// Nearly all chats are closed in the end. In some the customer writes once more.
    fn finish(&mut self) {
        if self.random.chance(12) {
            return;
        }
        let minutes_max = if self.random.chance(700) { 90 } else { 2_400 };
        self.pass_at_work(minutes_max);
        self.push(What::Close);
        if self.random.chance(120) {
            self.pass(90);
            self.push(What::Thanks);
            self.pass_at_work(40);
            self.push(What::MarkRead(self.agent));
            self.push(What::Close);
        }
        self.read_by_helpers();
    }

    /// Most helpers read the rest of the chat later.
    fn read_by_helpers(&mut self) {
        let helpers: Vec<ManagerId> = self.steps.iter().filter_map(|(_, what)| helper(*what)).collect();
        for manager in helpers {
            if self.random.chance(850) {
                self.pass_at_work(1_200);
                self.push(What::MarkRead(manager));
            }
        }
    }
}

fn helper(what: What) -> Option<ManagerId> {
    match what {
        What::Follow(manager) => Some(manager),
        _ => None,
    }
}
