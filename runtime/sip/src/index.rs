//! The index of a message: where its headers are. Values are not looked into.

use crate::chars::{is_blank, part};
use crate::error::ParseErrorKind;
use crate::header_kind::{HeaderKind, KINDS};
use crate::scan;

/// The most headers a message may have.
pub const MAX_HEADERS: usize = 1024;

/// The largest message, in bytes.
pub const MAX_MESSAGE: usize = 16 << 20;

/// Headers that fit into the index without a heap allocation of their own.
const INLINE_HEADERS: usize = 24;

/// A part of the message: offsets of its first byte and of the one behind its last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    /// Offsets are below `MAX_MESSAGE`, so they fit.
    pub(crate) fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    #[inline]
    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        part(text, self.start as usize, self.end as usize)
    }

    #[inline]
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One header line (or several, when folded). It ends where the next begins.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Entry {
    pub(crate) kind: HeaderKind,
    pub(crate) start: u32,
    name_end: u32,
    value_start: u32,
    value_end: u32,
}

impl Entry {
    #[inline]
    pub(crate) fn name(&self) -> Span {
        Span { start: self.start, end: self.name_end }
    }

    #[inline]
    pub(crate) fn value(&self) -> Span {
        Span { start: self.value_start, end: self.value_end }
    }
}

/// All headers.
#[derive(Debug, Clone)]
pub(crate) struct HeaderIndex {
    /// The first headers, so many of them.
    few: [Entry; INLINE_HEADERS],
    count: usize,
    /// All headers, when they are more.
    many: Vec<Entry>,
    /// By kind: the place of the first header of that kind, from 1; 0 without one.
    first: [u16; KINDS],
    /// The bits of the kinds of which there is more than one header.
    repeated: u64,
    /// Whether lines without a colon joined others.
    joined: bool,
    /// Where the empty line is: behind the last header.
    end: u32,
}

impl Default for HeaderIndex {
    fn default() -> HeaderIndex {
        let few = [Entry::default(); INLINE_HEADERS];
        HeaderIndex { few, count: 0, many: Vec::new(), first: [0; KINDS], repeated: 0, joined: false, end: 0 }
    }
}

impl HeaderIndex {
    /// All headers in order.
    #[inline]
    pub(crate) fn entries(&self) -> &[Entry] {
        self.few.get(..self.count).unwrap_or(&self.many)
    }

    /// Where the empty line is: behind the last header.
    #[inline]
    pub(crate) fn end(&self) -> usize {
        self.end as usize
    }

    /// Whether the name of some header has a line end in it, because a line without a colon came before: others may take
    /// such a header for two.
    pub(crate) fn has_joined(&self) -> bool {
        self.joined
    }

    /// Where the header with that number ends: behind its line end.
    #[inline]
    pub(crate) fn end_of(&self, number: usize) -> usize {
        self.entries().get(number + 1).map_or(self.end, |next| next.start) as usize
    }

    /// The headers up to the last that may be of this kind, and the number of the first that is.
    #[inline]
    pub(crate) fn of_kind(&self, kind: HeaderKind) -> (&[Entry], usize) {
        let Some(first) = self.first(kind) else { return (&[], 0) };
        let end = if self.repeated & kind.bit() == 0 { first + 1 } else { self.count };
        (self.entries().get(..end).unwrap_or_default(), first)
    }

    /// The number of the first header of a kind; `None` when there is none.
    #[inline]
    pub(crate) fn first(&self, kind: HeaderKind) -> Option<usize> {
        usize::from(self.first.get(kind as usize).copied().unwrap_or_default()).checked_sub(1)
    }

    /// The first header of kind `Other` with that name, and its number.
    pub(crate) fn find_other(&self, text: &[u8], name: &[u8]) -> Option<(usize, &Entry)> {
        let first = self.first(HeaderKind::Other)?;
        let alone = self.repeated & HeaderKind::Other.bit() == 0;
        for (at, entry) in self.entries().get(first..)?.iter().enumerate() {
            let is_as_long = entry.name_end.wrapping_sub(entry.start) as usize == name.len();
            let may_be = is_as_long && entry.kind == HeaderKind::Other;
            if may_be && crate::chars::same_name(entry.name().of(text), name) {
                return Some((first + at, entry));
            }
            if alone {
                return None;
            }
        }
        None
    }

