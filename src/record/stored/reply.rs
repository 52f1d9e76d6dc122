//! The stored forms of replies to commands, and of the codes of refusals.

use super::{DecodeError, Decoder, EncodeError, Encoder, Stored, stored_enum, stored_struct, unknown_variant};
use crate::command::{BulkReport, RefusedChat, Reply};
use crate::error::Code;

stored_enum!(Code {
    0 => Malformed,
    1 => UnknownManager,
    2 => UnknownCustomer,
    3 => UnknownChat,
    4 => UnknownTag,
    5 => UnknownIndex,
    6 => IndexBuilding,
    7 => TagExists,
    8 => InvalidTag,
    9 => TooManyTags,
    10 => InvalidSnooze,
    11 => AssigneeMustFollow,
    12 => NotFollowing,
    13 => NobodyAvailable,
    14 => EmptyMessage,
    15 => TextTooLong,
    16 => TooLarge,
    17 => Forbidden,
    18 => Unavailable,
    19 => UnknownMessage,
    20 => ExternalTaken,
    21 => IdReused,
    22 => ConditionFailed,
});
stored_struct!(RefusedChat { chat, code });
stored_struct!(BulkReport { changed, unchanged, refused });

/// The number of the reply to a batch.
const ALL: u32 = 6;

/// Replies other than those to batches. They are apart, so that damaged bytes cannot nest without an end.
struct Single(Reply);

impl Stored for Reply {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        match self {
            Reply::Chat { chat } => (0_u32, *chat).put(encoder),
            Reply::Message { message } => (1_u32, *message).put(encoder),
            Reply::Manager { manager } => (2_u32, *manager).put(encoder),
            Reply::Customer { customer } => (3_u32, *customer).put(encoder),
            Reply::Bulk(report) => {
                4_u32.put(encoder)?;
                report.put(encoder)
            }
            Reply::Done {} => 5_u32.put(encoder),
            Reply::All { all } => {
                ALL.put(encoder)?;
                (all.len() as u64).put(encoder)?;
                all.iter().try_for_each(|reply| reply.put(encoder))
            }
        }
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        match u32::take(decoder)? {
            ALL => {
                let all: Vec<Single> = Vec::take(decoder)?;
                Ok(Reply::All { all: all.into_iter().map(|Single(reply)| reply).collect() })
            }
            number => single(number, decoder),
        }
    }
}

impl Stored for Single {
    fn put<E: Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.put(encoder)
    }

    fn take<D: Decoder<Context = ()>>(decoder: &mut D) -> Result<Self, DecodeError> {
        let number = u32::take(decoder)?;
        single(number, decoder).map(Self)
    }
}

fn single<D: Decoder<Context = ()>>(number: u32, decoder: &mut D) -> Result<Reply, DecodeError> {
    Ok(match number {
        0 => Reply::Chat { chat: Stored::take(decoder)? },
        1 => Reply::Message { message: Stored::take(decoder)? },
        2 => Reply::Manager { manager: Stored::take(decoder)? },
        3 => Reply::Customer { customer: Stored::take(decoder)? },
        4 => Reply::Bulk(Stored::take(decoder)?),
        5 => Reply::Done {},
        found => return Err(unknown_variant("Reply", &[0, 1, 2, 3, 4, 5, ALL], found)),
    })
}
