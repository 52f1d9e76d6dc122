//! The binary `inboxdb`: commands and queries as lines of JSON for programs; a demo and a few views for people.
//!
//! Each subcommand has its own file. They share `store` (opening), `input` (lines in), `failure` (errors and exit
//! status), `whole_file` (files out) and `terminal` (text for people).

#![forbid(unsafe_code)]

mod apply;
mod backup;
mod bulk;
mod command_names;
mod compact;
mod customer;
mod demo;
mod export;
mod failure;
mod import;
mod indexes;
mod input;
mod list;
mod malformed;
mod notifications;
mod query;
mod rebuild;
mod recommend;
mod restore;
mod scrub;
mod show;
mod sidebar;
mod store;
mod terminal;
mod verify;
mod whole_file;

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// One thread allocates a change and another, which writes it to the store, frees it. With the system's allocator that
/// takes a third of the time of a long `apply`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AFTER_HELP: &str = "\
Start with a demo and look around in it:
  inboxdb demo
  inboxdb sidebar inboxdb-demo --manager 3
  inboxdb list inboxdb-demo all:open

Exit status: 0 success; 1 something was refused or does not exist; 2 the store could not be opened, or failed.";

/// A store for the inbox of a customer chat, with every count and list kept ready.
#[derive(Parser)]
#[command(name = "inboxdb", version, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    subcommand: Option<Sub>,
}

#[derive(Subcommand)]
enum Sub {
    Apply(apply::Arguments),
    Query(query::Arguments),
    Sidebar(sidebar::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
    Customer(customer::Arguments),
    Recommend(recommend::Arguments),
    Notifications(notifications::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Bulk(bulk::Arguments),
    Scrub(scrub::Arguments),
    Compact(compact::Arguments),
    Backup(backup::Arguments),
    Verify(verify::Arguments),
    Restore(restore::Arguments),
    Rebuild(rebuild::Arguments),
    Demo(demo::Arguments),
}

/// Prints what the engine reports on its own, such as a damaged file set aside. Errors of a subcommand are not among
/// them: the subcommand prints those.
fn show_alarms() {
    let subscriber = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(tracing::Level::ERROR);
    let _another_is_set = subscriber.without_time().with_target(false).with_ansi(false).try_init();
}

fn main() -> ExitCode {
    show_alarms();
    let result = match Arguments::parse().subcommand {
        Some(Sub::Apply(arguments)) => apply::run(&arguments),
        Some(Sub::Query(arguments)) => query::run(&arguments),
        Some(Sub::Sidebar(arguments)) => sidebar::run(&arguments),
        Some(Sub::List(arguments)) => list::run(&arguments),
        Some(Sub::Show(arguments)) => show::run(&arguments),
        Some(Sub::Customer(arguments)) => customer::run(&arguments),
        Some(Sub::Recommend(arguments)) => recommend::run(&arguments),
        Some(Sub::Notifications(arguments)) => notifications::run(&arguments),
        Some(Sub::Export(arguments)) => export::run(&arguments),
        Some(Sub::Import(arguments)) => import::run(&arguments),
        Some(Sub::Bulk(arguments)) => bulk::run(&arguments),
        Some(Sub::Scrub(arguments)) => scrub::run(&arguments),
        Some(Sub::Compact(arguments)) => compact::run(&arguments),
        Some(Sub::Backup(arguments)) => backup::run(&arguments),
        Some(Sub::Verify(arguments)) => verify::run(&arguments),
        Some(Sub::Restore(arguments)) => restore::run(&arguments),
        Some(Sub::Rebuild(arguments)) => rebuild::run(&arguments),
        Some(Sub::Demo(arguments)) => demo::run(&arguments),
        None => Ok(()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
