//! `inboxdb serve`: the store behind HTTP, and the inbox in a browser.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::ArgPredicate;
use clap::{Arg, Args};
use inboxdb::Engine;
use inboxdb_server::{Secrets, ServeError, Server};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::demo::{self, Colleagues};
use crate::failure::{Failure, INTERRUPTED, failed_store, say};
use crate::log_options::LogOptions;
use crate::signals::told_to_end;
use crate::store::Store;
use crate::terminal::is_quiet;

mod limits;
mod node;

const AFTER_HELP: &str = "\
Without a secret the server listens on this machine only, and anyone who reaches it may do everything. With one, each
request needs a token of `inboxdb token`, or one that a program of yours signs.

It runs until Ctrl-C or a SIGTERM, and then finishes what it has accepted. Snoozes end by the clock of this computer.

With --log the server is a node of a cluster: commands go through the replicated log and come back to every node, and each
answers reads from its own store. A new store reads the log from its beginning; `inboxdb join` makes one from another node.

With --demo the store is the demo's inbox, filled if it is new, and simulated customers and colleagues use it while the
server runs. Without DIR it is `inboxdb-demo` in the current directory.

Example:
  inboxdb serve --demo
  inboxdb serve inbox
  inboxdb serve inbox --listen 0.0.0.0:7878 --secret-file secret
  inboxdb serve inbox --log nats://a,b,c --log-monitor http://a:8222,http://b:8222,http://c:8222

Exit status: 0 it was told to stop; 2 the store, the address, a secret or the log could not be used, or the store failed.";

/// Serve the store over HTTP, with the inbox as a web page
///
/// The store is created if the directory is missing or empty.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
#[command(mut_arg("dir", directory_of_a_demo))]
pub(crate) struct Arguments {
    #[command(flatten)]
    store: Store,
    /// Fill a new store with the demo's inbox, and let simulated customers and colleagues use it
    #[arg(long, conflicts_with = "log")]
    demo: bool,
    /// Number of chats of a new demo
    #[arg(long, value_name = "N", default_value_t = 20_000, requires = "demo",
          value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    chats: u32,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7878")]
    listen: String,
    /// File with the secret that signs tokens, of at least 32 bytes, or an Ed25519 public key in PEM form; twice, while
    /// one replaces the other
    #[arg(long = "secret-file", value_name = "F")]
    secret_files: Vec<PathBuf>,
    /// File with the ids (`jti`) of tokens that no longer count, one a line; read again when it changes
    #[arg(long, value_name = "F", requires = "secret_files")]
    revoked: Option<PathBuf>,
    /// Directory for the backups that `inboxdb backup URL` makes; created if it is missing
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// How many of the newest backups stay there
    #[arg(long, value_name = "N", default_value_t = 2, requires = "backups",
          value_parser = clap::value_parser!(u32).range(1..))]
    backups_kept: u32,
    /// Show /metrics without a token
    #[arg(long)]
    metrics_open: bool,
    #[command(flatten)]
    limits: limits::LimitOptions,
    #[command(flatten)]
    log: LogOptions,
    /// Name of this node, which no other one has; the name of the machine and the directory by default
    #[arg(long, value_name = "NAME", requires = "log", help_heading = "Cluster")]
    node_name: Option<String>,
}

/// A demo needs no name for its directory.
fn directory_of_a_demo(dir: Arg) -> Arg {
    dir.required(false).required_unless_present("demo").default_value_if("demo", ArgPredicate::IsPresent, demo::NAME)
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let address = address(&arguments.listen)?;
    let secrets = match arguments.secret_files.as_slice() {
        [] => None,
        files => Some(Secrets::read(files).map_err(|error| Failure::Broken(error.to_string()))?),
    };
    limits::raise_handles();
    let runtime = Runtime::new().map_err(|error| Failure::Broken(format!("cannot start: {error}")))?;
    // The address comes before the store, so that a second server fails at once and changes nothing.
    let listener = runtime.block_on(TcpListener::bind(address));
    let listener = listener.map_err(|error| {
        Failure::Broken(format!("cannot listen on {address}: {error}; name another address with --listen"))
    })?;
    if arguments.demo {
        demo::prepare(&arguments.store.dir, arguments.chats)?;
    }
    let engine = Arc::new(match arguments.log.is_given() {
        true => arguments.store.open_as_node()?,
        false => arguments.store.open_to_serve()?,
    });
    let served = serve_as_told(arguments, &runtime, listener, secrets, &engine);
    let closed = engine.close().map_err(|error| Failure::Broken(failed_store(&error)));
    // What still runs finds the store closed.
    runtime.shutdown_background();
    served.and(closed)
}

