//! Variables with several values, by index.

use sipc_engine::place::{Assign, Index, IndexRef};
use sipc_engine::{Context, Value, VarRef};

use crate::random::below;

/// More values than this are not looked at: a variable without indexes would have values for ever.
const VALUES_MAX: i32 = 100_000;

/// The variable with another index.
fn at(variable: &VarRef, index: i32) -> VarRef {
    VarRef { index: IndexRef::Constant(Index::At(index)), ..variable.clone() }
}

/// All values in order; `None` when there is no end to them.
fn all(cx: &mut Context, variable: &VarRef) -> Option<Vec<Value>> {
    let mut values = Vec::new();
    for index in 0..VALUES_MAX {
        match at(variable, index).read(cx) {
            value if value.is_null() => return Some(values),
            value => values.push(value),
        }
    }
    None
}

/// Counts the values of a variable.
pub fn set_count(cx: &mut Context, variable: &VarRef, result: &VarRef) -> i32 {
    let Some(count) = all(cx, variable).and_then(|values| i32::try_from(values.len()).ok()) else {
        return -1;
    };
    if result.write(cx, Assign::Set, Value::Int(count)) { 1 } else { -1 }
}

/// Picks one of the weights, heavy ones more often; gives its index.
pub fn set_select_weight(cx: &mut Context, weights: &VarRef) -> i32 {
    let weights: Option<Vec<u64>> = all(cx, weights).and_then(|values| {
        // a negative weight is never picked
        values.iter().map(|v| v.number().map(|n| u64::try_from(n).unwrap_or(0))).collect()
    });
    let Some(weights) = weights.filter(|w| !w.is_empty()) else { return -1 };
    if weights.len() == 1 {
        return 0;
    }
    let sum: u64 = weights.iter().sum();
    let mut left = below(cx, sum);
    for (index, weight) in weights.iter().enumerate() {
        match left.checked_sub(*weight) {
            Some(rest) => left = rest,
            None => return i32::try_from(index).unwrap_or(-1),
        }
    }
    -1
}

/// Puts the values of an AVP into random order.
pub fn shuffle_avps(cx: &mut Context, avp: &VarRef) -> i32 {
    let Some(mut values) = all(cx, avp) else { return -1 };
    for last in (1..values.len()).rev() {
        let other = below(cx, last as u64 + 1) as usize;
        values.swap(last, other);
    }
    let count = i32::try_from(values.len()).unwrap_or(i32::MAX);
    let mut written = true;
    for (index, value) in (0..count).zip(values) {
        written &= at(avp, index).write(cx, Assign::Set, value);
    }
    if written { 1 } else { -1 }
}
