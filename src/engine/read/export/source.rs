//! What an export reads: records one at a time, bypassing the cache, and the set of customers.

use parking_lot::RwLockReadGuard;
use roaring::RoaringTreemap;

use crate::engine::read::Workspace;
use crate::error::Error;
use crate::loaded::{RecordReader, Records, WorkspaceRef};
use crate::model::ChatId;
use crate::record::{Family, RecordKey, RowKey};
use crate::store::Table;
use crate::workspace::State;

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
}
