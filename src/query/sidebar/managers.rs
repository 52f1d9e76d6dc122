//! The managers of a sidebar.

use std::fmt;
use std::iter::{Map, Zip};
use std::slice::Iter;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::ManagerId;

/// A manager in a sidebar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SidebarManager<'s> {
    /// The id of the manager.
    pub manager: ManagerId,
    /// The display name.
    pub name: &'s str,
    /// The number of open chats assigned to them.
    pub open: u64,
}

/// Managers of a sidebar, by id. Sidebars share the names, so that reading one copies numbers only.
#[derive(Clone, PartialEq, Eq)]
pub struct SidebarManagers {
    managers: Arc<[(ManagerId, Arc<str>)]>,
    /// One for each manager.
    open: Vec<u64>,
}

type Pairs<'s> = Zip<Iter<'s, (ManagerId, Arc<str>)>, Iter<'s, u64>>;
type Pair<'s> = (&'s (ManagerId, Arc<str>), &'s u64);

impl SidebarManagers {
    pub(crate) fn new(managers: &Arc<[(ManagerId, Arc<str>)]>, open: impl FnMut(ManagerId) -> u64) -> Self {
        let open = managers.iter().map(|(manager, _)| *manager).map(open).collect();
        Self { managers: Arc::clone(managers), open }
    }

    /// The number of managers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The managers, by id.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }
}

impl<'s> IntoIterator for &'s SidebarManagers {
    type Item = SidebarManager<'s>;
    type IntoIter = Map<Pairs<'s>, fn(Pair<'s>) -> SidebarManager<'s>>;

    fn into_iter(self) -> Self::IntoIter {
        self.managers.iter().zip(&self.open).map(|((manager, name), open)| SidebarManager {
            manager: *manager,
            name,
            open: *open,
        })
    }
}

impl fmt::Debug for SidebarManagers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Serialize for SidebarManagers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for SidebarManagers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A manager in a sidebar.
        #[derive(Deserialize)]
        struct Owned {
            manager: ManagerId,
            name: Arc<str>,
            open: u64,
        }
        let read = Vec::<Owned>::deserialize(deserializer)?;
        let (managers, open): (Vec<_>, _) = read.into_iter().map(|read| ((read.manager, read.name), read.open)).unzip();
        Ok(Self { managers: managers.into(), open })
    }
}
