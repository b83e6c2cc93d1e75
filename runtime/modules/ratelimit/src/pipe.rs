//! One pipe.

/// Numbers below 100 in an order without a pattern, for FEEDBACK.
const SPREAD: [u8; 100] = [
    18, 50, 51, 39, 49, 68, 8, 78, 61, 75, 53, 32, 45, 77, 31, 12, 26, 10, 37, 99, 29, 0, 52, 82, 91, 22, 7,
    42, 87, 43, 73, 86, 70, 69, 13, 60, 24, 25, 6, 93, 96, 97, 84, 47, 79, 64, 90, 81, 4, 15, 63, 44, 57, 40,
    21, 28, 46, 94, 35, 58, 11, 30, 3, 20, 41, 74, 34, 88, 62, 54, 33, 92, 76, 85, 5, 72, 9, 83, 56, 17, 95,
    55, 80, 98, 66, 14, 16, 38, 71, 23, 2, 67, 36, 65, 27, 1, 19, 59, 89, 48,
];

/// When a limit is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// No more than the limit in an interval.
    TailDrop,
    /// One of so many, by how far the last interval was above the limit.
    Red,
    /// No more than the limit in the window that ends now.
    Window,
    /// All, while no more bytes than the limit wait in the sockets.
    Network,
    /// A share that keeps the machine's load at the limit, in percent.
    Feedback,
}

impl Algorithm {
    /// By its name, ignoring case.
    pub fn named(name: &[u8]) -> Option<Algorithm> {
        use Algorithm::{Feedback, Network, Red, TailDrop, Window};
        [TailDrop, Red, Window, Network, Feedback]
            .into_iter()
            .find(|a| a.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Algorithm::TailDrop => "TAILDROP",
            Algorithm::Red => "RED",
            Algorithm::Window => "SBT",
            Algorithm::Network => "NETWORK",
            Algorithm::Feedback => "FEEDBACK",
        }
    }
}

/// What holds for all pipes.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Seconds of an interval.
    pub interval: u32,
    /// What limits of TAILDROP and RED are multiplied with.
    pub limit_factor: u32,
    /// Milliseconds of the window.
    pub window_ms: u64,
    /// Milliseconds of its slots.
    pub slot_ms: u64,
}

/// What a check depends on besides.
#[derive(Debug, Clone, Copy)]
pub struct Signals {
    /// Unix milliseconds.
    pub now_ms: u64,
    /// Of FEEDBACK.
    pub drop_rate: i32,
}

/// Counts of the last time, in slots.
#[derive(Debug, Default)]
pub struct Window {
    /// The counts.
    pub slots: Vec<u32>,
    /// Where the newest is.
    newest: usize,
    /// Its time; `None`: nothing was counted.
    at_ms: Option<u64>,
}

/// What a window holds at some time.
#[derive(Debug, PartialEq, Eq)]
pub enum Held {
    /// It was never used.
    Nothing,
    /// All of it is too old.
    Expired,
    /// The places of the slots that count.
    Slots(Vec<usize>),
}

impl Window {
    fn new(rules: &Rules) -> Window {
        let slots = usize::try_from(rules.window_ms / rules.slot_ms).unwrap_or(1).max(1);
        Window { slots: vec![0; slots], ..Window::default() }
    }

    /// Counts, and gives the sum.
    fn update(&mut self, rules: &Rules, now: u64, by: i32) -> u32 {
        let slots = self.slots.len();
        let place = usize::try_from(now % rules.window_ms / rules.slot_ms).unwrap_or(0).min(slots - 1);
        let passed = self.at_ms.map(|at| now.saturating_sub(at));
        match passed {
            Some(ms) if ms < rules.slot_ms => {
                let slot = &mut self.slots[self.newest];
                *slot = slot.saturating_add_signed(by);
            }
            Some(ms) if ms < rules.window_ms => {
                let mut at = (self.newest + 1) % slots;
                while at != place {
                    self.slots[at] = 0;
                    at = (at + 1) % slots;
                }
                self.begin(place, now, by);
            }
            _ => {
                self.slots.fill(0);
                self.begin(place, now, by);
            }
        }
        self.slots.iter().fold(0, |sum, n| sum.saturating_add(*n))
    }

