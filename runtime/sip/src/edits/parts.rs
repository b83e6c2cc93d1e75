//! Parts of a body that go and come: what is sent is put together from the received parts, with the
//! edits in them, and the new ones.

use std::ops::Range;

use bytes::Bytes;

use super::{Changes, Insert, NewKind, Part as Span, walk};
use crate::body::multipart::Part;
use crate::chars::part as text_of;
use crate::header_kind::HeaderKind;
use crate::index;
use crate::message::Message;
use crate::pieces::Pieces;

/// What separates the parts of a body that was received with one part or none: OpenSIPS' own text.
const BOUNDARY: &str = "OSS-unique-boundary-42";

/// A part that is added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewPart {
    /// The value of its Content-Type.
    pub kind: Bytes,
    /// Further header lines, each with its line end.
    pub headers: Bytes,
    /// Its content.
    pub content: Bytes,
}

impl NewPart {
    fn head(&self) -> Vec<u8> {
        [b"Content-Type: ", &self.kind[..], b"\r\n", &self.headers].concat()
    }
}

/// The parts that go, by number, and those that come.
#[derive(Debug, Clone, Default)]
pub(super) struct PartChanges {
    removed: Vec<usize>,
    added: Vec<NewPart>,
}

impl Changes {
    /// Leaves out a received part of the body, by its number.
    pub fn remove_part(&mut self, number: usize) {
        let removed = &mut self.part_changes().removed;
        if !removed.contains(&number) {
            removed.push(number);
        }
    }

    /// Leaves out the parts that were added.
    pub fn remove_new_parts(&mut self, mut which: impl FnMut(&NewPart) -> bool) -> bool {
        let Some(changes) = &self.parts else { return false };
        let any = changes.added.iter().any(&mut which);
        if any {
            self.part_changes().added.retain(|part| !which(part));
        }
        any
    }

    /// Whether a received part is left out.
    pub fn removes_part(&self, number: usize) -> bool {
        self.parts.as_ref().is_some_and(|p| p.removed.contains(&number))
    }

    /// Adds a part at the end of the body, which becomes one of several parts if it was not.
    pub fn add_part(&mut self, part: NewPart) {
        self.part_changes().added.push(part);
    }

    /// The body as it would be sent now, as far as it is known.
    pub fn updated_body(&self, message: &Message) -> Bytes {
        self.new_body(message, &message.body(), &mut |_| Bytes::new()).0.to_bytes()
    }

    /// A received part as it would be sent now, as far as it is known.
    pub fn updated_part(&self, message: &Message, part: &Part<'_>) -> Bytes {
        let mut pieces = Pieces::default();
        if let Some(range) = message.range_of(part.content) {
            let span = Span { range, with_end: true };
            walk(message, span, self.steps(), &mut |_| Bytes::new(), &mut pieces);
        }
        pieces.to_bytes()
    }

    fn part_changes(&mut self) -> &mut PartChanges {
        self.parts.get_or_insert_default()
    }
}

impl PartChanges {
    /// The new body, and what becomes of Content-Type.
    pub(super) fn assemble(
        &self,
        edits: &Changes,
        message: &Message,
        body: &Bytes,
        late: &mut impl FnMut(u32) -> Bytes,
    ) -> (Pieces, NewKind) {
        let received = message.parts(body);
        let kept = received.iter().enumerate().filter(|(n, _)| !self.removed.contains(n));
        let kept: Vec<&Part<'_>> = kept.map(|(_, part)| part).collect();
        let mut out = Writer { edits, message, late, pieces: Pieces::default() };
        let kind = match (&kept[..], &self.added[..], received.len()) {
            ([], [], _) => NewKind::Removed,
            ([], [new], _) => {
                out.pieces.push(new.content.clone());
                NewKind::Lines(new.head())
            }
            ([_], [], 1) => {
                out.copy(body);
                NewKind::Same
            }
            ([part], [], _) => {
                out.copy(part.content);
                NewKind::Lines(head_of_message(part))
            }
            (_, _, 0 | 1) => {
                self.wrap(&kept, &mut out);
                NewKind::Lines(format!("Content-Type: multipart/mixed;boundary={BOUNDARY}\r\n").into())
            }
            _ => {
                self.splice(&received, body, &mut out);
                NewKind::Same
            }
        };
        (out.pieces, kind)
    }

