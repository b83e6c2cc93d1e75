//! A reply to a request (RFC 3261 section 8.2.6).

use std::ops::Range;

use bytes::BytesMut;

use crate::compose::{CRLF, Stamps, VERSION, ViaChange, old_range, put, put_body, put_header, put_whole};
use crate::decimal::Decimal;
use crate::edits::Edits;
use crate::header::Header;
use crate::header_kind::HeaderKind;
use crate::message::Message;
use crate::via::{KnownParam, Overload, Via, ViaStamp};

/// What goes into a reply besides the request's own headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reply<'a> {
    /// The response code.
    pub code: u16,
    /// The reason phrase.
    pub reason: &'a [u8],
    /// The To tag: added, or put in place of the request's. `None` leaves To alone.
    pub to_tag: Option<&'a [u8]>,
    /// What to write into the top Via.
    pub via: ViaStamp,
    /// More header lines, each with its line end, in pieces.
    pub headers: &'a [&'a [u8]],
    /// The value of the Server header; empty for none.
    pub server: &'a [u8],
    /// The body; its Content-Type is among `headers`.
    pub body: &'a [u8],
}

/// Writes the reply to `request`. Headers the request has not are left out.
pub fn reply(request: &Message, reply: &Reply<'_>, out: &mut BytesMut) {
    let headers = reply.headers.iter().map(|h| h.len()).sum::<usize>();
    out.reserve(512 + headers + reply.body.len());
    put(out, &[VERSION, b" ", Decimal::of(reply.code.into()).text(), b" ", reply.reason, CRLF]);
    put_vias(out, request, reply.via);
    // Provisional from 180 on, and success: what makes a dialog (RFC 3261 section 12.1.1).
    if (180..300).contains(&reply.code) {
        request.find_all(HeaderKind::RecordRoute).for_each(|h| put_whole(out, h.whole()));
    }
    put_to(out, request, reply.to_tag);
    put_header(out, request, HeaderKind::From);
    match request.sender_call_id() {
        Some(call_id) => put(out, &[b"Call-ID: ", call_id, CRLF]),
        None => put_header(out, request, HeaderKind::CallId),
    }
    put_header(out, request, HeaderKind::CSeq);
    put(out, reply.headers);
    if !reply.server.is_empty() {
        put(out, &[b"Server: ", reply.server, CRLF]);
    }
    put_body(out, reply.body);
}

fn put_vias(out: &mut BytesMut, request: &Message, stamp: ViaStamp) {
    for (i, header) in request.find_all(HeaderKind::Via).enumerate() {
        let top = (i == 0).then(|| request.via()).flatten();
        match top {
            Some(Ok(via)) => put_top_via(out, &header, &via, stamp),
            _ => put(out, &[line_without_end(&header)]),
        }
        put(out, &[CRLF]);
    }
}

/// The header from its name to the end of its value.
fn line_without_end<'a>(header: &Header<'a>) -> &'a [u8] {
    let length = header.value_range().end - header.range().start;
    header.whole().get(..length).unwrap_or_default()
}

fn put_top_via(out: &mut BytesMut, header: &Header<'_>, via: &Via<'_>, stamp: ViaStamp) {
    let line = line_without_end(header);
    let value_at = header.value_range().start - header.range().start;
    let stamps = Stamps::of(stamp);
    let mut done = 0;
    let mut change = |range: Range<usize>, texts: &[&[u8]]| {
        put(out, &[line.get(done..value_at + range.start).unwrap_or_default()]);
        put(out, texts);
        done = value_at + range.end;
    };
    let first = via.sent_by_end();
    let old = old_range(via, via.known.rport).filter(|_| stamp.rport.is_some());
    match (stamp.overload, old) {
        (Some(report), old) => changes(first, &stamps, old, overload_changes(via, report))
            .iter()
            .for_each(|c| change(c.range.clone(), &[&c.text])),
        (None, Some(old)) => {
            change(first..first, &stamps.received());
            change(old, &stamps.rport());
        }
        (None, None) => change(first..first, [stamps.received(), stamps.rport()].as_flattened()),
    }
    put(out, &[line.get(done..).unwrap_or_default()]);
}

