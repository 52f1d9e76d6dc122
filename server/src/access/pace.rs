//! How many requests a token may make.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Above this many tokens, those that have their whole burst again are forgotten.
const KEPT_MAX: usize = 4_096;

/// A bucket of requests for each token: it holds a burst of two seconds' worth and fills steadily.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: f64,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: f64::from(per_second), buckets: Mutex::default() }
    }

    /// Takes a request out of a token's bucket. False if it is empty.
    pub(crate) fn take(&self, token: &str, now: Instant) -> bool {
        let burst = 2.0 * self.per_second;
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > KEPT_MAX && !buckets.contains_key(token) {
            buckets.retain(|_, bucket| bucket.filled(now, self.per_second) < burst);
        }
        let bucket = match buckets.get_mut(token) {
            Some(bucket) => bucket,
            None => buckets.entry(token.to_owned()).or_insert(Bucket { left: burst, at: now }),
        };
        bucket.left = bucket.filled(now, self.per_second).min(burst);
        bucket.at = now;
        let taken = bucket.left >= 1.0;
        if taken {
            bucket.left -= 1.0;
        }
        taken
    }
}

impl Bucket {
    fn filled(&self, now: Instant, per_second: f64) -> f64 {
        self.left + now.saturating_duration_since(self.at).as_secs_f64() * per_second
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn bucket_allows_a_burst_and_then_the_pace() {
        let (pace, began) = (Pace::new(10), Instant::now());
        assert_eq!((0..100).filter(|_| pace.take("a", began)).count(), 20);
        assert!(pace.take("b", began), "another token has its own");
        let later = began + Duration::from_millis(550);
        assert_eq!((0..100).filter(|_| pace.take("a", later)).count(), 5);
    }

    #[test]
    fn idle_tokens_are_forgotten() {
        let (pace, began) = (Pace::new(10), Instant::now());
        for token in 0..=KEPT_MAX {
            pace.take(&token.to_string(), began);
        }
        pace.take("last", began + Duration::from_secs(60));
        assert_eq!(pace.buckets.lock().unwrap().len(), 1);
    }
}
