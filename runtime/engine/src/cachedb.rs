//! Caches by name: what `cache_store("local", …)` and its kin talk to.
//!
//! A module that is a cache implements [`Cache`] and registers a connection per URL of its `cachedb_url`; scripts
//! name one as `system` or `system:group`. Answers are futures that any thread can wait for: a cache
//! behind a network sends its requests to tasks of its own and completes the answer when it is there.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::statistics::{Counter, Statistics};
use crate::{Text, Value};

/// What a cache will answer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, CacheError>> + Send + 'a>>;

/// Why a cache did not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheError {
    /// The value is no number.
    NotANumber,
    /// This kind of cache cannot do it.
    Unsupported,
    /// Anything else, in words.
    Failed(String),
}

/// A connection to a cache. `now` is the Unix time in seconds; a life of 0 seconds has no end.
pub trait Cache: Send + Sync {
    /// Stores a value, in place of an old one.
    fn store<'a>(&'a self, key: &'a [u8], value: &'a [u8], seconds: i32, now: u64) -> Answer<'a, ()>;

    /// Removes a key; there need not be one.
    fn remove<'a>(&'a self, key: &'a [u8]) -> Answer<'a, ()>;

    /// A value.
    fn fetch<'a>(&'a self, key: &'a [u8], now: u64) -> Answer<'a, Option<Text>>;

    /// A value that is a number.
    fn counter<'a>(&'a self, key: &'a [u8], now: u64) -> Answer<'a, Option<i32>>;

    /// Adds to a number and gives the sum; the life is that of a number that was not there.
    fn add<'a>(&'a self, key: &'a [u8], by: i32, seconds: i32, now: u64) -> Answer<'a, i32>;

    /// What a query in the cache's own language gives: rows of so many columns, or as many as there are. Only caches with a
    /// language can do it.
    fn raw_query<'a>(&'a self, _query: &'a [u8], _columns: usize) -> Answer<'a, Vec<Vec<Value>>> {
        Box::pin(std::future::ready(Err(CacheError::Unsupported)))
    }
}

/// Opens a URL of a kind of cache, while the process starts.
pub type Open = Arc<dyn Fn(&CacheUrl) -> Result<Arc<dyn Cache>, String> + Send + Sync>;

/// The caches of the process.
pub struct Caches {
    connections: Vec<Connection>,
    drivers: Vec<(&'static str, Open)>,
    /// How many requests caches got, and how many took longer than the cache's threshold.
    pub statistics: CacheStatistics,
}

/// Statistics of the group `cdb`.
#[derive(Debug, Clone)]
pub struct CacheStatistics {
    /// Requests.
    pub total_queries: Counter,
    /// Requests that took too long.
    pub slow_queries: Counter,
}

struct Connection {
    system: String,
    group: String,
    cache: Arc<dyn Cache>,
}

impl Caches {
    /// No caches yet.
    pub(crate) fn new(statistics: &Statistics) -> Caches {
        let counter = |name| statistics.counter("cdb", name);
        let statistics = CacheStatistics {
            total_queries: counter("cdb_total_queries"),
            slow_queries: counter("cdb_slow_queries"),
        };
        Caches { connections: Vec::new(), drivers: Vec::new(), statistics }
    }

    /// Says how URLs of a kind of cache are opened, for modules that use one.
    pub fn register_driver(&mut self, system: &'static str, open: Open) {
        self.drivers.push((system, open));
    }

    /// Opens a URL for a module.
    pub fn open(&self, url: &str) -> Result<Arc<dyn Cache>, String> {
        let parsed = CacheUrl::parse(url)?;
        let driver = self.drivers.iter().find(|(system, _)| *system == parsed.system);
        let (_, open) = driver.ok_or_else(|| {
            format!("nothing that is loaded opens caches {}://; is its module loaded?", parsed.system)
        })?;
        open(&parsed)
    }

    /// Adds a connection; an empty group is what a script gets that names none. A later one of the same names
    /// replaces the default, and is not found otherwise, as in OpenSIPS.
    pub fn register(&mut self, system: &str, group: &str, cache: Arc<dyn Cache>) {
        if group.is_empty() {
            self.connections.retain(|c| c.system != system || !c.group.is_empty());
        }
        self.connections.push(Connection { system: system.to_owned(), group: group.to_owned(), cache });
    }

    /// The connection that a script names: `system` or `system:group`. The error says what is missing.
    pub fn named(&self, name: &[u8]) -> Result<Arc<dyn Cache>, String> {
        let name = String::from_utf8_lossy(name);
        let (system, group) = name.split_once(':').unwrap_or((&name, ""));
        let mut of_system = self.connections.iter().filter(|c| c.system == system).peekable();
        if of_system.peek().is_none() {
            return Err(format!("there is no cache {system}; is its module loaded?"));
        }
        let found = of_system.find(|c| c.group == group).map(|c| c.cache.clone());
        found.ok_or_else(|| format!("the cache {system} has no group [{group}]; see its cachedb_url"))
    }
}

/// A URL of a cache: `system[:group]://[user[:password]@][hosts]/[database][?options]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CacheUrl {
    /// What kind of cache.
    pub system: String,
    /// The name for scripts; may be empty.
    pub group: String,
    /// `user:password@hosts`, as written.
    pub authority: String,
    /// Behind the slash.
    pub database: String,
    /// Behind the question mark.
    pub options: String,
}

impl CacheUrl {
    /// Reads a URL.
    pub fn parse(text: &str) -> Result<CacheUrl, String> {
        let bad = || format!("{text} is no URL such as system:group://host:port/database");
        let (head, rest) = text.split_once("//").ok_or_else(bad)?;
        let head = head.strip_suffix(':').ok_or_else(bad)?;
        let (system, group) = head.split_once(':').unwrap_or((head, ""));
        if system.is_empty() || group.contains([':', '/']) {
            return Err(bad());
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (database, options) = path.split_once('?').unwrap_or((path, ""));
        let owned = str::to_owned;
        Ok(CacheUrl {
            system: owned(system),
            group: owned(group),
            authority: owned(authority),
            database: owned(database),
            options: owned(options),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let url = CacheUrl::parse("redis:g://u:p@h1,h2:1/db?x=1").expect("a URL");
        assert_eq!((&*url.system, &*url.group, &*url.authority), ("redis", "g", "u:p@h1,h2:1"));
        assert_eq!((&*url.database, &*url.options), ("db", "x=1"));
        assert_eq!(CacheUrl::parse("local://").map(|u| u.system), Ok("local".to_owned()));
        assert_eq!(
            CacheUrl::parse("local:g:///c").map(|u| (u.group, u.database)),
            Ok(("g".into(), "c".into()))
        );
        for bad in ["", "local", "://x", "local//", "local:a/b://x"] {
            assert!(CacheUrl::parse(bad).is_err(), "{bad}");
        }
    }
}
