//! Passing a message on: a request with a new Via (RFC 3261 section 16.6), a response without its top
//! Via (section 16.7).

use std::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::compose::{Stamps, old_range};
use crate::decimal::Decimal;
use crate::edits::{Edits, Splice, Splices, Text};
use crate::header_kind::HeaderKind;
use crate::message::Message;
use crate::transport::Transport;
use crate::via::{Via, ViaStamp};

/// The Via of this proxy.
#[derive(Debug, Clone, Copy)]
pub struct NewVia<'a> {
    /// The transport the request goes out by.
    pub transport: Transport,
    /// Host as advertised: `192.0.2.1`, `[2001:db8::1]`.
    pub host: &'a [u8],
    /// Port as advertised.
    pub port: u16,
    /// The branch; empty for none.
    pub branch: &'a [u8],
    /// More parameters, each with its `;`: `;i=4a`, `;rport`, or nothing.
    pub params: [&'a [u8]; 3],
}

impl NewVia<'_> {
    /// The header line with its line end.
    pub fn line(&self) -> Vec<u8> {
        self.pieces(Decimal::of(self.port.into()).text()).concat()
    }

    /// The header line in pieces, with the digits of its port.
    fn pieces<'a>(&'a self, port: &'a [u8]) -> [&'a [u8]; 12] {
        let key: &[u8] = if self.branch.is_empty() { b"" } else { b";branch=" };
        let [first, second, third] = self.params;
        let transport = self.transport.name().as_bytes();
        let by = [b"Via: SIP/2.0/", transport, b" ", self.host, b":", port];
        let [version, transport, blank, host, colon, port] = by;
        [version, transport, blank, host, colon, port, key, self.branch, first, second, third, super::CRLF]
    }
}

/// What changes in a request that is passed on, besides the script's edits.
#[derive(Debug, Clone)]
pub struct ForwardRequest<'a> {
    /// The new Request-URI; `None` keeps the received one.
    pub uri: Option<&'a [u8]>,
    /// The Via to add; `None` adds none.
    pub via: Option<NewVia<'a>>,
    /// What to write into the Via that was on top.
    pub stamp: ViaStamp,
    /// A Path to send along, as the value of a Route header before all other Routes.
    pub path: Option<Bytes>,
    /// Whether a missing Content-Length is added: on streams.
    pub needs_length: bool,
}

/// Writes the request as it goes out. `late` gives the text of each [`crate::Insert::Late`].
pub fn forward_request(
    request: &Message,
    edits: &Edits,
    forward: &ForwardRequest<'_>,
    late: impl FnMut(u32) -> Bytes,
    out: &mut BytesMut,
) {
    let port = Decimal::of(forward.via.map_or(0, |via| via.port).into());
    let via = forward.via.as_ref().map(|via| via.pieces(port.text()));
    let stamps = Stamps::of(forward.stamp);
    let (received, rport) = (stamps.received(), stamps.rport());
    let uri = forward.uri.map(|uri| [uri]);
    let path = forward.path.as_ref().map(|path| [b"Route: ", &path[..], b"\r\n"]);
    let mut splices = Splices::new();
    if let Some(uri) = &uri {
        splices.push(Splice::new(request.target_range(), uri));
    }
    if let Some(line) = &path {
        let at = path_place(request);
        splices.push(Splice::new(at..at, line));
    }
    change_vias(request, edits, via.as_ref().map(|line| &line[..]), [&received, &rport], &mut splices);
    edits.send(request, splices, forward.needs_length, late, out);
}

/// A Path goes before the first Route, else behind the last Via before it.
fn path_place(request: &Message) -> usize {
    let last_via = || request.find_all(HeaderKind::Via).last().map(|h| h.range().end);
    let route = request.find(HeaderKind::Route).map(|h| h.range().start);
    route.or_else(last_via).unwrap_or(request.headers_start())
}

fn change_vias<'a>(
    request: &Message,
    edits: &Edits,
    line: Option<Text<'a>>,
    stamps: [Text<'a>; 2],
    splices: &mut Splices<'a>,
) {
    let header = request.find(HeaderKind::Via);
    if let Some(line) = line {
        let at = header.map_or(request.headers_start(), |h| h.range().start);
        splices.push(Splice::new(at..at, line));
    }
    let Some(header) = header.filter(|h| !edits.removes(h)) else { return };
    let Some(Ok(via)) = request.via() else { return };
    let base = header.value_range().start;
    for (range, text) in changes(&via, stamps) {
        if !range.is_empty() || text.iter().any(|piece| !piece.is_empty()) {
            splices.push(Splice::new(base + range.start..base + range.end, text));
        }
    }
}

/// Old parameters are replaced where they stand; a new `received` goes before all others, and a forced
/// `rport` right before it.
fn changes<'a>(via: &Via<'_>, [received, rport]: [Text<'a>; 2]) -> [(Range<usize>, Text<'a>); 2] {
    let there = |text: Text<'_>| text.iter().any(|piece| !piece.is_empty());
    let first = params_at(via);
    let place = old_range(via, via.known.received).filter(|_| there(received));
    let place = place.unwrap_or(first..first);
    match old_range(via, via.known.rport).filter(|_| there(rport)) {
        Some(old) => [(place, received), (old, rport)],
        None => [(place.clone(), rport), (place, received)],
    }
}

/// The `;` before the first parameter, or the end of host and port.
fn params_at(via: &Via<'_>) -> usize {
    let end = via.sent_by_end();
    let rest = via.whole.get(end..).unwrap_or_default();
    let blanks = rest.iter().take_while(|c| crate::chars::is_lws(**c)).count();
    if rest.get(blanks) == Some(&b';') { end + blanks } else { end }
}

/// Writes the response as it goes out: without the Via on top.
///
/// `hide_503`: a 503 becomes 500, since it speaks of the next hop, not of this one (RFC 3261 section
/// 16.7 step 6); OpenSIPS does it unless told otherwise.
pub fn forward_response(
    response: &Message,
    edits: &Edits,
    hide_503: bool,
    needs_length: bool,
    late: impl FnMut(u32) -> Bytes,
    out: &mut BytesMut,
) {
    let mut splices = Splices::new();
    if hide_503 && response.code() == Some(503) {
        splices.push(Splice::new(response.target_range(), &[b"500"]));
    }
    if let Some(header) = response.find(HeaderKind::Via) {
        let next_in_header = response.via().and_then(Result::ok).filter(|v| !v.is_alone());
        let start = header.value_range().start;
        let gone = next_in_header.map_or(header.range(), |via| start..start + via.with_comma.len());
        splices.push(Splice::new(gone, &[]));
    }
    edits.send(response, splices, needs_length, late, out);
}
