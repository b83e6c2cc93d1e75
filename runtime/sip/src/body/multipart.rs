//! Multipart bodies (RFC 2046 section 5.1).

use memchr::memmem;

use crate::chars::part;
use crate::header_kind::HeaderKind;
use crate::index;
use crate::values::MediaType;

/// The most parts that are read.
const PARTS_MAX: usize = 64;

/// One part of a body.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// Its Content-Type; `None` when it has none.
    pub kind: Option<MediaType<'a>>,
    /// Its header lines as written; empty for a body without parts.
    pub headers: &'a [u8],
    /// Its content, without the line end before the next delimiter.
    pub content: &'a [u8],
    /// Headers and content, from behind one delimiter line to the beginning of the next.
    pub whole: &'a [u8],
}

impl<'a> Part<'a> {
    /// A whole body as its only part.
    pub(crate) fn bare(kind: MediaType<'a>, body: &'a [u8]) -> Part<'a> {
        Part { kind: Some(kind), headers: b"", content: body, whole: body }
    }

    fn read(whole: &'a [u8]) -> Part<'a> {
        let (headers, result) = index::index(whole, 0);
        let end = if result.is_ok() { headers.end() } else { 0 };
        let kind = headers.entries().iter().find(|e| e.kind == HeaderKind::ContentType);
        let content = match whole.get(end..).unwrap_or_default() {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            rest => rest,
        };
        Part {
            kind: kind.and_then(|e| MediaType::parse(e.value().of(whole))),
            headers: part(whole, 0, end),
            content: without_line_end(content),
            whole,
        }
    }
}

/// The line end before a delimiter belongs to the delimiter.
fn without_line_end(text: &[u8]) -> &[u8] {
    match text {
        [rest @ .., b'\r', b'\n'] | [rest @ .., b'\n'] => rest,
        _ => text,
    }
}

/// The parts of a body in order.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    body: &'a [u8],
    boundary: &'a [u8],
    /// Behind the last delimiter line that was found; `None` at the end.
    at: Option<usize>,
    single: Option<Part<'a>>,
    left: usize,
}

impl<'a> Parts<'a> {
    /// The parts of a multipart body.
    pub fn new(body: &'a [u8], boundary: &'a [u8]) -> Parts<'a> {
        let first = find_delimiter(body, boundary, 0);
        let at = first.filter(|d| !d.last).map(|d| d.end);
        Parts { body, boundary, at, single: None, left: PARTS_MAX }
    }

    pub(crate) fn single(part: Part<'a>) -> Parts<'a> {
        Parts { single: Some(part), ..Parts::none() }
    }

    pub(crate) fn none() -> Parts<'a> {
        Parts { body: b"", boundary: b"", at: None, single: None, left: PARTS_MAX }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if let Some(part) = self.single.take() {
            return Some(part);
        }
        let start = self.at.take()?;
        self.left = self.left.checked_sub(1)?;
        let next = find_delimiter(self.body, self.boundary, start);
        let end = next.map_or(self.body.len(), |d| d.start);
        self.at = next.filter(|d| !d.last).map(|d| d.end);
        let is_tail = next.is_none() && end == start;
        (!is_tail).then(|| Part::read(part(self.body, start, end)))
    }
}

/// A line `--boundary`, or the last one, `--boundary--`.
#[derive(Debug, Clone, Copy)]
struct Delimiter {
    start: usize,
    end: usize,
    last: bool,
}

fn find_delimiter(body: &[u8], boundary: &[u8], from: usize) -> Option<Delimiter> {
    let mut at = from;
    loop {
        let start = at + memmem::find(body.get(at..)?, boundary)?;
        let behind = start + boundary.len();
        at = behind.max(start + 1);
        let Some(dashes) = start.checked_sub(2).filter(|d| *d >= from) else { continue };
        let opens_line = dashes == 0 || body.get(dashes - 1) == Some(&b'\n');
        if opens_line && part(body, dashes, start) == b"--" {
            let last = body.get(behind..behind + 2) == Some(b"--");
            let line = body.get(behind..)?;
            let end = memchr::memchr(b'\n', line).map_or(body.len(), |n| behind + n + 1);
            return Some(Delimiter { start: dashes, end, last });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_body() {
        let body = b"preamble\r\n--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x\r\n\r\nplain\r\n--x--\r\nend";
        let parts: Vec<Part<'_>> = Parts::new(body, b"x").collect();
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[0].content, b"v=0\r\n");
        assert!(parts[0].kind.expect("a type").is(b"application", b"sdp"));
        assert_eq!(parts[1].content, b"plain");
        assert!(parts[1].kind.is_none());
    }

    #[test]
    fn broken_bodies() {
        assert_eq!(Parts::new(b"no delimiter", b"x").count(), 0);
        assert_eq!(Parts::new(b"--x\r\nopen", b"x").count(), 1);
        assert_eq!(Parts::new(b"--x--", b"x").count(), 0);
    }
}
