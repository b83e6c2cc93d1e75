//! The session description, line by line; reads see what was assigned before.
//!
//! A place is a path such as `audio[1]/a=rtpmap[2]/PCMU`: each step a prefix, ignoring case, and how many
//! hits to skip.

use std::ops::Range;

use sipc_sip::{HeaderKind, MediaType};

use crate::place::{Assign, Index, Place};
use crate::{Context, Text, Value};

use super::name;

/// The most lines that are looked at.
const LINES_MAX: usize = 500;

/// One step of a path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Step {
    prefix: Vec<u8>,
    index: usize,
}

/// Where in the description a variable looks.
struct Path {
    section: Section,
    line: Step,
    token: Option<Step>,
}

enum Section {
    Whole,
    Session,
    Stream(Step),
}

/// Splits a path at its slashes; a backslash protects a slash or a backslash.
fn steps(path: &[u8]) -> Vec<Step> {
    let mut texts = vec![Vec::new()];
    let mut bytes = path.iter().copied().peekable();
    while let Some(c) = bytes.next() {
        let protected = c == b'\\' && matches!(bytes.peek(), Some(b'\\' | b'/'));
        match (c, texts.last_mut()) {
            (b'/', _) if !protected => texts.push(Vec::new()),
            (c, Some(text)) => text.push(if protected { bytes.next().unwrap_or(c) } else { c }),
            _ => {}
        }
    }
    texts.iter().map(|text| step(text)).collect()
}

fn step(text: &[u8]) -> Step {
    let (prefix, index) = match text.iter().position(|c| *c == b'[') {
        Some(at) => text.split_at(at),
        None => (text, &b""[..]),
    };
    let digits = index.iter().copied().filter(u8::is_ascii_digit);
    let index = digits.fold(0usize, |n, c| n.saturating_mul(10).saturating_add(usize::from(c - b'0')));
    Step { prefix: prefix.trim_ascii_start().to_vec(), index }
}

impl Path {
    fn new(section: Section, rest: Vec<Step>) -> Path {
        let mut rest = rest.into_iter();
        Path { section, line: rest.next().unwrap_or_default(), token: rest.next() }
    }

    fn line(at: &Place) -> Path {
        Path::new(Section::Whole, steps(name(at)))
    }

    fn session(at: &Place) -> Path {
        Path::new(Section::Session, steps(name(at)))
    }

    fn stream(at: &Place) -> Path {
        let mut all = steps(name(at)).into_iter();
        let stream = Section::Stream(all.next().unwrap_or_default());
        Path::new(stream, all.collect())
    }
}

/// The description as lines, and how they are joined.
struct Lines {
    lines: Vec<Text>,
    separator: &'static [u8],
    ends_with_separator: bool,
}

impl Lines {
    fn split(text: &Text) -> Option<Lines> {
        let first = text.iter().position(|c| matches!(c, b'\r' | b'\n'))?;
        let separator: &'static [u8] = match text.get(first..first + 2) {
            Some(b"\r\n") => b"\r\n",
            _ if text.get(first) == Some(&b'\r') => b"\r",
            _ => b"\n",
        };
        let mut lines = Vec::new();
        let mut rest = text.clone();
        while let Some(at) = memchr::memmem::find(&rest, separator) {
            lines.push(rest.split_to(at));
            let _ = rest.split_to(separator.len());
        }
        let ends_with_separator = rest.is_empty();
        if !rest.is_empty() {
            lines.push(rest);
        }
        (lines.len() <= LINES_MAX).then_some(Lines { lines, separator, ends_with_separator })
    }

    fn join(&self) -> Text {
        let mut text = self.lines.join(self.separator);
        if self.ends_with_separator && !self.lines.is_empty() {
            text.extend_from_slice(self.separator);
        }
        Text::from(text)
    }

    /// The lines of a section.
    fn range(&self, section: &Section) -> Option<Range<usize>> {
        let count = self.lines.len();
        let next_media = |from: usize| {
            let media = self.lines.iter().skip(from).position(|l| starts_with(l, b"m="));
            media.map_or(count, |n| from + n)
        };
        match section {
            Section::Whole => Some(0..count),
            Section::Session => Some(0..next_media(0)),
            Section::Stream(step) => {
                let wanted = [b"m=", &step.prefix[..]].concat();
                let hits = self.lines.iter().enumerate().filter(|(_, l)| starts_with(l, &wanted));
                let start = hits.map(|(n, _)| n).nth(step.index)?;
                Some(start..next_media(start + 1))
            }
        }
    }

    /// The line that a path leads to; one behind the last line of the section when the path names no
    /// line but counts that far, so that lines can be added there.
    fn find(&self, path: &Path, skip: usize) -> Option<usize> {
        let range = self.range(&path.section)?;
        let index = path.line.index + skip;
        let bound = range.start + index;
        if bound > range.end || path.token.is_some() && bound == range.end {
            return None;
        }
        if path.line.prefix.is_empty() {
            return Some(bound);
        }
        range.filter(|n| self.lines.get(*n).is_some_and(|l| starts_with(l, &path.line.prefix))).nth(index)
    }
}

