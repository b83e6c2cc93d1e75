//! Passing a message on: a request with a new Via (RFC 3261 section 16.6), a response without its top
//! Via (section 16.7).

use std::ops::Range;

use bytes::Bytes;
use smallvec::SmallVec;

use crate::compose::{StampText, old_range, stamp_texts};
use crate::decimal::Decimal;
use crate::edits::{Edits, Splice, Splices};
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

/// Room for most Via lines: no memory is asked for.
pub type Line = SmallVec<[u8; 128]>;

impl NewVia<'_> {
    /// The header line with its line end.
    pub fn line(&self) -> Line {
        let port = Decimal::of(self.port.into());
        let branch: [&[u8]; 2] = if self.branch.is_empty() { [b"", b""] } else { [b";branch=", self.branch] };
        let [first, second, third] = self.params;
        let parts: [&[u8]; 11] = [
            b"Via: SIP/2.0/",
            self.transport.name().as_bytes(),
            b" ",
            self.host,
            b":",
            port.text(),
            branch[0],
            branch[1],
            first,
            second,
            third,
        ];
        let mut line = Line::new();
        parts.iter().for_each(|part| line.extend_from_slice(part));
        line.extend_from_slice(super::CRLF);
        line
    }
}

/// What changes in a request that is passed on, besides the script's edits.
#[derive(Debug, Clone)]
pub struct ForwardRequest<'a> {
    /// The new Request-URI; `None` keeps the received one.
    pub uri: Option<Bytes>,
    /// The Via to add; `None` adds none.
    pub via: Option<NewVia<'a>>,
    /// What to write into the Via that was on top.
    pub stamp: ViaStamp,
    /// A Path to send along, as the value of a Route header before all other Routes.
    pub path: Option<Bytes>,
    /// Whether a missing Content-Length is added: on streams.
    pub needs_length: bool,
}

/// The request as it goes out. `late` gives the text of each [`crate::Insert::Late`].
pub fn forward_request(
    request: &Message,
    edits: &Edits,
    forward: &ForwardRequest<'_>,
    late: impl FnMut(u32) -> Bytes,
) -> Bytes {
    let path = forward.path.as_ref().map(|path| [b"Route: ", &path[..], b"\r\n"].concat());
    let via = forward.via.map(|via| via.line());
    let stamps = stamp_texts(forward.stamp);
    let mut splices = Splices::new();
    if let Some(uri) = &forward.uri {
        splices.push(Splice::new(request.target_range(), uri));
    }
    if let Some(line) = &path {
        let at = path_place(request);
        splices.push(Splice::new(at..at, line));
    }
    change_vias(request, edits, via.as_deref(), &stamps, &mut splices);
    edits.send(request, splices, forward.needs_length, late)
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
    line: Option<&'a [u8]>,
    stamps: &'a (StampText, StampText),
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
    for (range, text) in changes(&via, &stamps.0, &stamps.1) {
        if !range.is_empty() || !text.is_empty() {
            splices.push(Splice::new(base + range.start..base + range.end, text));
        }
    }
}

/// Old parameters are replaced where they stand; a new `received` goes before all others, and a forced
/// `rport` right before it.
fn changes<'a>(via: &Via<'_>, received: &'a [u8], rport: &'a [u8]) -> [(Range<usize>, &'a [u8]); 2] {
    let first = params_at(via);
    let place = old_range(via, via.known.received).filter(|_| !received.is_empty());
    let place = place.unwrap_or(first..first);
    match old_range(via, via.known.rport).filter(|_| !rport.is_empty()) {
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

/// The response as it goes out: without the Via on top.
///
/// `hide_503`: a 503 becomes 500, since it speaks of the next hop, not of this one (RFC 3261 section
/// 16.7 step 6); OpenSIPS does it unless told otherwise.
pub fn forward_response(
    response: &Message,
    edits: &Edits,
    hide_503: bool,
    needs_length: bool,
    late: impl FnMut(u32) -> Bytes,
) -> Bytes {
    let mut splices = Splices::new();
    if hide_503 && response.code() == Some(503) {
        splices.push(Splice::new(response.target_range(), b"500"));
    }
    if let Some(header) = response.find(HeaderKind::Via) {
        let next_in_header = response.via().and_then(Result::ok).filter(|v| !v.is_alone());
        let start = header.value_range().start;
        let gone = next_in_header.map_or(header.range(), |via| start..start + via.with_comma.len());
        splices.push(Splice::new(gone, b""));
    }
    edits.send(response, splices, needs_length, late)
}
