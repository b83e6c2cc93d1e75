//! What the measurements of one timer come to.

use serde_json::{Value as Json, json};

/// A timer.
pub(crate) struct Timer {
    pub name: String,
    /// Measures even when not all do.
    pub enabled: bool,
    /// Since the last line or the last poll.
    recent: Sums,
    all: Sums,
}

/// Microseconds.
#[derive(Debug, Clone, Copy)]
struct Sums {
    count: u64,
    sum: u64,
    least: u64,
    most: u64,
}

impl Sums {
    const NONE: Sums = Sums { count: 0, sum: 0, least: u64::MAX, most: 0 };

    fn add(&mut self, took: u64) {
        self.count += 1;
        self.sum = self.sum.saturating_add(took);
        self.least = self.least.min(took);
        self.most = self.most.max(took);
    }

    /// How often, in all, least, most, on average.
    fn shown(&self) -> String {
        let least = if self.count == 0 { 0 } else { self.least };
        let average = if self.count == 0 { 0.0 } else { self.sum as f64 / self.count as f64 };
        format!("{}/{}/{least}/{}/{average:.6}", self.count, self.sum, self.most)
    }
}

impl Timer {
    /// A timer that measured nothing.
    pub(crate) fn new(name: String) -> Timer {
        Timer { name, enabled: false, recent: Sums::NONE, all: Sums::NONE }
    }

    /// Adds a measurement.
    pub(crate) fn add(&mut self, took: u64) {
        self.recent.add(took);
        self.all.add(took);
    }

    /// A line for the log, when so many measurements were made since the last.
    pub(crate) fn line(&mut self, number: usize, took: u64, granularity: u64) -> Option<String> {
        if granularity == 0 || self.recent.count < granularity {
            return None;
        }
        let line = format!(
            "benchmark (timer {} [{number}]): {took} [ msgs/total/min/max/avg - LR: {} | GB: {}]",
            self.name,
            self.recent.shown(),
            self.all.shown()
        );
        self.recent = Sums::NONE;
        Some(line)
    }

    /// What a poll gives. OpenSIPS calls the recent ones `global` and all of them `local`.
    pub(crate) fn polled(&mut self) -> Json {
        let shown = json!({ "name": self.name, "global": self.recent.shown(), "local": self.all.shown() });
        self.recent = Sums::NONE;
        shown
    }
}
