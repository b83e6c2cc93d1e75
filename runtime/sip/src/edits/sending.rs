//! The message as it leaves, written in one go: the script's edits, and beside them what the proxy changes in every
//! message, which lives no longer than the writing and needs no memory of its own.

use std::ops::Range;

use bytes::Bytes;
use smallvec::SmallVec;

use super::{Changes, Edit, Insert, has_true_length};
use crate::message::Message;

/// A change that is made on the way out. It comes behind the edits at the same place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Splice<'a> {
    at: usize,
    delete: usize,
    text: Text<'a>,
}

/// A text in pieces.
pub(crate) type Text<'a> = &'a [&'a [u8]];

impl<'a> Splice<'a> {
    /// Puts text in place of a range, which may be empty.
    pub(crate) fn new(range: Range<usize>, text: Text<'a>) -> Splice<'a> {
        Splice { at: range.start, delete: range.len(), text }
    }

    fn end(&self) -> usize {
        self.at + self.delete
    }
}

/// Some of them, in the order of the calls.
pub(crate) type Splices<'a> = SmallVec<[Splice<'a>; 6]>;

/// One step of the writing.
struct Step<'a> {
    at: usize,
    delete: usize,
    text: Kind<'a>,
}

enum Kind<'a> {
    None,
    Whole(&'a [u8]),
    Pieces(Text<'a>),
    Late(u32),
}

impl<'a> From<&'a Edit> for Step<'a> {
    #[inline]
    fn from(edit: &'a Edit) -> Step<'a> {
        let text = match &edit.insert {
            Some(Insert::Text(text)) => Kind::Whole(text),
            Some(Insert::Late(number)) => Kind::Late(*number),
            None => Kind::None,
        };
        Step { at: edit.at, delete: edit.delete, text }
    }
}

impl Changes {
    /// The message with the edits and `splices`; what [`Changes::apply`] says of the rest holds here.
    pub(crate) fn send(
        &self,
        message: &Message,
        mut splices: Splices<'_>,
        needs_length: bool,
        mut late: impl FnMut(u32) -> Bytes,
    ) -> Bytes {
        let body = message.body_range();
        let plain = self.body.is_none()
            && self.parts.is_none()
            && !self.touches_body(message)
            && splices.iter().all(|s| s.end() < body.start)
            && (!needs_length || has_true_length(message, body.len()));
        if !plain {
            let mut edits = self.clone();
            for s in &splices {
                edits.replace(s.at..s.end(), s.text.concat());
            }
            return edits.apply(message, needs_length, late).to_bytes();
        }
        // few, mostly in order already, and equal places keep their order
        splices.sort_by_key(|s| s.at);
        let range = message.first_byte()..body.end;
        let mut out = Vec::with_capacity(
            range.len()
                + self.added()
                + splices.iter().flat_map(|s| s.text).map(|piece| piece.len()).sum::<usize>(),
        );
        self.write(message, &splices, range, &mut late, &mut out);
        out.into()
    }

    /// How many bytes the edits may add. What is known only later is guessed.
    fn added(&self) -> usize {
        const LATE: usize = 128;
        let added = |e: &Edit| match &e.insert {
            Some(Insert::Text(text)) => text.len(),
            Some(Insert::Late(_)) => LATE,
            None => 0,
        };
        self.list.iter().map(added).sum()
    }

    fn write(
        &self,
        message: &Message,
        splices: &[Splice<'_>],
        range: Range<usize>,
        late: &mut impl FnMut(u32) -> Bytes,
        out: &mut Vec<u8>,
    ) {
        let text = message.bytes();
        let copy = |out: &mut Vec<u8>, range| {
            out.extend_from_slice(text.get::<Range<usize>>(range).unwrap_or_default())
        };
        // How far the text is copied or left out, and where the last deletion began.
        let mut done = range.start;
        let mut deletion = None;
        let mut steps = Steps { edits: &self.list, splices };
        while let Some(step) = steps.next() {
            if step.at < range.start || step.at > range.end {
                continue;
            }
            if step.at < done && deletion != Some(step.at) {
                continue;
            }
            if step.at > done {
                copy(out, done..step.at);
                done = step.at;
            }
            if step.delete > 0 {
                deletion = Some(step.at);
                done = done.max(step.at.saturating_add(step.delete).min(range.end));
            }
            match step.text {
                Kind::Whole(text) => out.extend_from_slice(text),
                Kind::Pieces(text) => {
                    text.iter()
                        .filter(|piece| !piece.is_empty())
                        .for_each(|piece| out.extend_from_slice(piece));
                }
                Kind::Late(number) => out.extend_from_slice(&late(number)),
                Kind::None => {}
            }
        }
        copy(out, done..range.end);
    }
}

/// Edits and splices by place.
struct Steps<'a> {
    edits: &'a [Edit],
    splices: &'a [Splice<'a>],
}

impl<'a> Steps<'a> {
    #[inline(always)]
    fn next(&mut self) -> Option<Step<'a>> {
        match (self.edits, self.splices) {
            ([edit, rest @ ..], splices) if splices.first().is_none_or(|splice| splice.at >= edit.at) => {
                self.edits = rest;
                Some(Step::from(edit))
            }
            (_, [splice, rest @ ..]) => {
                self.splices = rest;
                Some(Step::from(splice))
            }
            _ => None,
        }
    }
}

impl<'a> From<&'a Splice<'a>> for Step<'a> {
    #[inline]
    fn from(splice: &'a Splice<'a>) -> Step<'a> {
        Step { at: splice.at, delete: splice.delete, text: Kind::Pieces(splice.text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Edits;

    const TEXT: &str = "\r\nINVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a\r\nTo: <sip:b@h>\r\nContent-Length: 2\r\n\r\nhi rest";

    /// Numbers that look random, the same in each run.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % limit
        }

        fn range(&mut self, end: usize) -> Range<usize> {
            let start = self.below(end);
            start..(start + self.below(9)).min(end)
        }
    }

    #[test]
    fn splices_are_edits_that_come_last() {
        let message = Message::parse(TEXT.into()).expect("it is good");
        let texts: [&str; 4] = ["", "X: 1\r\n", "sip:other", "y"];
        let pieces = texts.map(|text| text.as_bytes().split_at(text.len() / 2)).map(|(a, b)| [a, b]);
        let mut numbers = Numbers(1);
        for round in 0..20_000 {
            let mut edits = Edits::new();
            for _ in 0..numbers.below(4) {
                let range = numbers.range(if round % 10 == 0 { TEXT.len() } else { message.body_start() });
                match numbers.below(3) {
                    0 => edits.delete(range),
                    1 => edits.replace(range, Insert::Late(7)),
                    _ => edits.replace(range, texts[numbers.below(4)]),
                }
            }
            let mut splices = Splices::new();
            let mut all = edits.clone();
            for _ in 0..numbers.below(4) {
                let (range, which) = (numbers.range(message.body_start()), numbers.below(4));
                splices.push(Splice::new(range.clone(), &pieces[which]));
                all.replace(range, texts[which]);
            }
            let late = |n| Bytes::from(format!("late{n}"));
            let streams = numbers.below(2) == 0;
            let sent = edits.send(&message, splices, streams, late);
            assert_eq!(sent, all.apply(&message, streams, late).to_bytes(), "{all:?}");
        }
    }
}
