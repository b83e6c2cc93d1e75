//! What executors do around the parts of compound statements (LANGUAGE 4): the ends of an `if`, passes
//! of loops, assertions, routes called by a name that is known only when the call runs.
//!
//! Every action has a value. That of a list is the value of its last action, and what `$rc` is after a
//! compound statement follows from it. `switch`, `while` and `for` end as a call does, with
//! [`crate::Done::done`].

use sipc_interface::RouteKind;

use crate::context::ErrorClass;
use crate::expr;
use crate::flow::{BREAK_VALUE, Done, Flow, end_action};
use crate::log::Level;
use crate::place::{Assign, Place, Setter, VarRef};
use crate::script::RouteIndex;
use crate::{Context, Text, Value};

/// The value of a `for` whose source has no `[*]` (E_SCRIPT).
pub const NO_LIST: i32 = -10;

/// `target = value`, through a reference.
pub fn assign(cx: &mut Context, target: &VarRef, how: Assign, value: Value) -> i32 {
    to_target(cx, target, |cx, place, set| expr::assign(cx, set, place, how, value))
}

/// `target = NULL`, through a reference.
pub fn assign_null(cx: &mut Context, target: &VarRef, how: Assign) -> i32 {
    to_target(cx, target, |cx, place, set| expr::assign_null(cx, set, place, how))
}

/// `target op= value`, through a reference.
pub fn assign_op(cx: &mut Context, target: &VarRef, op: expr::Op, value: Value) -> i32 {
    to_target(cx, target, |cx, place, set| expr::assign_op(cx, target.get, set, place, op, value))
}

fn to_target(
    cx: &mut Context,
    target: &VarRef,
    assign: impl FnOnce(&mut Context, &Place, Setter) -> i32,
) -> i32 {
    let (Some(set), Some(place)) = (target.set, target.place(cx)) else { return -1 };
    cx.in_message(target.source, |cx| assign(cx, &place, set)).unwrap_or(-1)
}

/// The end of an `if` of which a body ran; `value` is that of the body's last action.
#[inline]
pub fn end_if(cx: &mut Context, value: i32) -> Flow {
    cx.rc = value;
    end_action(cx, value)
}

/// The end of an `if` of which no body ran, or an empty one.
///
/// `$rc` is the value of the condition, but of a chain of `else if` it is 1: each is an action of the
/// one before, and an `if` without a body has the value 1.
#[inline]
pub fn end_if_without_body(cx: &mut Context, condition: i32, chained: bool) -> Flow {
    cx.rc = if chained { 1 } else { condition };
    end_action(cx, 1)
}

/// Whether a `while` may begin one more pass; `passes` counts them.
///
/// When it may not, the loop ends with the value of the last action of its body, which is
/// [`BREAK_VALUE`] when there was none.
pub fn begin_pass(cx: &Context, passes: &mut u32) -> bool {
    let limit = cx.shared().globals.max_while_loops;
    if *passes >= limit {
        let text = format_args!("max while loops reached ({limit}), see the global 'max_while_loops'");
        cx.log(Level::Error, "do_action", text);
        return false;
    }
    *passes += 1;
    true
}

/// Passes of a `for` when `max_while_loops` does not allow more: one that adds to its own list would never end.
const FOR_PASSES_MAX: u32 = 10_000;

fn may_go_on(cx: &Context, passes: i32) -> bool {
    let limit = cx.shared().globals.max_while_loops.max(FOR_PASSES_MAX);
    let within = u32::try_from(passes).is_ok_and(|n| n < limit);
    if !within {
        let text = format_args!("a for loop ends after {limit} passes: does it add to its own list?");
        cx.log(Level::Error, "for_each_handler", text);
    }
    within
}

