//! `INBOXDB_DIR` in place of the argument DIR.
//!
//! clap cannot leave out a first argument while others follow, so the directory is put among the arguments before they
//! are parsed.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Arg, ArgGroup, Command};

use crate::remote::is_url;

/// The variable.
pub(crate) const DIRECTORY: &str = "INBOXDB_DIR";
/// The argument, of whichever subcommand.
const ARGUMENT: &str = "dir";

/// The arguments, with the directory of the environment where they leave out DIR.
///
/// Where both are possible, as in `apply X`, X is DIR if it is a directory.
pub(crate) fn with_directory(command: &Command, mut arguments: Vec<OsString>, directory: OsString) -> Vec<OsString> {
    if let Some(place) = missing_at(command, &arguments) {
        arguments.insert(place, not_an_option(directory));
    }
    arguments
}

/// Keeps a name such as `-x` from being taken for an option.
fn not_an_option(directory: OsString) -> OsString {
    if directory.as_encoded_bytes().starts_with(b"-") { Path::new(".").join(directory).into() } else { directory }
}

/// Whether an argument is a directory, or the URL of a server.
fn is_place(argument: &OsStr) -> bool {
    Path::new(argument).is_dir() || argument.to_str().is_some_and(is_url)
}

/// Where DIR is missing.
fn missing_at(command: &Command, arguments: &[OsString]) -> Option<usize> {
    let top = Scan::of(command, arguments, 1);
    let (begin, subcommand) = top.subcommand?;
    let scan = Scan::of(subcommand, arguments, begin + 1);
    let possible: Vec<&Arg> = subcommand.get_positionals().filter(|arg| scan.allows(subcommand, arg)).collect();
    let wanted = possible.iter().filter(|arg| scan.wants(subcommand, arg)).count();
    let index = possible.iter().position(|arg| arg.get_id() == ARGUMENT)?;
    let given = scan.positionals.len();
    let is_given = given >= possible.len()
        || given >= wanted && scan.positionals.get(index).is_some_and(|place| is_place(&arguments[*place]));
    match (is_given, scan.positionals.get(index)) {
        (true, _) => None,
        (false, Some(place)) => Some(*place),
        (false, None) if index == 0 => Some(begin + 1),
        (false, None) => Some(scan.positionals.get(index - 1)? + 1),
    }
}

/// The arguments of one command, up to its subcommand.
struct Scan<'c> {
    /// Where those stand that belong to no option.
    positionals: Vec<usize>,
    /// The ids of the options.
    options: Vec<&'c str>,
    subcommand: Option<(usize, &'c Command)>,
}

impl<'c> Scan<'c> {
    fn of(command: &'c Command, arguments: &[OsString], from: usize) -> Self {
        let mut scan = Self { positionals: Vec::new(), options: Vec::new(), subcommand: None };
        let mut place = from;
        while let Some(argument) = arguments.get(place) {
            let text = argument.to_string_lossy();
            match text.as_ref() {
                "--" => {
                    scan.positionals.extend(place + 1..arguments.len());
                    return scan;
                }
                option if option.starts_with('-') && option != "-" => {
                    let takes_next = scan.option(command, option);
                    place += usize::from(takes_next);
                }
                word => match command.find_subcommand(word) {
                    Some(subcommand) => {
                        scan.subcommand = Some((place, subcommand));
                        return scan;
                    }
                    None => scan.positionals.push(place),
                },
            }
            place += 1;
        }
        scan
    }

