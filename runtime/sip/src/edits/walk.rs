//! The one way through a message and its edits, whatever is made of it: a list of pieces, or bytes in one go.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use super::sending::{Splice, Text};
use super::{Edit, Insert};
use crate::message::Message;
use crate::pieces::Pieces;

/// A part of the message to copy, and whether the edits at its end belong to it.
pub(super) struct Part {
    pub(super) range: Range<usize>,
    pub(super) with_end: bool,
}

/// What the text goes into.
pub(super) trait Sink {
    /// A range of the received text.
    fn received(&mut self, text: &Bytes, range: Range<usize>);
    /// A text of an edit.
    fn inserted(&mut self, text: &Bytes);
    /// A header line of an edit.
    fn line(&mut self, line: &[u8]);
    /// A text that lives no longer than the writing.
    fn spliced(&mut self, text: Text<'_>);
}

impl Sink for Pieces {
    #[inline(always)]
    fn received(&mut self, text: &Bytes, range: Range<usize>) {
        self.push(text.slice(range));
    }

    #[inline(always)]
    fn inserted(&mut self, text: &Bytes) {
        self.push(text.clone());
    }

    fn line(&mut self, line: &[u8]) {
        self.push(Bytes::copy_from_slice(line));
    }

    fn spliced(&mut self, text: Text<'_>) {
        self.push(text.concat().into());
    }
}

impl Sink for BytesMut {
    #[inline(always)]
    fn received(&mut self, text: &Bytes, range: Range<usize>) {
        self.extend_from_slice(text.get(range).unwrap_or_default());
    }

    #[inline(always)]
    fn inserted(&mut self, text: &Bytes) {
        self.extend_from_slice(text);
    }

    #[inline(always)]
    fn line(&mut self, line: &[u8]) {
        self.extend_from_slice(line);
    }

    #[inline(always)]
    fn spliced(&mut self, text: Text<'_>) {
        text.iter().filter(|piece| !piece.is_empty()).for_each(|piece| self.extend_from_slice(piece));
    }
}

/// Copies a part of the message with the edits in it, and behind those of each place the splices.
pub(super) fn walk<'a>(
    message: &Message,
    part: Part,
    steps: impl Iterator<Item = Step<'a>>,
    late: &mut impl FnMut(u32) -> Bytes,
    out: &mut impl Sink,
) {
    let text = message.bytes();
    let end = part.range.end;
    let places = part.range.start..end + usize::from(part.with_end);
    // How far the text is copied or left out, and where the last deletion began.
    let mut done = part.range.start;
    let mut deletion = None;
    for step in steps.filter(|step| places.contains(&step.at)) {
        if step.at < done && deletion != Some(step.at) {
            continue;
        }
        if step.at > done {
            out.received(text, done..step.at);
            done = step.at;
        }
        if step.delete > 0 {
            deletion = Some(step.at);
            done = done.max(step.at.saturating_add(step.delete).min(end));
        }
        match step.text {
            Kind::Inserted(text) => out.inserted(text),
            Kind::Line(line) => out.line(line),
            Kind::Spliced(text) => out.spliced(text),
            Kind::Late(number) => out.inserted(&late(number)),
            Kind::None => {}
        }
    }
    if done < end {
        out.received(text, done..end);
    }
}

/// Edits and splices, sorted already, by place.
pub(super) struct Steps<'a> {
    pub(super) edits: &'a [Edit],
    pub(super) lines: &'a [u8],
    pub(super) splices: &'a [Splice<'a>],
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Step<'a>> {
        match (self.edits, self.splices) {
            ([edit, rest @ ..], splices) if splices.first().is_none_or(|splice| splice.at >= edit.at) => {
                self.edits = rest;
                Some(Step::of(edit, self.lines))
            }
            (_, [splice, rest @ ..]) => {
                self.splices = rest;
                Some(Step::from(splice))
            }
            _ => None,
        }
    }
}

/// One step on the way.
pub(super) struct Step<'a> {
    at: usize,
    delete: usize,
    text: Kind<'a>,
}

enum Kind<'a> {
    None,
    Inserted(&'a Bytes),
    Line(&'a [u8]),
    Spliced(Text<'a>),
    Late(u32),
}

impl<'a> Step<'a> {
    /// An edit, whose line is among `lines` when it is one.
    #[inline(always)]
    pub(super) fn of(edit: &'a Edit, lines: &'a [u8]) -> Step<'a> {
        let text = match &edit.insert {
            Some(Insert::Text(text)) => Kind::Inserted(text),
            Some(Insert::Late(number)) => Kind::Late(*number),
            None if edit.line.start < edit.line.end => Kind::Line(edit.line.of(lines)),
            None => Kind::None,
        };
        Step { at: edit.at, delete: edit.delete, text }
    }
}

impl<'a> From<&'a Splice<'a>> for Step<'a> {
    #[inline(always)]
    fn from(splice: &'a Splice<'a>) -> Step<'a> {
        Step { at: splice.at, delete: splice.delete, text: Kind::Spliced(splice.text) }
    }
}
