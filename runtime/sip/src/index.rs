//! The index of a message: where its headers are. Values are not looked into.

use smallvec::SmallVec;

use crate::chars::{is_blank, part};
use crate::error::ParseErrorKind;
use crate::header_kind::HeaderKind;

/// The most headers a message may have.
pub const MAX_HEADERS: usize = 1024;

/// The largest message, in bytes.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Headers that fit into the index without a heap allocation of their own.
const INLINE_HEADERS: usize = 24;

/// A part of the message: offsets of its first byte and of the one behind its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// Offsets are below `MAX_MESSAGE`, so they fit.
    pub(crate) fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        part(text, self.start as usize, self.end as usize)
    }

    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One header line (or several, when folded).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) kind: HeaderKind,
    pub(crate) name: Span,
    pub(crate) value: Span,
    /// Behind the line end.
    pub(crate) end: u32,
}

/// All headers.
#[derive(Debug, Clone, Default)]
pub(crate) struct HeaderIndex {
    pub(crate) entries: SmallVec<[Entry; INLINE_HEADERS]>,
    /// The bits of the kinds that occur.
    pub(crate) present: u64,
    /// Where the empty line is: behind the last header.
    pub(crate) end: usize,
}

impl HeaderIndex {
    fn push(&mut self, entry: Entry) {
        self.present |= entry.kind.bit();
        self.end = entry.end as usize;
        self.entries.push(entry);
    }
}

/// Reads headers from `start` to the empty line or the end of `text`.
///
/// On an error the headers before it are in the index.
pub(crate) fn index(text: &[u8], start: usize) -> (HeaderIndex, Result<(), (ParseErrorKind, usize)>) {
    let mut headers = HeaderIndex { end: start, ..HeaderIndex::default() };
    loop {
        let at = headers.end;
        match text.get(at) {
            None | Some(b'\r' | b'\n') => return (headers, Ok(())),
            Some(_) if headers.entries.len() >= MAX_HEADERS => {
                return (headers, Err((ParseErrorKind::TooManyHeaders, at)));
            }
            Some(_) => {}
        }
        match entry(text, at) {
            Ok(entry) => headers.push(entry),
            Err(kind) => return (headers, Err((kind, at))),
        }
    }
}

/// The fewest bytes in which OpenSIPS looks for a header name.
const SHORTEST: usize = 4;

fn entry(text: &[u8], start: usize) -> Result<Entry, ParseErrorKind> {
    let (name_end, colon) = name(text, start).ok_or(ParseErrorKind::BadHeader)?;
    let value_start = skip_folds(text, colon + 1);
    if value_start >= text.len() {
        return Err(ParseErrorKind::Truncated);
    }
    let end = line_end(text, value_start).ok_or(ParseErrorKind::Truncated)?;
    let value_end = value_end(text, value_start, end);
    Ok(Entry {
        kind: kind(text, start, name_end),
        name: Span::new(start, name_end),
        value: Span::new(value_start, value_end),
        end: end as u32,
    })
}

/// Where the name that begins at `start` ends, and where its colon is.
///
/// As in OpenSIPS anything may stand in a name, even a line end: a line without a colon joins the next.
fn name(text: &[u8], start: usize) -> Option<(usize, usize)> {
    let rest = text.get(start..)?;
    if rest.len() < SHORTEST {
        return None;
    }
    let end = start + memchr::memchr3(b':', b' ', b'\t', rest)?;
    let colon = end + text.get(end..)?.iter().take_while(|c| is_blank(**c)).count();
    (text.get(colon) == Some(&b':')).then_some((end, colon))
}

/// OpenSIPS compares names in steps of four bytes, the separator included, and where a last step has
/// three letters it knows a colon and a space behind them but no tab: to it `Call-ID<tab>:` is not the
/// Call-ID. Nor is `t<tab>:` the To.
fn kind(text: &[u8], start: usize, end: usize) -> HeaderKind {
    let name = part(text, start, end);
    let tab = text.get(end) == Some(&b'\t');
    let unseen = tab && (name.len() % 4 == 3 || name.eq_ignore_ascii_case(b"t"));
    if unseen { HeaderKind::Other } else { HeaderKind::of(name) }
}

/// Skips blanks, and line ends that are folds (RFC 3261 section 7.3.1).
fn skip_folds(text: &[u8], mut at: usize) -> usize {
    loop {
        at += match text.get(at..).unwrap_or_default() {
            [b' ' | b'\t', ..] => 1,
            [b'\n', b' ' | b'\t', ..] => 2,
            [b'\r', b'\n', b' ' | b'\t', ..] => 3,
            _ => return at,
        };
    }
}

/// Behind the first line end that is not followed by a blank.
fn line_end(text: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr::memchr(b'\n', text.get(at..)?)? + 1;
        if !text.get(at).is_some_and(|c| is_blank(*c)) {
            return Some(at);
        }
    }
}

/// The value without the line end. Blanks before it stay, as in OpenSIPS.
fn value_end(text: &[u8], start: usize, end: usize) -> usize {
    let value = part(text, start, end);
    end - value.iter().rev().take_while(|c| matches!(c, b'\r' | b'\n' | 0)).count()
}
