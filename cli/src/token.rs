//! `inboxdb token`: a token for a server.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use inboxdb::{Actor, CustomerId, ManagerId, WorkspaceId};
use inboxdb_server::NewToken;

use crate::failure::Failure;
use crate::terminal::{print, read_duration};

const AFTER_HELP: &str = "\
A token is a JSON Web Token, so a program of yours may sign the same: claims `ws`, `sub` (manager:7, customer:5 or
system), `exp`, and `jti` if it is to be revoked.

Example:
  head -c 32 /dev/urandom | base64 > secret
  inboxdb token --secret-file secret --workspace 1 --manager 7 --expires 30d

Exit status: 0 the token is printed; 2 the secret could not be used.";

/// Print a token for a server
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct Arguments {
    /// File with the secret of the server, or with an Ed25519 private key in PEM form
    #[arg(long, value_name = "F")]
    secret_file: PathBuf,
    /// Workspace of the token
    #[arg(long, short, value_name = "W")]
    workspace: u64,
    #[command(flatten)]
    actor: Who,
    /// Also for what concerns all workspaces: /metrics, backups, the list of workspaces; with `--system`
    #[arg(long, requires = "system")]
    store: bool,
    /// How long it counts, such as 90m, 12h, 30d
    #[arg(long, value_name = "DURATION", value_parser = read_duration)]
    expires: Duration,
}

/// Whose token it is.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// Token of this manager, by number
    #[arg(long, short, value_name = "M")]
    manager: Option<u64>,
    /// Token of this customer
    #[arg(long, value_name = "C")]
    customer: Option<u64>,
    /// Token of the application
    #[arg(long)]
    system: bool,
}

impl Who {
    fn actor(&self) -> Actor {
        match (self.manager, self.customer) {
            (Some(manager), _) => Actor::Manager(ManagerId(manager)),
            (None, Some(customer)) => Actor::Customer(CustomerId(customer)),
            (None, None) => Actor::System,
        }
    }
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let token = NewToken::new(WorkspaceId(arguments.workspace), arguments.actor.actor(), arguments.expires);
    let signed = token.store(arguments.store).sign(&arguments.secret_file);
    print(&(signed.map_err(|error| Failure::Broken(error.to_string()))? + "\n"))
}
