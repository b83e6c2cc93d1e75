//! Parts of the body.

use sipc_engine::place::Assign;
use sipc_engine::{Context, Text, Value, VarRef};
use sipc_sip::{MediaType, NewPart};

use crate::result;

/// Whether a part is of a type, or of any if none is given.
fn is_type(kind: Option<MediaType<'_>>, wanted: Option<MediaType<'_>>) -> bool {
    match (kind, wanted) {
        (_, None) => true,
        (Some(kind), Some(wanted)) => {
            kind.main.eq_ignore_ascii_case(wanted.main) && kind.sub.eq_ignore_ascii_case(wanted.sub)
        }
        (None, Some(_)) => false,
    }
}

/// A type that was given must be one: `Err` when it is not.
fn wanted(kind: &Option<Text>) -> Result<Option<MediaType<'_>>, ()> {
    kind.as_ref().map(|k| MediaType::parse(k).ok_or(())).transpose()
}

/// Removes the parts of a type, all without one; with `revert` those of other types.
pub fn remove_body_part(cx: &mut Context, kind: Option<Text>, revert: Option<Text>) -> i32 {
    let Ok(wanted) = wanted(&kind) else { return -1 };
    let goes = |kind: Option<MediaType<'_>>| wanted.is_none() || is_type(kind, wanted) != revert.is_some();
    let message = cx.message.clone();
    let body = message.body();
    let mut removed = cx.edits.remove_new_parts(|part| goes(MediaType::parse(&part.kind)));
    for (number, part) in message.parts(&body).into_iter().enumerate() {
        if goes(part.kind) && !cx.edits.removes_part(number) {
            cx.edits.remove_part(number);
            removed = true;
        }
    }
    result(removed)
}

/// Adds a part to the body.
pub fn add_body_part(cx: &mut Context, content: Text, kind: Text, headers: Option<Text>) -> i32 {
    if content.is_empty() || kind.is_empty() || cx.edits.body().is_some() {
        return -1;
    }
    cx.edits.add_part(NewPart { kind, headers: headers.unwrap_or_default(), content });
    1
}

/// The body as it would be sent now, or its first part of a type.
pub fn get_updated_body_part(cx: &mut Context, kind: Option<Text>, result: &VarRef) -> i32 {
    let Ok(wanted) = wanted(&kind) else { return -1 };
    let message = cx.message.clone();
    let text = match wanted {
        None => cx.edits.updated_body(&message),
        Some(_) => {
            let body = message.body();
            let parts = message.parts(&body);
            let mut left = parts.iter().enumerate().filter(|(n, _)| !cx.edits.removes_part(*n));
            match left.find(|(_, part)| is_type(part.kind, wanted)) {
                Some((_, part)) => cx.edits.updated_part(&message, part),
                None if parts.is_empty() => return -1,
                None => return -2,
            }
        }
    };
    if kind.is_none() && text.is_empty() && message.body().is_empty() {
        return -1;
    }
    crate::result(result.write(cx, Assign::Set, Value::Text(text)))
}
