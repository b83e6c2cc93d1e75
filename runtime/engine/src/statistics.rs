//! Counters by group and name, for `$stat(...)` and the management interface.
//!
//! What workers count for every message they count each for itself, or the processors would pass the same line of memory
//! back and forth: a counter has a cell for each of them, and its value is the sum.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::RwLock;

/// Cells of a counter, a power of two; more workers than that share them.
const LANES: usize = 16;

/// What one worker counts of several counters: together they take one line of memory.
#[derive(Debug, Default)]
#[repr(align(64))]
struct Lane([AtomicI64; PER_LANE]);

/// Counters that lie side by side.
const PER_LANE: usize = 8;

thread_local! {
    static LANE: Cell<usize> = const { Cell::new(0) };
}

/// From now on this thread counts in the cells of this worker.
pub fn count_as(worker: usize) {
    LANE.set(worker);
}

/// One counter; cloning shares it. One made by `default` has one cell: it is quick to read.
#[derive(Debug, Clone)]
pub struct Counter {
    /// One lane, or as many as a power of two.
    lanes: Arc<[Lane]>,
    place: usize,
}

impl Default for Counter {
    fn default() -> Counter {
        Counter { lanes: Arc::new([Lane::default()]), place: 0 }
    }
}

impl Counter {
    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// Adds.
    pub fn add(&self, n: i64) {
        if let Some(cell) = self.cell(LANE.get() & (self.lanes.len() - 1)) {
            cell.fetch_add(n, Ordering::Relaxed);
        }
    }

    fn cell(&self, lane: usize) -> Option<&AtomicI64> {
        self.lanes.get(lane)?.0.get(self.place)
    }

    fn cells(&self) -> impl Iterator<Item = &AtomicI64> {
        self.lanes.iter().filter_map(|lane| lane.0.get(self.place))
    }

    /// The value now.
    pub fn get(&self) -> i64 {
        self.cells().map(|cell| cell.load(Ordering::Relaxed)).fold(0, i64::wrapping_add)
    }

    /// Sets it.
    pub fn set(&self, n: i64) {
        let mut cells = self.cells();
        if let Some(first) = cells.next() {
            first.store(n, Ordering::Relaxed);
        }
        cells.for_each(|cell| cell.store(0, Ordering::Relaxed));
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
    /// The counter that was made last: the next one lies beside it.
    last: Option<Counter>,
}

impl Store {
    /// A counter with a cell for each worker.
    fn counter(&mut self) -> Counter {
        let beside = self.last.take().filter(|c| c.place + 1 < PER_LANE);
        let counter = match beside {
            Some(Counter { lanes, place }) => Counter { lanes, place: place + 1 },
            None => Counter { lanes: (0..LANES).map(|_| Lane::default()).collect(), place: 0 },
        };
        self.last = Some(counter.clone());
        counter
    }

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
            let counter = store.counter();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_count_beside_each_other() {
        let statistics = Statistics::default();
        let counters: Vec<Counter> = (0..20).map(|n| statistics.counter("core", &format!("c{n}"))).collect();
        std::thread::scope(|scope| {
            for worker in 0..LANES + 3 {
                let counters = &counters;
                scope.spawn(move || {
                    count_as(worker);
                    counters.iter().enumerate().for_each(|(n, c)| c.add(n as i64 + 1));
                });
            }
        });
        let times = LANES as i64 + 3;
        assert!((1..).zip(&counters).all(|(n, c)| c.get() == n * times));
        assert_eq!(statistics.find("CORE", "c7").map(|s| s.value(0)), Some(8 * times));
        counters[3].set(-5);
        assert_eq!((counters[2].get(), counters[3].get(), counters[4].get()), (3 * times, -5, 5 * times));
    }
}
