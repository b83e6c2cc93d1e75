//! Timers of one worker: a wheel of 10 ms ticks.
//!
//! A timer is never cancelled, only ignored when it fires too early: the owner knows its real deadline
//! and arms again. So the wheel needs no handles and a transaction needs one live entry at a time.

use sipc_transaction::Time;

/// Milliseconds of one tick.
pub const TICK_MS: u64 = 10;
/// Slots of each level, a power of two.
const SLOTS: usize = 256;
/// A timer this many ticks away may be as many late as its grain says: what ends at about the same time ends together, and
/// a server with little to do wakes seldom. None is late by more than an eighth, and what is due at a whole second, as
/// timeouts of transactions are, comes with it.
const GRAINS: [(u64, u64); 2] = [(256, 20), (40, 5)];
/// As long as fewer are armed. What ends together keeps messages waiting until all of it has ended, and a worker with more
/// to do wakes often anyway.
const GROUPED_MAX: usize = 2_000;
/// Levels: 256^3 ticks of 10 ms are 46 hours; later deadlines wait in the last level and are sorted
/// in again.
const LEVELS: usize = 3;

/// The wheel. Deadlines are rounded up to the next tick, far ones to the next of several.
pub struct Timers<T> {
    levels: Vec<Vec<Vec<(u64, T)>>>,
    /// The last tick that was run.
    tick: u64,
    count: usize,
    /// The tick that the owner sleeps until; 0 when it is awake.
    awaited: u64,
}

impl<T> Default for Timers<T> {
    fn default() -> Timers<T> {
        let level = || (0..SLOTS).map(|_| Vec::new()).collect();
        Timers { levels: (0..LEVELS).map(|_| level()).collect(), tick: 0, count: 0, awaited: 0 }
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

    /// Arms a timer for something at `now`; whether whoever sleeps until [`Timers::next_at`] must ask anew.
    #[must_use]
    pub fn at(&mut self, now: Time, deadline: Time, what: T) -> bool {
        let tick = deadline.0.div_ceil(TICK_MS);
        let away = tick.saturating_sub(now.0 / TICK_MS);
        let mut grains = GRAINS.iter().filter(|_| self.count < GROUPED_MAX);
        let grain = grains.find(|(from, _)| away >= *from).map_or(1, |(_, grain)| *grain);
        let tick = tick.next_multiple_of(grain).max(self.tick + 1);
        self.count += 1;
        self.place(tick, what);
        tick < self.awaited
    }

    /// When to call [`Timers::due`] next: something is due then, or has to be sorted in. `None` as long as no timer is
    /// armed.
    pub fn next_at(&mut self) -> Option<Time> {
        self.awaited = if self.count == 0 { u64::MAX } else { self.next_tick() };
        (self.count > 0).then(|| Time(self.awaited * TICK_MS))
    }

    fn next_tick(&self) -> u64 {
        let turn = (self.tick + 1).next_multiple_of(span(1));
        let filled = |tick: &u64| !self.levels[0][*tick as usize % SLOTS].is_empty();
        (self.tick + 1..turn).find(filled).unwrap_or(turn)
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
        self.awaited = 0;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Sleeps until the wheel has something to do, again and again; when each came, and how often it slept.
    fn sleep_through(wheel: &mut Timers<u64>) -> (Vec<(u64, u64)>, usize) {
        let (mut came, mut sleeps) = (Vec::new(), 0);
        while let Some(now) = wheel.next_at() {
            sleeps += 1;
            let mut due = Vec::new();
            wheel.due(now, &mut due);
            came.extend(due.into_iter().map(|deadline| (deadline, now.0)));
        }
        (came, sleeps)
    }

    #[test]
    fn each_comes_when_it_is_due_or_a_little_later() {
        let deadlines = [5, 10, 11, 200, 320, 500, 501, 2_559, 2_561, 5_000, 32_000, 700_000, 60_000_000];
        for start in [0, 3, 77_777] {
            let (mut wheel, now) = (Timers::default(), Time(start));
            wheel.skip_to(now);
            let all = deadlines.map(|d| start + d);
            assert!(all.iter().all(|d| !wheel.at(now, Time(*d), *d)), "nobody sleeps");
            let (came, _) = sleep_through(&mut wheel);
            assert_eq!(came.len(), all.len());
            for (deadline, at) in came {
                let late = at.checked_sub(deadline).expect("none is early");
                assert!(late < TICK_MS || late * 8 <= deadline - start, "{deadline} at {at}");
            }
        }
    }

    #[test]
    fn an_idle_server_sleeps() {
        let mut wheel = Timers::default();
        for second in 0..10_u64 {
            // a call that rings: sent again after half a second, given up after thirty
            let _ = wheel.at(Time(0), Time(second * 1_000 + 500), second);
            let _ = wheel.at(Time(0), Time(second * 1_000 + 30_000), second);
        }
        let (came, sleeps) = sleep_through(&mut wheel);
        assert_eq!(came.len(), 20);
        // twenty times for them, and once for each turn of the wheel: not 3,900 times
        assert!(sleeps <= 20 + 39_000 / 2_560 + 1, "{sleeps}");
    }

    #[test]
    fn under_load_none_waits_for_others() {
        let mut wheel = Timers::default();
        let all: Vec<u64> = (0..4 * GROUPED_MAX as u64).map(|n| 5_000 + n).collect();
        for deadline in &all {
            let _ = wheel.at(Time(0), Time(*deadline), *deadline);
        }
        let (came, _) = sleep_through(&mut wheel);
        let late = |n: usize| {
            came.iter().filter(|(deadline, at)| at - deadline >= TICK_MS && *deadline >= n as u64).count()
        };
        assert!(late(0) > 0, "the first ones come in groups");
        assert_eq!(late(5_000 + GROUPED_MAX), 0);
    }

    #[test]
    fn who_sleeps_is_told_of_what_comes_earlier() {
        let mut wheel = Timers::default();
        assert_eq!(wheel.next_at(), None);
        assert!(wheel.at(Time(0), Time(1_000), 1), "it sleeps without end");
        assert_eq!(wheel.next_at(), Some(Time(1_000)));
        assert!(!wheel.at(Time(0), Time(1_000), 2) && !wheel.at(Time(0), Time(9_000), 3));
        assert!(wheel.at(Time(0), Time(900), 4));
        assert_eq!(wheel.next_at(), Some(Time(900)));
        let mut due = Vec::new();
        wheel.due(Time(895), &mut due);
        assert!(due.is_empty());
        assert!(!wheel.at(Time(895), Time(896), 5), "who is awake asks anyway");
    }
}
