//! Assignments (LANGUAGE 4.9). The value of the statement is 1, or -1 when nothing was assigned.

use super::arithmetic::{Op, calculate};
use crate::log::Level;
use crate::place::{Assign, Getter, Place, Setter};
use crate::{Context, Text, Value};

/// `variable = value` and `variable := value`.
#[inline]
pub fn assign(cx: &mut Context, set: Setter, place: &Place, how: Assign, value: Value) -> i32 {
    if matches!(value, Value::Nothing) {
        return no_value(cx);
    }
    store(cx, set, place, how, value)
}

/// `variable = NULL` and `variable := NULL`.
#[inline]
pub fn assign_null(cx: &mut Context, set: Setter, place: &Place, how: Assign) -> i32 {
    store(cx, set, place, how, Value::Null)
}

/// `variable op= value`.
pub fn assign_op(cx: &mut Context, get: Getter, set: Setter, place: &Place, op: Op, value: Value) -> i32 {
    if matches!(value, Value::Nothing) {
        return no_value(cx);
    }
    let old = get(cx, place);
    match changed(op, &old, value) {
        Some(new) => store(cx, set, place, Assign::Set, new),
        None => {
            cx.log(Level::Error, "do_assign", format_args!("unsupported operands at line {}", cx.line));
            -1
        }
    }
}

/// The new value of a compound assignment. `None`: NULL on a side, a number with a text, an operator
/// that texts do not have, or a division by 0 (which crashes OpenSIPS).
fn changed(op: Op, old: &Value, value: Value) -> Option<Value> {
    if old.is_null() || value.is_null() {
        return None;
    }
    let texts = !old.is_number() && !value.is_number();
    if let (true, Some(left), Some(right)) = (texts, old.as_text(), value.as_text()) {
        return (op == Op::Add).then(|| Value::Text(Text::from([&*left, &*right].concat())));
    }
    let (left, right) = (old.number()?, value.number()?);
    if right == 0 && matches!(op, Op::Divide | Op::Remainder) {
        return None;
    }
    let number = calculate(op, left, right);
    Some(match value {
        // It keeps the type of the right side: a text with a number beside it is stored as that text.
        Value::TextInt(text, _) => Value::TextInt(text, number),
        _ => Value::BareInt(number),
    })
}

#[inline]
fn store(cx: &mut Context, set: Setter, place: &Place, how: Assign, value: Value) -> i32 {
    if set(cx, place, how, value) { 1 } else { not_set(cx) }
}

#[cold]
fn not_set(cx: &Context) -> i32 {
    let file = &cx.shared().configuration.file;
    cx.log(Level::Error, "do_assign", format_args!("setting PV failed at {file}:{}", cx.line));
    -1
}

/// An assignment whose right side has no value.
#[cold]
pub fn no_value(cx: &Context) -> i32 {
    let file = &cx.shared().configuration.file;
    cx.log(Level::Warning, "do_assign", format_args!("no value in right expression at {file}:{}", cx.line));
    -1
}
