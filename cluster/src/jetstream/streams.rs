//! The streams: how they are created, and what is checked of those that exist.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{CreateStreamErrorKind, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, Info, RetentionPolicy, StorageType};
use inboxdb::Place;

use super::{JetStreamOptions, OpenError, StreamLog};
use crate::log::{Bounds, Groups, LogIdentity};

/// For how long the servers know the id of an entry.
const IDS_KEPT: Duration = Duration::from_secs(120);

/// How long reports of digests are kept.
const DIGESTS_KEPT: Duration = Duration::from_secs(24 * 60 * 60);

const IDENTITY: &str = "inboxdb_identity";
const GROUPS: &str = "inboxdb_groups";
const GROUP: &str = "inboxdb_group";
const HASH: &str = "inboxdb_hash";
const BEGINNING: &str = "inboxdb_beginning";

/// A stream that can be used.
pub(super) struct Opened {
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) identity: LogIdentity,
    /// The names of the servers that keep it.
    pub(super) servers: Vec<String>,
}

/// What a stream is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Group(u32),
    Digests,
}

impl Purpose {
    fn as_text(self) -> String {
        match self {
            Purpose::Group(group) => group.to_string(),
            Purpose::Digests => "digests".to_owned(),
        }
    }
}

/// Opens the streams of all groups, in order, and then that of the digests.
pub(super) async fn open_all(context: &Context, options: &JetStreamOptions) -> Result<Vec<Opened>, OpenError> {
    let groups = (0..options.groups).map(Purpose::Group);
    let mut opened = Vec::new();
    for purpose in groups.chain([Purpose::Digests]) {
        opened.push(open(context, options, purpose).await?);
    }
    Ok(opened)
}

async fn open(context: &Context, options: &JetStreamOptions, purpose: Purpose) -> Result<Opened, OpenError> {
    let wanted = config(options, purpose)?;
    let (name, subject) = (wanted.name.clone(), subject(options, purpose));
    let wrong = |reason: String| OpenError::Stream { stream: name.clone(), reason };
    let info = find_or_create(context, options, &wanted).await?;
    check(&info.config, &wanted).map_err(wrong)?;
    // A log that was created before streams kept it does not say.
    if let (Some(own), Some(of_log)) = (&options.beginning, info.config.metadata.get(BEGINNING)) {
        own.check(of_log).map_err(wrong)?;
    }
    let identity = identity_of(&info.config).ok_or_else(|| wrong(format!("it has no {IDENTITY} in its metadata")))?;
    Ok(Opened { name: name.clone(), subject, identity, servers: servers(&info) })
}

async fn find_or_create(context: &Context, options: &JetStreamOptions, wanted: &Config) -> Result<Info, OpenError> {
    let name = &wanted.name;
    let found = context.get_stream(name).await;
    let error = match found {
        Ok(stream) => return Ok(stream.cached_info().clone()),
        Err(error) => error,
    };
    let is_missing = matches!(error.kind(), GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND);
    if !is_missing {
        return Err(OpenError::Unavailable(error.to_string()));
    }
    let wrong = |reason: String| OpenError::Stream { stream: name.clone(), reason };
    if !options.create {
        return Err(wrong(
            "it does not exist, and the store follows a log already; check the servers and the prefix; if that log is lost, \
             take the store out of it (inboxdb detach) and begin another one"
                .to_owned(),
        ));
    }
    match context.create_stream(wanted.clone()).await {
        Ok(stream) => Ok(stream.cached_info().clone()),
        // Another node was faster.
        Err(error) if is_taken(&error.kind()) => match context.get_stream(name).await {
            Ok(stream) => Ok(stream.cached_info().clone()),
            Err(error) => Err(OpenError::Unavailable(error.to_string())),
        },
        // Servers that have not found each other yet cannot keep replicas.
        Err(error) => Err(OpenError::Unavailable(format!("the stream {name} cannot be created: {error}"))),
    }
}

fn is_taken(kind: &CreateStreamErrorKind) -> bool {
    matches!(kind, CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST)
}

fn subject(options: &JetStreamOptions, purpose: Purpose) -> String {
    format!("{}.log.{}", options.prefix, purpose.as_text())
}

fn config(options: &JetStreamOptions, purpose: Purpose) -> Result<Config, OpenError> {
    let identity = LogIdentity::random().map_err(|error| OpenError::Options(error.to_string()))?;
    let metadata = [
        (IDENTITY, identity.as_str().to_owned()),
        (GROUPS, options.groups.to_string()),
        (GROUP, purpose.as_text()),
        (HASH, Groups::HASH.to_owned()),
    ];
    let beginning = options.beginning.as_ref().map(|beginning| (BEGINNING, beginning.to_string()));
    let is_log = purpose != Purpose::Digests;
    Ok(Config {
        name: format!("{}-{}", options.prefix, purpose.as_text()),
        subjects: vec![subject(options, purpose)],
        description: Some("commands of inboxdb; do not delete, purge or edit".to_owned()),
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        num_replicas: options.replicas,
        duplicate_window: IDS_KEPT,
        max_bytes: if is_log { -1 } else { 64 << 20 },
        max_messages: -1,
        max_messages_per_subject: -1,
        max_consumers: -1,
        max_message_size: -1,
        max_age: if is_log { Duration::ZERO } else { DIGESTS_KEPT },
        // Should an operator set a limit, new entries are refused, and none that a node may still want is dropped.
        discard: if is_log { DiscardPolicy::New } else { DiscardPolicy::Old },
        deny_delete: true,
        metadata: metadata.into_iter().chain(beginning).map(|(key, value)| (key.to_owned(), value)).collect(),
        ..Config::default()
    })
}

