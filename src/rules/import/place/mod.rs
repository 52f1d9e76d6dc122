//! The change of a piece: finds what exists, and creates what is missing.
//!
//! A plan may be made several times, until all that it looks up is loaded. So it leaves the piece as it is, and what it
//! decides is taken over only afterwards.

mod chats;
mod customers;

use rustc_hash::FxHashMap;

use super::numbers::{External, Numbers};
use super::piece::{Open, Piece};
use super::{LineFault, done};
use crate::export::Contents;
use crate::model::{ChatId, CustomerId};
use crate::record::codec::CodecError;
use crate::record::{Cause, Change, ExternalSpace, Setting, SettingKey};
use crate::rules::PlanInput;
use crate::rules::builder::ChangeBuilder;
use crate::workspace::State;

/// What earlier pieces have put.
#[derive(Default)]
pub(super) struct Known {
    /// Whether the workspace was empty. Then only the file's own lines are there.
    pub(super) into_empty: bool,
    /// Chats from here on never existed before the import, or may be put again.
    first_chat: u32,
    customers: Numbers,
    chats: Numbers,
    /// The number of events, for customers of the file who have any.
    events: FxHashMap<CustomerId, u32>,
    /// What was created.
    pub(super) created: Contents,
}

/// What a plan has decided.
#[derive(Default)]
pub(crate) struct Placed {
    customers: Numbers,
    chats: Numbers,
    events: FxHashMap<CustomerId, u32>,
    created: Contents,
    pub(super) customer: Option<Open<CustomerId>>,
    pub(super) chat: Option<Open<ChatId>>,
}

impl Known {
    pub(super) fn new(state: &State, into_empty: bool) -> Self {
        let first_chat = match state.setting(SettingKey::Import) {
            _ if into_empty => 0,
            Some(Setting::Import(first)) => first.0,
            _ => state.meta.next.chat,
        };
        Self { into_empty, first_chat, ..Self::default() }
    }

    /// Takes over what a plan has decided.
    pub(super) fn add(&mut self, placed: Placed) {
        let Placed { customers, chats, events, created, customer: _, chat: _ } = placed;
        self.customers.add(customers);
        self.chats.add(chats);
        self.events.extend(events);
        self.created.add(&created);
    }
}

/// Plans the change for a piece. There is none if it changes nothing.
pub(super) fn plan(
    input: PlanInput<'_>,
    piece: &Piece,
    known: &Known,
) -> Result<(Option<Change>, Result<Placed, LineFault>), CodecError> {
    let clock = input.state.meta.clock;
    let now = piece.end.map_or(clock, |end| end.clock.max(clock));
    let builder = ChangeBuilder::new(input, now, None);
    let mut plan = Plan { builder, known, placed: Placed::default(), last_activity_at: None };
    if let Err(fault) = plan.put(piece) {
        return Ok((None, Err(fault)));
    }
    plan.finish(piece);
    let Plan { builder, placed, .. } = plan;
    Ok((builder.finish(Cause::Import)?, Ok(placed)))
}

struct Plan<'p, 'a> {
    builder: ChangeBuilder<'a>,
    known: &'p Known,
    placed: Placed,
    /// The last activity of the newest chat, once it is known.
    last_activity_at: Option<u64>,
}

impl Plan<'_, '_> {
    fn put(&mut self, piece: &Piece) -> Result<(), LineFault> {
        self.builder.go_on_from(piece.next);
        if !piece.profile_fields.is_empty() && self.builder.setting(SettingKey::ProfileFields).is_none() {
            let fields = Setting::ProfileFields(piece.profile_fields.clone());
            self.builder.put_setting(SettingKey::ProfileFields, Some(fields));
        }
        for (id, record) in &piece.tags {
            self.builder.put_tag(*id, Some(record.clone()));
        }
        for (id, record) in &piece.managers {
            if let Some(external) = &record.external {
                self.builder.put_external(ExternalSpace::Managers, external, id.0);
            }
            self.builder.put_manager(*id, record.clone());
        }
        self.placed.created.tags += piece.tags.len() as u64;
        self.placed.created.managers += piece.managers.len() as u64;
        for part in &piece.customers {
            let open = self.customer(part).map_err(|fault| fault.at(part.line))?;
            self.placed.customer = Some(open);
        }
        for part in &piece.chats {
            let open = self.chat(part)?;
            (self.placed.customer, self.placed.chat) = (None, Some(open));
        }
        if self.keeps_numbers() {
            let put = piece.done.iter().filter(|record| done::put(&mut self.builder, record)).count();
            self.placed.created.done += put as u64;
        }
        Ok(())
    }

    /// Whether commands of the source still name what they named there.
    fn keeps_numbers(&self) -> bool {
        [&self.known.customers, &self.known.chats, &self.placed.customers, &self.placed.chats]
            .iter()
            .all(|numbers| numbers.are_kept())
    }

    /// Marks an import that has begun and may be interrupted. At the end, removes the mark and sets the clock.
    fn finish(&mut self, piece: &Piece) {
        let is_marked = self.builder.setting(SettingKey::Import).is_some();
        let Some(end) = piece.end else {
            if !is_marked && self.placed.created != Contents::default() {
                let mark = Setting::Import(ChatId(self.known.first_chat));
                self.builder.put_setting(SettingKey::Import, Some(mark));
            }
            return;
        };
        if is_marked {
            self.builder.put_setting(SettingKey::Import, None);
        }
        if end.is_exact && self.known.into_empty {
            self.builder.restore_clock(end.clock);
        }
        // Snoozes that are due by now end at their own deadlines, perhaps before the newest activity.
        let deadline = self.builder.first_deadline();
        if deadline.is_some_and(|deadline| deadline < self.newest_activity()) {
            self.builder.mistrust_times();
        }
    }

    /// Looks up an external id. In an empty workspace, a fresh one cannot exist.
    fn find(&self, space: ExternalSpace, external: &External) -> Option<u64> {
        match self.known.into_empty && external.fresh {
            true => None,
            false => self.builder.find_external(space, &external.id),
        }
    }

    fn put_external(&mut self, space: ExternalSpace, external: Option<&External>, number: u64, is_only: bool) {
        match external {
            Some(external) if is_only && external.fresh => self.builder.put_new_external(space, &external.id, number),
            Some(external) => self.builder.put_external(space, &external.id, number),
            None => {}
        }
    }
}
