//! `{s.…}`: parts of a text, and texts of a given width.

use crate::place::TransformArg;
use crate::{Context, Text, Value, texts};

use super::{RESULT_MAX, cut, input, into_text, number_arg, output, place_in, text_arg, with_text};

/// `{s.substr}`: a length of 0 or less counts from the end.
pub fn s_substr(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(offset), Some(length)) = (number_arg(args, 0), number_arg(args, 1)) else { return Value::Null };
    let text = into_text(value);
    let part = texts::substr(&text, offset, length).map(|part| place_in(&text, part));
    part.map(|place| cut(text, place)).into()
}

/// `{s.select}`
pub fn s_select(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(index), Some(separator)) = (number_arg(args, 0), text_arg(args, 1)) else { return Value::Null };
    let Some(separator) = separator.first().copied() else { return Value::Null };
    let text = into_text(value);
    let found = texts::select(&text, index, separator);
    let found = found.map(|item| place_in(&text, item));
    found.map(|place| cut(text, place)).into()
}

/// `{s.index}`: a negative start counts from the end, as often around as it takes.
pub fn s_index(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(needle) = text_arg(args, 0) else { return Value::Null };
    let text = input(&value);
    let start = number_arg(args, 1).map_or(Some(0), |n| wrapped(n, text.len()));
    let found = start.and_then(|start| Some(start + memchr::memmem::find(text.get(start..)?, needle)?));
    place(found)
}

/// `{s.rindex}`
pub fn s_rindex(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let Some(needle) = text_arg(args, 0) else { return Value::Null };
    let text = input(&value);
    let start = number_arg(args, 1).map_or(Some(text.len()), |n| wrapped(n, text.len()));
    let found = start.and_then(|start| {
        let end = start.saturating_add(needle.len()).min(text.len());
        memchr::memmem::rfind(text.get(..end)?, needle)
    });
    place(found)
}

fn wrapped(start: i32, length: usize) -> Option<usize> {
    if let Ok(start) = usize::try_from(start) {
        return Some(start);
    }
    let back = (start.unsigned_abs() as usize).checked_rem(length).unwrap_or(0);
    Some(if back == 0 { 0 } else { length - back })
}

fn place(found: Option<usize>) -> Value {
    found.and_then(|at| i32::try_from(at).ok()).map_or(Value::Null, Value::Int)
}

/// `{s.fill.left}`: of a pad of several characters the last ones stand next to the text.
pub fn s_fill_left(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    fill(value, args, |text, pad, count| {
        let skip = (pad.len() - count % pad.len()) % pad.len();
        let padding = pad.iter().cycle().skip(skip).take(count);
        padding.chain(text.iter()).copied().collect()
    })
}

/// `{s.fill.right}`
pub fn s_fill_right(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    fill(value, args, |text, pad, count| text.iter().chain(pad.iter().cycle().take(count)).copied().collect())
}

fn fill(value: Value, args: &[TransformArg], pad_to: fn(&[u8], &[u8], usize) -> Vec<u8>) -> Value {
    let (Some(pad), Some(width)) = (text_arg(args, 0), number_arg(args, 1)) else { return Value::Null };
    let text = input(&value);
    let Some(count) = usize::try_from(width).ok().and_then(|w| w.checked_sub(text.len())) else {
        return value;
    };
    if count > RESULT_MAX {
        return Value::Null;
    }
    output(pad_to(&text, unquoted(pad), count))
}

/// The pad without the blanks behind it and without its quotes.
fn unquoted(pad: &Text) -> &[u8] {
    if pad.len() == 1 {
        return pad;
    }
    match pad.trim_ascii_end() {
        b"" => b" ",
        [b'\'', inner @ .., b'\''] | [b'"', inner @ .., b'"'] if !inner.is_empty() => inner,
        other => other,
    }
}

/// `{s.width}`
pub fn s_width(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let width = number_arg(args, 0).and_then(|w| usize::try_from(w).ok());
    let Some(width) = width.filter(|w| (1..=RESULT_MAX).contains(w)) else { return Value::Null };
    let text = input(&value);
    if width <= text.len() {
        return with_text(value, text.slice(..width));
    }
    let mut padded = text.to_vec();
    padded.resize(width, b' ');
    Value::Text(Text::from(padded))
}

/// `{s.trim}`
pub fn s_trim(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    trimmed(value, texts::trim)
}

/// `{s.trimr}`
pub fn s_trimr(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    trimmed(value, texts::trimr)
}

/// `{s.triml}`
pub fn s_triml(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    trimmed(value, texts::triml)
}

#[inline]
fn trimmed(value: Value, trim: impl Fn(&[u8]) -> Option<&[u8]>) -> Value {
    let value = match value {
        Value::Text(text) => {
            let place = place_in(&text, trim(&text).unwrap_or_default());
            return Value::Text(cut(text, place));
        }
        other => other,
    };
    let text = input(&value);
    let part = text.slice(place_in(&text, trim(&text).unwrap_or_default()));
    with_text(value, part)
}
