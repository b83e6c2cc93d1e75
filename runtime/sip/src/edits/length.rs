//! Content-Length of what leaves: right when the body changed, and on streams always there, once (RFC 3261 section 18.3),
//! whatever the script did to it: a next hop that is told another length takes the messages behind for something else.

use bytes::Bytes;

use super::{Changes, Edit, Insert, is_closed};
use crate::chars::{split_once, trim};
use crate::header::Header;
use crate::header_kind::HeaderKind;
use crate::message::Message;

impl Changes {
    /// Whether the message says once, and rightly, how long its body is, and no edit has to do with that.
    pub(super) fn leaves_true_length(&self, message: &Message, length: usize) -> bool {
        let mut headers = message.find_all(HeaderKind::ContentLength);
        let Some(first) = headers.next() else { return false };
        let is_true = crate::values::content_length(first.value()) == Ok(length)
            && is_plain(&first)
            && headers.next().is_none()
            && !message.index().has_joined()
            && is_closed(message);
        is_true && !self.list.iter().any(|e| reaches(e, &first) || says_length(e, &self.lines, message))
    }

    /// Puts the right length in; with `needed` in any case, and in place of every other.
    pub(super) fn fix_length(&mut self, message: &Message, needed: bool, length: usize) {
        let line = format!("Content-Length: {length}\r\n");
        if needed {
            // each has a text of its own by then
            self.list.iter_mut().filter(|e| says_length(e, &[], message)).for_each(without_length);
            message
                .find_all(HeaderKind::ContentLength)
                .skip(1)
                .for_each(|header| self.remove_header(&header));
            message.headers().filter(is_joined).for_each(|header| self.remove_header(&header));
        }
        match message.find(HeaderKind::ContentLength) {
            Some(old) if !self.removes(&old) && !self.is_left_out(old.range().start) => {
                self.replace(old.range(), line);
            }
            _ if needed => self.append_header(message, line),
            _ => {}
        }
    }

    /// Whether an edit that begins before leaves out what is here.
    fn is_left_out(&self, at: usize) -> bool {
        self.list.iter().any(|e| e.at < at && at < e.at + e.delete)
    }
}

