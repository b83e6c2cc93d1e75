//! All pipes, by name.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::{Mutex, MutexGuard};
use sipc_engine::Text;

use crate::pipe::{Algorithm, Pipe, Rules, Signals};

/// The most pipes; checks of further ones pass uncounted.
pub const PIPES_MAX: usize = 1 << 18;

type Part = HashMap<Text, Pipe>;

/// The table.
pub struct Pipes {
    parts: Vec<Mutex<Part>>,
    hasher: RandomState,
    count: AtomicUsize,
    /// Seconds after which an idle pipe goes.
    expire: u64,
}

/// What a check gave.
pub struct Checked {
    /// The limit is kept.
    pub passes: bool,
    /// The pipe was not there before.
    pub is_new: bool,
    /// The pipe's.
    pub algorithm: Algorithm,
}

impl Pipes {
    /// An empty table.
    pub fn new(parts: usize, expire: u64) -> Pipes {
        let parts = (0..parts.max(1)).map(|_| Mutex::default()).collect();
        Pipes { parts, hasher: RandomState::new(), count: AtomicUsize::new(0), expire }
    }

    fn part(&self, name: &[u8]) -> MutexGuard<'_, Part> {
        let hash = usize::try_from(self.hasher.hash_one(name) & 0xffff_ffff).unwrap_or(0);
        self.parts[hash % self.parts.len()].lock()
    }

    /// Counts on a pipe; `None` when it is not there and there are too many.
    pub fn check(
        &self,
        name: &Text,
        limit: i32,
        algorithm: Algorithm,
        rules: &Rules,
        signals: &Signals,
    ) -> Option<Checked> {
        let mut part = self.part(name);
        let (pipe, is_new) = match part.entry(name.clone()) {
            Entry::Occupied(entry) => (entry.into_mut(), false),
            Entry::Vacant(entry) => {
                let more = |n: usize| (n < PIPES_MAX).then_some(n + 1);
                self.count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
                (entry.insert(Pipe::new(algorithm, rules)), true)
            }
        };
        let passes = pipe.check(limit, rules, signals);
        Some(Checked { passes, is_new, algorithm: pipe.algorithm })
    }

    /// Something about a pipe.
    pub fn with<R>(&self, name: &[u8], f: impl FnOnce(&mut Pipe) -> R) -> Option<R> {
        self.part(name).get_mut(name).map(f)
    }

    /// Adds to a count, or with 0 starts it anew; `false` when there is no such pipe.
    pub fn change(&self, name: &[u8], by: i32, rules: &Rules, now_ms: u64) -> bool {
        self.with(name, |pipe| pipe.change(by, rules, now_ms)).is_some()
    }

    /// A pipe's count.
    pub fn count(&self, name: &[u8], rules: &Rules, now_ms: u64) -> Option<i32> {
        let count = self.with(name, |pipe| pipe.counted(rules, now_ms))?;
        Some(i32::try_from(count).unwrap_or(i32::MAX))
    }

    /// The names, in their order.
    pub fn names(&self) -> Vec<Text> {
        let mut names: Vec<Text> = Vec::new();
        self.parts.iter().for_each(|part| names.extend(part.lock().keys().cloned()));
        names.sort_unstable();
        names
    }

    /// The end of an interval: idle pipes go.
    pub fn tick(&self, rules: &Rules, waiting: u64, now: u64) {
        for part in &self.parts {
            let mut part = part.lock();
            let before = part.len();
            part.retain(|_, pipe| pipe.used + self.expire >= now);
            self.count.fetch_sub(before - part.len(), Ordering::Relaxed);
            part.values_mut().for_each(|pipe| pipe.tick(rules, waiting));
        }
    }
}