    /// Several parts where there was one or none.
    fn wrap(&self, kept: &[&Part<'_>], out: &mut Writer<'_, impl FnMut(u32) -> Bytes>) {
        for part in kept {
            out.text(format!("--{BOUNDARY}\r\n"));
            out.text([&head_of_part(part, out.message)[..], b"\r\n"].concat());
            out.copy(part.content);
            out.text("\r\n");
        }
        for part in &self.added {
            out.new_part(BOUNDARY.as_bytes(), part);
        }
        out.text(format!("--{BOUNDARY}--\r\n"));
    }

    /// Several parts where there were several: the text between them stays.
    fn splice(&self, received: &[Part<'_>], body: &Bytes, out: &mut Writer<'_, impl FnMut(u32) -> Bytes>) {
        let Some(whole) = out.message.range_of(body) else { return };
        let mut done = whole.start;
        for (number, part) in received.iter().enumerate() {
            let end = out.message.range_of(part.whole).map_or(done, |r| r.end).max(done);
            if !self.removed.contains(&number) {
                out.copy_range(done..end, false);
            }
            done = end;
        }
        let boundary =
            out.message.content_type().and_then(|kind| kind.boundary()).unwrap_or_default().to_vec();
        for part in &self.added {
            out.new_part(&boundary, part);
        }
        out.copy_range(done..whole.end, true);
    }
}

/// The headers that a part gives the message when it is all that is left. OpenSIPS turns them round.
fn head_of_message(part: &Part<'_>) -> Vec<u8> {
    let (headers, _) = index::index(part.headers, 0);
    // a name with a line end in it may hide an empty one, where the head would end
    let passes =
        |e: &index::Entry| e.kind != HeaderKind::ContentLength && !e.name().of(part.headers).contains(&b'\n');
    let lines = headers.entries().iter().enumerate().filter(|(_, e)| passes(e));
    let line = |(n, e): (usize, &index::Entry)| text_of(part.headers, e.start as usize, headers.end_of(n));
    lines.rev().map(line).collect::<Vec<_>>().concat()
}

/// The headers of a received part, when it becomes one of several.
fn head_of_part(part: &Part<'_>, message: &Message) -> Vec<u8> {
    match (part.headers, message.find(HeaderKind::ContentType)) {
        (b"", Some(kind)) => [b"Content-Type: ", crate::chars::trim(kind.value()), b"\r\n"].concat(),
        (headers, _) => headers.to_vec(),
    }
}

/// Puts the new body together.
struct Writer<'a, F> {
    edits: &'a Changes,
    message: &'a Message,
    late: &'a mut F,
    pieces: Pieces,
}

impl<F: FnMut(u32) -> Bytes> Writer<'_, F> {
    fn text(&mut self, text: impl Into<Insert>) {
        if let Insert::Text(text) = text.into() {
            self.pieces.push(text);
        }
    }

    /// A piece of the received text with the edits in it.
    fn copy(&mut self, text: &[u8]) {
        if let Some(range) = self.message.range_of(text) {
            self.copy_range(range, true);
        }
    }

    fn copy_range(&mut self, range: Range<usize>, with_end: bool) {
        walk(self.message, Span { range, with_end }, self.edits.steps(), self.late, &mut self.pieces);
    }

