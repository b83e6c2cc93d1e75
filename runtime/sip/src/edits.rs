//! Edits: what OpenSIPS calls lumps. An ordered list of deletions and insertions over the received
//! text, which itself is never changed; applied when the message is sent.
//!
//! The order is OpenSIPS': by position, and at one position in the order of the calls. Text inserted
//! inside a deleted range is lost with it; at the beginning of one it stays.

mod length;
mod parts;
mod sending;
mod walk;

use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::header::Header;
use crate::header_kind::HeaderKind;
use crate::message::Message;
use crate::pieces::Pieces;

pub use parts::NewPart;
use parts::PartChanges;
pub(crate) use sending::{Splice, Splices, Text};
use walk::{Part, Step, walk};

/// Text to insert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Insert {
    /// This text.
    Text(Bytes),
    /// Text that is known only when the message is sent, such as the address of the outgoing socket in
    /// a Record-Route. The number is the caller's own.
    Late(u32),
}

impl From<Bytes> for Insert {
    fn from(text: Bytes) -> Insert {
        Insert::Text(text)
    }
}

impl From<Vec<u8>> for Insert {
    fn from(text: Vec<u8>) -> Insert {
        Insert::Text(text.into())
    }
}

impl From<String> for Insert {
    fn from(text: String) -> Insert {
        Insert::Text(text.into())
    }
}

impl From<&'static str> for Insert {
    fn from(text: &'static str) -> Insert {
        Insert::Text(Bytes::from_static(text.as_bytes()))
    }
}

#[derive(Debug, Clone)]
struct Edit {
    at: usize,
    /// How many bytes from `at` are left out.
    delete: usize,
    insert: Option<Insert>,
    /// A header line, when it is in [`Changes::lines`]; empty for others.
    line: Line,
}

/// A range of [`Changes::lines`].
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    start: u32,
    end: u32,
}

impl Line {
    #[inline]
    fn of(self, lines: &[u8]) -> &[u8] {
        crate::chars::part(lines, self.start as usize, self.end as usize)
    }
}

impl Edit {
    #[inline]
    fn new(range: Range<usize>, insert: Option<Insert>) -> Edit {
        Edit { at: range.start, delete: range.len(), insert, line: Line::default() }
    }

    /// What it inserts, as far as that is known.
    #[inline]
    fn text<'a>(&'a self, lines: &'a [u8]) -> Option<&'a [u8]> {
        match &self.insert {
            Some(Insert::Text(text)) => Some(text),
            Some(Insert::Late(_)) => None,
            None => Some(self.line.of(lines)),
        }
    }
}

/// What becomes of Content-Type.
#[derive(Debug, PartialEq, Eq)]
enum NewKind {
    Same,
    Removed,
    /// These header lines come in its place.
    Lines(Vec<u8>),
}

/// A list of edits of one message, shared until one of its holders changes it: branches and transactions keep it as
/// it was, at the price of a counter.
#[derive(Debug, Clone, Default)]
pub struct Edits(Option<Arc<Changes>>);

/// Room for header lines, when there is one.
const LINES: usize = 256;

/// What [`Edits`] without any are.
static NONE: LazyLock<Changes> = LazyLock::new(Changes::default);

impl Edits {
    /// No edits.
    pub fn new() -> Edits {
        Edits::default()
    }
}

/// What the first change is noted in.
#[inline(never)]
fn first() -> Arc<Changes> {
    Arc::default()
}

impl Deref for Edits {
    type Target = Changes;

    fn deref(&self) -> &Changes {
        self.0.as_deref().unwrap_or_else(|| &NONE)
    }
}

impl DerefMut for Edits {
    #[inline]
    fn deref_mut(&mut self) -> &mut Changes {
        Arc::make_mut(self.0.get_or_insert_with(first))
    }
}

/// What is changed in one message.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Sorted by position; at one position in the order of the calls.
    list: SmallVec<[Edit; 8]>,
    /// Header lines, one behind the other, which need no memory of their own.
    lines: Vec<u8>,
    body: Option<Bytes>,
    /// Parts of the body that go and come, if any do.
    parts: Option<Box<PartChanges>>,
}