/// Checks a stream that exists against how it would be created.
fn check(found: &Config, wanted: &Config) -> Result<(), String> {
    check_metadata(&found.metadata, &wanted.metadata)?;
    let is = |what: &str, found: String, wanted: String| match found == wanted {
        true => Ok(()),
        false => Err(format!("its {what} is {found}, and must be {wanted}")),
    };
    is("storage", format!("{:?}", found.storage), format!("{:?}", wanted.storage))?;
    is("retention", format!("{:?}", found.retention), format!("{:?}", wanted.retention))?;
    is("discard policy", format!("{:?}", found.discard), format!("{:?}", wanted.discard))?;
    is("number of replicas", found.num_replicas.to_string(), wanted.num_replicas.to_string())?;
    is("list of subjects", found.subjects.join(" "), wanted.subjects.join(" "))?;
    is("greatest age", format!("{:?}", found.max_age), format!("{:?}", wanted.max_age))?;
    is("permission to delete entries", (!found.deny_delete).to_string(), (!wanted.deny_delete).to_string())?;
    if found.duplicate_window < wanted.duplicate_window {
        return Err(format!(
            "it knows ids for {:?}, and must for {:?}",
            found.duplicate_window, wanted.duplicate_window
        ));
    }
    if found.mirror.is_some() || found.sources.as_ref().is_some_and(|sources| !sources.is_empty()) {
        return Err("it takes entries of other streams".to_owned());
    }
    Ok(())
}

fn check_metadata(found: &HashMap<String, String>, wanted: &HashMap<String, String>) -> Result<(), String> {
    let none = String::new();
    for (key, what) in [(GROUPS, "number of groups"), (GROUP, "group"), (HASH, "hash of workspaces")] {
        let (found, wanted) = (found.get(key).unwrap_or(&none), wanted.get(key).unwrap_or(&none));
        if found.is_empty() {
            return Err(format!("it is not one of inboxdb: its metadata has no {key}; choose another prefix"));
        }
        if found != wanted {
            return Err(format!(
                "its {what} is {found}, and this node was started with {wanted}; it can never be changed"
            ));
        }
    }
    Ok(())
}

fn identity_of(config: &Config) -> Option<LogIdentity> {
    config.metadata.get(IDENTITY).filter(|text| !text.is_empty()).map(LogIdentity::from_text)
}

/// The servers that keep a stream. None if it is not in a cluster.
fn servers(info: &Info) -> Vec<String> {
    let Some(cluster) = &info.cluster else { return Vec::new() };
    let replicas = cluster.replicas.iter().map(|peer| peer.name.clone());
    cluster.leader.iter().cloned().chain(replicas).collect()
}

/// Why a stream could not be asked for its bounds.
#[derive(Debug, thiserror::Error)]
pub(super) enum AskError {
    /// There was no answer. It may be asked again.
    #[error("there is no answer: {0}")]
    Unavailable(String),
    /// It is gone, or not known yet to a server that has just started.
    #[error("{0}")]
    Missing(String),
    /// It is not the one that was opened.
    #[error("{0}")]
    Replaced(String),
}

/// Asks a stream for its bounds, and whether it is still the one that was opened.
pub(super) async fn ask(log: &StreamLog) -> Result<Bounds, AskError> {
    let stream = match log.context.get_stream(&log.name).await {
        Ok(stream) => stream,
        Err(error) => {
            return Err(match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                    AskError::Missing(format!("the stream {} was deleted", log.name))
                }
                _ => AskError::Unavailable(error.to_string()),
            });
        }
    };
    let info = stream.cached_info();
    let identity = identity_of(&info.config);
    if identity.as_ref() != Some(&log.identity) {
        let found = identity.as_ref().map_or("missing", LogIdentity::as_str);
        let what = format!(
            "the identity of the stream {} is {found}, not {}: it was deleted and created again",
            log.name,
            log.identity.as_str()
        );
        return Err(AskError::Replaced(what));
    }
    Ok(Bounds { first: Place(info.state.first_sequence.max(1)), last: Place(info.state.last_sequence) })
}

/// Drops the entries before a place, if the stream is the one that was opened.
pub(super) async fn truncate(log: &StreamLog, first: Place) -> Result<(), String> {
    ask(log).await.map_err(|error| error.to_string())?;
    let stream = log.context.get_stream_no_info(&log.name).await.map_err(|error| error.to_string())?;
    stream.purge().sequence(first.0).await.map_err(|error| error.to_string())?;
    Ok(())
}
