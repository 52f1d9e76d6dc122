//! Crash recovery: finds the segments, replays their changes, and decides whether an unreadable place is a torn tail
//! or damage.
//!
//! Nothing on disk changes before the whole journal is found good, except that leftovers of an interrupted segment
//! creation are removed.

use std::convert::Infallible;
use std::io;

use super::error::{OpenError, Proof};
use super::mark::MARK_NAME;
use super::queue::Queue;
use super::reader::{Extent, Trouble, find_later_batch, read_segment};
use super::segment::{BadHeader, FORMAT, Salt, SegmentHeader, is_temporary, parse_segment_name, segment_name};
use super::writer::{Active, Resume};
use crate::files::Files;

/// A journal ready for writing.
pub(super) struct Recovered {
    /// The last segment.
    pub(super) active: Active,
    /// The queue for new changes.
    pub(super) queue: Queue,
    /// The first seq of every segment, oldest first. The last one is active.
    pub(super) segments: Vec<u64>,
}

/// Replays the journal after `checkpoint`, cuts the torn tail and makes the rest durable.
pub(super) fn recover<E>(
    files: &dyn Files,
    segment_bytes: u64,
    checkpoint: u64,
    mark: u64,
    replay: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<Recovered, OpenError<E>> {
    let segments = list_segments(files)?;
    if segments.is_empty() {
        return start_new(files, checkpoint.max(mark));
    }
    let mut recovery = Recovery { files, checkpoint, mark, replay };
    let resume = recovery.read_all(&segments)?;
    let name = segment_name(resume.header.first_seq);
    let active = Active::resume(files, &resume).map_err(|error| io_error("cut and sync", &name, error))?;
    let has_frames = resume.next_seq > resume.header.first_seq;
    let full = has_frames && resume.len >= segment_bytes;
    Ok(Recovered { queue: Queue::new(resume.next_seq, resume.header.salt, full), active, segments })
}

/// Reads the journal as opening does, and changes nothing.
pub(super) fn verify(files: &dyn Files, checkpoint: u64, mark: u64) -> Result<(), OpenError<Infallible>> {
    let segments = list_segments(files)?;
    if segments.is_empty() {
        return check_new(checkpoint.max(mark));
    }
    let mut recovery = Recovery { files, checkpoint, mark, replay: |_, _: &[u8]| Ok(()) };
    recovery.read_all(&segments).map(drop)
}

/// The first seq of every segment, oldest first. Removes leftovers of interrupted creations.
fn list_segments<E>(files: &dyn Files) -> Result<Vec<u64>, OpenError<E>> {
    let names = files.list().map_err(|error| io_error("list", "the directory", error))?;
    let mut segments: Vec<u64> = names.iter().filter_map(|name| parse_segment_name(name)).collect();
    segments.sort_unstable();
    for name in names.iter().filter(|name| is_temporary(name)) {
        tracing::info!(file = name, "removing a journal segment whose creation was interrupted");
        files.remove(name).map_err(|error| io_error("remove", name, error))?;
    }
    Ok(segments)
}

/// Creates the journal of a new store.
fn start_new<E>(files: &dyn Files, newest: u64) -> Result<Recovered, OpenError<E>> {
    check_new(newest)?;
    start(files, 1).map_err(|error| io_error("create", &segment_name(1), error))
}

/// Checks that a journal without segments never had any change.
fn check_new<E>(newest: u64) -> Result<(), OpenError<E>> {
    if newest == 0 {
        return Ok(());
    }
    let place = "there is no segment, but there were changes".to_owned();
    Err(OpenError::Missing { from: 1, to: newest, place })
}

/// Creates the first segment of a journal.
pub(super) fn start(files: &dyn Files, first_seq: u64) -> io::Result<Recovered> {
    let header = SegmentHeader::fresh(first_seq, 1);
    let active = Active::create(files, &header)?;
    Ok(Recovered { active, queue: Queue::new(first_seq, header.salt, false), segments: vec![first_seq] })
}

fn io_error<E>(doing: &'static str, file: &str, source: io::Error) -> OpenError<E> {
    OpenError::Io { doing, file: file.to_owned(), source }
}

/// What recovery needs for every segment.
struct Recovery<'a, R> {
    files: &'a dyn Files,
    /// The store already holds the changes up to this one.
    checkpoint: u64,
    /// The changes up to this one were durable.
    mark: u64,
    replay: R,
}