fn address(text: &str) -> Result<SocketAddr, Failure> {
    let wrong =
        |why: String| Failure::Broken(format!("{text} is no address to listen on: {why}; such as 127.0.0.1:7878"));
    let mut found = text.to_socket_addrs().map_err(|error| wrong(error.to_string()))?;
    found.next().ok_or_else(|| wrong("it has none".to_owned()))
}

/// Serves as a node of a cluster, or alone.
fn serve_as_told(
    arguments: &Arguments,
    runtime: &Runtime,
    listener: TcpListener,
    secrets: Option<Secrets>,
    engine: &Arc<Engine>,
) -> Result<(), Failure> {
    if !arguments.log.is_given() {
        if engine.follows_log() {
            let sentence = "the store belongs to a node of a cluster; name the servers of its log with --log, or take it out of the \
                            cluster with `inboxdb detach`";
            return Err(Failure::Broken(sentence.to_owned()));
        }
        return serve(arguments, runtime, listener, secrets, engine, None);
    }
    let name = arguments.node_name.clone().unwrap_or_else(|| node::name(&arguments.store.dir));
    let running = runtime.block_on(node::Running::start(engine, &arguments.log, name))?;
    let served = serve(arguments, runtime, listener, secrets, engine, Some(&running));
    runtime.block_on(running.stop());
    served
}

fn serve(
    arguments: &Arguments,
    runtime: &Runtime,
    listener: TcpListener,
    secrets: Option<Secrets>,
    engine: &Arc<Engine>,
    node: Option<&node::Running>,
) -> Result<(), Failure> {
    let open = secrets.is_none();
    let mut server =
        Server::new(Arc::clone(engine)).metrics_open(arguments.metrics_open).limits(arguments.limits.limits());
    if let Some(node) = node {
        server = server.executor(node.executor());
    }
    if let Some(secrets) = secrets {
        server = server.secrets(secrets);
    }
    if let Some(revoked) = &arguments.revoked {
        server = server.revoked(revoked).map_err(|error| broken(&error))?;
    }
    if let Some(directory) = &arguments.backups {
        let kept = usize::try_from(arguments.backups_kept).unwrap_or(usize::MAX);
        server = server.backups(directory, kept).map_err(|error| broken(&error))?;
    }
    let address = listener.local_addr().map_err(|error| Failure::Broken(format!("cannot listen: {error}")))?;
    if open && !address.ip().is_loopback() {
        return Err(broken(&ServeError::NotLocal(address)));
    }
    let told_to_stop = {
        let _in_runtime = runtime.enter();
        told_to_stop()
    };
    if !is_quiet() {
        say(format_args!("serving {} at http://{address}/", arguments.store.dir.display()));
        if open {
            say("there is no secret: every program on this machine may do everything; other machines cannot connect");
        }
    }
    let colleagues = arguments.demo.then(|| Colleagues::start(Arc::clone(engine), &format!("http://{address}/")));
    let colleagues = colleagues.transpose()?;
    let served = runtime.block_on(server.serve(listener, told_to_stop)).map_err(|error| broken(&error));
    if let Some(colleagues) = colleagues {
        colleagues.stop();
    }
    served
}

fn broken(error: &ServeError) -> Failure {
    Failure::Broken(error.to_string())
}

/// Waits for Ctrl-C or, on Unix, for SIGTERM. A second one ends the process at once.
fn told_to_stop() -> impl Future<Output = ()> {
    let told = told_to_end();
    async {
        told.await;
        if !is_quiet() {
            say("stopping; once more to stop at once");
        }
        let once_more = told_to_end();
        tokio::spawn(async {
            once_more.await;
            std::process::exit(INTERRUPTED.into());
        });
    }
}