fn starts_with(line: &[u8], prefix: &[u8]) -> bool {
    line.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

/// The body with everything that was assigned to it.
fn body(cx: &Context) -> Text {
    cx.edits.body().cloned().unwrap_or_else(|| cx.message.body())
}

/// Where in the body the description is.
fn range_in(cx: &Context, body: &Text) -> Option<Range<usize>> {
    let is_sdp = |kind: MediaType<'_>| kind.is(b"application", b"sdp");
    let part = cx.message.body_parts(body).find(|p| p.kind.is_some_and(is_sdp))?;
    let start = (part.content.as_ptr() as usize).checked_sub(body.as_ptr() as usize)?;
    let range = start..start.checked_add(part.content.len())?;
    (range.end <= body.len()).then_some(range)
}

fn current(cx: &Context) -> Option<Text> {
    let body = body(cx);
    range_in(cx, &body).map(|range| body.slice(range)).filter(|sdp| !sdp.is_empty())
}

/// Puts a new description in place of the old one.
fn replace(cx: &mut Context, sdp: Text) -> bool {
    let body = body(cx);
    let Some(range) = range_in(cx, &body) else { return false };
    let new = [&body[..range.start], &sdp[..], &body[range.end..]].concat();
    cx.edits.set_body(Text::from(new));
    true
}

/// `$sdp`
pub fn sdp(cx: &mut Context, _at: &Place) -> Value {
    current(cx).into()
}

/// `$sdp = text`; NULL drops the body.
pub fn set_sdp(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    if value.is_null() {
        if let Some(header) = cx.message.find(HeaderKind::ContentType) {
            cx.edits.remove_header(&header);
        }
        cx.edits.set_body(Text::new());
        return true;
    }
    match value.text() {
        Some(text) if text.starts_with(b"v=") && Lines::split(&text).is_some() => replace(cx, text),
        _ => false,
    }
}

fn read(cx: &Context, path: &Path) -> Option<Text> {
    let lines = Lines::split(&current(cx)?)?;
    let at = lines.find(path, 0)?;
    let line = lines.lines.get(at)?;
    if matches!(path.section, Section::Session) && !lines.range(&path.section)?.contains(&at) {
        return None;
    }
    let Some(token) = &path.token else { return Some(line.clone()) };
    let words = line.split(|c| matches!(c, b' ' | b'\t')).filter(|w| !w.is_empty());
    words.filter(|w| starts_with(w, &token.prefix)).nth(token.index).map(|w| line.slice_ref(w))
}

/// Writes, inserts or deletes a line. Writing a token changes nothing, as in OpenSIPS.
fn write(cx: &mut Context, path: &Path, index: &Index, value: Value) -> bool {
    let text = value.text();
    if text.is_none() && !value.is_null() {
        return false;
    }
    let (insert, skip) = match index {
        Index::Word(word) if word.eq_ignore_ascii_case(b"insertafter") => (true, 1),
        Index::Word(_) => (true, 0),
        _ => (false, 0),
    };
    let Some(mut lines) = current(cx).and_then(|sdp| Lines::split(&sdp)) else { return false };
    let Some(at) = lines.find(path, skip) else { return false };
    if path.token.is_some() {
        return true;
    }
    match text.map(without_line_end) {
        None if at < lines.lines.len() => drop(lines.lines.remove(at)),
        None => return false,
        Some(line) if insert => lines.lines.insert(at, line),
        Some(line) => {
            if let Some(old) = lines.lines.get_mut(at) {
                *old = line;
            }
        }
    }
    replace(cx, lines.join())
}

fn without_line_end(line: Text) -> Text {
    let end = match &line[..] {
        [.., b'\r', b'\n'] => 2,
        [.., b'\r' | b'\n'] => 1,
        _ => 0,
    };
    line.slice(..line.len() - end)
}

/// `$sdp.line(path)`
pub fn sdp_line(cx: &mut Context, at: &Place) -> Value {
    read(cx, &Path::line(at)).into()
}

/// `$sdp.line(path) = text`; NULL deletes, `[insert]` and `[insertAfter]` insert.
pub fn set_sdp_line(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    write(cx, &Path::line(at), &at.index, value)
}

/// `$sdp.session(path)`
pub fn sdp_session(cx: &mut Context, at: &Place) -> Value {
    read(cx, &Path::session(at)).into()
}

/// `$sdp.session(path) = text`
pub fn set_sdp_session(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    write(cx, &Path::session(at), &at.index, value)
}

/// `$sdp.stream(path)`
pub fn sdp_stream(cx: &mut Context, at: &Place) -> Value {
    read(cx, &Path::stream(at)).into()
}

/// `$sdp.stream(path) = text`
pub fn set_sdp_stream(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    write(cx, &Path::stream(at), &at.index, value)
}

/// `$sdp.stream.idx(media)`: the number of its first line.
pub fn sdp_stream_idx(cx: &mut Context, at: &Place) -> Value {
    let lines = current(cx).and_then(|sdp| Lines::split(&sdp));
    let found = lines.and_then(|lines| lines.find(&Path::stream(at), 0));
    found.map_or(Value::Null, |n| super::unsigned(n as u64))
}
