//! `{re.subst,…}` and `{s.eval}`.

use crate::log::Level;
use crate::place::TransformArg;
use crate::substitution::{self, Substitution};
use crate::{Context, Text, Value, dynamic};

use super::{input, output, some_text, text_arg};

/// `{s.eval}`: the text as a format string.
pub fn s_eval(cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let text = input(&value);
    dynamic::evaluate(cx, &text).map_or(Value::Null, output)
}

/// `{re.subst,…}`: NULL for an empty text, a broken expression, or one that matches nothing at all.
pub fn re_subst(cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(text), Some(expression)) = (some_text(&value), text_arg(args, 0)) else { return Value::Null };
    let Some(substitution) = substitution::find(cx, &without_brace_escapes(expression)) else {
        return broken(cx);
    };
    match substitution.apply(cx, &text) {
        Ok(Some(new)) => output(new),
        Ok(None) => value,
        Err(_) => Value::Null,
    }
}

/// `{re.subst,…}` with an expression that has no variable in it, read beforehand; `None` for a broken one.
pub fn substituted(cx: &mut Context, value: Value, substitution: Option<&Substitution>) -> Value {
    if let (Some(text @ [_, ..]), Some(substitution)) = (value.only_text(), substitution)
        && let Some(new) = substitution.removed(text)
    {
        return Value::Short(new);
    }
    if value.is_null() {
        return Value::Null;
    }
    let text = value.as_text().filter(|text| !text.is_empty());
    let new = match (text, substitution) {
        (Some(text), Some(substitution)) => substitution.apply(cx, &text),
        (Some(_), None) => return broken(cx),
        (None, _) => return Value::Null,
    };
    match new {
        Ok(Some(new)) => output(new),
        Ok(None) => value,
        Err(_) => Value::Null,
    }
}

fn broken(cx: &Context) -> Value {
    cx.log(Level::Error, "tr_eval_re", format_args!("Can't compile regexp"));
    Value::Null
}

/// Backslashes before braces protected them from the reader of the script.
fn without_brace_escapes(expression: &Text) -> Text {
    if !expression.contains(&b'{') && !expression.contains(&b'}') {
        return expression.clone();
    }
    let mut out = Vec::with_capacity(expression.len());
    let mut bytes = expression.iter().copied().peekable();
    while let Some(c) = bytes.next() {
        match (c, bytes.peek()) {
            (b'\\', Some(b'{' | b'}')) => {}
            _ => out.push(c),
        }
    }
    out.into()
}
