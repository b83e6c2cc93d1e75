//! A pattern as a table of states, the same as in the engine, made smaller and put in order.

use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use sipc_interface::posix::{Options, translate};

/// Longer ways than this are not looked for a way back.
const PATH_MAX: usize = 64;
/// The largest table that is looked at, bytes.
const SIZE_MAX: usize = 64 << 10;
/// More states than this become no few.
const STATES_MAX: usize = 256;

/// What follows a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Next {
    /// It does not match, whatever follows.
    No,
    /// It matches, whatever follows.
    Yes,
    To(usize),
}

/// A state: what follows each byte. A NUL ends the text, so that 0 stands for the end.
pub(super) type State = [Next; 256];

/// The states of a pattern, the first being where it begins.
pub(super) fn states(pattern: &[u8], options: Options) -> Option<Vec<State>> {
    let translated = translate(pattern, options).ok()?;
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let limits = thompson::Config::new().utf8(false).nfa_size_limit(Some(SIZE_MAX));
    let config = dense::Config::new()
        .accelerate(false)
        .minimize(translated.len() < 200)
        .dfa_size_limit(Some(SIZE_MAX))
        .determinize_size_limit(Some(SIZE_MAX))
        .start_kind(StartKind::Unanchored);
    let dfa =
        dense::Builder::new().syntax(syntax).thompson(limits).configure(config).build(&translated).ok()?;
    let mut known = vec![dfa.start_state(&start::Config::new()).ok()?];
    let mut states = Vec::new();
    while let Some(id) = known.get(states.len()).copied() {
        let mut state = [Next::No; 256];
        state[0] = next(&dfa, &mut known, dfa.next_eoi_state(id));
        for byte in 1..=255u8 {
            state[usize::from(byte)] = next(&dfa, &mut known, dfa.next_state(id, byte));
        }
        states.push(state);
        if known.len() > STATES_MAX {
            return None;
        }
    }
    Some(states)
}

fn next(dfa: &dense::DFA<Vec<u32>>, known: &mut Vec<StateID>, id: StateID) -> Next {
    if dfa.is_match_state(id) {
        return Next::Yes;
    }
    if dfa.is_dead_state(id) {
        return Next::No;
    }
    Next::To(known.iter().position(|k| *k == id).unwrap_or_else(|| {
        known.push(id);
        known.len() - 1
    }))
}

/// Without the detours through states of which all ends are the same.
pub(super) fn decided(mut states: Vec<State>) -> Vec<State> {
    loop {
        let ends: Vec<Option<Next>> =
            states.iter().map(|state| Some(state[0]).filter(|end| state.iter().all(|n| n == end))).collect();
        let mut changed = false;
        for next in states.iter_mut().flatten() {
            if let Next::To(at) = *next
                && let Some(end) = ends[at]
            {
                *next = end;
                changed = true;
            }
        }
        if !changed {
            return states;
        }
    }
}

/// Those that are still reached.
pub(super) fn reached(states: &[State]) -> Vec<State> {
    let mut order = vec![0];
    let mut done = 0;
    while let Some(at) = order.get(done).copied() {
        done += 1;
        for next in &states[at] {
            if let Next::To(to) = next
                && !order.contains(to)
            {
                order.push(*to);
            }
        }
    }
    renumbered(states, &order)
}

/// Each state before those that it leads to; `None` when a way leads back to a state from another.
pub(super) fn in_order(states: &[State]) -> Option<Vec<State>> {
    let mut order = Vec::new();
    visit(states, 0, &mut vec![false; states.len()], &mut Vec::new(), &mut order)?;
    order.reverse();
    Some(renumbered(states, &order))
}

/// The states in an order in which all stand that they lead to.
fn renumbered(states: &[State], order: &[usize]) -> Vec<State> {
    let moved = |next: Next| match next {
        Next::To(at) => order.iter().position(|o| *o == at).map_or(Next::No, Next::To),
        end => end,
    };
    order.iter().map(|at| states[*at].map(moved)).collect()
}

/// Notes the states behind `at`, then itself.
fn visit(
    states: &[State],
    at: usize,
    done: &mut [bool],
    path: &mut Vec<usize>,
    order: &mut Vec<usize>,
) -> Option<()> {
    if path.len() > PATH_MAX {
        return None;
    }
    path.push(at);
    for next in &states[at] {
        let Next::To(to) = *next else { continue };
        if to != at && path.contains(&to) {
            return None;
        }
        if to != at && !done[to] {
            visit(states, to, done, path, order)?;
        }
    }
    path.pop();
    done[at] = true;
    order.push(at);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the states say of a text.
    fn say(states: &[State], text: &str) -> bool {
        let mut bytes = text.bytes().map(usize::from).chain([0]);
        let mut at = 0;
        loop {
            at = match states[at][bytes.next().expect("the end is an answer")] {
                Next::No => return false,
                Next::Yes => return true,
                Next::To(to) => to,
            }
        }
    }

    #[test]
    fn fewer_states_say_the_same() {
        let patterns = [
            "",
            "^a",
            "a$",
            "^[0-9]{3,5}$",
            "(ab|ba)+$",
            "x*y",
            "^(north|south)$",
            "@(0|25)[:>]?",
            "\\<bob\\>",
        ];
        let texts = [
            "", "a", "ba", "1234", "123456", "xabba", "zzy", "SOUTH", "southern", "x@25>", "say bob",
            "bobby", "\nb",
        ];
        for pattern in patterns {
            for options in [Options::CONDITION, Options::PARAMETER] {
                let all = states(pattern.as_bytes(), options).expect("a pattern");
                let few = reached(&decided(all.clone()));
                assert!(few.len() <= all.len());
                for text in texts {
                    assert_eq!(say(&few, text), say(&all, text), "{pattern} on {text:?}");
                    let ordered = in_order(&few).is_none_or(|states| say(&states, text) == say(&all, text));
                    assert!(ordered, "{pattern} on {text:?}, in order");
                }
            }
        }
    }

    #[test]
    fn ways_back() {
        let states = |pattern: &str| {
            reached(&decided(states(pattern.as_bytes(), Options::CONDITION).expect("a pattern")))
        };
        assert!(in_order(&states("^[a-z]+\\*")).is_some(), "a state may lead to itself");
        assert!(in_order(&states("abab")).is_none());
        assert_eq!(states("^\\+").len(), 1, "what follows the sign does not matter");
    }
}
