//! Asking before what cannot be undone.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;

use crate::failure::Failure;

/// The answer beforehand.
#[derive(Args)]
pub(crate) struct Confirmed {
    /// Do not ask; needed where there is no terminal to ask at
    #[arg(long, short, global = true)]
    yes: bool,
}

impl Confirmed {
    /// Whether nothing is to be asked.
    pub(crate) fn is_given(&self) -> bool {
        self.yes
    }

    /// Asks at the terminal whether to go on. An error if the answer is not yes, or if there is no terminal: a script
    /// must say beforehand that it means it.
    pub(crate) fn ask(&self, question: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return Err(Failure::Broken(format!(
                "there is no terminal to ask at: \"{question}\"; nothing was done, say --yes to do it"
            )));
        }
        // If standard error is closed, the answer below is no.
        let _ = write!(io::stderr(), "{question} [y/N] ");
        let mut answer = String::new();
        let _unread_is_no = io::stdin().lock().read_line(&mut answer);
        if is_yes(&answer) { Ok(()) } else { Err(Failure::Refused("nothing was done".to_owned())) }
    }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        assert!(["y\n", "Y", " yes\r\n", "YES"].into_iter().all(is_yes));
        assert!(!["", "\n", "n", "no", "yess", "да"].into_iter().any(is_yes));
    }
}
