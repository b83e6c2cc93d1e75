//! What the bytes of an input ask for.

use bytes::Bytes;
use sipc_sip::{Edits, Header, Insert, Message, NewPart};

use crate::model::Change;

/// What edits insert.
const TEXTS: [&str; 8] = [
    "",
    "X-One: 1\r\n",
    "Content-Length: 9\r\n",
    "sip:other",
    "l: 2\r\nX: 2\r\n",
    "Content-Type: text/plain\r\n",
    "Via: SIP/2.0/UDP h\r\n",
    "\r\n",
];

/// An input, taken apart.
pub struct Input<'a> {
    pub options: u8,
    /// Whether the edits change whole lines only, so that what leaves is a message.
    pub keeps_lines: bool,
    edits: &'a [u8],
    pub first: &'a [u8],
    pub second: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn of(bytes: &'a [u8]) -> Option<Input<'a>> {
        let ([options, count], rest) = bytes.split_first_chunk()?;
        let (edits, messages) = rest.split_at_checked(usize::from(count % 12) * 5)?;
        let at = messages.iter().position(|c| *c == 0xff)?;
        let (first, second) = (&messages[..at], &messages[at + 1..]);
        Some(Input { options: *options, keeps_lines: options & 0x80 != 0, edits, first, second })
    }

    /// Makes the edits. What they are, when the body and its length have nothing to do with them.
    pub fn changes(&self, message: &Message, edits: &mut Edits) -> Option<Vec<Change>> {
        let mut changes = Some(Vec::new());
        for edit in self.edits.chunks_exact(5) {
            let [what, high, low, length, text] = edit.try_into().expect("five");
            let at = usize::from(high) << 8 | usize::from(low);
            let change = match self.keeps_lines {
                true => lines(message, edits, (what, at, text)),
                false => bytes(message, edits, (what, at, usize::from(length), text)),
            };
            let is_head = |c: &Change| {
                c.range.start < message.body_start() && message.headers_end() < message.body_start()
            };
            changes = match (changes, change.filter(is_head)) {
                (Some(mut list), Some(change)) => {
                    list.push(change);
                    Some(list)
                }
                _ => None,
            };
        }
        changes
    }
}

/// A change anywhere.
fn bytes(
    message: &Message,
    edits: &mut Edits,
    (what, at, length, text): (u8, usize, usize, u8),
) -> Option<Change> {
    let size = message.bytes().len();
    let start = at % (size + 1);
    let range = start..(start + length).min(size);
    let text = TEXTS[usize::from(text) % TEXTS.len()];
    match what % 8 {
        0 | 1 => edits.delete(range.clone()),
        2 | 3 => {
            edits.insert(start, text);
            return Some(Change::new(start..start, text));
        }
        4 | 5 => {
            edits.replace(range.clone(), text);
            return Some(Change::new(range, text));
        }
        6 => {
            edits.replace(range.clone(), Insert::Late(at as u32));
            return Some(Change::new(range, crate::late(at as u32)));
        }
        _ => {
            body(edits, at, text);
            return None;
        }
    }
    Some(Change::new(range, ""))
}

/// A change of whole lines, as scripts make them.
fn lines(message: &Message, edits: &mut Edits, (what, at, text): (u8, usize, u8)) -> Option<Change> {
    let headers: Vec<Header<'_>> = message.headers().collect();
    let header = headers.get(at % headers.len().max(1))?;
    let (range, line) = (header.range(), TEXTS[usize::from(text) % 3]);
    match what % 6 {
        0 | 1 => {
            edits.remove_header(header);
            Some(Change::new(range, ""))
        }
        2 => {
            edits.insert_after(header, line);
            Some(Change::new(range.end..range.end, line))
        }
        3 => {
            edits.insert_before(header, line);
            Some(Change::new(range.start..range.start, line))
        }
        4 => {
            edits.append_header(message, line);
            Some(Change::new(message.headers_end()..message.headers_end(), line))
        }
        _ => {
            body(edits, at, "other");
            None
        }
    }
}

/// A change of the body or its parts.
fn body(edits: &mut Edits, at: usize, text: &'static str) {
    match at % 4 {
        0 => edits.set_body(Bytes::from_static(text.as_bytes())),
        1 => edits.remove_part(at / 4 % 4),
        _ => {
            edits.add_part(NewPart { kind: "e/f".into(), headers: "X-P: 1\r\n".into(), content: text.into() })
        }
    }
}