    /// Reads headers from `start` to the empty line or the end of `text`, in place of those of another text.
    ///
    /// On an error the headers before it are in the index.
    pub(crate) fn read(&mut self, text: &[u8], start: usize) -> Result<(), (ParseErrorKind, usize)> {
        self.count = 0;
        self.many.clear();
        self.first = [0; KINDS];
        self.repeated = 0;
        self.joined = false;
        let mut at = start;
        let result = loop {
            let Some(rest @ [next, ..]) = text.get(at..) else { break Ok(()) };
            if matches!(next, b'\r' | b'\n') {
                break Ok(());
            }
            if self.count >= MAX_HEADERS {
                break Err((ParseErrorKind::TooManyHeaders, at));
            }
            if let Some((line, end)) = plain_line(rest) {
                self.push(&line, at);
                at += end;
                continue;
            }
            match self.push_line(rest, at) {
                Ok(end) => at += end,
                Err(kind) => break Err((kind, at)),
            }
        };
        self.end = at as u32;
        result
    }

    /// The line that `rest` begins with, which is at `start` in the text; gives where it ends in `rest`.
    #[inline(never)]
    fn push_line(&mut self, rest: &[u8], start: usize) -> Result<usize, ParseErrorKind> {
        let (line, end) = line(rest)?;
        self.joined |= memchr::memchr(b'\n', part(rest, 0, line.name_end)).is_some();
        self.push(&line, start);
        Ok(end)
    }

    #[inline(always)]
    fn push(&mut self, line: &Line, start: usize) {
        let entry = if self.count < INLINE_HEADERS { &mut self.few[self.count] } else { self.more() };
        line.write(entry, start);
        self.count += 1;
        match self.first.get_mut(line.kind as usize) {
            // at most `MAX_HEADERS`
            Some(first @ 0) => *first = self.count as u16,
            _ => self.repeated |= line.kind.bit(),
        }
    }

    /// Room behind the first headers.
    #[cold]
    fn more(&mut self) -> &mut Entry {
        if self.many.is_empty() {
            self.many.extend_from_slice(&self.few);
        }
        self.many.push(Entry::default());
        let last = self.many.len() - 1;
        &mut self.many[last]
    }

    /// Gives memory back that only a message of unusual size needs.
    pub(crate) fn shrink(&mut self) {
        if self.count > INLINE_HEADERS {
            (self.count, self.many) = (0, Vec::new());
        }
    }
}

/// The headers of a text that is no message of its own.
pub(crate) fn index(text: &[u8], start: usize) -> (HeaderIndex, Result<(), (ParseErrorKind, usize)>) {
    let mut headers = HeaderIndex::default();
    let result = headers.read(text, start);
    (headers, result)
}

/// The fewest bytes in which OpenSIPS looks for a header name.
const SHORTEST: usize = 4;

/// A header and offsets from its first byte.
struct Line {
    kind: HeaderKind,
    name_end: usize,
    value_start: usize,
    value_end: usize,
}

impl Line {
    /// Offsets are below `MAX_MESSAGE`, so they fit.
    #[inline(always)]
    fn write(&self, entry: &mut Entry, start: usize) {
        entry.kind = self.kind;
        entry.start = start as u32;
        entry.name_end = (start + self.name_end) as u32;
        entry.value_start = (start + self.value_start) as u32;
        entry.value_end = (start + self.value_end) as u32;
    }
}

/// The header that `text` begins with, and where it ends, when it is written as nearly all are: a short name, a colon, one
/// blank, a value on one line, and CRLF.
#[inline(always)]
fn plain_line(text: &[u8]) -> Option<(Line, usize)> {
    let block = text.first_chunk()?;
    let name_end = scan::name_hits(block).trailing_zeros() as usize;
    if name_end >= block.len() {
        return None;
    }
    let [b':', b' ', value @ ..] = text.get(name_end..)? else { return None };
    let length = scan::find(value, [b'\n']);
    let (value, behind) = value.split_at_checked(length)?;
    let ([first, ..], [.., last, b'\r'], [_, next, ..]) = (value, value, behind) else { return None };
    // no folds, and nothing at the end that belongs to the line end
    if *first <= b' ' || *last <= b' ' || is_blank(*next) {
        return None;
    }
    let value_start = name_end + 2;
    let value_end = value_start + length - 1;
    Some((
        Line { kind: HeaderKind::of_text(block, name_end), name_end, value_start, value_end },
        value_end + 2,
    ))
}

