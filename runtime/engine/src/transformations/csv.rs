//! `{csv.…}`: lines of values with commas between them (RFC 4180).

use crate::place::TransformArg;
use crate::{Context, Text, Value};

use super::{number_arg, position, some_text};

/// The values of a line; `None` when a quote is not closed or not followed by a comma, or a byte is not
/// printable.
fn values(line: &[u8]) -> Option<Vec<Text>> {
    let line = line.strip_suffix(b"\r\n").unwrap_or(line);
    if !line.iter().all(|c| (b' '..=b'~').contains(c)) {
        return None;
    }
    let mut values = Vec::new();
    let mut rest = line;
    loop {
        let (value, behind) = match rest {
            [b'"', inner @ ..] => quoted(inner)?,
            _ => {
                let end = memchr::memchr(b',', rest).unwrap_or(rest.len());
                (Text::copy_from_slice(rest.get(..end)?), rest.get(end..)?)
            }
        };
        values.push(value);
        match behind {
            [] => return Some(values),
            [b',', next @ ..] => rest = next,
            _ => return None,
        }
    }
}

/// What stands before the closing quote, doubled quotes as one, and what stands behind it.
fn quoted(text: &[u8]) -> Option<(Text, &[u8])> {
    let mut value = Vec::new();
    let mut at = 0;
    loop {
        let end = at + memchr::memchr(b'"', text.get(at..)?)?;
        value.extend_from_slice(text.get(at..end)?);
        if text.get(end + 1) != Some(&b'"') {
            return Some((Text::from(value), text.get(end + 1..)?));
        }
        value.push(b'"');
        at = end + 2;
    }
}

/// `{csv.count}`
pub fn csv_count(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let values = some_text(&value).and_then(|line| values(&line));
    values.map_or(Value::Null, |v| Value::Int(i32::try_from(v.len()).unwrap_or(i32::MAX)))
}

/// `{csv.value,n}`
pub fn csv_value(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let values = some_text(&value).and_then(|line| values(&line)).unwrap_or_default();
    let at = number_arg(args, 0).and_then(|n| position(n, values.len()));
    at.and_then(|at| values.into_iter().nth(at)).into()
}
