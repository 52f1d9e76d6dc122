//! Recommends a manager for a chat.

use std::cmp::Reverse;

use serde_json::{Value, json};

use crate::model::command::Actor;
use crate::model::rules::Answer;
use crate::model::state::{Manager, Status, Workspace};
use crate::model::tags;

/// The capacity used for managers without one.
const CAPACITY: u64 = 20;

struct Candidate {
    manager: u64,
    points: u64,
    full: bool,
    open: u64,
    reasons: Vec<u64>,
}

/// Returns eight points for the tag itself, and half for each step up to the nearest followed tag, but at least one.
fn points_for_tag(manager: &Manager, tag: &str) -> u64 {
    let mut line = std::iter::successors(Some(tag), |tag| tags::parent(tag));
    match line.position(|tag| manager.followed_tags.contains(tag)) {
        None => 0,
        Some(steps) => [8, 4, 2].get(steps).copied().unwrap_or(1),
    }
}

fn points_for_room(manager: &Manager, open: u64) -> u64 {
    match manager.capacity.map_or(CAPACITY, u64::from) {
        0 => 0,
        capacity => 8 * capacity.saturating_sub(open) / capacity,
    }
}

impl Workspace {
    fn candidate(&self, id: u32, manager: u64) -> Candidate {
        let who = &self.managers[&manager];
        let others = self.chats.iter().filter(|(other, _)| **other != id);
        let theirs = others.filter(|(_, chat)| chat.assignee == Some(manager) && chat.status == Status::Open);
        let open = theirs.count() as u64;
        let mut reasons: Vec<u64> = self.chats[&id].tags.iter().map(|tag| points_for_tag(who, tag)).collect();
        reasons.push(if who.online { 16 } else { 0 });
        reasons.push(if who.operator { 8 } else { 0 });
        reasons.retain(|points| *points > 0);
        reasons.push(points_for_room(who, open));
        let full = who.capacity.is_some_and(|capacity| open >= u64::from(capacity));
        Candidate { manager, points: reasons.iter().sum(), full, open, reasons }
    }

    /// Returns every manager, best one first.
    fn ranking(&self, id: u32) -> Vec<Candidate> {
        let mut ranking: Vec<Candidate> = self.managers.keys().map(|manager| self.candidate(id, *manager)).collect();
        ranking.sort_by_key(|one| {
            // `None` (never) sorts before any moment.
            let last = self.managers[&one.manager].last_assigned_at;
            (one.full, Reverse(one.points), last, one.manager)
        });
        ranking
    }

    pub fn assign_recommended(&mut self, now: u64, actor: Actor, id: u32, online: bool) -> Answer {
        let ranking = self.ranking(id);
        let fit = |one: &&Candidate| !one.full && (!online || self.managers[&one.manager].online);
        let best = ranking.iter().find(fit).ok_or("nobody_available")?.manager;
        self.assign(now, actor, id, best)?;
        Ok(json!({ "manager": best }))
    }

    pub fn recommend(&self, id: u32, limit: usize) -> Answer {
        self.chat_exists(id)?;
        let rows = self.ranking(id).into_iter().take(limit).map(|one| {
            let who = &self.managers[&one.manager];
            let reasons = one.reasons.iter().map(|points| json!({ "points": points }));
            json!({
                "manager": one.manager,
                "name": who.name,
                "points": one.points,
                "full": one.full,
                "open": one.open,
                "capacity": who.capacity,
                "last_assigned_at": who.last_assigned_at,
                "reasons": reasons.collect::<Vec<Value>>(),
            })
        });
        Ok(json!({ "managers": rows.collect::<Vec<_>>() }))
    }
}
