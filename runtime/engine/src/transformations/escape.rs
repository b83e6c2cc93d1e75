//! `{s.escape.…}` and `{s.unescape.…}`.

use sipc_sip::{escape_param, escape_user};

use crate::place::TransformArg;
use crate::{Context, Value};

use super::{RESULT_MAX, input, output};

/// Whether `{s.escape.common}` leaves a text as it is.
#[inline]
pub(crate) fn is_escaped(text: &[u8]) -> bool {
    text.len() <= RESULT_MAX && sipc_sip::find(text, *b"'\"\\\0") == text.len()
}

/// `{s.escape.common}`
pub fn s_escape_common(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    match value.only_text() {
        Some(text) if is_escaped(text) => value,
        Some(text) => escaped(text),
        None => escaped(&input(&value)),
    }
}

/// A text as `{s.escape.common}` makes it.
pub(crate) fn escaped(text: &[u8]) -> Value {
    let mut out = Vec::with_capacity(text.len() + 16);
    for c in text {
        match c {
            b'\'' | b'"' | b'\\' => out.extend_from_slice(&[b'\\', *c]),
            0 => out.extend_from_slice(b"\\0"),
            c => out.push(*c),
        }
    }
    output(out)
}

/// `{s.unescape.common}`
pub fn s_unescape_common(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = input(&value);
    let mut bytes = text.iter().copied().peekable();
    let mut out = Vec::with_capacity(text.len());
    while let Some(c) = bytes.next() {
        let escaped = match (c, bytes.peek()) {
            (b'\\', Some(next @ (b'\'' | b'"' | b'\\'))) => *next,
            (b'\\', Some(b'0')) => 0,
            _ => {
                out.push(c);
                continue;
            }
        };
        bytes.next();
        out.push(escaped);
    }
    output(out)
}

/// Only printable ASCII can be escaped.
fn printable(text: &[u8]) -> bool {
    text.iter().all(|c| (b' '..=b'~').contains(c))
}

/// `{s.escape.user}`
pub fn s_escape_user(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = input(&value);
    if printable(&text) { output(escape_user(&text).into_owned()) } else { Value::Null }
}

/// `{s.escape.param}`
pub fn s_escape_param(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = input(&value);
    if printable(&text) { output(escape_param(&text).into_owned()) } else { Value::Null }
}

/// `{s.unescape.user}`
pub fn s_unescape_user(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    unescaped(&input(&value)).map_or(Value::Null, output)
}

/// `{s.unescape.param}`
pub fn s_unescape_param(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    unescaped(&input(&value)).map_or(Value::Null, output)
}

/// Every `%hh` as its byte; `None` when one is broken or stands for no printable character.
fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    let digit = |c: Option<&u8>| c.and_then(|c| char::from(*c).to_digit(16));
    while let Some(c) = bytes.next() {
        if *c != b'%' {
            out.push(*c);
            continue;
        }
        let byte = digit(bytes.next())? << 4 | digit(bytes.next())?;
        out.push(u8::try_from(byte).ok().filter(|c| (32..=126).contains(c))?);
    }
    Some(out)
}
