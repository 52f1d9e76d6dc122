//! A small support desk. `cargo run --example desk`
//!
//! The store is `desk-store` in the temporary directory, so a second run continues where the first left off.

use std::time::{SystemTime, UNIX_EPOCH};

use inboxdb::{
    Actor, ChatId, Command, Config, CustomerId, Engine, Envelope, Error, Filter, ManagerId, Reply, Role, Workspace,
    WorkspaceId,
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

    /// Runs a command at the current time. When this returns, the change is on disk.
    fn run(&self, actor: Actor, command: Command) -> Result<Reply, Error> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        Ok(self.engine.execute(Envelope::new(DESK, now, actor, command))?.reply)
    }

    fn set_up(&self) -> Result<(), Error> {
        let owner = Command::put_manager(ADA, "Ada", Role::Owner);
        self.run(Actor::System, owner)?;
        let member = Command::put_manager(BEN, "Ben", Role::Member);
        self.run(Actor::Manager(ADA), member)?;
        self.run(Actor::Manager(BEN), Command::set_operator(BEN, true))?;
        self.run(Actor::Manager(ADA), Command::create_tag("Orders/Delivery"))?;
        Ok(())
    }

    /// Starts a chat with one message from a customer.
    fn write_in(&self, customer: CustomerId, name: &str, text: &str) -> Result<ChatId, Error> {
        let put = Command::put_customer(customer, name);
        self.run(Actor::System, put)?;
        match self.run(Actor::Customer(customer), Command::start_chat(customer))? {
            Reply::Chat { chat, .. } => {
                self.say(Actor::Customer(customer), chat, text)?;
                Ok(chat)
            }
            other => unreachable!("start_chat answered {other:?}"),
        }
    }

    fn say(&self, actor: Actor, chat: ChatId, text: &str) -> Result<(), Error> {
        let send = Command::send_message(chat, text);
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

    desk.run(Actor::Manager(BEN), Command::assign(chat, BEN))?;
    desk.run(Actor::Manager(BEN), Command::tag(chat, ["orders/delivery"]))?;
    desk.say(Actor::Manager(BEN), chat, "It is on its way.")?;
    show(&desk.engine.workspace(DESK)?, "Ben has taken it, tagged it and answered:")?;

    desk.run(Actor::Manager(BEN), Command::close(chat))?;
    show(&desk.engine.workspace(DESK)?, "And closed it:")?;

    // A refusal says why, and changes nothing.
    let refused = desk.run(Actor::Manager(BEN), Command::delete_chat(chat));
    if let Err(error) = refused {
        println!("Ben may not delete it: {error} ({})", error.code());
    }
    desk.engine.close()?;
    Ok(())
}
