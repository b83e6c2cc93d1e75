//! Adding, removing and moving branches.

use crate::context::Target;
use crate::log::Level;
use crate::variables::{append_branch, current_ruri};
use crate::{Context, Text};

use super::result;

/// A q parameter as text: 0 to 1, three digits behind the point count. The outer `None` is an error,
/// the inner one an omitted q.
fn q_value(cx: &Context, q: Option<&Text>) -> Option<Option<u16>> {
    let Some(text) = q else { return Some(None) };
    let parsed = parse_q(text);
    if parsed.is_none() {
        let text = String::from_utf8_lossy(text);
        cx.log(Level::Error, "fixup_qvalue", format_args!("bad q value ({text})"));
    }
    parsed.map(Some)
}

fn parse_q(text: &[u8]) -> Option<u16> {
    let start = text.iter().take_while(|c| matches!(c, b' ' | b'\t')).count();
    let text = text.get(start..)?;
    let point = text.iter().position(|c| *c == b'.').unwrap_or(text.len());
    let (whole, digits) = (text.get(..point)?, text.get(point + 1..).unwrap_or_default());
    if text.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let zeros = whole.iter().take_while(|c| **c == b'0').count();
    match whole.get(zeros..)? {
        b"" => {
            let digit = |n: usize| digits.get(n).map_or(0, |c| u16::from(c - b'0'));
            Some(digit(0) * 100 + digit(1) * 10 + digit(2))
        }
        b"1" if digits.iter().all(|c| *c == b'0') => Some(1000),
        _ => None,
    }
}

/// A branch with the attributes of the request URI, but for those the script attached.
fn like_ruri(cx: &Context, uri: Text, q: Option<u16>) -> Target {
    Target { uri: uri.into(), q, attrs: Vec::new(), ..cx.target.clone() }
}

/// Adds a branch. Without URI the request URI becomes one and loses its attributes.
pub fn append_branch_old(cx: &mut Context, uri: Option<Text>, q: Option<Text>) -> i32 {
    let Some(q) = q_value(cx, q.as_ref()) else { return -1 };
    match uri {
        Some(uri) => {
            let branch = like_ruri(cx, uri, q);
            result(append_branch(cx, branch))
        }
        None => {
            let uri = current_ruri(cx).unwrap_or_default();
            let branch = like_ruri(cx, uri, q.or(cx.target.q));
            let done = append_branch(cx, branch);
            let Target { uri, attrs, .. } = std::mem::take(&mut cx.target);
            cx.target = Target { uri, attrs, ..Target::default() };
            result(done)
        }
    }
}

/// Adds a branch; the flag `inherite` copies the attributes of the request URI.
pub fn append_msg_branch(cx: &mut Context, uri: Text, q: Option<Text>, flags: Option<Text>) -> i32 {
    let Some(q) = q_value(cx, q.as_ref()) else { return -1 };
    let words = flags.as_ref().map(|f| f.split(|c| *c == b',').map(<[u8]>::trim_ascii).collect::<Vec<_>>());
    let inherits = match words.as_deref() {
        None => false,
        Some(words) if words.iter().all(|w| *w == b"inherite") => true,
        Some(_) => return -1,
    };
    if uri.is_empty() {
        return -1;
    }
    let branch = match inherits {
        true => like_ruri(cx, uri, q.or(cx.target.q)),
        false => Target { uri: uri.into(), q, ..Target::default() },
    };
    result(append_branch(cx, branch))
}

/// Removes an additional branch, counted from 0.
pub fn remove_msg_branch(cx: &mut Context, index: i32) -> i32 {
    match usize::try_from(index).ok().filter(|i| *i < cx.branches.len()) {
        Some(index) => {
            cx.branches.remove(index);
            1
        }
        None => -1,
    }
}

/// An index of a branch as the functions take it: `None` is the request URI. `Err` when there is no
/// such branch.
fn index(cx: &Context, given: Option<i32>) -> Result<Option<usize>, ()> {
    match given.and_then(|n| usize::try_from(n).ok()) {
        None => Ok(None),
        Some(n) if n < cx.branches.len() => Ok(Some(n)),
        Some(_) => Err(()),
    }
}

fn branch_mut(cx: &mut Context, index: Option<usize>) -> Option<&mut Target> {
    match index {
        None => Some(&mut cx.target),
        Some(n) => cx.branches.get_mut(n),
    }
}

/// Copies a branch over another and, unless it is to be kept, removes it; the first additional branch
/// and the request URI always stay.
pub fn move_msg_branch(cx: &mut Context, from: Option<i32>, to: Option<i32>, keep: Option<Text>) -> i32 {
    let (Ok(from), Ok(to)) = (index(cx, from), index(cx, to)) else { return -1 };
    if from == to {
        return 1;
    }
    let Some(source) = branch_mut(cx, from).cloned() else { return -1 };
    let Some(place) = branch_mut(cx, to) else { return -1 };
    *place = source;
    let keeps = keep.is_some_and(|k| k.eq_ignore_ascii_case(b"keep"));
    if let Some(n) = from.filter(|n| *n > 0 && !keeps) {
        cx.branches.remove(n);
    }
    1
}

/// Exchanges two branches.
pub fn swap_msg_branches(cx: &mut Context, first: Option<i32>, second: Option<i32>) -> i32 {
    let (Ok(first), Ok(second)) = (index(cx, first), index(cx, second)) else { return -1 };
    match (first, second) {
        (Some(a), Some(b)) => cx.branches.swap(a, b),
        (Some(n), None) | (None, Some(n)) => {
            if let Some(branch) = cx.branches.get_mut(n) {
                std::mem::swap(&mut cx.target, branch);
            }
        }
        (None, None) => {}
    }
    1
}

#[cfg(test)]
mod tests {
    use super::parse_q;

    #[test]
    fn q_values() {
        for (text, q) in
            [("0", 0), (" 1", 1000), ("0.5", 500), (".25", 250), ("0.1239", 123), ("1.000", 1000), ("0.", 0)]
        {
            assert_eq!(parse_q(text.as_bytes()), Some(q), "{text}");
        }
        for text in ["", "abc", "2", "1.1", "0.5x", "1 "] {
            assert_eq!(parse_q(text.as_bytes()), None, "{text}");
        }
    }
}
