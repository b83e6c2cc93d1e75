//! What is kept of names that were looked up, for `net` to ask before a name server: module `dns_cache` shares one.
//!
//! A key is `dnscache_`, the name and the kind of record, as OpenSIPS makes it. What stands there is text of our own: OpenSIPS keeps
//! the bytes of its memory.

use std::sync::Arc;

use crate::Text;
use crate::cachedb::{Cache, CacheError};

/// Stands for a name that was not found.
const FAILED: &[u8] = b"|";

/// Where answers are kept, and for how long.
pub struct NameCache {
    cache: Arc<dyn Cache>,
    failed_seconds: i32,
    least_seconds: i32,
}

/// What is known of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// It was looked up in vain.
    Failed,
    /// Its records, as they were kept.
    Records(Text),
}

impl NameCache {
    /// In a cache, what was not found and what was found for so many seconds, or at least so many.
    pub fn new(cache: Arc<dyn Cache>, failed_seconds: i32, least_seconds: i32) -> NameCache {
        NameCache { cache, failed_seconds, least_seconds }
    }

    /// What is known of a name's records of a kind.
    ///
    /// # Errors
    ///
    /// The cache does not answer.
    pub async fn known(&self, name: &str, kind: &str, now: u64) -> Result<Option<Known>, CacheError> {
        let found = self.cache.fetch(key(name, kind).as_bytes(), now).await?;
        Ok(found.map(|text| if text == FAILED { Known::Failed } else { Known::Records(text) }))
    }

    /// Keeps records for as long as they hold; those that hold for no time are not kept.
    ///
    /// # Errors
    ///
    /// The cache does not take them.
    pub async fn keep(
        &self,
        name: &str,
        kind: &str,
        records: &str,
        seconds: u32,
        now: u64,
    ) -> Result<(), CacheError> {
        if seconds == 0 {
            return Ok(());
        }
        let seconds = i32::try_from(seconds).unwrap_or(i32::MAX).max(self.least_seconds);
        self.cache.store(key(name, kind).as_bytes(), records.as_bytes(), seconds, now).await
    }

    /// Keeps that there are no such records, or that nobody could say so.
    ///
    /// # Errors
    ///
    /// The cache does not take it.
    pub async fn keep_failure(&self, name: &str, kind: &str, now: u64) -> Result<(), CacheError> {
        // for a cache a life of 0 seconds has no end; here it means that failures are not kept
        if self.failed_seconds == 0 {
            return Ok(());
        }
        self.cache.store(key(name, kind).as_bytes(), FAILED, self.failed_seconds, now).await
    }
}

fn key(name: &str, kind: &str) -> String {
    format!("dnscache_{}_{kind}", name.to_ascii_lowercase())
}
