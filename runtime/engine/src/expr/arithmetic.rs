//! Operators between values (LANGUAGE 5.5).

use crate::log::Level;
use crate::short::Short;
use crate::{Context, Value};

/// An operator between two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// `<<`
    ShiftLeft,
    /// `>>`
    ShiftRight,
}

/// `left op right`. The type of the left side decides between numbers and text; there is no
/// conversion, and what does not fit gives no value.
pub fn binary(cx: &Context, op: Op, left: &Value, right: &Value) -> Value {
    if matches!(left, Value::Nothing) {
        return Value::Nothing;
    }
    if left.is_number() {
        return numbers(cx, op, left, right).map_or(Value::Nothing, Value::BareInt);
    }
    match op {
        Op::Add => joined(cx, left, right),
        _ => combined(cx, op, left, right),
    }
}

/// `left + "text"`.
pub fn with_suffix(cx: &Context, left: &Value, right: &'static [u8]) -> Value {
    match left.only_text() {
        Some(left) => Value::joined(left, right),
        None => binary(cx, Op::Add, left, &Value::literal(right)),
    }
}

/// `left + $(right{…})` of two texts; `None` for other values.
pub fn with_cut(left: &Value, right: &Value, cut: impl FnOnce(&[u8]) -> Option<&[u8]>) -> Option<Value> {
    let left = left.only_text()?;
    let right = match right {
        Value::Null => None,
        other => cut(other.only_text()?),
    };
    Some(Value::joined(left, right.unwrap_or_default()))
}

/// The truth of `[left op right]` as a condition.
///
/// It is that of the value, but a sum of texts does not ask whether the right side has text.
pub fn binary_truth(cx: &Context, op: Op, left: &Value, right: &Value) -> i32 {
    let texts = op == Op::Add && !left.is_number() && !matches!(left, Value::Nothing);
    if texts {
        let some = |v: &Value| v.as_text().is_some_and(|t| !t.is_empty());
        return i32::from(some(left) || some(right));
    }
    match binary(cx, op, left, right) {
        Value::BareInt(n) => i32::from(n != 0),
        other => i32::from(!other.is_null()),
    }
}

/// `~operand`.
pub fn complement(cx: &mut Context, operand: &Value) -> Value {
    match operand.number() {
        Some(n) => Value::BareInt(!n),
        None if matches!(operand, Value::Nothing) => Value::Nothing,
        None => failed(cx, "binary NOT on non-numeric value"),
    }
}

/// The truth of `[~operand]` as a condition. (OpenSIPS crashes here.)
pub fn complement_truth(cx: &mut Context, operand: &Value) -> i32 {
    i32::from(complement(cx, operand).number().is_some_and(|n| n != 0))
}

/// The truth of `[$variable]` as a condition: any text makes it true, even that of 0.
pub fn variable_truth(value: &Value) -> i32 {
    match value {
        Value::Nothing | Value::Null => 0,
        Value::BareInt(n) => i32::from(*n != 0),
        _ => 1,
    }
}

fn numbers(cx: &Context, op: Op, left: &Value, right: &Value) -> Option<i32> {
    let l = left.number()?;
    let r = match right {
        Value::Null => 0,
        other => match other.number() {
            Some(n) => n,
            None => {
                failed(cx, "invalid numeric operands");
                return None;
            }
        },
    };
    if r == 0 && matches!(op, Op::Divide | Op::Remainder) {
        failed(cx, "divide by 0");
        return Some(0);
    }
    Some(calculate(op, l, r))
}

/// 32-bit arithmetic that wraps; shifts take the count modulo 32. The caller has checked division.
pub(super) fn calculate(op: Op, l: i32, r: i32) -> i32 {
    match op {
        Op::Add => l.wrapping_add(r),
        Op::Subtract => l.wrapping_sub(r),
        Op::Multiply => l.wrapping_mul(r),
        Op::Divide => l.checked_div(r).unwrap_or(if r == 0 { 0 } else { i32::MIN }),
        Op::Remainder => l.checked_rem(r).unwrap_or(0),
        Op::And => l & r,
        Op::Or => l | r,
        Op::Xor => l ^ r,
        Op::ShiftLeft => l.wrapping_shl(r as u32),
        Op::ShiftRight => l.wrapping_shr(r as u32),
    }
}

/// Text and text behind it; NULL counts as empty.
fn joined(cx: &Context, left: &Value, right: &Value) -> Value {
    if let (Some(left), Some(right)) = (left.only_text(), right.only_text()) {
        return Value::joined(left, right);
    }
    let right = match right {
        Value::Null => Default::default(),
        other => match other.as_text() {
            Some(text) => text,
            None => return failed(cx, "invalid string operands"),
        },
    };
    let left = left.as_text().unwrap_or_default();
    Value::joined(&left, &right)
}

/// A sum of which the first is a text of the script, so that all are texts; written once.
#[derive(Debug)]
pub struct Sum {
    short: Short,
    /// All of it, when it is not short.
    long: Vec<u8>,
    room: usize,
    failed: bool,
}

impl Sum {
    /// Begins with a text; `room` is for the others.
    #[inline]
    pub fn of(first: &[u8], room: usize) -> Sum {
        let mut sum = Sum { short: Short::EMPTY, long: Vec::new(), room, failed: false };
        sum.literal(first);
        sum
    }

    /// Appends a text of the script.
    #[inline]
    pub fn literal(&mut self, text: &[u8]) {
        if !self.long.is_empty() || !self.short.append(text) {
            self.lengthen(text);
        }
    }

    #[inline(never)]
    fn lengthen(&mut self, text: &[u8]) {
        if self.long.is_empty() {
            self.long.reserve(self.short.len() + text.len() + self.room);
            self.long.extend_from_slice(&self.short);
        }
        self.long.extend_from_slice(text);
    }

    /// Appends the text of a value; NULL counts as empty, and what has none makes it no sum.
    pub fn value(&mut self, cx: &Context, value: &Value) {
        match value {
            _ if self.failed => {}
            Value::Null => {}
            Value::Text(text) => self.literal(text),
            Value::Short(text) => self.literal(text),
            other => match other.as_text() {
                Some(text) => self.literal(&text),
                None => {
                    self.failed = true;
                    failed(cx, "invalid string operands");
                }
            },
        }
    }

    /// What came out.
    #[inline]
    pub fn finish(self) -> Value {
        match self.failed {
            true => Value::Nothing,
            false if self.long.is_empty() => Value::Short(self.short),
            false => Value::Text(self.long.into()),
        }
    }
}

/// `&`, `|`, `^` on two texts of one length, byte by byte.
fn combined(cx: &Context, op: Op, left: &Value, right: &Value) -> Value {
    let (Some(left), Some(right)) = (left.as_text(), right.as_text()) else {
        return failed(cx, "invalid operands");
    };
    if left.len() != right.len() {
        return failed(cx, "Different length string operands");
    }
    let combine: fn(u8, u8) -> u8 = match op {
        Op::And => |a, b| a & b,
        Op::Or => |a, b| a | b,
        Op::Xor => |a, b| a ^ b,
        _ => return failed(cx, "Only bitwise operations can be applied on strings"),
    };
    Value::Text(left.iter().zip(right.iter()).map(|(a, b)| combine(*a, *b)).collect())
}

fn failed(cx: &Context, why: &str) -> Value {
    cx.log(Level::Error, "eval_elem", format_args!("{why}"));
    Value::Nothing
}
