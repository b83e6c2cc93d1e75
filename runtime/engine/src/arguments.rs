//! Arguments of calls that are known only when the call runs (LANGUAGE 9.4).
//!
//! Executors evaluate a format or read a variable, and convert what they get to what the parameter
//! takes. `None`: the conversion failed, which was logged; the function is not called, and the value of
//! the call is [`FAILED`]. `position` counts the parameters from 1, for the log.

use sipc_interface::RouteKind;
use sipc_sip::Methods;

use crate::log::Level;
use crate::regex::{Options, Regex};
use crate::script::RouteRef;
use crate::{Context, Text, Value};

/// The value of a call whose arguments could not be evaluated.
pub const FAILED: i32 = -1;

/// A variable for a number.
pub fn int(cx: &Context, position: usize, value: &Value) -> Option<i32> {
    let number = value.number();
    if number.is_none() {
        failed(cx, position, "a number");
    }
    number
}

/// A variable for a text; a number without text has none.
pub fn text(cx: &Context, position: usize, value: &Value) -> Option<Text> {
    let text = value.text();
    if text.is_none() {
        failed(cx, position, "a text");
    }
    text
}

/// A text for a regular expression.
pub fn regex(cx: &Context, position: usize, pattern: &Text) -> Option<Regex> {
    let compiled = cx.worker.local.regexes.borrow_mut().get(pattern, Options::PARAMETER);
    if compiled.is_err() {
        failed(cx, position, "a regular expression");
    }
    compiled.ok()
}

/// A text for methods.
pub fn methods(cx: &Context, position: usize, list: &[u8]) -> Option<Methods> {
    let methods = Methods::parse(list);
    if methods.is_none() {
        failed(cx, position, "a list of methods");
    }
    methods
}

/// A text for a message flag: its bit.
pub fn message_flag(cx: &Context, position: usize, name: &[u8]) -> Option<u32> {
    flag(cx, position, &cx.shared().configuration.message_flags, name)
}

/// A text for a branch flag: its bit.
pub fn branch_flag(cx: &Context, position: usize, name: &[u8]) -> Option<u32> {
    flag(cx, position, &cx.shared().configuration.branch_flags, name)
}

/// A text for a dialog flag: its bit.
pub fn dialog_flag(cx: &Context, position: usize, name: &[u8]) -> Option<u32> {
    flag(cx, position, &cx.shared().configuration.dialog_flags, name)
}

/// A text for a route of a kind.
pub fn route(cx: &Context, position: usize, kind: RouteKind, name: &[u8]) -> Option<RouteRef> {
    let found = cx.worker.program.find(kind, name);
    if found.is_none() {
        failed(cx, position, "the name of a route of that kind");
    }
    found.map(RouteRef)
}

fn flag(cx: &Context, position: usize, names: &[String], name: &[u8]) -> Option<u32> {
    let at = names.iter().position(|n| n.as_bytes() == name);
    if at.is_none() {
        failed(cx, position, "the name of a flag");
    }
    at.and_then(|bit| u32::try_from(bit).ok())
}

fn failed(cx: &Context, position: usize, wanted: &str) {
    let (file, line) = (&cx.shared().configuration.file, cx.line);
    let text = format_args!("parameter {position} is not {wanted} in {file}, line {line}");
    cx.log(Level::Error, "get_cmd_fixups", text);
}