    fn begin(&mut self, place: usize, now: u64, by: i32) {
        self.slots[place] = u32::try_from(by).unwrap_or(0);
        (self.newest, self.at_ms) = (place, Some(now));
    }

    fn clear(&mut self) {
        self.slots.fill(0);
        self.at_ms = None;
    }

    /// What it holds, without changing it.
    pub fn held(&self, rules: &Rules, now: u64) -> Held {
        let slots = self.slots.len();
        let Some(at) = self.at_ms else { return Held::Nothing };
        let passed = now.saturating_sub(at);
        if passed < rules.window_ms {
            return Held::Slots((0..slots).collect());
        }
        if passed >= 2 * rules.window_ms {
            return Held::Expired;
        }
        let skipped = usize::try_from((passed - rules.window_ms) / rules.slot_ms).unwrap_or(0) + 1;
        let first = (self.newest + skipped) % slots;
        let count = (self.newest + slots - first) % slots;
        Held::Slots((0..count).map(|n| (first + n) % slots).collect())
    }
}

/// A counter with a limit.
#[derive(Debug)]
pub struct Pipe {
    /// The limit of the last check.
    pub limit: i32,
    /// Of this interval, or of the window.
    pub count: u32,
    /// Of the last interval.
    pub last_count: u32,
    /// RED: one of so many passes. NETWORK: -1 when too much waits.
    load: i32,
    /// Never changes.
    pub algorithm: Algorithm,
    /// Unix seconds of the last check.
    pub used: u64,
    /// Of SBT.
    pub window: Option<Window>,
}

impl Pipe {
    /// A pipe that nothing was counted on.
    pub fn new(algorithm: Algorithm, rules: &Rules) -> Pipe {
        let window = (algorithm == Algorithm::Window).then(|| Window::new(rules));
        Pipe { limit: 0, count: 0, last_count: 0, load: 0, algorithm, used: 0, window }
    }

    /// Counts, and says whether the limit is kept.
    pub fn check(&mut self, limit: i32, rules: &Rules, signals: &Signals) -> bool {
        self.limit = limit;
        self.used = signals.now_ms / 1000;
        // a negative limit is none, as in OpenSIPS
        let within = |count: u32, factor: u32| {
            u32::try_from(limit).map_or(true, |limit| count <= limit.saturating_mul(factor))
        };
        if let Some(window) = &mut self.window {
            self.count = window.update(rules, signals.now_ms, 1);
            return within(self.count, 1);
        }
        self.count = self.count.saturating_add(1);
        match self.algorithm {
            Algorithm::TailDrop | Algorithm::Window => within(self.count, rules.limit_factor),
            Algorithm::Red => self.load <= 0 || self.count.is_multiple_of(self.load.unsigned_abs()),
            Algorithm::Network => self.load >= 0,
            Algorithm::Feedback => i32::from(SPREAD[self.count as usize % SPREAD.len()]) >= signals.drop_rate,
        }
    }

    /// Adds, or with 0 starts anew.
    pub fn change(&mut self, by: i32, rules: &Rules, now_ms: u64) {
        match &mut self.window {
            Some(window) if by == 0 => {
                window.clear();
                self.count = 0;
            }
            Some(window) => self.count = window.update(rules, now_ms, by),
            None if by == 0 => self.count = 0,
            None => self.count = self.count.saturating_add_signed(by),
        }
    }

    /// The count.
    pub fn counted(&mut self, rules: &Rules, now_ms: u64) -> u32 {
        if let Some(window) = &mut self.window {
            self.count = window.update(rules, now_ms, 0);
        }
        self.count
    }

    /// The end of an interval, at which so many bytes wait.
    pub fn tick(&mut self, rules: &Rules, waiting: u64) {
        match self.algorithm {
            Algorithm::Network => {
                let fits = u64::try_from(self.limit).is_ok_and(|limit| waiting <= limit);
                self.load = if fits { 1 } else { -1 };
            }
            Algorithm::Red => {
                if let Some(limit) = u32::try_from(self.limit).ok().filter(|n| *n > 0) {
                    let load = self.count / limit.saturating_mul(rules.limit_factor);
                    self.load = i32::try_from(load).unwrap_or(i32::MAX);
                }
            }
            _ => {}
        }
        self.last_count = self.count;
        self.count = 0;
    }
}
