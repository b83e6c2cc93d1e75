//! Counters by group and name, for `$stat(...)` and the management interface.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;

/// One counter; cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct Counter(Arc<AtomicI64>);

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds.
    pub fn add(&self, n: i64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// The value now.
    pub fn get(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets it.
    pub fn set(&self, n: i64) {
        self.0.store(n, Ordering::Relaxed);
    }
}

/// Computes a value when asked.
pub type Gauge = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Computes a value for a Unix time in milliseconds.
pub type Timed = Arc<dyn Fn(u64) -> i64 + Send + Sync>;

/// How a statistic gets its value.
#[derive(Clone)]
pub enum Source {
    /// Counted; can be reset.
    Counter(Counter),
    /// Counted; a reset does not touch it.
    Permanent(Counter),
    /// Computed.
    Gauge(Gauge),
    /// Computed for a time.
    Timed(Timed),
}

/// One statistic.
#[derive(Clone)]
pub struct Statistic {
    /// Group: a module's name, `core`, `net`, …
    pub group: String,
    /// Name within the group.
    pub name: String,
    /// Its value.
    pub source: Source,
}

impl Statistic {
    /// The value at a Unix time, milliseconds.
    pub fn value(&self, now_ms: u64) -> i64 {
        match &self.source {
            Source::Counter(c) | Source::Permanent(c) => c.get(),
            Source::Gauge(f) => f(),
            Source::Timed(f) => f(now_ms),
        }
    }

    /// Adds to what is counted; what is computed stays as it is.
    pub fn update(&self, n: i64) {
        if let Source::Counter(c) | Source::Permanent(c) = &self.source {
            c.add(n);
        }
    }

    /// Back to 0, if it can be reset; says whether it could.
    pub fn reset(&self) -> bool {
        match &self.source {
            Source::Counter(c) => {
                c.set(0);
                true
            }
            _ => false,
        }
    }

    /// What `list_statistics` calls it.
    pub fn kind(&self) -> &'static str {
        match self.source {
            Source::Counter(_) => "incremental",
            _ => "non-incremental",
        }
    }
}

/// All statistics of the process. Names and groups are the same whatever their case.
#[derive(Clone, Default)]
pub struct Statistics(Arc<RwLock<Store>>);

#[derive(Default)]
struct Store {
    /// In the order of registration.
    all: Vec<Statistic>,
    /// Places in the list by name, in lower case.
    by_name: HashMap<String, Vec<usize>>,
    /// Places in the list by group, in lower case; also of groups that have none yet.
    by_group: HashMap<String, Vec<usize>>,
}

impl Store {
    fn find(&self, group: Option<&str>, name: &str) -> Option<&Statistic> {
        let places = self.by_name.get(&name.to_ascii_lowercase())?;
        let mut named = places.iter().filter_map(|at| self.all.get(*at));
        named.find(|s| group.is_none_or(|group| s.group.eq_ignore_ascii_case(group)))
    }

    fn add(&mut self, group: &str, name: &str, source: Source) {
        let place = self.all.len();
        self.all.push(Statistic { group: group.to_owned(), name: name.to_owned(), source });
        self.by_name.entry(name.to_ascii_lowercase()).or_default().push(place);
        self.by_group.entry(group.to_ascii_lowercase()).or_default().push(place);
    }
}

impl Statistics {
    /// The counter of a name, made when new.
    pub fn counter(&self, group: &str, name: &str) -> Counter {
        let known = |store: &Store| match store.find(Some(group), name).map(|s| &s.source) {
            Some(Source::Counter(c) | Source::Permanent(c)) => Some(c.clone()),
            _ => None,
        };
        if let Some(counter) = known(&self.0.read()) {
            return counter;
        }
        let mut store = self.0.write();
        known(&store).unwrap_or_else(|| {
            let counter = Counter::default();
            store.add(group, name, Source::Counter(counter.clone()));
            counter
        })
    }

    /// Registers a computed value.
    pub fn gauge(&self, group: &str, name: &str, value: Gauge) {
        self.add(group, name, Source::Gauge(value));
    }

    /// Registers a statistic.
    pub fn add(&self, group: &str, name: &str, source: Source) {
        self.0.write().add(group, name, source);
    }

    /// Makes a group known, which may have no statistics yet.
    pub fn declare_group(&self, group: &str) {
        self.0.write().by_group.entry(group.to_ascii_lowercase()).or_default();
    }

    /// Whether a group is known.
    pub fn has_group(&self, group: &str) -> bool {
        self.0.read().by_group.contains_key(&group.to_ascii_lowercase())
    }

    /// The n-th statistic of a group, in the order of registration.
    pub fn of_group(&self, group: &str, n: usize) -> Option<Statistic> {
        let store = self.0.read();
        let place = store.by_group.get(&group.to_ascii_lowercase())?.get(n)?;
        store.all.get(*place).cloned()
    }

    /// By group and name.
    pub fn find(&self, group: &str, name: &str) -> Option<Statistic> {
        self.0.read().find(Some(group), name).cloned()
    }

    /// By `group:name`, or by a name alone.
    pub fn named(&self, name: &str) -> Option<Statistic> {
        match name.split_once(':') {
            Some((group, name)) => self.find(group, name),
            None => self.0.read().find(None, name).cloned(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.read().all.len()
    }

    /// A copy of the list, in the order of registration.
    pub fn list(&self) -> Vec<Statistic> {
        self.0.read().all.clone()
    }
}
