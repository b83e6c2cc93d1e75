//! Expressions: arithmetic, comparisons, assignment (LANGUAGE 4.9, 5.4 to 5.6).
//!
//! Executors only decide in what order operands are read; what operators do with them is here. A
//! comparison gives 1, 0 or -1 (error). As an operand of an arithmetic operator it counts as the
//! number ([`Value::BareInt`]); as a whole right side it goes through [`result`].

mod arithmetic;
mod assign;
mod compare;
#[cfg(test)]
mod tests;

pub use arithmetic::{
    Op, Sum, binary, binary_truth, complement, complement_truth, variable_truth, with_cut, with_suffix,
};
pub use assign::{assign, assign_null, assign_op, no_value};
pub use compare::{
    Compare, compare, compare_network, compare_null, compare_number, compare_regex, compare_text, label_is,
    label_number, label_text, length_with_number, reported, text_with_pattern, text_with_regex,
    text_with_text, with_number, with_pattern, with_regex, with_text,
};

use crate::flow::STOP;
use crate::place::{Getter, Index, Place};
use crate::{Context, Value};

/// The value of a comparison that is the whole right side of an assignment: an error is no value.
pub fn result(comparison: i32) -> Value {
    if comparison < 0 { Value::Nothing } else { Value::BareInt(comparison) }
}

/// The value of a call that is the whole right side of an assignment: 0 ends the script and is no
/// value.
pub fn call_result(value: i32) -> Value {
    if value == 0 { Value::Nothing } else { Value::BareInt(value) }
}

/// `&&`: the right side counts only when the left is true.
pub fn and(cx: &mut Context, left: i32, right: impl FnOnce(&mut Context) -> i32) -> i32 {
    if left == 1 { right(cx) } else { left }
}

/// `||`: the right side counts only when the left is false; an error on the left is the result.
pub fn or(cx: &mut Context, left: i32, right: impl FnOnce(&mut Context) -> i32) -> i32 {
    if left == 0 { right(cx) } else { left }
}

/// Whether an assertion holds: an error fails, and so does a stop.
pub fn asserted(condition: i32) -> bool {
    condition > 0 && condition != STOP
}

/// The n-th item of the source of a `for`; `None` at the end.
pub fn item(cx: &mut Context, get: Getter, source: &Place, n: i32) -> Option<Value> {
    let place = Place { inner: source.inner.clone(), index: Index::At(n) };
    Some(get(cx, &place)).filter(|value| !value.is_null())
}
