//! Finding things by their external ids, and the digest of a workspace.

use xxhash_rust::xxh3::Xxh3;

use super::Workspace;
use crate::error::{Code, Error, Refusal};
use crate::model::{ChatId, CustomerId, ManagerId, MessageId};
use crate::query::{Found, Wanted};
use crate::record::{ExternalKey, ExternalSpace, Family, Record, RecordKey, SettingKey, digest};
use crate::workspace::State;

impl Workspace {
    /// Finds what has an external id. Takes the same time for any number of them.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with the code for what is unknown, such as
    /// [`Code::UnknownCustomer`](crate::Code::UnknownCustomer).
    ///
    /// ```
    /// use inboxdb::{Command, Found, Wanted};
    ///
    /// # let engine = inboxdb::Engine::temporary()?;
    /// # let inbox = engine.workspace(1)?;
    /// inbox.as_system().execute(Command::put_external_customer("u_81f", "Grace"))?;
    /// assert_eq!(inbox.find(&Wanted::Customer("u_81f".into()))?, Found::Customer(1.into()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn find(&self, wanted: &Wanted) -> Result<Found, Error> {
        self.check_open()?;
        let (space, external, code) = match wanted {
            Wanted::Manager(external) => (ExternalSpace::Managers, external, Code::UnknownManager),
            Wanted::Customer(external) => (ExternalSpace::Customers, external, Code::UnknownCustomer),
            Wanted::Chat(external) => (ExternalSpace::Chats, external, Code::UnknownChat),
            Wanted::Message(chat, external) => {
                self.chat_record(*chat)?;
                (ExternalSpace::Messages(*chat), external, Code::UnknownMessage)
            }
        };
        let record = self.records().read(RecordKey::External(ExternalKey::of(space, external)))?;
        let number = match record {
            Some(Record::External(record)) => record.number(external),
            _ => None,
        };
        let Some(number) = number else {
            return Err(Refusal::new(code, format!("nothing there has the external id {external:?}")).into());
        };
        Ok(match space {
            ExternalSpace::Managers => Found::Manager(ManagerId(number)),
            ExternalSpace::Customers => Found::Customer(CustomerId(number)),
            ExternalSpace::Chats => Found::Chat(ChatId(number as u32)),
            ExternalSpace::Messages(_) => Found::Message(MessageId(number as u32)),
        })
    }

    /// Returns a digest of all that decides about later commands: records, tags, next numbers, the clock, remembered
    /// ids. It is equal wherever the same commands were done; seqs, notices and custom indexes do not count.
    ///
    /// # Errors
    ///
    /// [`Error::Unreadable`] or [`Error::Closed`] if the workspace cannot be read.
    ///
    /// ```
    /// # let engine = inboxdb::Engine::temporary()?;
    /// let digest = |workspace: u64| -> Result<String, inboxdb::Error> {
    ///     let inbox = engine.workspace(workspace)?;
    ///     inbox.as_system().at(1_582_652_374_000).put_customer(5, "Grace")?;
    ///     inbox.digest()
    /// };
    /// assert_eq!(digest(1)?, digest(2)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn digest(&self) -> Result<String, Error> {
        self.check_open()?;
        Ok(format!("{:016x}", digest_of(&*self.state()?)?))
    }
}

fn digest_of(state: &State) -> Result<u64, Error> {
    let mut hash = Xxh3::new();
    let next = state.meta.next;
    let numbers = [
        state.meta.clock,
        next.chat.into(),
        next.position,
        next.tag.into(),
        next.manager,
        next.customer,
        next.remembered,
        next.era.into(),
        next.clock_epoch.into(),
    ];
    numbers.iter().for_each(|number| hash.update(&number.to_le_bytes()));
    for family in Family::ALL.into_iter().filter(|family| *family != Family::Settings) {
        let total = state.meta.totals[family.index()];
        hash.update(&total.count.to_le_bytes());
        hash.update(&total.digest.to_le_bytes());
    }
    for (key, setting) in &state.settings {
        // What is still to be swept of deleted tags decides about nothing.
        if !matches!(key, SettingKey::Index(_)) && setting.unswept(*key).is_none() {
            let key = RecordKey::Setting(*key);
            hash.update(&digest(key, &Record::Setting(setting.clone()))?.to_le_bytes());
        }
    }
    Ok(hash.digest())
}
