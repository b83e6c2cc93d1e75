//! The network between phones and proxy: what it loses, repeats, delays and thereby reorders, all by a seed.

use std::collections::BinaryHeap;

use crate::Random;

/// How bad it is.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// Percent of datagrams that are lost.
    pub loss: u64,
    /// Percent that arrive twice.
    pub doubled: u64,
    /// Longest delay, milliseconds.
    pub delay: u64,
    /// Percent that are held for seconds.
    pub held: u64,
}

impl Weather {
    /// From a quiet day to a storm.
    pub fn any(random: &mut Random) -> Weather {
        let pick = |random: &mut Random, from: &[u64]| from[random.below(from.len() as u64) as usize];
        Weather {
            loss: pick(random, &[0, 0, 2, 10, 30, 60]),
            doubled: pick(random, &[0, 0, 5, 30]),
            delay: pick(random, &[1, 50, 400, 1500]),
            held: pick(random, &[0, 0, 1, 5]),
        }
    }

    /// When a datagram that is sent now arrives: never, once or twice.
    pub fn arrivals(&self, now: u64, random: &mut Random) -> Vec<u64> {
        if random.chance(self.loss) {
            return Vec::new();
        }
        let copies = 1 + u64::from(random.chance(self.doubled));
        let mut when = || {
            let held = if random.chance(self.held) { 2_000 + random.below(8_000) } else { 0 };
            now + 1 + random.below(self.delay) + held
        };
        (0..copies).map(|_| when()).collect()
    }
}

/// What is to come, the earliest first; of the same time what was said first.
pub struct Agenda<T> {
    heap: BinaryHeap<Entry<T>>,
    count: u64,
}

struct Entry<T> {
    at: u64,
    number: u64,
    what: T,
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (other.at, other.number).cmp(&(self.at, self.number))
    }
}

impl<T> Agenda<T> {
    /// Nothing yet.
    pub fn new() -> Agenda<T> {
        Agenda { heap: BinaryHeap::new(), count: 0 }
    }

    /// Puts something down.
    pub fn add(&mut self, at: u64, what: T) {
        self.count += 1;
        self.heap.push(Entry { at, number: self.count, what });
    }

    /// Takes the next, if it is due before `end`.
    pub fn next_before(&mut self, end: u64) -> Option<(u64, T)> {
        if self.heap.peek()?.at >= end {
            return None;
        }
        self.heap.pop().map(|e| (e.at, e.what))
    }
}
