//! How many watchers there are, in all and with one token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Failure;

/// Counts watchers, up to the limits.
#[derive(Debug)]
pub(crate) struct Watchers {
    all_max: usize,
    per_token_max: usize,
    by_token: Mutex<HashMap<String, usize>>,
}

/// The place of a watcher. Dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct Seat {
    watchers: Arc<Watchers>,
    token: String,
}

impl Watchers {
    pub(crate) fn new(all_max: usize, per_token_max: usize) -> Arc<Self> {
        Arc::new(Self { all_max, per_token_max, by_token: Mutex::default() })
    }

    /// The number of watchers.
    pub(crate) fn count(&self) -> usize {
        self.by_token.lock().unwrap_or_else(PoisonError::into_inner).values().sum()
    }

    /// Takes a place for a watcher with this token.
    pub(crate) fn take(self: &Arc<Self>, token: String) -> Result<Seat, Failure> {
        let mut by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        if by_token.values().sum::<usize>() >= self.all_max {
            return Err(Failure::too_many(format!("{} watchers are there already", self.all_max)));
        }
        let of_token = by_token.entry(token.clone()).or_default();
        if *of_token >= self.per_token_max {
            return Err(Failure::too_many(format!(
                "{} watchers with this token are there already",
                self.per_token_max
            )));
        }
        *of_token += 1;
        Ok(Seat { watchers: Arc::clone(self), token })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut by_token = self.watchers.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = by_token.get_mut(&self.token) {
            *count -= 1;
            if *count == 0 {
                by_token.remove(&self.token);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watchers_are_bounded_in_all_and_by_token() {
        let watchers = Watchers::new(3, 2);
        let of = |token: &str| watchers.take(token.to_owned());
        let (one, _two) = (of("a").unwrap(), of("a").unwrap());
        assert_eq!(of("a").unwrap_err().code(), "too_many_requests");
        let _three = of("b").unwrap();
        assert!(of("c").is_err(), "there are three");
        drop(one);
        assert!(of("c").is_ok());
        assert_eq!(watchers.count(), 2);
    }
}
