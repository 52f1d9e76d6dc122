//! Options that every subcommand takes: colors, how much to say, and the time zone.

use std::ffi::OsString;
use std::io;

use anstream::ColorChoice;
use clap::builder::PossibleValue;
use clap::{ArgAction, Args, ValueEnum};
use jiff::tz::TimeZone;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::terminal::{self, Settings};

/// Options of every subcommand.
#[derive(Args)]
#[command(next_help_heading = "Options of all subcommands")]
pub(crate) struct Global {
    /// When to print colors: always, never, or on a terminal unless NO_COLOR is set
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value = "auto", hide_possible_values = true)]
    color: When,
    /// Time zone of the times that are shown and typed, such as Asia/Seoul, or `local`; UTC if omitted
    #[arg(long, global = true, value_name = "ZONE", value_parser = read_zone)]
    tz: Option<TimeZone>,
    /// Print only results, warnings and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Say what the store does; twice for more
    #[arg(long, short, global = true, action = ArgAction::Count)]
    verbose: u8,
}

/// When to print colors.
#[derive(Clone, Copy)]
struct When(ColorChoice);

impl ValueEnum for When {
    fn value_variants<'a>() -> &'a [Self] {
        &[When(ColorChoice::Auto), When(ColorChoice::Always), When(ColorChoice::Never)]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self.0 {
            ColorChoice::Never => "never",
            ColorChoice::Always | ColorChoice::AlwaysAnsi => "always",
            ColorChoice::Auto => "auto",
        }))
    }
}

/// The colors that the arguments ask for, before they are parsed: a help text and an error need to know, too.
pub(crate) fn color_of(arguments: &[OsString]) -> clap::ColorChoice {
    let text = |at: usize| arguments.get(at).and_then(|argument| argument.to_str());
    let value = |at: usize| match text(at)? {
        "--color" => text(at + 1),
        text => text.strip_prefix("--color="),
    };
    match (0..arguments.len()).find_map(value) {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

/// A zone of the IANA database by its name.
fn read_zone(name: &str) -> Result<TimeZone, String> {
    match name {
        "local" => Ok(TimeZone::system()),
        _ => TimeZone::get(name)
            .map_err(|_| "a time zone is a name such as Asia/Seoul, Europe/Berlin, UTC or local".to_owned()),
    }
}

impl Global {
    /// Puts the options into effect.
    pub(crate) fn apply(&self) {
        self.color.0.write_global();
        show_log(self.verbose);
        terminal::set(Settings { zone: self.tz.clone(), quiet: self.quiet });
    }
}

/// Prints what the engine reports on its own: always what went wrong, such as a damaged file set aside. Errors of a
/// subcommand are not among them: the subcommand prints those.
fn show_log(verbose: u8) {
    let level = match verbose {
        0 => tracing::Level::ERROR,
        1 => tracing::Level::INFO,
        _ => tracing::Level::DEBUG,
    };
    // The client of the log reports each attempt that fails. What comes of it is told by the subcommand, and by the node.
    let of_client = if verbose == 0 { LevelFilter::OFF } else { level.into() };
    let targets = Targets::new().with_default(level).with_target("async_nats", of_client);
    let subscriber = tracing_subscriber::fmt().with_writer(io::stderr).with_max_level(level);
    let subscriber = subscriber.without_time().with_target(false).with_ansi(false).finish().with(targets);
    let _another_is_set = subscriber.try_init();
}