    fn new_part(&mut self, boundary: &[u8], part: &NewPart) {
        self.text([b"--", boundary, b"\r\n", &part.head(), b"\r\n"].concat());
        self.pieces.push(part.content.clone());
        self.text("\r\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Edits;

    const MULTIPART: &str = "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\
        Content-Type: multipart/mixed;boundary=x\r\nContent-Length: 77\r\n\r\n\
        --x\r\nContent-Type: a/b\r\nX-P: 1\r\n\r\none\r\n--x\r\nContent-Type: c/d\r\n\r\ntwo\r\n--x--\r\n";

    fn message(text: &str) -> Message {
        Message::parse(Bytes::from(text.to_owned())).expect("a message")
    }

    fn new(content: &'static str) -> NewPart {
        NewPart { kind: "e/f".into(), headers: Bytes::new(), content: content.into() }
    }

    fn sent(edits: &Edits, message: &Message) -> String {
        let text = edits.apply(message, false, |_| Bytes::new()).to_vec();
        String::from_utf8(text).expect("text").replace("\r\n", "|")
    }

    fn check(text: &str, change: impl Fn(&mut Edits), expected: &str) {
        let message = message(text);
        let mut edits = Edits::new();
        change(&mut edits);
        let sent = sent(&edits, &message);
        let head = "INVITE sip:a@b SIP/2.0|Via: SIP/2.0/UDP h|";
        assert_eq!(sent.strip_prefix(head), Some(expected));
    }

    #[test]
    fn several_parts_stay_several() {
        check(
            MULTIPART,
            |e| e.add_part(new("three")),
            "Content-Type: multipart/mixed;boundary=x|Content-Length: 110||\
             --x|Content-Type: a/b|X-P: 1||one|--x|Content-Type: c/d||two|--x|Content-Type: e/f||three|--x--|",
        );
        check(
            MULTIPART,
            |e| {
                e.remove_part(0);
                e.add_part(new("three"));
            },
            "Content-Type: multipart/mixed;boundary=x|Content-Length: 71||\
             --x|Content-Type: c/d||two|--x|Content-Type: e/f||three|--x--|",
        );
    }

    #[test]
    fn what_is_left_gives_its_headers() {
        check(MULTIPART, |e| e.remove_part(1), "X-P: 1|Content-Type: a/b|Content-Length: 3||one");
        let none = |e: &mut Edits| (0..2).for_each(|n| e.remove_part(n));
        check(MULTIPART, none, "Content-Length: 0||");
    }

    #[test]
    fn what_is_left_ends_no_head() {
        let body = "--x\r\n\r\none\r\n--x\r\nX\n\nY: 1\r\nContent-Type: c/d\r\n\r\ntwo\r\n--x--\r\n";
        let head = "INVITE sip:a@b SIP/2.0\r\nContent-Type: multipart/mixed;boundary=x\r\n\r\n";
        let message = message(&format!("{head}{body}"));
        let mut edits = Edits::new();
        edits.remove_part(0);
        let sent = edits.apply(&message, true, |_| Bytes::new()).to_vec();
        let whole = crate::framing::Frame::Whole(sent.len());
        assert_eq!(crate::framing::frame(&sent, 1000), whole, "{}", sent.escape_ascii());
    }

    #[test]
    fn one_part_becomes_several() {
        let one = "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nContent-Type: a/b\r\n\r\none";
        let expected = format!(
            "Content-Type: multipart/mixed;boundary={BOUNDARY}||--{BOUNDARY}|Content-Type: a/b||one|\
             --{BOUNDARY}|Content-Type: e/f||two|--{BOUNDARY}--|"
        );
        check(one, |e| e.add_part(new("two")), &expected);
        let none = "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n";
        check(none, |e| e.add_part(new("two")), "Content-Type: e/f||two");
    }

    #[test]
    fn on_streams_the_length_is_there_once_and_true() {
        let head = "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n";
        let cases = [("Content-Length: 99", 3), ("Content-Length: 2\r\nl: 9", 2), ("X: y", 3), ("l: 3", 3)];
        for (lines, length) in cases {
            let message = message(&format!("{head}{lines}\r\n\r\none"));
            let out = Edits::new().apply(&message, true, |_| Bytes::new()).to_vec();
            let out = Message::parse(out.into()).expect("a message");
            let lengths: Vec<_> = out.find_all(HeaderKind::ContentLength).map(|h| h.value_bytes()).collect();
            assert_eq!(lengths, [length.to_string()], "{lines}");
            assert_eq!(out.bytes().len(), out.body_start() + length, "{lines}");
        }
    }

    #[test]
    fn edits_inside_parts_stay() {
        let message = message(MULTIPART);
        let mut edits = Edits::new();
        let body = message.body();
        let parts = message.parts(&body);
        let range = message.range_of(parts[1].content).expect("a part");
        edits.replace(range.clone(), "TWO");
        edits.replace_again(range.clone(), "2");
        assert_eq!(edits.replacement(&range), Some(&Insert::from("2")));
        edits.remove_part(0);
        assert_eq!(&edits.updated_body(&message)[..], b"2");
        assert_eq!(&edits.updated_part(&message, &parts[1])[..], b"2");
        assert!(sent(&edits, &message).ends_with("Content-Type: c/d|Content-Length: 1||2"));
    }
}
