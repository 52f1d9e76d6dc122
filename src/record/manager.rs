//! A manager, as stored.

use std::sync::Arc;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

use super::flags::Flags;
use crate::model::{Role, TagId};
use crate::sets::IdSet;

/// A manager, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ManagerRecord {
    pub(crate) name: Arc<str>,
    pub(crate) role: Role,
    pub(crate) operator: bool,
    pub(crate) online: bool,
    pub(crate) followed_tags: IdSet<TagId>,
    /// How many open chats they can have; none is no limit.
    pub(crate) capacity: Option<u32>,
    /// When they became the assignee of a chat last, in ms.
    pub(crate) last_assigned_at: Option<u64>,
}

impl ManagerRecord {
    /// A manager who is new.
    pub(crate) fn new(name: &str, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
            operator: false,
            online: false,
            followed_tags: IdSet::default(),
            capacity: None,
            last_assigned_at: None,
        }
    }
}

const HAS_CAPACITY: u8 = 1;
const HAS_LAST_ASSIGNED_AT: u8 = 2;
const FLAG_BITS: u8 = 3;

impl Encode for ManagerRecord {
    fn encode<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.name.encode(encoder)?;
        self.role.encode(encoder)?;
        let flags = Flags::new(self.operator)
            .with(HAS_CAPACITY, self.capacity.is_some())
            .with(HAS_LAST_ASSIGNED_AT, self.last_assigned_at.is_some());
        flags.encode(encoder)?;
        self.online.encode(encoder)?;
        self.followed_tags.encode(encoder)?;
        if let Some(capacity) = self.capacity {
            capacity.encode(encoder)?;
        }
        if let Some(moment) = self.last_assigned_at {
            moment.encode(encoder)?;
        }
        Ok(())
    }
}

impl<C> Decode<C> for ManagerRecord {
    fn decode<D: Decoder<Context = C>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let name = Decode::decode(decoder)?;
        let role = Decode::decode(decoder)?;
        let flags = Flags::decode(decoder, FLAG_BITS)?;
        Ok(Self {
            name,
            role,
            operator: flags.has(0),
            online: Decode::decode(decoder)?,
            followed_tags: Decode::decode(decoder)?,
            capacity: flags.decode_field(HAS_CAPACITY, decoder)?,
            last_assigned_at: flags.decode_field(HAS_LAST_ASSIGNED_AT, decoder)?,
        })
    }
}
bincode::impl_borrow_decode!(ManagerRecord);