    /// Notes an option, or a group of short ones. Returns whether the next argument is its value.
    fn option(&mut self, command: &'c Command, text: &str) -> bool {
        let takes_value = |arg: &Arg| arg.get_action().takes_values();
        if let Some(long) = text.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let Some(arg) = command.get_arguments().find(|arg| arg.get_long() == Some(name)) else { return false };
            self.options.push(arg.get_id().as_str());
            return takes_value(arg) && value.is_none();
        }
        let mut shorts = text.chars().skip(1);
        while let Some(short) = shorts.next() {
            let Some(arg) = command.get_arguments().find(|arg| arg.get_short() == Some(short)) else { return false };
            self.options.push(arg.get_id().as_str());
            if takes_value(arg) {
                return shorts.next().is_none();
            }
        }
        false
    }

    /// Whether an argument may be given beside the options: not if one of them takes its place.
    fn allows(&self, command: &Command, arg: &Arg) -> bool {
        !self.is_replaced(command, arg)
    }

    /// Whether an argument must be given beside the options.
    fn wants(&self, command: &Command, arg: &Arg) -> bool {
        arg.is_required_set() || groups_of(command, arg).any(|group| group.is_required_set())
    }

    fn is_replaced(&self, command: &Command, arg: &Arg) -> bool {
        groups_of(command, arg).any(|group| group.get_args().any(|id| self.options.contains(&id.as_str())))
    }
}

/// The groups of which only one argument can be given.
fn groups_of<'c>(command: &'c Command, arg: &Arg) -> impl Iterator<Item = &'c ArgGroup> {
    let id = arg.get_id().clone();
    // `is_multiple` wants the group to itself.
    let takes_one = |group: &&ArgGroup| !ArgGroup::clone(group).is_multiple();
    command.get_groups().filter(takes_one).filter(move |group| group.get_args().any(|of| *of == id))
}

/// The directory in the environment, if there is one.
pub(crate) fn directory() -> Option<OsString> {
    std::env::var_os(DIRECTORY).filter(|directory: &OsString| directory.as_os_str() != OsStr::new(""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built_command;

    fn filled(line: &str) -> String {
        let arguments = line.split(' ').map(OsString::from).collect();
        let arguments = with_directory(&built_command(), arguments, "ENV".into());
        arguments.iter().map(|argument| argument.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn directory_of_the_environment_stands_where_the_argument_is_missing() {
        for (given, expected) in [
            ("inboxdb list all", "inboxdb list ENV all"),
            ("inboxdb -q --tz UTC list -n 5 all -w2", "inboxdb -q --tz UTC list -n 5 ENV all -w2"),
            ("inboxdb --color=never list all", "inboxdb --color=never list ENV all"),
            ("inboxdb apply", "inboxdb apply ENV"),
            ("inboxdb apply -", "inboxdb apply ENV -"),
            ("inboxdb apply commands.jsonl", "inboxdb apply ENV commands.jsonl"),
            ("inboxdb query -- -x", "inboxdb query -- ENV -x"),
            ("inboxdb sidebar -m 7", "inboxdb sidebar ENV -m 7"),
            ("inboxdb export --system", "inboxdb export ENV --system"),
            ("inboxdb bulk all close", "inboxdb bulk ENV all close"),
            ("inboxdb bulk --chats 1,2 -y close", "inboxdb bulk ENV --chats 1,2 -y close"),
            ("inboxdb restore monday.bak", "inboxdb restore monday.bak ENV"),
            ("inboxdb backup monday.bak", "inboxdb backup ENV monday.bak"),
            ("inboxdb compact", "inboxdb compact ENV"),
            ("inboxdb detach -y", "inboxdb detach ENV -y"),
            ("inboxdb rebuild --backup x", "inboxdb rebuild ENV --backup x"),
            ("inboxdb info", "inboxdb info ENV"),
        ] {
            assert_eq!(filled(given), expected);
        }
    }

    #[test]
    fn given_directory_is_kept() {
        for line in [
            "inboxdb list shop all",
            "inboxdb apply shop commands.jsonl",
            "inboxdb apply src",
            "inboxdb apply http://localhost:7878",
            "inboxdb export src --system",
            "inboxdb scrub shop",
            "inboxdb bulk shop all close",
            "inboxdb bulk shop --chats 1 close",
            "inboxdb restore monday.bak shop",
            "inboxdb verify monday.bak",
            "inboxdb demo --dir shop",
            "inboxdb",
            "inboxdb restore",
        ] {
            assert_eq!(filled(line), line);
        }
    }

    #[test]
    fn directory_with_a_dash_is_no_option() {
        assert_eq!(not_an_option("-x".into()), OsString::from("./-x"));
        assert_eq!(not_an_option("shop".into()), OsString::from("shop"));
    }
}
