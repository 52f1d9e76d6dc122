//! What a watcher can watch the numbers of.

use std::fmt;
use std::str::FromStr;

use crate::model::ManagerId;
use crate::view::{View, ViewError, ViewKind};

/// A view, or a whole sidebar. As text `assigned:7` or `sidebar:7`.
///
/// ```
/// use inboxdb::{View, Watched};
///
/// let watched: Watched = "assigned:7:open".parse()?;
/// assert_eq!(watched, View::assigned(7).open().into());
/// assert_eq!("sidebar:7".parse::<Watched>()?, Watched::Sidebar(7.into()));
/// # Ok::<(), inboxdb::WatchedError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Watched {
    /// One view. With a status, only its chats of that status count.
    View(View),
    /// Every number of a manager's sidebar.
    Sidebar(ManagerId),
}

/// A text that names nothing that can be watched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WatchedError {
    /// Not a single view. Filters cannot be watched.
    #[error("{0}; one view or a sidebar can be watched, not a filter")]
    View(#[from] ViewError),
    /// A sidebar of no manager.
    #[error("{0:?} is not a sidebar, such as sidebar:7")]
    Sidebar(String),
}

const SIDEBAR: &str = "sidebar:";

impl FromStr for Watched {
    type Err = WatchedError;

    fn from_str(text: &str) -> Result<Self, WatchedError> {
        let Some(manager) = text.strip_prefix(SIDEBAR) else {
            return Ok(Self::View(text.parse()?));
        };
        let is_number = manager.bytes().all(|byte| byte.is_ascii_digit());
        let manager = manager.parse().ok().filter(|_| is_number);
        manager.map(Self::Sidebar).ok_or_else(|| WatchedError::Sidebar(text.to_owned()))
    }
}

impl fmt::Display for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View(view) => view.fmt(f),
            Self::Sidebar(manager) => write!(f, "{SIDEBAR}{manager}"),
        }
    }
}

impl Watched {
    /// The kind of a single view.
    pub(crate) fn kind(&self) -> Option<&ViewKind> {
        match self {
            Self::View(view) => Some(&view.kind),
            Self::Sidebar(_) => None,
        }
    }

    /// The manager of a sidebar.
    pub(crate) fn sidebar(&self) -> Option<ManagerId> {
        match self {
            Self::Sidebar(manager) => Some(*manager),
            Self::View(_) => None,
        }
    }
}

impl From<View> for Watched {
    fn from(view: View) -> Self {
        Self::View(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watched_views_round_trip() {
        for text in ["all", "assigned:7:open", r#"tag:"q&a""#, "custom:plan=pro:closed", "sidebar:18446744073709551615"]
        {
            assert_eq!(text.parse::<Watched>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn filters_and_sidebars_of_no_manager_cannot_be_watched() {
        for text in ["", "all & tag:a", "!all", "sidebar", "sidebar:", "sidebar:+7", "sidebar:7:open", "sidebar:x"] {
            assert!(text.parse::<Watched>().is_err(), "{text}");
        }
    }
}
