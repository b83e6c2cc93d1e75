//! `{param.…}`: lists such as `a=1;b="x";c`.

use crate::place::TransformArg;
use crate::{Context, Text, Value};

use super::{number_arg, position, some_text, text_arg};

/// A list that was read.
pub(super) struct Parameters<'a>(Vec<Parameter<'a>>);

struct Parameter<'a> {
    name: &'a [u8],
    /// Without quotes; empty when there is none.
    value: &'a [u8],
}

impl<'a> Parameters<'a> {
    /// Reads a list up to its end, a comma or a `>`; `None` when it is broken.
    pub(super) fn parse(text: &'a [u8]) -> Option<Parameters<'a>> {
        let mut list = Vec::new();
        let mut rest = text;
        loop {
            let end = rest
                .iter()
                .position(|c| is_blank(c) || matches!(c, b';' | b',' | b'='))
                .unwrap_or(rest.len());
            let (name, behind) = rest.split_at(end);
            let (value, behind) = value(behind.trim_ascii_start())?;
            list.push(Parameter { name, value });
            match behind.trim_ascii_start() {
                [] | [b',' | b'>', ..] => return Some(Parameters(list)),
                [b';', next @ ..] if !next.trim_ascii_start().is_empty() => rest = next.trim_ascii_start(),
                _ => return None,
            }
        }
    }

    /// The value of the first parameter of a name, ignoring case; empty when it has none.
    pub(super) fn value(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.0.iter().find(|p| p.name.eq_ignore_ascii_case(name)).map(|p| p.value)
    }
}

/// What follows a name: the value, if there is an equals sign, and the rest.
fn value(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let [b'=', rest @ ..] = text else { return Some((b"", text)) };
    match rest.trim_ascii_start() {
        [b'"', inner @ ..] => {
            let end = memchr::memchr(b'"', inner)?;
            Some((inner.get(..end)?, inner.get(end + 1..)?))
        }
        rest => {
            let end = rest.iter().position(|c| is_blank(c) || matches!(c, b';' | b',')).unwrap_or(rest.len());
            (end > 0).then(|| rest.split_at(end))
        }
    }
}

fn is_blank(c: &u8) -> bool {
    matches!(c, b' ' | b'\t' | b'\r' | b'\n')
}

fn of(value: &Value, find: impl FnOnce(&Parameters<'_>, &Text) -> Value) -> Value {
    let Some(text) = some_text(value) else { return Value::Null };
    match Parameters::parse(&text) {
        Some(params) => find(&params, &text),
        None => Value::Null,
    }
}

/// `{param.value,name}`
pub fn param_value(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(name) = text_arg(args, 0) else { return Value::Null };
    of(&value, |params, text| params.value(name).map(|v| shared(text, v)).into())
}

/// `{param.exist,name}`, `{param.exists,name}`
pub fn param_exist(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(name) = text_arg(args, 0) else { return Value::Null };
    of(&value, |params, _| Value::from(params.value(name).is_some()))
}

/// `{param.valueat,n}`
pub fn param_valueat(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    at(&value, args, |p| p.value)
}

/// `{param.name,n}`
pub fn param_name(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    at(&value, args, |p| p.name)
}

fn at(value: &Value, args: &[TransformArg], member: for<'a> fn(&Parameter<'a>) -> &'a [u8]) -> Value {
    let Some(index) = number_arg(args, 0) else { return Value::Null };
    of(value, |params, text| {
        let found = position(index, params.0.len()).and_then(|n| params.0.get(n));
        found.map(|p| shared(text, member(p))).into()
    })
}

/// `{param.count}`
pub fn param_count(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    of(&value, |params, _| Value::Int(i32::try_from(params.0.len()).unwrap_or(i32::MAX)))
}

/// A part of the text; an empty one need not be a part of it.
fn shared(text: &Text, part: &[u8]) -> Text {
    if part.is_empty() { Text::new() } else { text.slice_ref(part) }
}