impl Changes {
    /// Whether nothing is changed.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty() && self.body.is_none() && self.parts.is_none()
    }

    #[inline(always)] // the edit is made where it is to be
    fn add(&mut self, edit: Edit) {
        match self.list.last() {
            Some(last) if last.at > edit.at => self.add_between(edit),
            _ => self.list.push(edit),
        }
    }

    #[inline(never)]
    fn add_between(&mut self, edit: Edit) {
        let place = self.list.partition_point(|e| e.at <= edit.at);
        self.list.insert(place, edit);
    }

    /// Inserts at an offset.
    #[inline]
    pub fn insert(&mut self, at: usize, text: impl Into<Insert>) {
        self.add(Edit::new(at..at, Some(text.into())));
    }

    /// Leaves out a range.
    pub fn delete(&mut self, range: Range<usize>) {
        self.add(Edit::new(range, None));
    }

    /// Puts text in place of a range.
    pub fn replace(&mut self, range: Range<usize>, text: impl Into<Insert>) {
        self.add(Edit::new(range, Some(text.into())));
    }

    /// What was put in place of exactly this range.
    pub fn replacement(&self, range: &Range<usize>) -> Option<&Insert> {
        self.list.iter().find(|e| is_replacement(e, range))?.insert.as_ref()
    }

    /// Puts text in place of a range, and of what was put there before.
    pub fn replace_again(&mut self, range: Range<usize>, text: impl Into<Insert>) {
        match self.list.iter_mut().find(|e| is_replacement(e, &range)) {
            Some(edit) => edit.insert = Some(text.into()),
            None => self.replace(range, text),
        }
    }

    /// Puts text in place of a range, and of all that was changed within.
    pub fn replace_all(&mut self, range: Range<usize>, text: impl Into<Insert>) {
        self.list.retain(|e| e.at < range.start || e.at >= range.end || e.at + e.delete > range.end);
        self.replace(range, text);
    }

    /// Inserts a header, given with its line end, before all others.
    pub fn prepend_header(&mut self, message: &Message, line: impl Into<Insert>) {
        self.insert(message.headers_start(), line);
    }

    /// Inserts a header, given with its line end, behind all others.
    #[inline]
    pub fn append_header(&mut self, message: &Message, line: impl Into<Insert>) {
        self.insert(message.headers_end(), line);
    }

    /// The same of a line that is copied.
    pub fn append_line(&mut self, message: &Message, line: &[u8]) {
        let start = self.lines.len();
        let (Ok(from), Ok(end)) = (u32::try_from(start), u32::try_from(start + line.len())) else {
            return self.append_header(message, Bytes::copy_from_slice(line));
        };
        if start == 0 {
            self.lines.reserve(LINES);
        }
        self.lines.extend_from_slice(line);
        let at = message.headers_end();
        self.add(Edit { at, delete: 0, insert: None, line: Line { start: from, end } });
    }

    /// The same edits, each with a text of its own.
    fn with_texts(&self) -> Changes {
        let mut changes = self.clone();
        for edit in &mut changes.list {
            let line = std::mem::take(&mut edit.line).of(&self.lines);
            if !line.is_empty() {
                edit.insert = Some(Bytes::copy_from_slice(line).into());
            }
        }
        changes.lines.clear();
        changes
    }

    /// Inserts a header, given with its line end, before another.
    pub fn insert_before(&mut self, header: &Header<'_>, line: impl Into<Insert>) {
        self.insert(header.range().start, line);
    }

    /// Inserts a header, given with its line end, behind another.
    pub fn insert_after(&mut self, header: &Header<'_>, line: impl Into<Insert>) {
        self.insert(header.range().end, line);
    }

    /// Leaves out a header.
    pub fn remove_header(&mut self, header: &Header<'_>) {
        self.delete(header.range());
    }

    /// Puts another value into a header.
    pub fn set_value(&mut self, header: &Header<'_>, value: impl Into<Insert>) {
        self.replace(header.value_range(), value);
    }

    /// Replaces the body; an empty one removes it. Content-Length is corrected when sending.
    pub fn set_body(&mut self, body: Bytes) {
        self.body = Some(body);
    }

    /// The body that replaces the received one.
    pub fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// Whether a header is left out as a whole by one of the edits, with nothing in its place.
    pub fn removes(&self, header: &Header<'_>) -> bool {
        let range = header.range();
        let is_gone = |e: &Edit| match &e.insert {
            Some(Insert::Text(text)) => text.is_empty(),
            Some(Insert::Late(_)) => false,
            None => true,
        };
        self.list.iter().any(|e| e.at <= range.start && e.at + e.delete >= range.end && is_gone(e))
    }

    /// The message with the edits, as pieces of the received text and of the inserted ones.
    ///
    /// `late` gives the text of each [`Insert::Late`]. Line ends before the first line are left out, and
    /// so is what follows the body. Content-Length is corrected when the body changed. With `needs_length`, on
    /// streams (RFC 3261 section 18.3), there is exactly one and it is right: a wrong one, or a second one that the next
    /// hop may go by, would tear the messages behind this one apart.
    pub fn apply(&self, message: &Message, needs_length: bool, late: impl FnMut(u32) -> Bytes) -> Pieces {
        match self.lines.is_empty() {
            true => self.apply_texts(message, needs_length, late),
            false => self.with_texts().apply_texts(message, needs_length, late),
        }
    }

    /// The same of edits that have texts of their own.
    fn apply_texts(
        &self,
        message: &Message,
        needs_length: bool,
        mut late: impl FnMut(u32) -> Bytes,
    ) -> Pieces {
        let received = message.body_range();
        let changed = self.body.is_some() || self.parts.is_some() || self.touches_body(message);
        if !changed && (!needs_length || self.leaves_true_length(message, received.len())) {
            return self.splice(message, None, &mut late);
        }
        let (body, kind) = self.new_body(message, &message.body(), &mut late);
        let mut edits = self.clone();
        edits.fix_kind(message, kind);
        edits.fix_length(message, needs_length, body.len());
        edits.splice(message, Some(body), &mut late)
    }

    fn steps(&self) -> impl Iterator<Item = Step<'_>> {
        self.list.iter().map(|edit| Step::of(edit, &self.lines))
    }

    fn touches_body(&self, message: &Message) -> bool {
        let start = message.body_start();
        self.list.iter().any(|e| e.at >= start && (e.at > start || message.headers_end() < start))
    }

    /// The body after the edits, and what becomes of Content-Type.
    fn new_body(
        &self,
        message: &Message,
        received: &Bytes,
        late: &mut impl FnMut(u32) -> Bytes,
    ) -> (Pieces, NewKind) {
        let mut pieces = Pieces::default();
        match (&self.body, &self.parts) {
            (Some(body), _) => pieces.push(body.clone()),
            (None, Some(parts)) => return parts.assemble(self, message, received, late),
            // what is inserted where such a message ends belongs to its head
            (None, None) if message.headers_end() == message.body_start() => {}
            (None, None) => {
                let start = message.body_start();
                let part = Part { range: start..start + received.len(), with_end: true };
                walk(message, part, self.steps(), late, &mut pieces);
            }
        }
        (pieces, NewKind::Same)
    }

    fn fix_kind(&mut self, message: &Message, kind: NewKind) {
        let old = message.find(HeaderKind::ContentType).filter(|h| !self.removes(h));
        match (kind, old) {
            (NewKind::Same, _) | (NewKind::Removed, None) => {}
            (NewKind::Removed, Some(old)) => self.remove_header(&old),
            (NewKind::Lines(lines), Some(old)) => self.replace(old.range(), lines),
            (NewKind::Lines(lines), None) => self.append_header(message, lines),
        }
    }

    /// First line and headers, then `body` or the received one.
    fn splice(&self, message: &Message, body: Option<Pieces>, late: &mut impl FnMut(u32) -> Bytes) -> Pieces {
        let mut pieces = Pieces::default();
        let (start, head_end) = (message.first_byte(), message.body_start());
        let Some(body) = body else {
            let end = message.body_range().end;
            walk(message, Part { range: start..end, with_end: true }, self.steps(), late, &mut pieces);
            return pieces;
        };
        let closed = is_closed(message);
        let part = match closed {
            true => Part { range: start..head_end, with_end: false },
            false => Part { range: start..message.headers_end(), with_end: true },
        };
        walk(message, part, self.steps(), late, &mut pieces);
        if !closed {
            pieces.push(Bytes::from_static(b"\r\n"));
        }
        pieces.append(body);
        pieces
    }
}

/// Whether there is an empty line behind the headers. A return alone ends them too, as in OpenSIPS, but not for others.
fn is_closed(message: &Message) -> bool {
    let between = message.bytes().get(message.headers_end()..message.body_start());
    matches!(between, Some(b"\r\n" | b"\n"))
}

fn is_replacement(edit: &Edit, range: &Range<usize>) -> bool {
    edit.at == range.start && edit.delete == range.len() && edit.insert.is_some()
}
