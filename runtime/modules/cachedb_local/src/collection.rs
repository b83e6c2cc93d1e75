//! One collection: keys and values in shards.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use parking_lot::Mutex;
use sipc_engine::Text;
use sipc_engine::cachedb::{Answer, Cache, CacheError, CacheStatistics};
use sipc_engine::glob::glob;
use sipc_engine::log::{Level, Log};

/// Requests for different keys should not wait for each other.
const SHARDS: usize = 64;

/// Keys and values of a collection take no more than this; then storing fails.
const BYTES_MAX: usize = 512 << 20;

/// What an entry costs beside its texts, about.
const ENTRY_BYTES: usize = 128;

/// A collection.
pub(crate) struct Collection {
    /// Its name.
    pub name: String,
    shards: Vec<Mutex<HashMap<Text, Entry>>>,
    hasher: RandomState,
    bytes: AtomicUsize,
    bytes_max: usize,
    statistics: CacheStatistics,
    /// Microseconds; 0: no request is slow.
    threshold: u128,
    log: OnceLock<Arc<Log>>,
}

#[derive(Debug)]
struct Entry {
    value: Text,
    /// Unix time of the last second of its life; `None`: it has no end.
    until: Option<u64>,
}

impl Entry {
    fn is_dead(&self, now: u64) -> bool {
        self.until.is_some_and(|until| until < now)
    }

    fn bytes(key: &[u8], value: &[u8]) -> usize {
        key.len() + value.len() + ENTRY_BYTES
    }
}

