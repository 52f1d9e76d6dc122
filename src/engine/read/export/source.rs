//! What an export reads: records one at a time, bypassing the cache, and the set of customers.

use std::sync::Arc;

use parking_lot::RwLockReadGuard;
use roaring::RoaringTreemap;

use crate::engine::read::Workspace;
use crate::error::Error;
use crate::loaded::{RecordReader, Records, WorkspaceRef};
use crate::model::ChatId;
use crate::record::{ChatRecord, Family, RecordKey, RowKey};
use crate::rules::{PlanInput, Preloaded};
use crate::store::Table;
use crate::workspace::State;

/// A chat, and its record unless it is gone.
type ChatAtOnce = (ChatId, Option<Arc<ChatRecord>>);

/// The current records of a workspace. Records that were deleted meanwhile are absent.
pub(super) struct Source<'e> {
    records: &'e Records,
    workspace: &'e WorkspaceRef,
}

impl<'e> Source<'e> {
    pub(super) fn new(workspace: &'e Workspace) -> Self {
        Self { records: workspace.all_records(), workspace: workspace.loaded() }
    }

    pub(super) fn state(&self) -> Result<RwLockReadGuard<'e, State>, Error> {
        self.workspace.read()
    }

    pub(super) fn records(&self) -> RecordReader<'e> {
        self.records.past_cache(self.workspace)
    }

    /// Returns the customers of the workspace, and possibly some that were deleted meanwhile.
    pub(super) fn all_customers(&self) -> Result<RoaringTreemap, Error> {
        let mut customers = RoaringTreemap::new();
        // Customers written to the store in between are in both sets.
        for key in self.workspace.read()?.unwritten_records() {
            if let RecordKey::Customer(customer) = key {
                customers.insert(customer.0);
            }
        }
        self.records.store()?.scan_table(
            self.workspace.workspace,
            Table::Records(Family::Customers),
            &mut |row, _| {
                if let RowKey::Record(RecordKey::Customer(customer)) = row {
                    customers.insert(customer.0);
                }
                Ok(())
            },
        )?;
        Ok(customers)
    }

    /// Returns the customers of some chats.
    pub(super) fn customers_of(&self, chats: &[ChatId]) -> Result<RoaringTreemap, Error> {
        let mut customers = RoaringTreemap::new();
        for chat in chats {
            customers.extend(self.records().chat(*chat)?.map(|record| record.customer.0));
        }
        Ok(customers)
    }

    /// Sorts chats by their activity as of now. Returns the position of the next activity too.
    pub(super) fn in_order(&self, mut chats: Vec<ChatId>) -> Result<(Vec<ChatId>, u64), Error> {
        let state = self.workspace.read()?;
        chats.sort_unstable_by_key(|chat| state.timeline.position(*chat));
        Ok((chats, state.meta.next.position))
    }

    /// Reads chats as they are at one moment, in the order of their activity. Those that are gone have no record.
    pub(super) fn at_one_moment(&self, mut chats: Vec<ChatId>) -> Result<Vec<ChatAtOnce>, Error> {
        let state = self.workspace.read()?;
        chats.sort_unstable_by_key(|chat| state.timeline.position(*chat));
        let keys: Vec<RecordKey> = chats.iter().copied().map(RecordKey::Chat).collect();
        let mut preloaded = Preloaded::default();
        self.records().preload(&state, &keys, &mut preloaded)?;
        let input = PlanInput { state: &state, preloaded: &preloaded };
        Ok(chats.into_iter().map(|chat| (chat, input.chat(chat))).collect())
    }
}