impl<R, E> Recovery<'_, R>
where
    R: FnMut(u64, &[u8]) -> Result<(), E>,
{
    /// Reads every segment that may hold a change after the checkpoint, and always the last one.
    fn read_all(&mut self, segments: &[u64]) -> Result<Resume, OpenError<E>> {
        // The first change needed is in the newest segment that starts at or before it.
        let begun = segments.partition_point(|first| *first <= self.checkpoint.saturating_add(1));
        let Some(skipped) = begun.checked_sub(1) else {
            return Err(self.lacks_beginning(segments));
        };
        let mut before: Option<Resume> = None;
        for (at, &first_seq) in segments.iter().enumerate().skip(skipped) {
            let later = at + 1 < segments.len();
            before = Some(self.read_one(first_seq, before.as_ref(), later)?);
        }
        let last = before.ok_or_else(|| self.lacks_beginning(segments))?;
        if last.next_seq <= self.checkpoint {
            return Err(OpenError::Missing {
                from: last.next_seq,
                to: self.checkpoint,
                place: format!("the last segment, {}, ends before the checkpoint", segment_name(last.header.first_seq)),
            });
        }
        if last.next_seq <= self.mark {
            return Err(OpenError::Missing {
                from: last.next_seq,
                to: self.mark,
                place: format!(
                    "the last segment, {}, ends before them, and {MARK_NAME} says that they were durable",
                    segment_name(last.header.first_seq)
                ),
            });
        }
        Ok(last)
    }

    /// The error for an oldest segment that starts too late.
    fn lacks_beginning(&self, segments: &[u64]) -> OpenError<E> {
        let first = segments.first().copied().unwrap_or(u64::MAX);
        OpenError::Missing {
            from: self.checkpoint.saturating_add(1),
            to: first.saturating_sub(1),
            place: format!(
                "the checkpoint is at seq {}, the oldest segment is {}",
                self.checkpoint,
                segment_name(first)
            ),
        }
    }

    /// Reads the segment that follows `before`. `later` is true if another segment comes after it.
    fn read_one(&mut self, first_seq: u64, before: Option<&Resume>, later: bool) -> Result<Resume, OpenError<E>> {
        let name = segment_name(first_seq);
        let segment = self.files.read(&name).map_err(|error| io_error("read", &name, error))?;
        let header = read_header(&name, first_seq, &segment)?;
        if let Some(before) = before {
            check_succession(before, &header, &name)?;
        }
        if !later {
            self.make_safe(&name, segment.len())?;
        }
        let extent = self.replay_segment(&name, &segment, &header)?;
        if let Some(trouble) = &extent.trouble {
            self.judge(&name, &segment, header.salt, &extent, trouble, later)?;
        }
        Ok(Resume {
            header,
            len: extent.end as u64,
            next_batch: extent.next_batch,
            next_seq: extent.next_seq,
            sealed: extent.sealed,
        })
    }

    /// Syncs the last segment as found. Its changes may reach the store as soon as they are replayed, and the process
    /// that wrote them may have died before its sync.
    fn make_safe(&self, name: &str, len: usize) -> Result<(), OpenError<E>> {
        let synced = self.files.append(name, len as u64).and_then(|mut file| file.sync_data());
        synced.map_err(|error| io_error("sync", name, error))
    }

    /// Replays the changes of a segment that are after the checkpoint.
    fn replay_segment(&mut self, name: &str, segment: &[u8], header: &SegmentHeader) -> Result<Extent, OpenError<E>> {
        let extent =
            read_segment(
                segment,
                header,
                |seq, payload| {
                    if seq > self.checkpoint { (self.replay)(seq, payload) } else { Ok(()) }
                },
            );
        extent.map_err(|(seq, source)| OpenError::Replay { seq, file: name.to_owned(), source })
    }

    /// Decides whether an unreadable place is damage, which is an error, or a torn tail.
    fn judge(
        &self,
        name: &str,
        segment: &[u8],
        salt: Salt,
        extent: &Extent,
        trouble: &Trouble,
        later: bool,
    ) -> Result<(), OpenError<E>> {
        let first_cut = extent.next_seq;
        let proof = if later {
            Some(Proof::LaterSegment)
        } else if self.checkpoint >= first_cut {
            Some(Proof::Checkpoint(self.checkpoint))
        } else if self.mark >= first_cut {
            Some(Proof::Mark(self.mark))
        } else {
            find_later_batch(segment, trouble.offset, salt, extent.next_batch, first_cut)
                .map(|(offset, durable)| Proof::LaterBatch { offset: offset as u64, durable })
        };
        let Some(proof) = proof else {
            let cut_bytes = segment.len().saturating_sub(extent.end);
            tracing::warn!(
                file = name,
                from = extent.end,
                cut_bytes,
                why = trouble.why,
                "cutting the journal's torn tail"
            );
            return Ok(());
        };
        Err(OpenError::Damaged {
            file: name.to_owned(),
            offset: trouble.offset as u64,
            expected: trouble.expected,
            why: trouble.why,
            proof,
        })
    }
}

/// Decodes a segment's header and checks it against the name.
fn read_header<E>(name: &str, first_seq: u64, segment: &[u8]) -> Result<SegmentHeader, OpenError<E>> {
    let file = || name.to_owned();
    match SegmentHeader::decode(segment) {
        Ok(header) if header.first_seq == first_seq => Ok(header),
        Ok(_) => Err(OpenError::DamagedHeader { file: file(), why: "its first seq does not match its name" }),
        Err(BadHeader::Damaged(why)) => Err(OpenError::DamagedHeader { file: file(), why }),
        Err(BadHeader::Newer(found)) => Err(OpenError::NewerFormat { file: file(), found, newest: FORMAT }),
    }
}

/// Checks that a segment starts where the previous one ends.
fn check_succession<E>(before: &Resume, header: &SegmentHeader, name: &str) -> Result<(), OpenError<E>> {
    let before_name = segment_name(before.header.first_seq);
    if before.next_seq < header.first_seq {
        return Err(OpenError::Missing {
            from: before.next_seq,
            to: header.first_seq - 1,
            place: format!("{before_name} ends before them and {name} begins after them"),
        });
    }
    let why = if before.next_seq > header.first_seq {
        "its changes overlap the next segment"
    } else if before.next_batch != header.first_batch {
        "its batch numbers do not lead up to the next segment"
    } else {
        return Ok(());
    };
    Err(OpenError::Damaged {
        file: before_name,
        offset: before.len,
        expected: before.next_seq,
        why,
        proof: Proof::LaterSegment,
    })
}
