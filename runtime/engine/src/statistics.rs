//! Counters by group and name, for `$stat(...)` and the management interface.

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

/// How a statistic gets its value.
#[derive(Clone)]
pub enum Source {
    /// Counted; can be reset.
    Counter(Counter),
    /// Counted; a reset does not touch it.
    Permanent(Counter),
    /// Computed.
    Gauge(Gauge),
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
    /// The value now.
    pub fn value(&self) -> i64 {
        match &self.source {
            Source::Counter(c) | Source::Permanent(c) => c.get(),
            Source::Gauge(f) => f(),
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

/// All statistics of the process.
#[derive(Clone, Default)]
pub struct Statistics {
    all: Arc<RwLock<Vec<Statistic>>>,
}

impl Statistics {
    /// The counter of a name, made when new.
    pub fn counter(&self, group: &str, name: &str) -> Counter {
        if let Some(Source::Counter(c) | Source::Permanent(c)) = self.find(group, name).map(|s| s.source) {
            return c;
        }
        let counter = Counter::default();
        self.add(group, name, Source::Counter(counter.clone()));
        counter
    }

    /// Registers a computed value.
    pub fn gauge(&self, group: &str, name: &str, value: Gauge) {
        self.add(group, name, Source::Gauge(value));
    }

    /// Registers a statistic.
    pub fn add(&self, group: &str, name: &str, source: Source) {
        self.all.write().push(Statistic { group: group.to_owned(), name: name.to_owned(), source });
    }

    /// By group and name.
    pub fn find(&self, group: &str, name: &str) -> Option<Statistic> {
        self.all.read().iter().find(|s| s.group == group && s.name == name).cloned()
    }

    /// By `group:name`, or by a name alone.
    pub fn named(&self, name: &str) -> Option<Statistic> {
        match name.split_once(':') {
            Some((group, name)) => self.find(group, name),
            None => self.all.read().iter().find(|s| s.name == name).cloned(),
        }
    }

    /// A copy of the list, in the order of registration.
    pub fn list(&self) -> Vec<Statistic> {
        self.all.read().clone()
    }
}
