//! Patterns as Rust: a function that looks at each byte once, and at no more than it must.
//!
//! A pattern becomes the same table of states as in the engine, and each state a `match` on the next byte. Where no way
//! leads back but from a state to itself, they stand in order; else a number tells which is next. Patterns of many
//! states stay tables of the engine.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::{start, syntax};
use sipc_interface::posix::{Options, translate};

/// More states than this are no code that anybody wants to read.
const STATES_MAX: usize = 48;
/// The largest table that is looked at, bytes.
const SIZE_MAX: usize = 256 << 10;

/// A search is for bytes that lead to so many other states at most …
const FEW: usize = 2;
/// … and are so few that at least so many others lead nowhere.
const NEARLY_ALL: usize = 240;

/// What follows a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// It does not match, whatever follows.
    No,
    /// It matches, whatever follows.
    Yes,
    To(usize),
}

/// A state: what follows each byte. A NUL ends the text, so that 0 stands for the end.
type State = [Next; 256];

/// The body of a function of a `text: &[u8]` that tells whether a pattern matches; `None` for one that is better looked
/// up in a table.
pub(super) fn matcher(pattern: &[u8], options: Options) -> Option<TokenStream> {
    let states = reached(&decided(states(pattern, options)?));
    if states.len() > STATES_MAX {
        return None;
    }
    Some(match in_order(&states) {
        Some(states) => code(&states),
        None => machine(&states),
    })
}

/// The states of a pattern, the first being where it begins.
fn states(pattern: &[u8], options: Options) -> Option<Vec<State>> {
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
fn decided(mut states: Vec<State>) -> Vec<State> {
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
fn reached(states: &[State]) -> Vec<State> {
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
fn in_order(states: &[State]) -> Option<Vec<State>> {
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
    if path.len() > STATES_MAX {
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

/// Each state is a `match`; one that does not lead to the next leaves a block, behind which its own stands.
fn code(states: &[State]) -> TokenStream {
    let jumped = |to: usize| {
        let from = |at: usize| states[at].contains(&Next::To(to));
        (0..to).any(|at| from(at) && (at + 1 != to))
    };
    let mut all = TokenStream::new();
    for (at, state) in states.iter().enumerate() {
        if at > 0 && jumped(at) {
            let label = label(at);
            all = quote! { #label: { #all } };
        }
        let one = one(at, state, &jumped);
        all = quote! { #all #one };
    }
    quote! { let mut rest = text.iter(); #all }
}

/// One `match` on the number of the state.
fn machine(states: &[State]) -> TokenStream {
    let arms = states.iter().enumerate().map(|(at, state)| {
        let own = if at + 1 == states.len() {
            quote! { _ }
        } else {
            number(at)
        };
        let shape = Shape::of(at, state);
        let choice = choice(state, shape, |next| match next {
            Next::No => quote! { return false },
            Next::Yes => quote! { return true },
            Next::To(to) if to == at => quote! { {} },
            Next::To(to) => {
                let to = number(to);
                if shape == Shape::Loop {
                    quote! { break #to }
                } else {
                    to
                }
            }
        });
        quote! { #own => #choice, }
    });
    quote! { let mut rest = text.iter(); let mut state = 0; loop { state = match state { #(#arms)* }; } }
}

fn number(at: usize) -> TokenStream {
    let number = Literal::usize_unsuffixed(at);
    quote! { #number }
}

fn label(at: usize) -> syn::Lifetime {
    syn::Lifetime::new(&format!("'state_{at}"), proc_macro2::Span::call_site())
}

fn one(at: usize, state: &State, jumped: &impl Fn(usize) -> bool) -> TokenStream {
    let shape = Shape::of(at, state);
    let go = |next: Next| match next {
        Next::No => quote! { return false },
        Next::Yes => quote! { return true },
        Next::To(to) if to == at => quote! {},
        Next::To(to) if to == at + 1 && shape == Shape::Loop => quote! { break },
        Next::To(to) if to == at + 1 => quote! {},
        Next::To(to) => {
            debug_assert!(jumped(to), "its block is there");
            let label = label(to);
            quote! { break #label }
        }
    };
    choice(state, shape, |next| {
        let go = go(next);
        if go.is_empty() {
            quote! { {} }
        } else {
            go
        }
    })
}

/// How a state is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One look.
    Once,
    /// A look for each byte, since some lead to the state itself.
    Loop,
    /// A search, since nearly all bytes lead to the state itself.
    Seek,
}

impl Shape {
    fn of(at: usize, state: &State) -> Shape {
        let own = Next::To(at);
        let others = kinds(state).into_iter().filter(|next| *next != own && count(state, *next) > 0).count();
        match state.contains(&own) {
            false => Shape::Once,
            true if others <= FEW && count(state, own) >= NEARLY_ALL => Shape::Seek,
            true => Shape::Loop,
        }
    }
}

/// All that follows some byte.
fn kinds(state: &State) -> Vec<Next> {
    let mut kinds: Vec<Next> = state.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// How many bytes something follows.
fn count(state: &State, next: Next) -> usize {
    state.iter().skip(1).filter(|n| **n == next).count()
}

/// What follows the next byte, or the next that matters.
fn choice(state: &State, shape: Shape, go: impl Fn(Next) -> TokenStream) -> TokenStream {
    let kinds = kinds(state);
    let count = |next: Next| count(state, next);
    let most = kinds.iter().copied().max_by_key(|next| count(*next)).unwrap_or(Next::No);
    let end = state[0];
    let arms = kinds.iter().filter(|next| **next != most && count(**next) > 0).map(|next| {
        let (ranges, go) = (ranges(state, *next), go(*next));
        quote! { Some(#(#ranges)|*) => #go, }
    });
    let arms: Vec<TokenStream> = arms.collect();
    let ended = (end != most).then(|| {
        let go = go(end);
        quote! { None | Some(0) => #go, }
    });
    if shape == Shape::Seek {
        let wanted = kinds.iter().filter(|next| **next != most).flat_map(|next| ranges(state, *next));
        let wanted: Vec<TokenStream> = wanted.collect();
        let end = go(end);
        return quote! { match rest.find(|byte| matches!(byte, 0 #(| #wanted)*)) { #(#arms)* _ => #end } };
    }
    let most = go(most);
    let choice = quote! { match rest.next() { #ended #(#arms)* _ => #most } };
    match shape {
        Shape::Loop => quote! { loop { #choice } },
        Shape::Seek | Shape::Once => choice,
    }
}

/// The bytes that something follows, as patterns.
fn ranges(state: &State, next: Next) -> Vec<TokenStream> {
    let mut found = Vec::new();
    let mut at = 1;
    while at < 256 {
        if state[at] != next {
            at += 1;
            continue;
        }
        let end = (at..256).take_while(|i| state[*i] == next).last().unwrap_or(at);
        let (low, high) = (byte(at), byte(end));
        found.push(if at == end {
            quote! { #low }
        } else {
            quote! { #low..=#high }
        });
        at = end + 1;
    }
    found
}

fn byte(value: usize) -> Literal {
    Literal::byte_character(u8::try_from(value).unwrap_or(u8::MAX))
}
