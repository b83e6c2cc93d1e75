//! Finding, and adding behind what was found.

use sipc_engine::regex::Regex;
use sipc_engine::{Context, Text};

use crate::{Part, result, whole};

/// Whether the message, first line included, matches.
pub fn search(cx: &mut Context, pattern: &Regex) -> i32 {
    result(pattern.is_match(&whole(cx)))
}

/// Whether the body matches.
pub fn search_body(cx: &mut Context, pattern: &Regex) -> i32 {
    result(Part::body(cx).is_some_and(|body| body.find(pattern, 0).is_some()))
}

/// Adds a text behind the first match in headers and body.
pub fn search_append(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    append(cx, Some(Part::head_and_body(cx)), pattern, text)
}

/// Adds a text behind the first match in the body.
pub fn search_append_body(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    append(cx, Part::body(cx), pattern, text)
}

fn append(cx: &mut Context, part: Option<Part>, pattern: &Regex, text: Text) -> i32 {
    let Some(found) = part.and_then(|p| p.find(pattern, 0)) else { return -1 };
    cx.edits.insert(found.end, text);
    1
}
