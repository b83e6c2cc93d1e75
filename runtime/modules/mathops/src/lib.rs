//! `mathops`: floating-point expressions and rounding.
//!
//! | File | What |
//! |---|---|
//! | `infix` | expressions as people write them |
//! | `rpn` | reverse Polish notation |
//! | `number` | texts to numbers and back |
//!
//! Numbers are doubles, written as C's printf does. Expressions come from messages too, so that their depth
//! has a bound.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::log::Level;
use sipc_engine::place::{Assign, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, Value, VarRef};

mod infix;
mod number;
mod rpn;
#[cfg(test)]
mod tests;

use number::{DECIMALS_MAX, fixed, parse_start, whole};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "mathops", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::mathops::MODULE;
    plain {
        math_eval(Text, &VarRef), math_rpn(Text, &VarRef), math_compare(Text, Text, &VarRef),
        math_floor(Text, &VarRef), math_ceil(Text, &VarRef), math_trunc(Text, &VarRef),
        math_round(Text, &VarRef, Option<i32>), math_round_sf(Text, &VarRef, Option<i32>),
    }
    waiting {}
}

/// Decimals when nobody says how many.
const DECIMALS: i32 = 6;

/// `decimal_digits`.
struct Digits(i32);

fn init(setup: &mut Setup) -> InitResult {
    let digits = setup.int("mathops", "decimal_digits", DECIMALS);
    if digits > DECIMALS_MAX {
        return Err(format!("decimal_digits must be at most {DECIMALS_MAX}, not {digits}"));
    }
    setup.share(Arc::new(Digits(digits)));
    Ok(())
}

/// Evaluates an expression.
pub fn math_eval(cx: &mut Context, expression: Text, result: &VarRef) -> i32 {
    let Some(value) = infix::evaluate(&expression) else { return cannot_read(cx, &expression) };
    store_decimal(cx, result, value)
}

/// Evaluates an expression in reverse Polish notation.
pub fn math_rpn(cx: &mut Context, expression: Text, result: &VarRef) -> i32 {
    let Some(value) = rpn::evaluate(&expression) else { return cannot_read(cx, &expression) };
    store_decimal(cx, result, value)
}

/// Compares the values of two expressions.
pub fn math_compare(cx: &mut Context, left: Text, right: Text, result: &VarRef) -> i32 {
    let Some(l) = infix::evaluate(&left) else { return cannot_read(cx, &left) };
    let Some(r) = infix::evaluate(&right) else { return cannot_read(cx, &right) };
    store(cx, result, Value::Int(i32::from(l > r) - i32::from(l < r)))
}

/// Rounds down.
pub fn math_floor(cx: &mut Context, number: Text, result: &VarRef) -> i32 {
    store(cx, result, Value::Int(whole(parse_start(&number).value.floor())))
}

/// Rounds up.
pub fn math_ceil(cx: &mut Context, number: Text, result: &VarRef) -> i32 {
    store(cx, result, Value::Int(whole(parse_start(&number).value.ceil())))
}

/// Rounds towards 0.
pub fn math_trunc(cx: &mut Context, number: Text, result: &VarRef) -> i32 {
    store(cx, result, Value::Int(whole(parse_start(&number).value.trunc())))
}

/// Rounds to a whole number, or to so many decimals.
pub fn math_round(cx: &mut Context, number: Text, result: &VarRef, decimals: Option<i32>) -> i32 {
    let value = parse_start(&number).value;
    match decimals.unwrap_or(0) {
        0 => store(cx, result, Value::Int(whole(value.round()))),
        decimals if decimals > DECIMALS_MAX => {
            let text = format_args!("{decimals} decimals are more than {DECIMALS_MAX}");
            cx.log(Level::Error, "mathops", text);
            -1
        }
        decimals => store(cx, result, Value::Text(fixed(value, decimals).into())),
    }
}

/// Rounds to a whole number, or to so many significant figures.
pub fn math_round_sf(cx: &mut Context, number: Text, result: &VarRef, figures: Option<i32>) -> i32 {
    let Some(figures) = figures else { return math_round(cx, number, result, None) };
    let value = parse_start(&number).value;
    let factor = 10f64.powf(f64::from(figures) - value.abs().log10().ceil());
    let scaled = number::invalid_is_negative((value * factor).round());
    store_decimal(cx, result, number::invalid_is_negative(scaled / factor))
}

fn store_decimal(cx: &mut Context, result: &VarRef, value: f64) -> i32 {
    let digits = cx.shared().state::<Digits>().map_or(DECIMALS, |d| d.0);
    store(cx, result, Value::Text(fixed(value, digits).into()))
}

fn store(cx: &mut Context, result: &VarRef, value: Value) -> i32 {
    if result.write(cx, Assign::Set, value) {
        return 1;
    }
    cx.log(Level::Error, "mathops", format_args!("the result cannot be stored"));
    -1
}

fn cannot_read(cx: &Context, expression: &Text) -> i32 {
    let shown = String::from_utf8_lossy(expression);
    cx.log(Level::Error, "mathops", format_args!("cannot evaluate <{shown}>"));
    -1
}
