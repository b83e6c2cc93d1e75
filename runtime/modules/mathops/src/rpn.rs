//! Reverse Polish notation: numbers and words between blanks, one stack.

use crate::number::{invalid_is_negative, parse_start};

/// How much the stack holds.
const STACK_MAX: usize = 100;

/// The one number that is left at the end; `None` when something else is, or a word is unknown.
pub(crate) fn evaluate(text: &[u8]) -> Option<f64> {
    let mut stack = Vec::new();
    let mut rest = text.trim_ascii();
    while let [first, ..] = rest {
        let second = rest.get(1).is_some_and(u8::is_ascii_digit);
        if first.is_ascii_digit() || *first == b'-' && second {
            let start = parse_start(rest);
            if start.out_of_range || stack.len() >= STACK_MAX {
                return None;
            }
            stack.push(start.value);
            rest = rest.get(start.length.max(1)..)?;
        } else {
            let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
            let end = rest.iter().position(blank).unwrap_or(rest.len());
            apply(rest.get(..end)?, &mut stack)?;
            rest = rest.get(end..)?;
        }
        rest = rest.trim_ascii_start();
    }
    match stack[..] {
        [value] => Some(value),
        _ => None,
    }
}

/// Applies a word. An operation that finds too few numbers takes those away that there are, as in OpenSIPS;
/// the end tells that something is missing.
fn apply(word: &[u8], stack: &mut Vec<f64>) -> Option<()> {
    if let Some(operation) = binary(word) {
        if let (Some(right), Some(left)) = (stack.pop(), stack.pop()) {
            stack.push(invalid(operation(left, right), &[left, right]));
        }
        return Some(());
    }
    if let Some(operation) = unary(word) {
        if let Some(value) = stack.pop() {
            stack.push(invalid(operation(value), &[value]));
        }
        return Some(());
    }
    match word {
        b"drop" => drop(stack.pop()?),
        b"dup" => {
            let top = *stack.last()?;
            if stack.len() < STACK_MAX {
                stack.push(top);
            }
        }
        b"swap" => {
            if let (Some(top), Some(below)) = (stack.pop(), stack.pop()) {
                stack.extend([top, below]);
            }
        }
        b"e" | b"pi" => {
            let value = if word == b"e" { std::f64::consts::E } else { std::f64::consts::PI };
            stack.push(Some(value).filter(|_| stack.len() < STACK_MAX)?);
        }
        _ => return None,
    }
    Some(())
}

/// A NaN that this operation made has a sign; one that came in keeps its own.
fn invalid(result: f64, operands: &[f64]) -> f64 {
    if operands.iter().any(|o| o.is_nan()) { result } else { invalid_is_negative(result) }
}

fn binary(word: &[u8]) -> Option<fn(f64, f64) -> f64> {
    Some(match word {
        b"+" => |a, b| a + b,
        b"-" => |a, b| a - b,
        b"*" => |a, b| a * b,
        b"/" => |a, b| a / b,
        b"mod" => |a, b| a % b,
        b"pow" => f64::powf,
        _ => return None,
    })
}

fn unary(word: &[u8]) -> Option<fn(f64) -> f64> {
    Some(match word {
        b"neg" => |a: f64| -a,
        b"exp" => f64::exp,
        b"ln" => f64::ln,
        b"log10" => f64::log10,
        b"abs" => f64::abs,
        b"sqrt" => f64::sqrt,
        b"cbrt" => f64::cbrt,
        b"floor" => f64::floor,
        b"ceil" => f64::ceil,
        b"round" => f64::round,
        b"nearbyint" => f64::round_ties_even,
        b"trunc" => f64::trunc,
        _ => return None,
    })
}
