//! Managers as people name them: by number, or by a name that only one has.

use std::str::FromStr;

use inboxdb::internal::normal_form;
use inboxdb::{Manager, ManagerId};

use crate::failure::Failure;
use crate::inbox::Inbox;
use crate::terminal::{clean, thousands};

/// Managers named in an error message.
const NAMED_MAX: usize = 8;

/// A manager as an argument names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Person {
    /// By number.
    Id(ManagerId),
    /// By name, in any case.
    Name(String),
}

impl FromStr for Person {
    type Err = String;

    /// A word of digits is a number, even if a manager has it for a name.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("a manager is a number, or a name".to_owned()),
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let id = digits.parse().map_err(|_| format!("the number of a manager is at most {}", u64::MAX))?;
                Ok(Person::Id(ManagerId(id)))
            }
            name => Ok(Person::Name(name.to_owned())),
        }
    }
}

impl Person {
    /// The number of the manager. A name must be the whole name of exactly one. A number may be unknown, as the engine
    /// refuses that.
    pub(crate) fn find(&self, workspace: &Inbox<'_>) -> Result<ManagerId, Failure> {
        match self {
            Person::Id(id) => Ok(*id),
            Person::Name(name) => find(name, &workspace.managers()?).map_err(Failure::Refused),
        }
    }
}

/// The only manager of a name, or a sentence with those who could be meant.
fn find(name: &str, managers: &[Manager]) -> Result<ManagerId, String> {
    let wanted = normal_form(name.trim());
    let (called_so, others): (Vec<&Manager>, Vec<&Manager>) =
        managers.iter().partition(|manager| normal_form(manager.name.trim()) == wanted);
    match called_so.as_slice() {
        [one] => Ok(one.manager),
        [] => Err(format!("there is no manager called {}; {}", clean(name), candidates(&wanted, &others))),
        several => Err(format!(
            "{} managers are called {}; say which by number: {}",
            thousands(several.len() as u64),
            clean(name),
            listed(several)
        )),
    }
}

/// Those with the text in their names, or all.
fn candidates(wanted: &str, managers: &[&Manager]) -> String {
    let alike: Vec<&Manager> =
        managers.iter().copied().filter(|manager| normal_form(&manager.name).contains(wanted)).collect();
    match (alike.as_slice(), managers) {
        (_, []) => "the workspace has no managers".to_owned(),
        ([], all) => format!("there are {}", listed(all)),
        (alike, _) => format!("there is {}", listed(alike)),
    }
}

fn listed(managers: &[&Manager]) -> String {
    let named =
        managers.iter().take(NAMED_MAX).map(|manager| format!("{} ({})", clean(&manager.name), manager.manager));
    let named = named.collect::<Vec<_>>().join(", ");
    match managers.len().saturating_sub(NAMED_MAX) {
        0 => named,
        more => format!("{named} and {} more", thousands(more as u64)),
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn managers(names: &[(u64, &str)]) -> Vec<Manager> {
        let manager = |(id, name): &(u64, &str)| {
            let json = serde_json::json!({
                "manager": id, "name": name, "role": "member", "operator": false, "online": false, "followed_tags": [],
            });
            serde_json::from_value(json).unwrap()
        };
        names.iter().map(manager).collect()
    }

    #[test]
    fn digits_are_a_number_and_everything_else_a_name() {
        assert_eq!("7".parse(), Ok(Person::Id(ManagerId(7))));
        assert_eq!("김민준".parse(), Ok(Person::Name("김민준".to_owned())));
        assert_eq!("7up".parse(), Ok(Person::Name("7up".to_owned())));
        assert!("".parse::<Person>().is_err() && " ".parse::<Person>().is_err());
        assert!("18446744073709551616".parse::<Person>().is_err());
    }

    #[test]
    fn manager_is_found_by_the_whole_name_in_any_case_and_composition() {
        let all = managers(&[(7, "Ada"), (8, "Ada Lovelace"), (9, "김민준"), (10, "Bo"), (11, "BO"), (12, "7")]);
        assert_eq!(find("ada", &all), Ok(ManagerId(7)));
        assert_eq!(find(" ADA lovelace", &all), Ok(ManagerId(8)));
        assert_eq!(find(&"김민준".nfd().collect::<String>(), &all), Ok(ManagerId(9)));
        assert_eq!(find("bo", &all), Err("2 managers are called bo; say which by number: Bo (10), BO (11)".to_owned()));
        let unknown = find("love", &all);
        assert_eq!(unknown, Err("there is no manager called love; there is Ada Lovelace (8)".to_owned()));
        assert!(
            find("x", &all)
                .unwrap_err()
                .ends_with("there are Ada (7), Ada Lovelace (8), 김민준 (9), Bo (10), BO (11), 7 (12)")
        );
        assert!(find("x", &[]).unwrap_err().ends_with("the workspace has no managers"));
    }
}
