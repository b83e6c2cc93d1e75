//! Comparisons (LANGUAGE 5.6, 5.7, 5.8) and the labels of `switch` (4.7).

use std::cmp::Ordering;

use crate::address::{self, Network};
use crate::log::Level;
use crate::regex::{Matcher, Options, Regex};
use crate::texts::length;
use crate::{Context, Value};

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=~`
    Match,
    /// `!~`
    NotMatch,
}

impl Compare {
    #[inline]
    fn admits(self, order: Ordering) -> bool {
        match self {
            Compare::Equal | Compare::Match => order.is_eq(),
            Compare::NotEqual | Compare::NotMatch => order.is_ne(),
            Compare::Less => order.is_lt(),
            Compare::LessEqual => order.is_le(),
            Compare::Greater => order.is_gt(),
            Compare::GreaterEqual => order.is_ge(),
        }
    }

    #[inline]
    fn is_negation(self) -> bool {
        matches!(self, Compare::NotEqual | Compare::NotMatch)
    }

    const fn symbol(self) -> &'static str {
        match self {
            Compare::Equal => "==",
            Compare::NotEqual => "!=",
            Compare::Less => "<",
            Compare::LessEqual => "<=",
            Compare::Greater => ">",
            Compare::GreaterEqual => ">=",
            Compare::Match => "=~",
            Compare::NotMatch => "!~",
        }
    }
}

/// A variable with a variable: numbers when both have one, else texts.
pub fn compare(cx: &Context, op: Compare, left: &Value, right: &Value) -> i32 {
    if let (Compare::Equal | Compare::NotEqual, Some(left), Some(right)) =
        (op, left.only_text(), right.only_text())
    {
        return texts(op, left, right);
    }
    match (left.is_null(), right.is_null()) {
        (true, true) => return i32::from(matches!(op, Compare::Equal | Compare::Match)),
        (true, false) | (false, true) => return i32::from(op.is_negation()),
        (false, false) => {}
    }
    if matches!(op, Compare::Match | Compare::NotMatch) {
        return compare_pattern(cx, op, left, right);
    }
    if let (Some(l), Some(r)) = (left.number(), right.number()) {
        return i32::from(op.admits(l.cmp(&r)));
    }
    match (left.as_text(), right.as_text()) {
        (Some(l), Some(r)) => texts(op, &l, &r),
        _ => failed(cx, op),
    }
}

/// Whether two texts compare as the operator wants it.
#[inline]
fn texts(op: Compare, left: &[u8], right: &[u8]) -> i32 {
    i32::from(match op {
        Compare::Equal => left.eq_ignore_ascii_case(right),
        Compare::NotEqual => !left.eq_ignore_ascii_case(right),
        _ => op.admits(text_order(left, right)),
    })
}

/// A variable with a text of the script.
#[inline]
pub fn compare_text(cx: &mut Context, op: Compare, left: &Value, right: &[u8]) -> i32 {
    reported(cx, op, with_text(op, left, right))
}

/// A variable with a number of the script.
#[inline]
pub fn compare_number(cx: &mut Context, op: Compare, left: &Value, right: i32) -> i32 {
    reported(cx, op, with_number(op, left, right))
}

/// A variable with a text of the script; [`reported`] logs the error.
#[inline]
pub fn with_text(op: Compare, left: &Value, right: &[u8]) -> i32 {
    match left.only_text() {
        Some(left) => texts(op, left, right),
        None => other_with(op, left, |left| texts(op, left, right)),
    }
}

/// A variable that is no text alone, when its text does what is asked for.
#[inline(never)]
fn other_with(op: Compare, left: &Value, text: impl FnOnce(&[u8]) -> i32) -> i32 {
    match left {
        Value::Null | Value::Nothing => i32::from(op.is_negation()),
        other => other.as_text().map_or(-1, |left| text(&left)),
    }
}

/// A variable with a number of the script; [`reported`] logs the error.
#[inline]
pub fn with_number(op: Compare, left: &Value, right: i32) -> i32 {
    match left.number() {
        Some(l) => i32::from(op.admits(l.cmp(&right))),
        None if left.is_null() => i32::from(op.is_negation()),
        None => -1,
    }
}

/// A variable with an expression of the script, which is a function that looks at the text; [`reported`] logs the error.
#[inline]
pub fn with_pattern(op: Compare, left: &Value, matches: Matcher) -> i32 {
    match left.only_text() {
        Some(left) => i32::from(matches(left) != op.is_negation()),
        None => other_with_pattern(op, left, matches),
    }
}

#[inline(never)]
fn other_with_pattern(op: Compare, left: &Value, matches: Matcher) -> i32 {
    other_with(op, left, |left| i32::from(matches(left) != op.is_negation()))
}

/// A text, or NULL, with a text of the script.
#[inline]
pub fn text_with_text(op: Compare, left: Option<&[u8]>, right: &[u8]) -> i32 {
    left.map_or(i32::from(op.is_negation()), |left| texts(op, left, right))
}

/// A text, or NULL, with an expression of the script.
#[inline]
pub fn text_with_pattern(op: Compare, left: Option<&[u8]>, matches: Matcher) -> i32 {
    left.map_or(i32::from(op.is_negation()), |left| i32::from(matches(left) != op.is_negation()))
}

/// A text, or NULL, with an expression of the script.
#[inline]
pub fn text_with_regex(op: Compare, left: Option<&[u8]>, right: &Regex) -> i32 {
    left.map_or(i32::from(op.is_negation()), |left| i32::from(right.is_match(left) != op.is_negation()))
}

/// The length of a text, or NULL, with a number of the script.
#[inline]
pub fn length_with_number(op: Compare, left: Option<&[u8]>, right: i32) -> i32 {
    left.map_or(i32::from(op.is_negation()), |left| i32::from(op.admits(length(left).cmp(&right))))
}

/// The value of a comparison; that of operands which do not fit is logged.
#[inline]
pub fn reported(cx: &Context, op: Compare, result: i32) -> i32 {
    if result < 0 { failed(cx, op) } else { result }
}

/// A variable with `NULL`.
#[inline]
pub fn compare_null(op: Compare, left: &Value) -> i32 {
    i32::from(left.is_null() == (op == Compare::Equal))
}

/// A variable with an address or a network.
pub fn compare_network(cx: &mut Context, op: Compare, left: &Value, right: &Network) -> i32 {
    if left.is_null() {
        return i32::from(op.is_negation());
    }
    match left.as_text().and_then(|text| address::parse(&text)) {
        Some(ip) => i32::from((right.contains(ip) == Some(true)) != op.is_negation()),
        None => failed(cx, op),
    }
}

/// A variable with an expression of the script.
#[inline]
pub fn compare_regex(cx: &mut Context, op: Compare, left: &Value, right: &Regex) -> i32 {
    reported(cx, op, with_regex(op, left, right))
}

/// A variable with an expression of the script; [`reported`] logs the error.
#[inline]
pub fn with_regex(op: Compare, left: &Value, right: &Regex) -> i32 {
    if left.is_null() {
        return i32::from(op.is_negation());
    }
    left.as_text().map_or(-1, |text| i32::from(right.is_match(&text) != op.is_negation()))
}

/// A variable with an expression in a variable.
fn compare_pattern(cx: &Context, op: Compare, left: &Value, right: &Value) -> i32 {
    let (Some(subject), Some(pattern)) = (left.as_text(), right.text()) else {
        return failed(cx, op);
    };
    let compiled = cx.worker.local.regexes.borrow_mut().get(&pattern, Options::CONDITION);
    match compiled {
        Ok(regex) => i32::from(regex.is_match(&subject) != op.is_negation()),
        Err(error) => {
            cx.log(Level::Error, "comp_s2s", format_args!("bad regular expression: {error}"));
            -1
        }
    }
}

/// Whether a `case` with a text matches.
#[inline]
pub fn label_text(subject: &Value, label: &[u8]) -> bool {
    subject.as_text().is_some_and(|text| text.eq_ignore_ascii_case(label))
}

/// Whether a `case` with a text matches a subject of which the text is known.
#[inline]
pub fn label_is(subject: Option<&[u8]>, label: &[u8]) -> bool {
    subject.is_some_and(|text| text.eq_ignore_ascii_case(label))
}

/// Whether a `case` with a number matches.
#[inline]
pub fn label_number(subject: &Value, label: i32) -> bool {
    subject.number() == Some(label)
}

/// Case does not count, bytes above 127 come before the others, and of two texts of which one is the
/// beginning of the other the shorter comes first.
fn text_order(left: &[u8], right: &[u8]) -> Ordering {
    let key = |c: &u8| c.to_ascii_lowercase() as i8;
    let common = left.iter().map(key).zip(right.iter().map(key));
    common.map(|(l, r)| l.cmp(&r)).find(|order| order.is_ne()).unwrap_or_else(|| left.len().cmp(&right.len()))
}

#[cold]
fn failed(cx: &Context, op: Compare) -> i32 {
    cx.log(Level::Warning, "comp_scriptvar", format_args!("invalid {} operation", op.symbol()));
    -1
}
