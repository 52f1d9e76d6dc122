//! A small support desk: one whole program on the crate. `cargo run --example desk`
//!
//! It keeps its store in `desk-store` in the temporary directory, so that a second run finds what the first left.

use std::time::{SystemTime, UNIX_EPOCH};

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, Engine, Envelope, Error, Filter, ManagerId, Reply, Role, Visibility,
    Workspace, WorkspaceId,
};

const DESK: WorkspaceId = WorkspaceId(1);
const ADA: ManagerId = ManagerId(1);
const BEN: ManagerId = ManagerId(2);

/// The desk: an engine, and the one workspace that this program uses.
struct Desk {
    engine: Engine,
}

impl Desk {
    fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let engine = Engine::open(std::env::temp_dir().join("desk-store"), Config::default())?;
        Ok(Self { engine })
    }

    /// Does a command now. When this returns, it is on disk.
    fn run(&self, actor: Actor, command: Command) -> Result<Reply, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        Ok(self.engine.execute(Envelope::new(DESK, now, actor, command))?.reply)
    }

    fn set_up(&self) -> Result<(), Error> {
        let owner = Command::PutManager { manager: ADA, name: "Ada".into(), role: Role::Owner };
        self.run(Actor::System, owner)?;
        let member = Command::PutManager { manager: BEN, name: "Ben".into(), role: Role::Member };
        self.run(Actor::Manager(ADA), member)?;
        self.run(Actor::Manager(BEN), Command::SetOperator { manager: BEN, on: true })?;
        self.run(Actor::Manager(ADA), Command::CreateTag { path: "Orders/Delivery".into() })?;
        Ok(())
    }

    /// A customer writes in: a new chat with one message.
    fn write_in(&self, customer: CustomerId, name: &str, text: &str) -> Result<ChatId, Error> {
        let put = Command::PutCustomer { customer, name: Some(name.into()), profile: None };
        self.run(Actor::System, put)?;
        match self.run(Actor::Customer(customer), Command::StartChat { customer })? {
            Reply::Chat { chat } => {
                self.say(Actor::Customer(customer), chat, text)?;
                Ok(chat)
            }
            other => unreachable!("start_chat answered {other:?}"),
        }
    }

    fn say(&self, actor: Actor, chat: ChatId, text: &str) -> Result<(), Error> {
        let send = Command::SendMessage { chat, visibility: Visibility::Public, text: text.into(), files: None };
        self.run(actor, send).map(drop)
    }
}

fn show(inbox: &Workspace, title: &str) -> Result<(), Box<dyn std::error::Error>> {
    println!("{title}");
    for text in ["unassigned:open", "assigned:2:open", "unread:2", "tag:orders:open", "all:closed"] {
        let view: Filter = text.parse()?;
        println!("  {text:<18}{:>4}", inbox.count(&view)?);
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let desk = Desk::open()?;
    desk.set_up()?;
    let chat = desk.write_in(CustomerId(5), "Grace", "Where is my parcel?")?;
    show(&desk.engine.workspace(DESK)?, &format!("Grace has written in; this is chat {chat}:"))?;

    desk.run(Actor::Manager(BEN), Command::Assign { chat, manager: BEN })?;
    desk.run(Actor::Manager(BEN), Command::Tag { chat, tags: vec!["orders/delivery".into()] })?;
    desk.say(Actor::Manager(BEN), chat, "It is on its way.")?;
    show(&desk.engine.workspace(DESK)?, "Ben has taken it, tagged it and answered:")?;

    desk.run(Actor::Manager(BEN), Command::Close { chat })?;
    show(&desk.engine.workspace(DESK)?, "And closed it:")?;

    // What is refused says why, and changes nothing.
    let refused = desk.run(Actor::Manager(BEN), Command::DeleteChat { chat });
    if let Err(error) = refused {
        println!("Ben may not delete it: {error} ({})", error.code());
    }
    desk.engine.close()?;
    Ok(())
}
