//! The binary `inboxdb`: commands and queries as lines of JSON for programs; a demo and a few views for people.
//!
//! Each subcommand has its own file. They share `store` (opening), `input` (lines in), `failure` (errors and exit
//! status), `output` (files out), `people` and `named_filter` (what people type) and `terminal` (text for people).

#![forbid(unsafe_code)]

mod apply;
mod backup;
mod bench;
mod bulk;
mod command_names;
mod compact;
mod completions;
mod confirm;
mod count;
mod customer;
mod demo;
mod detach;
mod environment;
mod export;
mod failure;
mod followed_log;
mod global;
mod help;
mod import;
mod inbox;
mod indexes;
mod info;
mod input;
mod join;
mod list;
mod log_options;
mod malformed;
mod man;
mod named_filter;
mod notifications;
mod output;
mod people;
mod query;
mod random;
mod rebuild;
mod recommend;
mod relay;
mod remote;
mod restore;
mod scrub;
mod serve;
mod show;
mod sidebar;
mod signals;
mod store;
mod terminal;
mod token;
mod verify;
mod watch;
mod workspaces;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Command, CommandFactory, FromArgMatches, Parser, Subcommand};
use failure::Failure;

/// One thread allocates a change and another, which writes it to the store, frees it. With the system's allocator that
/// takes a third of the time of a long `apply`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const AFTER_HELP: &str = "\
Start with a demo and look around in it:
  inboxdb demo
  inboxdb sidebar inboxdb-demo --manager 3
  inboxdb list inboxdb-demo all:open

INBOXDB_DIR in the environment stands in for DIR where that is left out.

Exit status: 0 success; 1 something was refused or does not exist; 2 the store could not be opened, or failed, or the
arguments are wrong; 141 the reader of the output went away.";

/// A store for the inbox of a customer chat, with every count and list kept ready.
#[derive(Parser)]
#[command(name = "inboxdb", version, after_help = AFTER_HELP, arg_required_else_help = true)]
struct Arguments {
    #[command(flatten)]
    global: global::Global,
    #[command(subcommand)]
    subcommand: Option<Sub>,
}

#[derive(Subcommand)]
enum Sub {
    Apply(apply::Arguments),
    Query(query::Arguments),
    Sidebar(sidebar::Arguments),
    Count(count::Arguments),
    List(list::Arguments),
    Show(show::Arguments),
    Customer(customer::Arguments),
    Recommend(recommend::Arguments),
    Notifications(notifications::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    Bulk(bulk::Arguments),
    Watch(watch::Arguments),
    Scrub(scrub::Arguments),
    Compact(compact::Arguments),
    Backup(backup::Arguments),
    Verify(verify::Arguments),
    Restore(restore::Arguments),
    Join(join::Arguments),
    Detach(detach::Arguments),
    Rebuild(rebuild::Arguments),
    Info(info::Arguments),
    Serve(Box<serve::Arguments>),
    Token(token::Arguments),
    Demo(demo::Arguments),
    Bench(bench::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// The program for clap.
fn command() -> Command {
    help::fit(Arguments::command())
}

/// The program, with the options of all subcommands in each of them.
fn built_command() -> Command {
    let mut command = command();
    command.build();
    command
}

/// Parses the arguments, or prints the help or what is wrong with them.
fn parse() -> Result<Arguments, ExitCode> {
    let given: Vec<OsString> = std::env::args_os().collect();
    let color = global::color_of(&given);
    let arguments = match environment::directory() {
        Some(directory) => environment::with_directory(&built_command(), given, directory),
        None => given,
    };
    let matches = command().color(color).try_get_matches_from(arguments);
    matches.and_then(|matches| Arguments::from_arg_matches(&matches)).map_err(|error| explain(&error))
}

/// Prints a help text, or what is wrong with the arguments. Like any output, a help text may find its reader gone.
fn explain(error: &clap::Error) -> ExitCode {
    let printed = error.print().and_then(|()| io::stdout().flush());
    match printed {
        Err(failed) if !error.use_stderr() => Failure::of_output(&failed).report(),
        _ => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
    }
}

fn main() -> ExitCode {
    let arguments = match parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    arguments.global.apply();
    let done = arguments.subcommand.map_or(Ok(()), run);
    done.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

fn run(subcommand: Sub) -> Result<(), Failure> {
    match subcommand {
        Sub::Apply(arguments) => apply::run(&arguments),
        Sub::Query(arguments) => query::run(&arguments),
        Sub::Sidebar(arguments) => sidebar::run(&arguments),
        Sub::Count(arguments) => count::run(&arguments),
        Sub::List(arguments) => list::run(&arguments),
        Sub::Show(arguments) => show::run(&arguments),
        Sub::Customer(arguments) => customer::run(&arguments),
        Sub::Recommend(arguments) => recommend::run(&arguments),
        Sub::Notifications(arguments) => notifications::run(&arguments),
        Sub::Export(arguments) => export::run(&arguments),
        Sub::Import(arguments) => import::run(&arguments),
        Sub::Bulk(arguments) => bulk::run(&arguments),
        Sub::Watch(arguments) => watch::run(&arguments),
        Sub::Scrub(arguments) => scrub::run(&arguments),
        Sub::Compact(arguments) => compact::run(&arguments),
        Sub::Backup(arguments) => backup::run(&arguments),
        Sub::Verify(arguments) => verify::run(&arguments),
        Sub::Restore(arguments) => restore::run(&arguments),
        Sub::Join(arguments) => join::run(&arguments),
        Sub::Detach(arguments) => detach::run(&arguments),
        Sub::Rebuild(arguments) => rebuild::run(&arguments),
        Sub::Info(arguments) => info::run(&arguments),
        Sub::Serve(arguments) => serve::run(&arguments),
        Sub::Token(arguments) => token::run(&arguments),
        Sub::Demo(arguments) => demo::run(&arguments),
        Sub::Bench(arguments) => bench::run(&arguments),
        Sub::Completions(arguments) => completions::run(&arguments, command()),
        Sub::Man(arguments) => man::run(&arguments, command()),
    }
}
