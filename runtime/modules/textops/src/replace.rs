//! Putting a text in place of what matches.

use sipc_engine::log::Level;
use sipc_engine::regex::Regex;
use sipc_engine::{Context, Text};

use crate::Part;

/// Replaces the first match in headers and body.
pub fn replace(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    first(cx, Some(Part::head_and_body(cx)), pattern, text)
}

/// Replaces every match in headers and body.
pub fn replace_all(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    every(cx, Some(Part::head_and_body(cx)), pattern, text)
}

/// Replaces the first match in the body.
pub fn replace_body(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    first(cx, Part::body(cx), pattern, text)
}

/// Replaces every match in the body.
pub fn replace_body_all(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    every(cx, Part::body(cx), pattern, text)
}

/// Replaces every match in the body. As `replace_body_all`, since `^` stands for the beginning of any
/// line in both.
pub fn replace_body_atonce(cx: &mut Context, pattern: &Regex, text: Text) -> i32 {
    every(cx, Part::body(cx), pattern, text)
}

fn first(cx: &mut Context, part: Option<Part>, pattern: &Regex, text: Text) -> i32 {
    let Some(found) = part.and_then(|p| p.find(pattern, 0)) else { return -1 };
    cx.edits.replace(found, text);
    1
}

/// An empty match would be found for ever: it ends the function with an error, what was replaced
/// before it stays replaced.
fn every(cx: &mut Context, part: Option<Part>, pattern: &Regex, text: Text) -> i32 {
    let Some(part) = part else { return -1 };
    let (mut at, mut result) = (part.start, -1);
    while let Some(found) = part.find(pattern, at).filter(|_| at < part.text.len()) {
        if found.is_empty() {
            cx.log(Level::Error, "textops", format_args!("matched string is empty... invalid regexp?"));
            return -1;
        }
        at = found.end;
        cx.edits.replace(found, text.clone());
        result = 1;
    }
    result
}