/// The header that `text` begins with, and where it ends, however it is written.
fn line(text: &[u8]) -> Result<(Line, usize), ParseErrorKind> {
    let (kind, name_end, colon) = name(text).ok_or(ParseErrorKind::BadHeader)?;
    let behind = text.get(colon + 1..).unwrap_or_default();
    let value = behind.get(folds(behind)..).unwrap_or_default();
    let value_start = text.len() - value.len();
    if value.is_empty() {
        return Err(ParseErrorKind::Truncated);
    }
    let end = line_end(value).ok_or(ParseErrorKind::Truncated)?;
    let value_end = value_start + value_end(part(value, 0, end));
    Ok((Line { kind, name_end, value_start, value_end }, value_start + end))
}

/// The kind of the header whose name `text` begins with, where the name ends, and where its colon is.
///
/// As in OpenSIPS anything may stand in a name, even a line end: a line without a colon joins the next.
fn name(text: &[u8]) -> Option<(HeaderKind, usize, usize)> {
    if text.len() < SHORTEST {
        return None;
    }
    let end = memchr::memchr3(b':', b' ', b'\t', text)?;
    let colon = end + text.get(end..)?.iter().take_while(|c| is_blank(**c)).count();
    (text.get(colon) == Some(&b':')).then(|| (kind(text, end), end, colon))
}

/// OpenSIPS compares names in steps of four bytes, the separator included, and where a last step has
/// three letters it knows a colon and a space behind them but no tab: to it `Call-ID<tab>:` is not the
/// Call-ID. Nor is `t<tab>:` the To.
fn kind(text: &[u8], end: usize) -> HeaderKind {
    let name = part(text, 0, end);
    let tab = text.get(end) == Some(&b'\t');
    let unseen = tab && (name.len() % 4 == 3 || name.eq_ignore_ascii_case(b"t"));
    if unseen { HeaderKind::Other } else { HeaderKind::of(name) }
}

/// How long the blanks are, and the line ends that are folds (RFC 3261 section 7.3.1).
fn folds(text: &[u8]) -> usize {
    let mut at = 0;
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
fn line_end(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    loop {
        rest = rest.get(memchr::memchr(b'\n', rest)? + 1..)?;
        if !matches!(rest.first(), Some(b' ' | b'\t')) {
            return Some(text.len() - rest.len());
        }
    }
}

/// How long the value of a line is. Blanks before the line end stay, as in OpenSIPS.
fn value_end(line: &[u8]) -> usize {
    line.len() - line.iter().rev().take_while(|c| matches!(c, b'\r' | b'\n' | 0)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every text that can be made of a line by other bytes at two places.
    fn variants(line: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
        const BYTES: &[u8] = b"\r\n\t :x\0";
        let places = (0..line.len()).flat_map(move |a| (a..line.len()).map(move |b| (a, b)));
        let bytes = BYTES.iter().flat_map(|c| BYTES.iter().map(move |d| (*c, *d)));
        places.flat_map(move |(a, b)| {
            bytes.clone().map(move |(c, d)| {
                let mut text = line.to_vec();
                (text[a], text[b]) = (c, d);
                text
            })
        })
    }

    #[test]
    fn a_plain_line_is_read_as_any_other() {
        let mut plain = 0;
        for text in variants(b"Call-ID: 1@h\r\nVia: x\r\n") {
            let Some((fast, fast_end)) = plain_line(&text) else { continue };
            let (slow, slow_end) = line(&text).expect("a plain line can be read");
            let of = |l: &Line| (l.kind, l.name_end, l.value_start, l.value_end);
            assert_eq!((of(&fast), fast_end), (of(&slow), slow_end), "{}", text.escape_ascii());
            plain += 1;
        }
        assert!(plain > 1000);
    }

    #[test]
    fn many_headers() {
        let lines: String = (0..30).map(|n| format!("X: {n}\r\n")).collect();
        let (headers, result) = index(format!("{lines}To: 1\r\n\r\n").as_bytes(), 0);
        assert_eq!((headers.entries().len(), result, headers.end()), (31, Ok(()), 30 * 6 + 20 + 7));
        assert_eq!((headers.first(HeaderKind::To), headers.first(HeaderKind::From)), (Some(30), None));
    }
}
