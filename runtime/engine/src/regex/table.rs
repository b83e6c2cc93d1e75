//! An expression as a table of states: one look for each byte tells whether it matches.

use std::collections::HashMap;

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};

/// The largest table of one expression, bytes.
const SIZE_MAX: usize = 256 << 10;

/// In place of a state: it does not match, whatever follows.
const NO: u32 = 0;
/// In place of a state: it matches, whatever follows.
const YES: u32 = 1;
/// States are numbers from here on: where their row begins, more by this.
const FIRST: u32 = 2;

/// The table, and where it begins.
#[derive(Debug)]
pub(super) struct Table {
    /// Bytes that no state tells apart have one class. 0 is the end of the subject: a NUL, or nothing left.
    classes: [u8; 256],
    /// A row for each state: what follows for each class.
    next: Vec<u32>,
    start: u32,
}

impl Table {
    /// Makes the table of what `posix::translate` gave; `None` when it would be large.
    pub(super) fn new(translated: &str) -> Option<Table> {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let limits = thompson::Config::new().utf8(false).nfa_size_limit(Some(SIZE_MAX));
        let config = dense::Config::new()
            .accelerate(false)
            .dfa_size_limit(Some(SIZE_MAX))
            .determinize_size_limit(Some(SIZE_MAX))
            .start_kind(StartKind::Unanchored);
        let states =
            dense::Builder::new().syntax(syntax).thompson(limits).configure(config).build(translated).ok()?;
        let start = states.start_state(&start::Config::new()).ok()?;
        Table::of(&states, start)
    }

    fn of(states: &dense::DFA<Vec<u32>>, start: StateID) -> Option<Table> {
        let mut classes = [0; 256];
        let mut bytes = Vec::new();
        for byte in 1..=255u8 {
            let class = states.byte_classes().get(byte);
            let known = bytes.iter().position(|b| states.byte_classes().get(*b) == class);
            let at = known.unwrap_or(bytes.len());
            if known.is_none() {
                bytes.push(byte);
            }
            // a class more than bytes has no number: that many classes are no small table
            classes[usize::from(byte)] = u8::try_from(at + 1).ok()?;
        }
        let mut rows = Rows { states, numbers: HashMap::new(), width: bytes.len() + 1, waiting: Vec::new() };
        let start = rows.number(start);
        let mut next = Vec::new();
        let mut done = 0;
        while let Some(state) = rows.waiting.get(done).copied() {
            done += 1;
            next.push(rows.number(states.next_eoi_state(state)).min(YES));
            next.extend(bytes.iter().map(|byte| rows.number(states.next_state(state, *byte))));
        }
        let mut table = Table { classes, next, start };
        table.decide_early(rows.width);
        Some(table)
    }

    /// A state of which all ends are the same need not be entered.
    fn decide_early(&mut self, width: usize) {
        loop {
            let same = |row: &[u32]| row.first().copied().filter(|end| row.iter().all(|n| n == end));
            let decided = self.next.chunks(width).map(same).collect::<Vec<_>>();
            let end = |n: u32| {
                let row = n.checked_sub(FIRST).map(|at| at as usize / width);
                row.and_then(|row| decided.get(row).copied().flatten()).unwrap_or(n)
            };
            let changed = self.next.iter().any(|n| end(*n) != *n);
            self.next.iter_mut().for_each(|n| *n = end(*n));
            self.start = end(self.start);
            if !changed {
                return;
            }
        }
    }

    /// Whether it matches somewhere in a subject, which ends at its first NUL.
    #[inline]
    pub(super) fn is_match(&self, subject: &[u8]) -> bool {
        let mut state = self.start;
        for byte in subject {
            if state < FIRST {
                return state == YES;
            }
            state = self.follow(state, self.classes[usize::from(*byte)]);
        }
        if state < FIRST { state == YES } else { self.follow(state, 0) == YES }
    }

    #[inline]
    fn follow(&self, state: u32, class: u8) -> u32 {
        self.next.get((state - FIRST) as usize + usize::from(class)).copied().unwrap_or(NO)
    }
}

/// Numbers of states, given as they are met.
struct Rows<'a> {
    states: &'a dense::DFA<Vec<u32>>,
    numbers: HashMap<StateID, u32>,
    width: usize,
    /// All states that have a number, in its order.
    waiting: Vec<StateID>,
}

impl Rows<'_> {
    fn number(&mut self, state: StateID) -> u32 {
        if self.states.is_match_state(state) {
            return YES;
        }
        if self.states.is_dead_state(state) {
            return NO;
        }
        *self.numbers.entry(state).or_insert_with(|| {
            let place = self.waiting.len() * self.width;
            self.waiting.push(state);
            // the table that it comes from is no larger than this can count
            FIRST + u32::try_from(place).unwrap_or(u32::MAX - FIRST)
        })
    }
}
