//! Timers of one worker: a wheel of 10 ms ticks.
//!
//! A timer is never cancelled, only ignored when it fires too early: the owner knows its real deadline
//! and arms again. So the wheel needs no handles and a transaction needs one live entry at a time.

use sipc_transaction::Time;

/// Milliseconds of one tick.
pub const TICK_MS: u64 = 10;
/// Slots of each level, a power of two.
const SLOTS: usize = 256;
/// Levels: 256^3 ticks of 10 ms are 46 hours; later deadlines wait in the last level and are sorted
/// in again.
const LEVELS: usize = 3;

/// The wheel. Deadlines are rounded up to the next tick.
pub struct Timers<T> {
    levels: Vec<Vec<Vec<(u64, T)>>>,
    /// The last tick that was run.
    tick: u64,
    count: usize,
}

impl<T> Default for Timers<T> {
    fn default() -> Timers<T> {
        let level = || (0..SLOTS).map(|_| Vec::new()).collect();
        Timers { levels: (0..LEVELS).map(|_| level()).collect(), tick: 0, count: 0 }
    }
}

impl<T> Timers<T> {
    /// Moves an empty wheel to the present, so that the first timer after a pause does not have to
    /// turn it through the pause.
    pub fn skip_to(&mut self, now: Time) {
        if self.count == 0 {
            self.tick = self.tick.max(now.0 / TICK_MS);
        }
    }

    /// Arms a timer for something.
    pub fn at(&mut self, deadline: Time, what: T) {
        let tick = deadline.0.div_ceil(TICK_MS).max(self.tick + 1);
        self.count += 1;
        self.place(tick, what);
    }

    /// How many are armed.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Moves what is due at `now` to the end of a list, earliest first.
    pub fn due(&mut self, now: Time, due: &mut Vec<T>) {
        let until = now.0 / TICK_MS;
        if self.count == 0 {
            self.tick = self.tick.max(until);
            return;
        }
        while self.tick < until {
            self.tick += 1;
            self.cascade();
            // a slot keeps its room: the next turn of the wheel fills it again
            let slot = &mut self.levels[0][self.tick as usize % SLOTS];
            self.count -= slot.len();
            due.extend(slot.drain(..).map(|(_, what)| what));
        }
    }

    fn place(&mut self, tick: u64, what: T) {
        let distance = tick - self.tick;
        let mut level = 0;
        while level + 1 < LEVELS && distance >= span(level + 1) {
            level += 1;
        }
        let at = tick.min(self.tick + span(LEVELS) - 1) / span(level);
        self.levels[level][at as usize % SLOTS].push((tick, what));
    }

    /// At the start of each turn of a level, the next slot of the level above is sorted in.
    fn cascade(&mut self) {
        for level in 1..LEVELS {
            if !self.tick.is_multiple_of(span(level)) {
                break;
            }
            let at = (self.tick / span(level)) as usize % SLOTS;
            for (tick, what) in std::mem::take(&mut self.levels[level][at]) {
                if tick <= self.tick {
                    self.levels[0][self.tick as usize % SLOTS].push((tick, what));
                } else {
                    self.place(tick, what);
                }
            }
        }
    }
}

/// Ticks that one slot of a level stands for.
const fn span(level: usize) -> u64 {
    (SLOTS as u64).pow(level as u32)
}