/// In replies of its own OpenSIPS writes `received` right behind host and port and leaves an old one
/// alone; an old `rport` is replaced where it stands. Here together with a report.
fn changes(
    first: usize,
    stamps: &Stamps,
    old: Option<Range<usize>>,
    report: Vec<ViaChange>,
) -> Vec<ViaChange> {
    let (mut received, rport) = (stamps.received().concat(), stamps.rport().concat());
    let old = match old {
        Some(old) => Some(ViaChange { range: old, text: rport }),
        None => {
            received.extend(rport);
            None
        }
    };
    // what is at one place stays in this order
    let first = ViaChange { range: first..first, text: received };
    let mut all: Vec<ViaChange> = [first].into_iter().chain(old).chain(report).collect();
    all.sort_by_key(|change| change.range.start);
    all
}

/// `oc` becomes the report, and the algorithms that the client offered go: the report names one.
fn overload_changes(via: &Via<'_>, report: Overload) -> Vec<ViaChange> {
    let Some(oc) = old_range(via, via.known.oc) else { return Vec::new() };
    let algorithm = via.params.find(b"oc-algo").map(|p| KnownParam { value: p.value, whole: p.whole });
    let algorithms = old_range(via, algorithm).filter(|a| a.start >= oc.end || a.end <= oc.start);
    let gone = algorithms.map(|range| ViaChange { range, text: Vec::new() });
    gone.into_iter().chain([ViaChange { range: oc, text: report.params().into() }]).collect()
}

/// Puts a report into the Via of the client of a response that is forwarded: the second.
pub fn report_overload(response: &Message, edits: &mut Edits, report: Overload) {
    let Some(Ok(via)) = response.vias().nth(1) else { return };
    let Some(whole) = response.range_of(via.whole) else { return };
    for change in overload_changes(&via, report) {
        edits.replace(whole.start + change.range.start..whole.start + change.range.end, change.text);
    }
}

fn put_to(out: &mut BytesMut, request: &Message, tag: Option<&[u8]>) {
    let Some(header) = request.find(HeaderKind::To) else { return };
    let Some(tag) = tag.filter(|t| !t.is_empty()) else {
        return put_whole(out, header.whole());
    };
    let line = line_without_end(&header);
    let place = request.to_tag().and_then(|old| request.range_of(old)).map(|r| {
        let base = header.range().start;
        (r.start.saturating_sub(base), r.end.saturating_sub(base))
    });
    match place {
        Some((start, end)) => {
            let (before, after) = (line.get(..start), line.get(end..));
            put(out, &[before.unwrap_or_default(), tag, after.unwrap_or_default()]);
        }
        None => put(out, &[line, b";tag=", tag]),
    }
    put(out, &[CRLF]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_carries_the_call_id_that_the_sender_knows() {
        let text = "BYE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\ni: shown\r\nCSeq: 1 BYE\r\n\r\n";
        let message = Message::parse(text.into()).expect("it is good");
        let renamed = message.with_call_id(b"known-here").expect("it has a Call-ID");
        assert_eq!(renamed.call_id(), Some(&b"known-here"[..]));
        assert_eq!(renamed.sender_call_id().map(|c| &c[..]), Some(&b"shown"[..]));
        let parts = Reply { code: 200, reason: b"OK", ..Reply::default() };
        let reply = Message::parse(crate::compose::written(|out| super::reply(&renamed, &parts, out)))
            .expect("it is good");
        assert_eq!(reply.call_id(), Some(&b"shown"[..]));
        let none = Message::parse("BYE sip:b SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n".into()).expect("it is good");
        assert!(none.with_call_id(b"x").is_none());
    }
}
