//! The message as it leaves, written in one go: the script's edits, and beside them what the proxy changes in every
//! message, which lives no longer than the writing and needs no memory of its own.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use smallvec::SmallVec;

use super::walk::{Part, Steps, walk};
use super::{Changes, Edit};
use crate::message::Message;

/// A change that is made on the way out. It comes behind the edits at the same place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Splice<'a> {
    pub(super) at: usize,
    pub(super) delete: usize,
    pub(super) text: Text<'a>,
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

impl Changes {
    /// Writes the message with the edits and `splices`; what [`Changes::apply`] says of the rest holds here.
    pub(crate) fn send(
        &self,
        message: &Message,
        mut splices: Splices<'_>,
        needs_length: bool,
        mut late: impl FnMut(u32) -> Bytes,
        out: &mut BytesMut,
    ) {
        let body = message.body_range();
        let plain = self.body.is_none()
            && self.parts.is_none()
            && !self.touches_body(message)
            && splices.iter().all(|s| s.end() < body.start)
            && (!needs_length || self.leaves_true_length(message, body.len()));
        if !plain {
            let mut edits = self.clone();
            for s in &splices {
                edits.replace(s.at..s.end(), s.text.concat());
            }
            return out.extend_from_slice(&edits.apply(message, needs_length, late).to_bytes());
        }
        // few, mostly in order already, and equal places keep their order
        splices.sort_by_key(|s| s.at);
        let range = message.first_byte()..body.end;
        out.reserve(
            range.len()
                + self.added()
                + splices.iter().flat_map(|s| s.text).map(|piece| piece.len()).sum::<usize>(),
        );
        let steps = Steps { edits: &self.list, lines: &self.lines, splices: &splices };
        walk(message, Part { range, with_end: true }, steps, &mut late, out);
    }

    /// How many bytes the edits may add. What is known only later is guessed.
    fn added(&self) -> usize {
        const LATE: usize = 128;
        let added = |e: &Edit| e.text(&self.lines).map_or(LATE, <[u8]>::len);
        self.list.iter().map(added).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Edits, HeaderKind, Insert};

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
        let length = message.find(HeaderKind::ContentLength).expect("it is there");
        let texts: [&str; 4] = ["", "X: 1\r\n", "sip:other", "y"];
        let pieces = texts.map(|text| text.as_bytes().split_at(text.len() / 2)).map(|(a, b)| [a, b]);
        let mut numbers = Numbers(1);
        for round in 0..20_000 {
            let mut edits = Edits::new();
            for _ in 0..numbers.below(4) {
                let range = numbers.range(if round % 10 == 0 { TEXT.len() } else { message.body_start() });
                match numbers.below(4) {
                    0 => edits.delete(range),
                    1 => edits.replace(range, Insert::Late(7)),
                    2 => edits.append_line(&message, texts[numbers.below(2)].as_bytes()),
                    _ => edits.replace(range, texts[numbers.below(4)]),
                }
            }
            let streams = numbers.below(2) == 0;
            // what the proxy changes in every message has nothing to do with its length
            let end = if streams { length.range().start } else { message.body_start() };
            let mut splices = Splices::new();
            let mut all = edits.clone();
            for _ in 0..numbers.below(4) {
                let (range, which) = (numbers.range(end), numbers.below(4));
                splices.push(Splice::new(range.clone(), &pieces[which]));
                all.replace(range, texts[which]);
            }
            let late = |n| Bytes::from(format!("late{n}"));
            let mut sent = BytesMut::new();
            edits.send(&message, splices, streams, late, &mut sent);
            assert_eq!(sent, all.apply(&message, streams, late).to_bytes(), "{all:?}");
        }
    }
}
