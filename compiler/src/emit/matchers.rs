//! Patterns as Rust: a function that looks at each byte once, and at no more than it must.
//!
//! A pattern becomes the same table of states as in the engine, and each state a `match` on the next byte. Where no way
//! leads back but from a state to itself, they stand in order; else a number tells which is next. Patterns of many
//! states stay tables of the engine.

use super::automaton::{Next, State, decided, in_order, reached, states};
use proc_macro2::{Literal, TokenStream};
use quote::quote;
use sipc_interface::posix::Options;
use std::ops::RangeInclusive;

/// More states than this are no code that anybody wants to read.
const STATES_MAX: usize = 48;

/// A search is for bytes that lead to so many other states at most …
const FEW: usize = 2;
/// … and are so few that at least so many others lead nowhere.
const NEARLY_ALL: usize = 240;

/// No more digits are counted.
const DIGITS_MAX: usize = 64;

/// So many bytes are sought in blocks of a text, more of them one after the other.
const SOUGHT_MAX: usize = 6;

/// The body of a function of a `text: &[u8]` that tells whether a pattern matches; `None` for one that is better looked
/// up in a table.
pub(super) fn matcher(pattern: &[u8], options: Options) -> Option<TokenStream> {
    body(states(pattern, options)?)
}

fn body(states: Vec<State>) -> Option<TokenStream> {
    let states = reached(&decided(states));
    if states.len() > STATES_MAX {
        return None;
    }
    let digits = digits(&states);
    let code = match in_order(&states) {
        Some(states) => code(&states),
        None => machine(&states),
    };
    Some(quote! { #digits #code })
}

/// Numbers are asked for most often, and all their digits are looked at in one go.
fn digits(states: &[State]) -> Option<TokenStream> {
    let lengths = lengths_of_digits(states)?;
    let (first, last) = (number(*lengths.start()), number(*lengths.end()));
    Some(quote! { if matches!(text.len(), #first..=#last) && texts::is_digits(text) { return true; } })
}

/// How many digits match, when that is no matter of which they are, and a range.
fn lengths_of_digits(states: &[State]) -> Option<RangeInclusive<usize>> {
    let (mut at, mut matching) = (0, Vec::new());
    for length in 0..=DIGITS_MAX {
        let state = states.get(at)?;
        if state[0] == Next::Yes {
            matching.push(length);
        }
        let next = state[usize::from(b'0')];
        if (b'0'..=b'9').any(|digit| state[usize::from(digit)] != next) {
            return None;
        }
        match next {
            Next::To(to) => at = to,
            Next::No => {
                let (first, last) = (*matching.first()?, *matching.last()?);
                let is_range = first > 1 && matching.len() == last - first + 1;
                return is_range.then_some(first..=last);
            }
            Next::Yes => return None,
        }
    }
    None
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
        let bytes = (1..256).filter(|at| state[*at] != most);
        let found = if bytes.clone().count() < SOUGHT_MAX {
            let bytes = bytes.map(byte);
            quote! { texts::seek(&mut rest, [0, #(#bytes),*]) }
        } else {
            quote! { rest.find(|byte| matches!(byte, 0 #(| #wanted)*)) }
        };
        return quote! { match #found { #(#arms)* _ => #end } };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_some_lengths() {
        let lengths = |pattern: &str| {
            lengths_of_digits(&reached(&decided(states(pattern.as_bytes(), Options::CONDITION)?)))
        };
        assert_eq!(lengths("^[0-9]{3,15}$"), Some(3..=15));
        assert_eq!(lengths("^\\+?[0-9]{5,15}$"), Some(5..=15));
        assert_eq!(lengths("^[0-9a-f]{4}$"), Some(4..=4));
        for pattern in
            ["^[1-9][0-9]{3}$", "^[0-9]{3}", "[0-9]{3,5}$", "^[0-9]+$", "^([0-9]{2}|[0-9]{4})$", "^a$"]
        {
            assert_eq!(lengths(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn patterns_of_many_states_are_no_code() {
        assert!(matcher(b"abab", Options::CONDITION).is_some());
        assert!(
            matcher(b"one of many words|another of them|and a third|which makes four", Options::CONDITION)
                .is_none()
        );
    }
}
