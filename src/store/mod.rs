//! The state store: typed rows over an ordered key-value store.
//!
//! The store is write-behind: rows arrive in small batches, and a checkpoint stamps the change up to which they are
//! complete. It knows no rules and no index; callers choose the rows.

mod copy;
mod load;
mod older_forms;
mod parts;
mod raw;
mod row;
mod row_writer;

use crate::kv::{BATCH_ROWS_MAX, Backend, BackendError, Copied};
use crate::model::{CustomerId, WorkspaceId};
use crate::record::codec::{CodecError, decode, decode_versioned};
use crate::record::stored::Stored;
use crate::record::{
    Family, IndexId, IndexKey, IndexKind, Meta, Record, RecordKey, RowKey, RowWrite, Rows, decode_record,
};

pub(crate) use load::{load_for_replay, load_members, load_members_of, load_workspace, missing_members};
pub(crate) use older_forms::{rewrite_older_hashtags, rewrite_older_rows};
pub(crate) use raw::{RawWriter, clock_in_row};
pub(crate) use row::Table;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use row::{decode_key, encode_key};
use row_writer::RowWriter;

/// From this version of the forms on, words are kept in NFC and notices per manager.
const FORMS_OF_NOTICES: u8 = 1;
/// From this version of the forms on, the members of a posting are kept apart from their statuses.
const FORMS_OF_MEMBERS: u8 = 3;
/// The newest version of the forms.
const FORMS: u8 = FORMS_OF_MEMBERS;
/// Bytes per batch, unless a single row is larger.
const BATCH_BYTES_MAX: usize = 1 << 20;

/// The callback for each row of a scan and its value.
type VisitRow<'a> = dyn FnMut(RowKey, &[u8]) -> Result<(), BackendError> + 'a;

pub(crate) struct Store {
    backend: Copied,
}

impl Store {
    pub(crate) fn new(backend: Box<dyn Backend>) -> Self {
        Self { backend: Copied::new(backend) }
    }

    /// The key-value store, to copy all of it.
    pub(crate) fn rows(&self) -> &Copied {
        &self.backend
    }

    /// Closes the key-value store cleanly, so that the next opening is quick.
    pub(crate) fn close(self) {
        self.backend.close();
    }

