//! Tags are stored only by the key of their path. A move rewrites the path wherever it occurs.

use std::collections::BTreeSet;

use crate::model::Code;
use crate::model::rules::{Answer, done, longer};
use crate::model::state::Workspace;
use crate::model::words::{composed, key};

pub fn names(path: &str) -> Vec<&str> {
    path.split('/').collect()
}

pub fn parent(path: &str) -> Option<&str> {
    path.rsplit_once('/').map(|(parent, _)| parent)
}

/// Returns the last name of a path.
fn last_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a path is valid for a tag.
pub fn well_formed(path: &str) -> bool {
    let path = &composed(path);
    let good = |name: &&str| {
        let allowed = |c: char| !c.is_whitespace() && !['.', '\\', '$', '%'].contains(&c);
        !name.is_empty() && !longer(name, 128) && name.chars().all(allowed)
    };
    let names = names(path);
    names.len() <= 8 && names.iter().all(good)
}

/// Whether a tag is `top` or one of its descendants. Both are keys.
pub fn within(path: &str, top: &str) -> bool {
    match path.strip_prefix(top) {
        Some(rest) => rest.is_empty() || rest.starts_with('/'),
        None => false,
    }
}

impl Workspace {
    /// Finds a named tag. Returns the key of its path.
    pub fn named_tag(&self, path: &str) -> Result<String, Code> {
        let key = key(path);
        // A name too long for a tag can have the same lower-case form as a valid one.
        let known = well_formed(path) && self.tags.contains_key(&key);
        known.then_some(key).ok_or("unknown_tag")
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
        self.tags.entry(key(path)).or_insert(last_name(path).to_owned());
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
        let target = key(to);
        let last_name = last_name(to).to_owned();
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

    /// Turns a tag, and each below it, into the one at the same place below another tag.
    pub fn merge_tag(&mut self, path: &str, into: &str) -> Answer {
        let (from, into) = (self.named_tag(path)?, self.named_tag(into)?);
        let merged = |tag: &str| into.clone() + &tag[from.len()..];
        let subtree = || self.tags.keys().filter(|tag| within(tag, &from));
        let too_deep = subtree().any(|tag| names(&merged(tag)).len() > 8);
        if within(&from, &into) || within(&into, &from) || too_deep {
            return Err("invalid_tag");
        }
        // What is at the place already keeps its letters.
        let there = self.tags.clone();
        self.rewrite_tags(|path| Some(if within(&path, &from) { merged(&path) } else { path }));
        for (path, name) in there {
            if !within(&path, &from) {
                self.tags.insert(path, name);
            }
        }
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
