//! All peers answer the same questions with the same numbers, or there is nothing to compare.

use anyhow::{Context, Result};

use crate::data::Data;
use crate::model::{Answers, Model};
use crate::peer::{Client, Peer};

/// The number of commands between the two times that all is asked.
const COMMANDS: usize = 500;

/// The right answers for a size: for the data set, and after some random commands.
#[derive(Debug)]
pub struct Expected {
    data: Data,
    before: Answers,
    after: Answers,
    closed: Vec<bool>,
}

impl Expected {
    /// Computes them from plain rows.
    ///
    /// # Errors
    ///
    /// None: it asks like any peer.
    pub fn compute(data: Data) -> Result<Self> {
        let mut model = Model::new(data);
        let before = Answers::ask(&mut model)?;
        run_commands(&mut model, data)?;
        Ok(Self { data, before, after: Answers::ask(&mut model)?, closed: model.closed_chats() })
    }

    /// Compares a filled peer, which then has had the commands.
    ///
    /// # Errors
    ///
    /// If an answer is another one; it is named.
    pub fn check(&self, peer: &dyn Peer) -> Result<()> {
        let mut client = peer.client()?;
        self.before.compare(&Answers::ask(&mut *client)?).context("the data set")?;
        run_commands(&mut *client, self.data)?;
        self.after.compare(&Answers::ask(&mut *client)?).context("after the commands")
    }

    /// Of each chat, by id less one, whether it is closed after the commands.
    #[must_use]
    pub fn closed(&self) -> &[bool] {
        &self.closed
    }
}

/// The same random commands each time. Chats come up again, and some are in the state already.
fn run_commands(client: &mut (dyn Client + '_), data: Data) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..COMMANDS {
        let chat = match random.bool() {
            true => random.u32(1..=data.chats),
            false => random.u32(1..=data.chats.min(100)),
        };
        match random.u8(..4) {
            0 | 1 => client.send_message(chat)?,
            2 => client.close(chat)?,
            _ => client.open(chat)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Chat, Status, lineage};

    #[test]
    fn one_command_more_is_seen() {
        let data = Data { chats: 2_000 };
        // Below a tag that is asked for, and too old for its first page.
        let is_found = |chat: &Chat| chat.status == Status::Closed && lineage(chat.tag).any(|tag| tag == 0);
        let closed = data.iter().find(is_found).unwrap();
        let answers = |change: fn(&mut Model, u32) -> Result<()>| {
            let mut model = Model::new(data);
            change(&mut model, closed.id).unwrap();
            Answers::ask(&mut model).unwrap()
        };
        let right = answers(|_, _| Ok(()));
        right.compare(&answers(|model, chat| model.close(chat))).unwrap();
        assert!(right.compare(&answers(|model, chat| model.open(chat))).is_err());
        assert!(right.compare(&answers(|model, chat| model.send_message(chat))).is_err());
        // The place in the list is seen too.
        let moved = answers(|model, chat| model.send_message(chat).and_then(|()| model.close(chat)));
        assert!(right.compare(&moved).is_err());
    }
}
