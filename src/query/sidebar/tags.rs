//! The tags of a sidebar.

use std::fmt;
use std::iter::{Map, Zip};
use std::slice::Iter;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A tag in a sidebar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SidebarTag<'s> {
    /// The path, spelled as it was created.
    pub path: &'s str,
    /// The number of open chats with this tag or one of its descendants. Each chat counts once.
    pub open: u64,
}

/// The tags of a sidebar, sorted as paths are compared. Sidebars share the paths, so that reading one copies numbers
/// only.
#[derive(Clone, PartialEq, Eq)]
pub struct SidebarTags {
    paths: Arc<[Arc<str>]>,
    /// One for each path.
    open: Vec<u64>,
}

type Pairs<'s> = Zip<Iter<'s, Arc<str>>, Iter<'s, u64>>;
type Pair<'s> = (&'s Arc<str>, &'s u64);

impl SidebarTags {
    pub(crate) fn new(paths: &Arc<[Arc<str>]>, open: Vec<u64>) -> Self {
        debug_assert_eq!(paths.len(), open.len());
        Self { paths: Arc::clone(paths), open }
    }

    /// The number of tags.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The tag at a place, counted from 0. `None` if there are fewer.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<SidebarTag<'_>> {
        Some(SidebarTag { path: self.paths.get(place)?, open: *self.open.get(place)? })
    }

    /// The tags, sorted as paths are compared.
    pub fn iter(&self) -> <&Self as IntoIterator>::IntoIter {
        self.into_iter()
    }
}

impl<'s> IntoIterator for &'s SidebarTags {
    type Item = SidebarTag<'s>;
    type IntoIter = Map<Pairs<'s>, fn(Pair<'s>) -> SidebarTag<'s>>;

    fn into_iter(self) -> Self::IntoIter {
        self.paths.iter().zip(&self.open).map(|(path, open)| SidebarTag { path, open: *open })
    }
}

impl fmt::Debug for SidebarTags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl Serialize for SidebarTags {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de> Deserialize<'de> for SidebarTags {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A tag in a sidebar.
        #[derive(Deserialize)]
        struct Owned {
            path: Arc<str>,
            open: u64,
        }
        let read = Vec::<Owned>::deserialize(deserializer)?;
        let (paths, open): (Vec<_>, _) = read.into_iter().map(|tag| (tag.path, tag.open)).unzip();
        Ok(Self { paths: paths.into(), open })
    }
}
