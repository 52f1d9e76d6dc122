//! Help texts that fit the terminal.
//!
//! The texts are written in lines as long as those of the source. clap wraps lines but does not join them, so a narrow
//! terminal would show a long line and a short one in turn.

use clap::Command;

use crate::terminal::columns;

/// As wide as clap sets its own texts where the terminal is wider, or where there is none.
const COLUMNS_MAX: u16 = 100;
const COLUMNS_MIN: u16 = 20;

/// How wide a help text is.
pub(crate) fn help_columns() -> usize {
    columns().unwrap_or(COLUMNS_MAX).clamp(COLUMNS_MIN, COLUMNS_MAX).into()
}

/// Joins the lines of each paragraph in the texts after the options, for the command and all below it.
pub(crate) fn fit(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let command = match command.get_after_help().map(|text| joined(&text.ansi().to_string())) {
        Some(text) => command.after_help(text),
        None => command,
    };
    names.into_iter().fold(command, |command, name| command.mut_subcommand(name, fit))
}

/// Lines that begin with a space stay as they are: examples and lists. So do those behind which one follows.
fn joined(text: &str) -> String {
    let is_prose = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let mut joined = String::with_capacity(text.len());
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        joined.push_str(line);
        match lines.peek() {
            Some(next) if is_prose(line) && is_prose(next) => joined.push(' '),
            Some(_) => joined.push('\n'),
            None => {}
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_are_joined_and_examples_are_not() {
        let text = "One\ntwo.\n\nThree:\n  a\n  b\nFour\nfive";
        assert_eq!(joined(text), "One two.\n\nThree:\n  a\n  b\nFour five");
    }
}
