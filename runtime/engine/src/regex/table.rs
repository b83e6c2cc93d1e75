//! An expression as a table of states: one look for each byte tells whether it matches.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};

/// The largest table of one expression, bytes.
const SIZE_MAX: usize = 256 << 10;

/// The table, and where it begins.
#[derive(Debug)]
pub(super) struct Table {
    states: dense::DFA<Vec<u32>>,
    start: StateID,
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
        Some(Table { states, start })
    }

    /// Whether it matches somewhere in a subject, which ends at its first NUL.
    pub(super) fn is_match(&self, subject: &[u8]) -> bool {
        let mut state = self.start;
        for byte in subject.iter().take_while(|c| **c != 0) {
            state = self.states.next_state(state, *byte);
            if self.states.is_special_state(state) {
                if self.states.is_match_state(state) {
                    return true;
                }
                if self.states.is_dead_state(state) {
                    return false;
                }
            }
        }
        self.states.is_match_state(self.states.next_eoi_state(state))
    }
}
