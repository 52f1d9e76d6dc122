//! Tags are stored only by their lower-case path. A move rewrites the path wherever it occurs.

use std::collections::BTreeSet;

use crate::model::Code;
use crate::model::rules::{Answer, done, longer};
use crate::model::state::Workspace;

pub fn names(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// Whether a path is valid for a tag.
pub fn well_formed(path: &str) -> bool {
    let good = |name: &&str| {
        let allowed = |c: char| !c.is_whitespace() && !['.', '\\', '$', '%'].contains(&c);
        !name.is_empty() && !longer(name, 128) && name.chars().all(allowed)
    };
    let names = names(path);
    names.len() <= 8 && names.iter().all(good)
}

/// Whether a tag is `top` or one of its descendants. Both are in lower case.
pub fn within(path: &str, top: &str) -> bool {
    match path.strip_prefix(top) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

impl Workspace {
    /// Finds a named tag. Returns its lower-case path.
    pub fn named_tag(&self, path: &str) -> Result<String, Code> {
        let lower = path.to_lowercase();
        // A name too long for a tag can have the same lower-case form as a valid one.
        let known = well_formed(path) && self.tags.contains_key(&lower);
        known.then_some(lower).ok_or("unknown_tag")
    }

    pub fn named_tags(&self, paths: &[String]) -> Result<BTreeSet<String>, Code> {
        paths.iter().map(|path| self.named_tag(path)).collect()
    }

    /// Returns a path as shown: each name in the letter case of its creation.
    pub fn shown(&self, lower: &str) -> String {
        let name = &self.tags[lower];
        match parent(lower) {
            Some(parent) => self.shown(parent) + "/" + name,
            None => name.clone(),
        }
    }

    pub fn create_tag(&mut self, path: &str) -> Answer {
        if !well_formed(path) {
            return Err("invalid_tag");
        }
        self.plant(path);
        done()
    }

    /// Creates the missing tags of a path, from the top down.
    fn plant(&mut self, path: &str) {
        if let Some(parent) = parent(path) {
            self.plant(parent);
        }
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        self.tags.entry(path.to_lowercase()).or_insert(name);
    }

    pub fn delete_tag(&mut self, path: &str) -> Answer {
        let top = self.named_tag(path)?;
        self.rewrite_tags(|path| (!within(&path, &top)).then_some(path));
        done()
    }

    pub fn move_tag(&mut self, path: &str, to: &str) -> Answer {
        let from = self.named_tag(path)?;
        if !well_formed(to) {
            return Err("invalid_tag");
        }
        let target = to.to_lowercase();
        let last_name = to.rsplit('/').next().unwrap_or(to).to_owned();
        if target == from {
            self.tags.insert(from, last_name);
            return done();
        }
        let moved = |path: String| match path.strip_prefix(&from) {
            Some(rest) if within(&path, &from) => target.clone() + rest,
            _ => path,
        };
        let mut subtree = self.tags.keys().filter(|tag| within(tag, &from));
        let too_deep = subtree.any(|tag| names(&moved(tag.clone())).len() > 8);
        if within(&target, &from) || too_deep {
            return Err("invalid_tag");
        }
        if self.tags.contains_key(&target) {
            return Err("tag_exists");
        }
        if let Some(parent) = parent(to) {
            self.plant(parent);
        }
        self.rewrite_tags(|path| Some(moved(path)));
        self.tags.insert(target.clone(), last_name);
        done()
    }

    /// Replaces or removes tags wherever they occur.
    fn rewrite_tags(&mut self, new: impl Fn(String) -> Option<String>) {
        let tags = std::mem::take(&mut self.tags).into_iter();
        self.tags = tags.filter_map(|(path, name)| Some((new(path)?, name))).collect();
        let chats = self.chats.values_mut().map(|chat| &mut chat.tags);
        let managers = self.managers.values_mut().map(|manager| &mut manager.followed_tags);
        for set in chats.chain(managers) {
            *set = std::mem::take(set).into_iter().filter_map(&new).collect();
        }
    }

    pub fn follow_tag(&mut self, path: &str, manager: u64, on: bool) -> Answer {
        let tag = self.named_tag(path)?;
        let manager = self.managers.get_mut(&manager).ok_or("unknown_manager")?;
        if on {
            manager.followed_tags.insert(tag);
        } else {
            manager.followed_tags.remove(&tag);
        }
        done()
    }
}