    /// The approximate memory of the key-value store in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.backend.memory_bytes()
    }

    /// Reads the value of a row.
    pub(crate) fn row(&self, workspace: WorkspaceId, key: &RowKey) -> Result<Option<Vec<u8>>, BackendError> {
        let key = row::encode_key(key, workspace);
        let first = self.backend.get(&key)?;
        first.map(|first| parts::join(&self.backend, &key, &first)).transpose()
    }

    pub(crate) fn record(&self, workspace: WorkspaceId, key: RecordKey) -> Result<Option<Record>, BackendError> {
        let bytes = self.row(workspace, &RowKey::Record(key))?;
        bytes.map(|bytes| decode_record(key, &bytes).map_err(|error| undecodable(workspace, key, &error))).transpose()
    }

    /// Visits every row of a table, in key order.
    pub(crate) fn scan_table(
        &self,
        workspace: WorkspaceId,
        table: Table,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), BackendError> {
        let prefix = row::table_prefix(workspace, table);
        self.scan(&prefix.clone(), table, prefix.len(), visit)
    }

    /// Visits the rows of all postings of a kind.
    pub(crate) fn scan_kind(
        &self,
        workspace: WorkspaceId,
        kind: IndexKind,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), BackendError> {
        let prefix = row::kind_prefix(workspace, Table::Members, kind);
        self.scan(&prefix, Table::Members, prefix.len() - 1, visit)
    }

    /// Visits the rows of one posting.
    pub(crate) fn scan_members(
        &self,
        workspace: WorkspaceId,
        key: &IndexKey,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), BackendError> {
        let table = row::table_prefix(workspace, Table::Members).len();
        self.scan(&row::members_prefix(workspace, key), Table::Members, table, visit)
    }

    /// The keys of the postings loaded on demand, in order.
    pub(crate) fn on_demand_posting_keys(&self, workspace: WorkspaceId) -> Result<Vec<IndexKey>, BackendError> {
        let mut keys: Vec<IndexKey> = Vec::new();
        for table in [Table::CustomerChats, Table::Members] {
            self.scan_table(workspace, table, &mut |row, _| {
                // The rows of a posting stand together.
                keys.extend(row.on_demand_posting().filter(|key| keys.last() != Some(key)));
                Ok(())
            })?;
        }
        Ok(keys)
    }

    /// The customer with the highest number. Takes about 64 lookups.
    pub(crate) fn last_customer(&self, workspace: WorkspaceId) -> Result<Option<CustomerId>, BackendError> {
        let prefix = row::table_prefix(workspace, Table::Records(Family::Customers));
        let next_from = |number: u64| -> Result<Option<u64>, BackendError> {
            let found = self.backend.first_from(&[prefix.as_slice(), &number.to_be_bytes()].concat())?;
            let rest = found.as_ref().and_then(|key| key.strip_prefix(prefix.as_slice()));
            Ok(rest.and_then(|rest| rest.first_chunk()).copied().map(u64::from_be_bytes))
        };
        let Some(mut last) = next_from(0)? else { return Ok(None) };
        let mut none_from = None;
        // Every customer is at or below `none_from`, and `last` is one.
        while none_from.is_none_or(|none| none > last + 1) && last < u64::MAX {
            let middle = last + 1 + (none_from.unwrap_or(u64::MAX) - last - 1) / 2;
            match next_from(middle)? {
                Some(found) => last = found,
                None => none_from = Some(middle),
            }
        }
        Ok(Some(CustomerId(last)))
    }

    /// The workspaces in the store, by id.
    pub(crate) fn workspaces(&self) -> Result<Vec<WorkspaceId>, BackendError> {
        let mut found = Vec::new();
        let mut next = Some(0);
        while let Some(first) = next {
            let Some(workspace) = self.first_workspace_from(WorkspaceId(first))? else { break };
            found.push(workspace);
            next = workspace.0.checked_add(1);
        }
        Ok(found)
    }

    /// The first customer of a workspace from an id on.
    pub(crate) fn first_customer_from(
        &self,
        workspace: WorkspaceId,
        customer: CustomerId,
    ) -> Result<Option<CustomerId>, BackendError> {
        let from = row::encode_key(&RowKey::Record(RecordKey::Customer(customer)), workspace);
        let table = Table::Records(Family::Customers);
        let Some(found) = self.backend.first_from(&from)? else { return Ok(None) };
        let Some(key) = found.strip_prefix(row::table_prefix(workspace, table).as_slice()) else { return Ok(None) };
        match row::decode_key(table, key) {
            Some(RowKey::Record(RecordKey::Customer(customer))) => Ok(Some(customer)),
            _ => Err(BackendError::Damaged(format!("row {found:x?} has an unknown key"))),
        }
    }

    /// Reads the counters of a workspace, if it has any.
    pub(crate) fn meta(&self, workspace: WorkspaceId) -> Result<Option<Meta>, BackendError> {
        Ok(self.versioned_meta(workspace)?.map(|(_, meta)| meta))
    }

    /// Reads the counters of a workspace and the version of their stored form, if it has any.
    fn versioned_meta(&self, workspace: WorkspaceId) -> Result<Option<(u8, Meta)>, BackendError> {
        let Some(bytes) = self.row(workspace, &RowKey::Meta)? else { return Ok(None) };
        let meta = decode_versioned(&bytes).map_err(|error| {
            BackendError::Damaged(format!("the counters of workspace {workspace} cannot be decoded: {error}"))
        })?;
        // A row without bytes does not decode, so the first byte is there.
        Ok(bytes.first().map(|version| (*version, meta)))
    }

    /// Whether the store has any row of a workspace.
    pub(crate) fn has_workspace(&self, workspace: WorkspaceId) -> Result<bool, BackendError> {
        Ok(self.first_workspace_from(workspace)? == Some(workspace))
    }

    fn first_workspace_from(&self, from: WorkspaceId) -> Result<Option<WorkspaceId>, BackendError> {
        let key = self.backend.first_from(&row::workspace_prefix(from))?;
        Ok(key.and_then(|key| row::workspace_of(&key)))
    }

    fn scan(
        &self,
        prefix: &[u8],
        table: Table,
        key_start: usize,
        visit: &mut VisitRow<'_>,
    ) -> Result<(), BackendError> {
        let backend = &self.backend;
        let mut head: Vec<u8> = Vec::new();
        backend.scan(prefix, &mut |bytes, first| {
            // Further parts follow the first part of a value. Their keys are two bytes longer.
            let is_part = !head.is_empty() && bytes.len() == head.len() + 2 && bytes.starts_with(&head);
            if is_part && !matches!(table, Table::Postings | Table::Members) {
                return Ok(());
            }
            let key = row::decode_key(table, bytes.get(key_start..).unwrap_or_default())
                .ok_or_else(|| BackendError::Damaged(format!("row {bytes:x?} has an unknown key")))?;
            head.clear();
            head.extend(bytes);
            let value = parts::join(backend, bytes, first)?;
            visit(key, &value)
        })
    }

    /// Writes different rows one by one, in any order, and all parts of a row together.
    pub(crate) fn write(&self, workspace: WorkspaceId, rows: Vec<RowWrite>) -> Result<(), BackendError> {
        self.write_over(workspace, rows, |_| false)
    }

    /// Writes rows like [`write`](Self::write). `was_whole` says that the stored value of a row is known to have one part,
    /// which saves a look at it.
    pub(crate) fn write_over(
        &self,
        workspace: WorkspaceId,
        rows: Vec<RowWrite>,
        was_whole: impl Fn(&RowKey) -> bool,
    ) -> Result<(), BackendError> {
        let mut writer = RowWriter::new(&self.backend);
        let mut rows = rows.into_iter().peekable();
        while let Some((row, mut value)) = rows.next() {
            let key = row::encode_key(&row, workspace);
            let shrinks = may_shrink(&row, value.is_none());
            // A row that is deleted and put is replaced: no reader misses it in between.
            if let Some((_, put)) = rows.next_if(|(next, _)| *next == row) {
                value = put;
            }
            let parts_before = if shrinks && !was_whole(&row) { parts::parts_of(&self.backend, &key)? } else { 0 };
            debug_assert!(
                !shrinks || parts_before == parts::parts_of(&self.backend, &key)?,
                "{row:?} had more than one part"
            );
            writer.replace(key, parts_before, value)?;
        }
        writer.finish()
    }

    /// Deletes every row of a workspace, in batches.
    pub(crate) fn delete_workspace(&self, workspace: WorkspaceId) -> Result<(), BackendError> {
        self.delete_all(&row::workspace_prefix(workspace))
    }

    /// Deletes the rows of all postings of a custom index, in batches.
    pub(crate) fn delete_custom_index(&self, workspace: WorkspaceId, index: IndexId) -> Result<(), BackendError> {
        self.delete_all(&row::custom_index_prefix(workspace, index))
    }

    fn delete_all(&self, prefix: &[u8]) -> Result<(), BackendError> {
        loop {
            let keys = self.backend.first_keys(prefix, BATCH_ROWS_MAX)?;
            if keys.is_empty() {
                return Ok(());
            }
            self.backend.write(keys.into_iter().map(|key| (key, None)).collect())?;
        }
    }

    /// Makes all writes so far durable, and stamps the store as complete up to `seq`.
    pub(crate) fn seal(&self, seq: u64) -> Result<(), BackendError> {
        self.backend.write(vec![(row::STAMP_KEY.to_vec(), Some(seq.to_be_bytes().to_vec()))])?;
        self.backend.flush()
    }

    /// Makes all writes so far durable.
    pub(crate) fn flush(&self) -> Result<(), BackendError> {
        self.backend.flush()
    }

    /// The change up to which the store is complete; 0 if it was never sealed.
    pub(crate) fn sealed_seq(&self) -> Result<u64, BackendError> {
        let stamp = self.backend.get(row::STAMP_KEY)?;
        match stamp.as_deref().map(<[u8; 8]>::try_from) {
            None => Ok(0),
            Some(Ok(bytes)) => Ok(u64::from_be_bytes(bytes)),
            Some(Err(_)) => Err(BackendError::Damaged("the stamp of the newest checkpoint is damaged".to_owned())),
        }
    }

    /// The version of the forms that older versions kept otherwise; 0 in a store older than all of them. Opening rewrites
    /// what is older.
    fn forms(&self) -> Result<u8, BackendError> {
        match self.backend.get(row::FORMS_KEY)?.as_deref() {
            None => Ok(0),
            Some([forms @ 1..=FORMS]) => Ok(*forms),
            Some(_) => Err(BackendError::Damaged("the version of the stored forms is damaged".to_owned())),
        }
    }

    /// Records that everything is kept in the forms of this version, once all writes so far are durable.
    pub(crate) fn set_current_forms(&self) -> Result<(), BackendError> {
        self.flush()?;
        self.backend.write(vec![(row::FORMS_KEY.to_vec(), Some(vec![FORMS]))])
    }

    /// The replicated log that the store follows, as bytes, if it does or did.
    pub(crate) fn followed_log(&self) -> Result<Option<Vec<u8>>, BackendError> {
        self.backend.get(row::FOLLOWED_LOG_KEY)
    }

    /// Records the replicated log that the store follows.
    pub(crate) fn set_followed_log(&self, bytes: &[u8]) -> Result<(), BackendError> {
        self.backend.write(vec![(row::FOLLOWED_LOG_KEY.to_vec(), Some(bytes.to_vec()))])
    }

    /// Records the next deadline of a workspace.
    pub(crate) fn set_next_deadline(&self, workspace: WorkspaceId, deadline: Option<u64>) -> Result<(), BackendError> {
        let value = deadline.map(|deadline| deadline.to_be_bytes().to_vec());
        self.backend.write(vec![(row::next_deadline_key(workspace), value)])
    }

    /// Records whether a workspace has a running bulk action, or tags to sweep.
    pub(crate) fn set_unfinished(&self, workspace: WorkspaceId, is_unfinished: bool) -> Result<(), BackendError> {
        let key = row::bulks_key(workspace);
        if self.backend.get(&key)?.is_some() == is_unfinished {
            return Ok(());
        }
        self.backend.write(vec![(key, is_unfinished.then(Vec::new))])
    }

    /// The workspaces with a running bulk action, or tags to sweep, by id.
    pub(crate) fn unfinished_workspaces(&self) -> Result<Vec<WorkspaceId>, BackendError> {
        let mut found = Vec::new();
        self.backend.scan(row::BULKS_PREFIX, &mut |key, _| {
            let workspace = row::bulks_workspace(key);
            found.push(
                workspace
                    .ok_or_else(|| BackendError::Damaged(format!("row {key:x?} of the bulk actions is damaged")))?,
            );
            Ok(())
        })?;
        Ok(found)
    }

    /// The workspaces with a deadline, and their next one.
    pub(crate) fn next_deadlines(&self) -> Result<Vec<(WorkspaceId, u64)>, BackendError> {
        let mut found = Vec::new();
        self.backend.scan(row::NEXT_DEADLINE_PREFIX, &mut |key, value| {
            let workspace = row::next_deadline_workspace(key);
            let deadline = value.try_into().ok().map(u64::from_be_bytes);
            let (Some(workspace), Some(deadline)) = (workspace, deadline) else {
                return Err(BackendError::Damaged(format!("row {key:x?} of the next deadlines is damaged")));
            };
            found.push((workspace, deadline));
            Ok(())
        })?;
        Ok(found)
    }
}

/// Whether an older value of the row may have more parts. Index rows always fit into one part.
fn may_shrink(row: &RowKey, deleted: bool) -> bool {
    match row {
        RowKey::Record(key) => match key.family().rows() {
            Rows::Rewritten => true,
            Rows::WrittenOnce => deleted,
            Rows::Small => false,
        },
        RowKey::Notices(_) | RowKey::CustomerChats(_) => true,
        RowKey::Meta
        | RowKey::UnreadMessages(_)
        | RowKey::Positions(_)
        | RowKey::Deadlines(_)
        | RowKey::Posting(..)
        | RowKey::Members(..) => false,
    }
}

fn undecodable(workspace: WorkspaceId, key: RecordKey, error: &CodecError) -> BackendError {
    BackendError::Damaged(format!("{key:?} of workspace {workspace} cannot be decoded: {error}"))
}

/// Decodes the value of a row that is not a record.
pub(crate) fn decode_row<T: Stored>(key: &RowKey, bytes: &[u8]) -> Result<T, BackendError> {
    decode(bytes).map_err(|error| BackendError::Damaged(format!("{key:?} cannot be decoded: {error}")))
}
