//! Two messages and changes of the second: what leaves is what the changes make of it one by one, on streams with its true
//! length; and the second, read into the memory that the first left, is what it is in memory of its own.
//!
//! The input: `options, number of edits, edits of five bytes each, message, 0xff, message`.
#![no_main]

#[path = "sending/input.rs"]
mod input;
#[path = "sending/model.rs"]
mod model;
#[path = "sending/reuse.rs"]
mod reuse;

use bytes::Bytes;
use input::Input;
use libfuzzer_sys::fuzz_target;
use model::{Change, made};
use sipc_sip::compose::{ForwardRequest, NewVia, forward_request, forward_response, written};
use sipc_sip::framing::{Frame, frame};
use sipc_sip::{Edits, HeaderKind, Message, Transport, ViaStamp};

/// The text of what is known only when a message is sent.
fn late(number: u32) -> Bytes {
    Bytes::from(format!("late{number}"))
}

fuzz_target!(|bytes: &[u8]| {
    let Some(input) = Input::of(bytes) else { return };
    let Some(message) = reuse::read(input.first, input.second) else { return };
    let mut edits = Edits::new();
    let changes = input.changes(&message, &mut edits);
    let sent = edits.apply(&message, false, late).to_bytes();
    if let Some(changes) = &changes {
        assert_eq!(sent, made(&message, changes), "{edits:?}");
    }
    assert_eq!(sent, edits.apply(&message, false, late).to_vec(), "the same a second time");
    for streams in [false, true] {
        passed_on(&message, &input, &edits, changes.as_deref(), streams);
    }
    let out = edits.apply(&message, true, late).to_vec();
    if input.keeps_lines && message.sanity().is_ok() {
        assert_eq!(frame(&out, usize::MAX), Frame::Whole(out.len()), "a stream can be cut");
    }
});

/// As the proxy sends it, with what changes in every message, compared with the same as edits behind the others.
fn passed_on(
    message: &Message,
    input: &Input<'_>,
    edits: &Edits,
    changes: Option<&[Change]>,
    needs_length: bool,
) {
    let (sent, own) = match message.is_request() {
        true => request(message, input, edits, needs_length),
        false => response(message, edits, needs_length),
    };
    let mut all = edits.clone();
    own.iter().for_each(|change| all.replace(change.range.clone(), change.text.to_vec()));
    assert_eq!(sent, all.apply(message, needs_length, late).to_bytes(), "{all:?}");
    let Some(changes) = changes.filter(|_| !needs_length) else { return };
    let before_body = |change: &Change| change.range.end < message.body_start();
    if own.iter().all(before_body) {
        let all: Vec<Change> = changes.iter().chain(&own).cloned().collect();
        assert_eq!(sent, made(message, &all), "{all:?}");
    }
}

fn request(message: &Message, input: &Input<'_>, edits: &Edits, needs_length: bool) -> (Bytes, Vec<Change>) {
    let has = |bit: u8| input.options & (1 << bit) != 0;
    let params: [&[u8]; 3] = [b";rport", b"", b";i=4a"];
    let via =
        NewVia { transport: Transport::Udp, host: b"192.0.2.1", port: 5060, branch: b"z9hG4bK7", params };
    let stamp = ViaStamp {
        received: has(2).then_some([192, 0, 2, 9].into()),
        rport: has(3).then_some(5070),
        overload: None,
    };
    let forward = ForwardRequest {
        uri: has(0).then(|| "sip:other@h".into()),
        via: has(1).then_some(via),
        stamp,
        path: has(4).then(|| "<sip:p;lr>".into()),
        needs_length,
    };
    let mut own = Vec::new();
    if has(0) {
        own.push(Change::new(message.target_range(), "sip:other@h"));
    }
    if has(4) {
        let behind = message.find_all(HeaderKind::Via).last().map(|h| h.range().end);
        let route = message.find(HeaderKind::Route).map(|h| h.range().start);
        let at = route.or(behind).unwrap_or(message.headers_start());
        own.push(Change::new(at..at, "Route: <sip:p;lr>\r\n"));
    }
    let top = message.find(HeaderKind::Via);
    if has(1) {
        let at = top.map_or(message.headers_start(), |h| h.range().start);
        own.push(Change::new(at..at, via.line()));
    }
    if top.is_some_and(|h| !edits.removes(&h)) {
        own.extend(model::stamped(message, &stamp));
    }
    (written(|out| forward_request(message, edits, &forward, late, out)), own)
}

fn response(message: &Message, edits: &Edits, needs_length: bool) -> (Bytes, Vec<Change>) {
    let mut own = Vec::new();
    if message.code() == Some(503) {
        own.push(Change::new(message.target_range(), "500"));
    }
    if let Some(header) = message.find(HeaderKind::Via) {
        let start = header.value_range().start;
        let next = message.via().and_then(Result::ok).filter(|via| via.with_comma.len() > via.whole.len());
        own.push(Change::new(next.map_or(header.range(), |via| start..start + via.with_comma.len()), ""));
    }
    (written(|out| forward_response(message, edits, true, needs_length, late, out)), own)
}