/// The n-th pass of a `for`: assigns the item. `Err` ends the loop, with a value unless it is the one of
/// the last pass.
pub fn next_item(
    cx: &mut Context,
    iterator: &VarRef,
    how: Assign,
    source: &VarRef,
    n: i32,
) -> Result<(), Option<i32>> {
    if !may_go_on(cx, n) {
        return Err(Some(BREAK_VALUE));
    }
    let place = source.place(cx).ok_or(Some(BREAK_VALUE))?;
    let item = cx.in_message(source.source, |cx| expr::item(cx, source.get, &place, n));
    let value = item.ok_or(Some(BREAK_VALUE))?.ok_or(None)?;
    if iterator.write(cx, how, value) { Ok(()) } else { Err(Some(BREAK_VALUE)) }
}

/// A `for` whose source has no `[*]`: its value.
pub fn no_list(cx: &Context) -> i32 {
    cx.log(
        Level::Error,
        "for_each_handler",
        format_args!("for-each must be used on a \"[*]\" index! skipping!"),
    );
    NO_LIST
}

/// Whether `assert` does anything; when not, its value is [`BREAK_VALUE`] and the condition is not
/// evaluated.
pub fn asserts(cx: &Context) -> bool {
    cx.shared().globals.enable_asserts
}

/// The end of an `assert` whose condition was evaluated. A failure runs the error route and ends the
/// script, or the process when `abort_on_assert` is set.
pub fn assertion(cx: &mut Context, condition: i32, message: Option<&[u8]>) -> Flow {
    if expr::asserted(condition) {
        return 1.done(cx);
    }
    let message = message.map(|m| format!(" ({})", String::from_utf8_lossy(m))).unwrap_or_default();
    let (file, line) = (cx.shared().configuration.file.clone(), cx.line);
    cx.log(Level::Critical, "do_action", format_args!("ASSERTION FAILED{message} at {file}:{line}"));
    if cx.shared().globals.abort_on_assert {
        std::process::abort();
    }
    cx.error.raise(ErrorClass::Assert, 1, b"assertion failed", 500, b"server error");
    if cx.error.is_pending() {
        cx.run_error_route();
    }
    0.done(cx)
}

/// The route that `route("… $x …")` names; `None`, logged, when there is none, or when the text was too
/// long.
pub fn route_named(cx: &Context, name: Option<&[u8]>) -> Option<RouteIndex> {
    let name = name.unwrap_or(b"unknown");
    let found = cx.worker.program.find(RouteKind::Request, name);
    if found.is_none() {
        cx.log(Level::Alert, "do_action", format_args!("unknown route({})", String::from_utf8_lossy(name)));
    }
    found
}

/// The route that `route($x)` names: a number by its decimal text, read as unsigned.
pub fn route_of(cx: &Context, value: &Value) -> Option<RouteIndex> {
    match value.number() {
        Some(n) => route_named(cx, Some((n as u32).to_string().as_bytes())),
        None => route_named(cx, Some(&value.text().unwrap_or_default())),
    }
}

/// The end of a `route()` whose route is not known: `$rc` keeps its value.
pub fn unknown_route(cx: &mut Context) -> Flow {
    end_action(cx, BREAK_VALUE)
}

/// The end of a `route()` that was refused ([`Context::enter_route`]).
pub fn refused_route(cx: &mut Context, value: i32) -> Flow {
    value.done(cx)
}

/// A number passed to a route: it has a text.
pub const fn passed_number(n: i32) -> Value {
    Value::Int(n)
}

/// A number among the extra values of a `return`: it has no text.
pub const fn returned_number(n: i32) -> Value {
    Value::BareInt(n)
}

/// A variable passed to a route or returned from it, by value.
#[inline]
pub fn passed(value: Value) -> Value {
    if value.is_null() { Value::Null } else { value }
}

/// A text that a route passes on, from the script.
#[inline]
pub fn passed_text(text: &'static [u8]) -> Value {
    Value::Text(Text::from_static(text))
}

/// `error("class", "text")`, which does nothing but log.
pub fn error(cx: &Context, class: &[u8], text: &[u8]) -> i32 {
    let (class, text) = (String::from_utf8_lossy(class), String::from_utf8_lossy(text));
    cx.log(Level::Error, "do_action", format_args!("error(\"{class}\", \"{text}\") not implemented yet"));
    1
}
