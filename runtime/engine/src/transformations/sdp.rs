//! `{sdp.…}`: lines and streams of a session description.

use sipc_sip::body::sdp::{Sdp, Stream};

use crate::place::TransformArg;
use crate::{Context, Text, Value};

use super::{number_arg, output, position, some_text, text_arg};

/// `{sdp.line,c,n}`: the whole line; it must end with a carriage return.
pub fn sdp_line(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(text), Some(letter)) = (some_text(&value), text_arg(args, 0).and_then(|t| t.first())) else {
        return Value::Null;
    };
    let Ok(index) = usize::try_from(number_arg(args, 1).unwrap_or(0)) else { return Value::Null };
    let lines = text.split(|c| matches!(c, b'\r' | b'\n'));
    let found = lines.filter(|l| l.first() == Some(letter) && l.get(1) == Some(&b'=')).nth(index);
    found.and_then(|line| ended(&text, line)).into()
}

/// A line up to the next carriage return; line feeds alone do not end it.
fn ended(text: &Text, line: &[u8]) -> Option<Text> {
    let start = (line.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let rest = text.slice(start.min(text.len())..);
    memchr::memchr(b'\r', &rest).map(|end| rest.slice(..end))
}

/// The streams that an argument names: one by its number, or all of a media type.
fn chosen<'a>(sdp: &Sdp<'a>, which: &[u8]) -> Vec<Stream<'a>> {
    let streams = sdp.streams().collect::<Vec<_>>();
    match std::str::from_utf8(which).ok().and_then(|w| w.parse::<i32>().ok()) {
        Some(n) => position(n, streams.len()).and_then(|n| streams.into_iter().nth(n)).into_iter().collect(),
        None => streams.into_iter().filter(|s| s.media.eq_ignore_ascii_case(which)).collect(),
    }
}

/// `{sdp.stream,which}`
pub fn sdp_stream(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(text), Some(which)) = (some_text(&value), text_arg(args, 0)) else { return Value::Null };
    let found = chosen(&Sdp::new(&text), which).first().map(|s| text.slice(s.section.range()));
    found.into()
}

/// `{sdp.stream-delete,which}`
pub fn sdp_stream_delete(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let (Some(text), Some(which)) = (some_text(&value), text_arg(args, 0)) else { return Value::Null };
    let streams = chosen(&Sdp::new(&text), which);
    if streams.is_empty() {
        return Value::Null;
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for range in streams.iter().map(|s| s.section.range()) {
        out.extend_from_slice(&text[at..range.start]);
        at = range.end;
    }
    out.extend_from_slice(&text[at..]);
    output(out)
}
