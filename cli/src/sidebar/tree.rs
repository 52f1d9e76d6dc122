//! The tags of a sidebar as a tree.
//!
//! They arrive sorted by path, which is not tree order: `a-b` sorts between `a` and `a/b`.

use std::collections::BTreeMap;

use inboxdb::{SidebarTag, SidebarTags};

/// A line of the tree.
pub(crate) enum Line<'s> {
    /// A tag.
    Tag {
        /// How many tags are above it.
        depth: usize,
        /// The last part of its path.
        name: &'s str,
        /// Open chats in it and below it.
        open: u64,
    },
    /// Omitted tags.
    More {
        /// How many tags are above each.
        depth: usize,
        /// Their number, with all tags below them.
        tags: usize,
    },
}

/// The children of each tag by its lower-case path. Top-level tags are children of the empty path.
type Children<'s> = BTreeMap<String, Vec<SidebarTag<'s>>>;

/// The lines of the tree from the top. With `children_max`, only the children with the most open chats are shown.
pub(crate) fn lines(tags: &SidebarTags, children_max: Option<usize>) -> Vec<Line<'_>> {
    let mut children = Children::new();
    for tag in tags {
        let path = tag.path.to_lowercase();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        children.entry(parent.to_owned()).or_default().push(tag);
    }
    let mut lines = Vec::with_capacity(tags.len());
    // Top-level tags are few, and the ones people look for: all of them are shown.
    for tag in children.get("").into_iter().flatten() {
        add(*tag, 0, &children, children_max, &mut lines);
    }
    lines
}

fn add<'s>(tag: SidebarTag<'s>, depth: usize, children: &Children<'s>, max: Option<usize>, lines: &mut Vec<Line<'s>>) {
    let name = tag.path.rsplit('/').next().unwrap_or_default();
    lines.push(Line::Tag { depth, name, open: tag.open });
    let below = children_of(tag, children);
    let shown = max.map_or_else(|| below.to_vec(), |max| busiest(below, max));
    let left_out = below.iter().filter(|tag| !shown.iter().any(|shown| shown.path == tag.path));
    let more: usize = left_out.map(|tag| size(*tag, children)).sum();
    for tag in shown {
        add(tag, depth + 1, children, max, lines);
    }
    if more > 0 {
        lines.push(Line::More { depth: depth + 1, tags: more });
    }
}

fn children_of<'c, 's>(tag: SidebarTag<'_>, children: &'c Children<'s>) -> &'c [SidebarTag<'s>] {
    children.get(&tag.path.to_lowercase()).map_or(&[], Vec::as_slice)
}

/// The number of tags in a subtree.
fn size(tag: SidebarTag<'_>, children: &Children<'_>) -> usize {
    1 + children_of(tag, children).iter().map(|tag| size(*tag, children)).sum::<usize>()
}

/// The tags with the most open chats, in their original order.
fn busiest<'s>(tags: &[SidebarTag<'s>], max: usize) -> Vec<SidebarTag<'s>> {
    let mut places: Vec<usize> = (0..tags.len()).collect();
    places.sort_by_key(|place| (std::cmp::Reverse(tags[*place].open), *place));
    places.truncate(max);
    places.sort_unstable();
    places.into_iter().map(|place| tags[place]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags<const N: usize>(tags: [(&str, u64); N]) -> SidebarTags {
        let tag = |(path, open)| serde_json::json!({ "path": path, "open": open });
        serde_json::from_value(tags.into_iter().map(tag).collect()).unwrap()
    }

    fn text(lines: &[Line<'_>]) -> Vec<String> {
        let line = |line: &Line<'_>| match line {
            Line::Tag { depth, name, open } => format!("{depth} {name} {open}"),
            Line::More { depth, tags } => format!("{depth} +{tags}"),
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn children_follow_their_parent_whatever_sorts_between() {
        let tags = tags([("A", 3), ("a-b", 1), ("a/B", 2), ("a/b/c", 2)]);
        assert_eq!(text(&lines(&tags, None)), ["0 A 3", "1 B 2", "2 c 2", "0 a-b 1"]);
    }

    #[test]
    fn the_busiest_children_stay() {
        let tags = tags([("a", 9), ("a/b", 1), ("a/b/x", 1), ("a/c", 5), ("a/d", 4), ("e", 0)]);
        assert_eq!(text(&lines(&tags, Some(2))), ["0 a 9", "1 c 5", "1 d 4", "1 +2", "0 e 0"]);
    }
}