/// Whether the line ends with its value: zeros behind that are left out here, and make others refuse the message.
fn is_plain(header: &Header<'_>) -> bool {
    let end = header.value_range().end - header.range().start;
    header
        .whole()
        .get(end..)
        .is_some_and(|rest| rest.iter().all(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n')))
}

/// Whether something of a header is changed.
fn reaches(edit: &Edit, header: &Header<'_>) -> bool {
    let range = header.range();
    edit.at < range.end && (edit.at > range.start || edit.at + edit.delete > range.start)
}

/// Whether a line without a colon came before it: others see another header, or that the headers end.
fn is_joined(header: &Header<'_>) -> bool {
    header.name().contains(&b'\n')
}

/// Whether what is inserted has a Content-Length of its own.
fn says_length(edit: &Edit, lines: &[u8], message: &Message) -> bool {
    let Some(text) = edit.text(lines) else { return false };
    is_line(edit.at, message) && text.split(|c| *c == b'\n').any(is_length)
}

/// Whether a header can begin there.
fn is_line(at: usize, message: &Message) -> bool {
    at <= message.headers_end() && at.checked_sub(1).is_some_and(|at| message.bytes().get(at) == Some(&b'\n'))
}

fn is_length(line: &[u8]) -> bool {
    matches!(line.first(), Some(b'C' | b'c' | b'L' | b'l'))
        && split_once(line, b':')
            .is_some_and(|(name, _)| HeaderKind::of(trim(name)) == HeaderKind::ContentLength)
}

fn without_length(edit: &mut Edit) {
    if let Some(Insert::Text(text)) = &mut edit.insert {
        let lines = text.split_inclusive(|c| *c == b'\n').filter(|line| !is_length(line));
        *text = Bytes::from(lines.collect::<Vec<_>>().concat());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Edits;
    use crate::compose::written;
    use crate::edits::Splices;
    use crate::framing::{Frame, frame};

    fn sent(edits: &Edits, message: &Message) -> Bytes {
        written(|out| edits.send(message, Splices::new(), true, |_| Bytes::new(), out))
    }

    /// Each is sent over a stream, and has two bytes of body in the end.
    #[test]
    fn streams_can_be_cut_whatever_the_script_did() {
        let text = "MESSAGE sip:b SIP/2.0\r\nTo: a\r\nContent-Length: 2\r\nX: y\r\n\r\nhi";
        let message = Message::parse(text.into()).expect("it is good");
        let length = || message.find(HeaderKind::ContentLength).expect("it is there");
        let scripts: [&dyn Fn(&mut Edits); 8] = [
            &|e| e.remove_header(&length()),
            &|e| e.set_value(&length(), "9"),
            &|e| e.replace(length().range(), "X: z\r\n"),
            &|e| e.replace(message.headers_start()..length().range().end, "X: z\r\n"),
            &|e| e.prepend_header(&message, "l: 1\r\n"),
            &|e| e.append_header(&message, "X: z\r\ncontent-length : 1\r\nY: z\r\n"),
            &|e| e.insert_before(&length(), "Content-Length: 0\r\n"),
            &|e| e.insert_after(&length(), "Content-Length: 2\r\n"),
        ];
        for (number, script) in scripts.iter().enumerate() {
            let mut edits = Edits::new();
            script(&mut edits);
            let one_by_one = edits.apply(&message, true, |_| Bytes::new()).to_bytes();
            let sent = sent(&edits, &message);
            assert_eq!(sent, one_by_one, "{number}");
            assert_eq!(frame(&sent, 1000), Frame::Whole(sent.len()), "{number}: {sent:?}");
            let sent = Message::parse(sent).expect("it is good");
            let lengths: Vec<_> = sent.find_all(HeaderKind::ContentLength).map(|h| h.value()).collect();
            assert_eq!((lengths, &sent.body()[..]), (vec![&b"2"[..]], &b"hi"[..]), "{number}");
        }
    }

    #[test]
    fn lengths_with_zeros_behind_them() {
        let text = "MESSAGE sip:b SIP/2.0\r\nTo: a\r\nContent-Length: 2\0\0\r\n\r\nhi";
        let message = Message::parse(text.into()).expect("it is taken");
        for sent in
            [Edits::new().apply(&message, true, |_| Bytes::new()).to_bytes(), sent(&Edits::new(), &message)]
        {
            assert_eq!(frame(&sent, 1000), Frame::Whole(sent.len()), "{sent:?}");
        }
    }

    #[test]
    fn lines_without_a_colon() {
        for lines in ["X\r\nContent-Length: 2\r\n", "X\nl : 2\r\nl: 4\r\n", "X\r\n\r\nl: 2\r\n"] {
            let text = format!("MESSAGE sip:b SIP/2.0\r\n{lines}\r\nhi, there");
            let message = Message::parse(text.into()).expect("it is good");
            let length = message.body().len();
            let sent = Edits::new().apply(&message, true, |_| Bytes::new()).to_bytes();
            assert_eq!(frame(&sent, 1000), Frame::Whole(sent.len()), "{sent:?}");
            assert!(sent.ends_with(&message.body()) && [4, 9].contains(&length), "{sent:?}");
        }
    }

    #[test]
    fn headers_that_nothing_ends() {
        let head = "MESSAGE sip:b SIP/2.0\r\nTo: a\r\nl: 0\r\n";
        for end in ["", "\r", "\rX", "\n", "\r\n"] {
            let message = Message::parse(format!("{head}{end}").into()).expect("it is good");
            let mut edits = Edits::new();
            edits.append_header(&message, "X: 1\r\n");
            let sent = edits.apply(&message, true, |_| Bytes::new()).to_bytes();
            assert_eq!(frame(&sent, 1000), Frame::Whole(sent.len()), "{end:?}: {sent:?}");
            assert_eq!(sent.windows(4).filter(|w| w == b"X: 1").count(), 1, "{end:?}: {sent:?}");
        }
    }

    #[test]
    fn what_is_in_values_and_bodies_is_no_header() {
        let text = "MESSAGE sip:b SIP/2.0\r\nTo: a\r\nContent-Length: 2\r\n\r\nhi";
        let message = Message::parse(text.into()).expect("it is good");
        let mut edits = Edits::new();
        edits.set_value(&message.headers().next().expect("To"), "l: 5");
        assert!(edits.leaves_true_length(&message, 2));
        edits.insert(message.body_start(), "l: 5\r\n");
        assert!(edits.leaves_true_length(&message, 2));
        let sent = edits.apply(&message, true, |_| Bytes::new()).to_vec();
        assert!(sent.ends_with(b"\r\nTo: l: 5\r\nContent-Length: 8\r\n\r\nl: 5\r\nhi"));
    }
}