impl Collection {
    /// An empty one.
    pub(crate) fn new(name: &str, statistics: CacheStatistics, threshold: u32) -> Collection {
        Collection {
            name: name.to_owned(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            bytes: AtomicUsize::new(0),
            bytes_max: BYTES_MAX,
            statistics,
            threshold: threshold.into(),
            log: OnceLock::new(),
        }
    }

    /// Says where slow requests are logged; there is no log yet while modules are set up.
    pub(crate) fn log_to(&self, log: &Arc<Log>) {
        // every worker says the same
        self.log.get_or_init(|| log.clone());
    }

    #[cfg(test)]
    pub(crate) fn limited(mut self, bytes: usize) -> Collection {
        self.bytes_max = bytes;
        self
    }

    /// Counts a request and sees how long it takes.
    fn measured<T>(&self, what: &str, run: impl FnOnce() -> T) -> T {
        let start = (self.threshold > 0).then(Instant::now);
        let result = run();
        self.statistics.total_queries.increment();
        let took = start.map_or(0, |s| s.elapsed().as_micros());
        if took > self.threshold {
            self.statistics.slow_queries.increment();
            if let Some(log) = self.log.get() {
                log.message(Level::Warning, what, format_args!("{} took {took} us", self.name));
            }
        }
        result
    }

    /// The shard of a key, locked for one operation.
    fn shard<R>(&self, key: &[u8], f: impl FnOnce(&mut HashMap<Text, Entry>) -> R) -> R {
        // the remainder is below SHARDS, so the conversion keeps it
        let at = (self.hasher.hash_one(key) % SHARDS as u64) as usize;
        f(&mut self.shards[at].lock())
    }

    fn put(&self, entries: &mut HashMap<Text, Entry>, key: &[u8], entry: Entry) -> Result<(), CacheError> {
        let size = Entry::bytes(key, &entry.value);
        if self.bytes.fetch_add(size, Ordering::Relaxed) + size > self.bytes_max {
            self.bytes.fetch_sub(size, Ordering::Relaxed);
            return Err(CacheError::Failed(format!("the collection {} is full", self.name)));
        }
        if let Some(old) = entries.insert(Text::copy_from_slice(key), entry) {
            self.bytes.fetch_sub(Entry::bytes(key, &old.value), Ordering::Relaxed);
        }
        Ok(())
    }

    fn forget(&self, entries: &mut HashMap<Text, Entry>, key: &[u8]) {
        if let Some(old) = entries.remove(key) {
            self.bytes.fetch_sub(Entry::bytes(key, &old.value), Ordering::Relaxed);
        }
    }

    fn get(&self, key: &[u8], now: u64) -> Option<Text> {
        self.shard(key, |entries| {
            let entry = entries.get(key)?;
            if entry.is_dead(now) {
                self.forget(entries, key);
                return None;
            }
            Some(entry.value.clone())
        })
    }

    fn add_now(&self, key: &[u8], by: i32, seconds: i32, now: u64) -> Result<i32, CacheError> {
        self.shard(key, |entries| {
            let old = entries.get(key).filter(|e| !e.is_dead(now));
            let (sum, until) = match old {
                Some(entry) => {
                    let number = number(&entry.value).ok_or(CacheError::NotANumber)?;
                    (number.wrapping_add(by), entry.until)
                }
                None => (by, end(seconds, now)),
            };
            self.put(entries, key, Entry { value: Text::from(sum.to_string()), until })?;
            Ok(sum)
        })
    }

    /// Keeps the entries for which `keep` holds.
    fn retain(&self, mut keep: impl FnMut(&[u8], &Entry) -> bool) {
        for shard in &self.shards {
            shard.lock().retain(|key, entry| {
                let kept = keep(key, entry);
                if !kept {
                    self.bytes.fetch_sub(Entry::bytes(key, &entry.value), Ordering::Relaxed);
                }
                kept
            });
        }
    }

    /// Removes what has expired.
    pub(crate) fn clean(&self, now: u64) {
        self.retain(|_, entry| !entry.is_dead(now));
    }

    /// Adds an entry of the last run; one that does not fit any more is left out.
    pub(crate) fn restore(&self, key: &[u8], value: &[u8], until: Option<u64>) {
        let entry = Entry { value: Text::copy_from_slice(value), until };
        // the bound may be smaller than in the last run, and a cache may forget
        let _ = self.shard(key, |entries| self.put(entries, key, entry));
    }

    /// Keys with values and the ends of their lives.
    pub(crate) fn living(&self, now: u64) -> Vec<(Text, Text, Option<u64>)> {
        let of_shard = |shard: &Mutex<HashMap<Text, Entry>>| {
            let entries = shard.lock();
            let live = entries.iter().filter(|(_, entry)| !entry.is_dead(now));
            live.map(|(key, entry)| (key.clone(), entry.value.clone(), entry.until)).collect::<Vec<_>>()
        };
        self.shards.iter().flat_map(of_shard).collect()
    }

    /// Removes the keys that match a shell pattern.
    pub(crate) fn remove_matching(&self, pattern: &[u8]) {
        self.measured("remove_chunk", || self.retain(|key, _| !glob(pattern, key)));
    }

    /// Keys that match a shell pattern, with their values.
    pub(crate) fn matching(&self, pattern: &[u8], now: u64) -> Vec<(Text, Text)> {
        let of_shard = |shard: &Mutex<HashMap<Text, Entry>>| {
            let entries = shard.lock();
            let live = entries.iter().filter(|(key, entry)| !entry.is_dead(now) && glob(pattern, key));
            live.map(|(key, entry)| (key.clone(), entry.value.clone())).collect::<Vec<_>>()
        };
        let mut all =
            self.measured("fetch_chunk", || self.shards.iter().flat_map(of_shard).collect::<Vec<_>>());
        all.sort();
        all
    }
}

/// When a life ends; a negative one has ended.
fn end(seconds: i32, now: u64) -> Option<u64> {
    (seconds != 0).then(|| now.saturating_add_signed(seconds.into()))
}

fn number(text: &[u8]) -> Option<i32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Memory answers at once.
fn ready<'a, T: Send + 'a>(result: Result<T, CacheError>) -> Answer<'a, T> {
    Box::pin(std::future::ready(result))
}

impl Cache for Collection {
    fn store<'a>(&'a self, key: &'a [u8], value: &'a [u8], seconds: i32, now: u64) -> Answer<'a, ()> {
        let entry = Entry { value: Text::copy_from_slice(value), until: end(seconds, now) };
        ready(self.measured("store", || self.shard(key, |entries| self.put(entries, key, entry))))
    }

    fn remove<'a>(&'a self, key: &'a [u8]) -> Answer<'a, ()> {
        self.measured("remove", || self.shard(key, |entries| self.forget(entries, key)));
        ready(Ok(()))
    }

    fn fetch<'a>(&'a self, key: &'a [u8], now: u64) -> Answer<'a, Option<Text>> {
        ready(Ok(self.measured("fetch", || self.get(key, now))))
    }

    fn counter<'a>(&'a self, key: &'a [u8], now: u64) -> Answer<'a, Option<i32>> {
        let found = self.measured("fetch_counter", || self.get(key, now));
        ready(found.map(|text| number(&text).ok_or(CacheError::NotANumber)).transpose())
    }

    fn add<'a>(&'a self, key: &'a [u8], by: i32, seconds: i32, now: u64) -> Answer<'a, i32> {
        ready(self.measured("add", || self.add_now(key, by, seconds, now)))
    }
}
