//! What edits mean, said in another way than the one they are made in: byte by byte.

use std::ops::Range;

use bytes::Bytes;
use sipc_sip::{Message, ViaStamp};

/// Text in place of a range.
#[derive(Debug, Clone)]
pub struct Change {
    pub range: Range<usize>,
    pub text: Bytes,
}

impl Change {
    pub fn new(range: Range<usize>, text: impl Into<Bytes>) -> Change {
        Change { range, text: text.into() }
    }
}

/// The message with the changes, in the order of the calls. None of them is in the body.
///
/// A change that begins within what another leaves out is lost.
pub fn made(message: &Message, changes: &[Change]) -> Vec<u8> {
    let whole = message.first_byte()..message.body_range().end;
    let mut sorted: Vec<&Change> = changes.iter().filter(|c| c.range.start >= whole.start).collect();
    sorted.sort_by_key(|c| c.range.start);
    let mut kept: Vec<&Change> = Vec::new();
    for change in sorted {
        let at = change.range.start;
        if !kept.iter().any(|other| other.range.start < at && at < other.range.end) {
            kept.push(change);
        }
    }
    let mut out = Vec::new();
    for at in whole.start..=whole.end {
        kept.iter().filter(|c| c.range.start == at).for_each(|c| out.extend_from_slice(&c.text));
        if at < whole.end && !kept.iter().any(|c| c.range.contains(&at)) {
            out.push(message.bytes()[at]);
        }
    }
    out
}

/// What a stamp changes in the top Via: in place of what is there, else `received` before all parameters, and `rport`
/// before that.
pub fn stamped(message: &Message, stamp: &ViaStamp) -> Vec<Change> {
    let Some(Ok(via)) = message.via() else { return Vec::new() };
    let base = message.range_of(via.whole).expect("a part of it").start;
    let behind = &via.whole[via.sent_by_end()..];
    let blanks = behind.iter().take_while(|c| b" \t\r\n".contains(c)).count();
    let first = base + via.sent_by_end() + if behind.get(blanks) == Some(&b';') { blanks } else { 0 };
    let place = |old: Option<&[u8]>| {
        let range = message.range_of(old?)?;
        let semicolon = message.bytes()[..range.start].iter().rposition(|c| *c == b';')?;
        Some(semicolon..range.end)
    };
    let (received, rport) = (via.known.received.map(|p| p.whole), via.known.rport.map(|p| p.whole));
    let received = stamp.received.and_then(|_| place(received)).unwrap_or(first..first);
    let old = place(rport);
    let is_new = old.is_none();
    let rport = old.unwrap_or(received.start..received.start);
    let of = |range, text: Option<String>| text.map(|text| Change::new(range, text));
    let received = of(received, stamp.received.map(|address| format!(";received={address}")));
    let rport = of(rport, stamp.rport.map(|port| format!(";rport={port}")));
    let both = if is_new { [rport, received] } else { [received, rport] };
    both.into_iter().flatten().collect()
}
