//! Passing a message on: a request with a new Via (RFC 3261 section 16.6), a response without its top
//! Via (section 16.7).

use bytes::Bytes;

use crate::compose::{ViaChange, old_range, stamp_texts};
use crate::decimal::Decimal;
use crate::edits::{Changes, Edits};
use crate::header_kind::HeaderKind;
use crate::message::Message;
use crate::pieces::Pieces;
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
        let transport = self.transport.name().as_bytes();
        let port = Decimal::of(self.port.into());
        let params: usize = self.params.iter().map(|p| p.len()).sum();
        let parts = self.host.len() + port.text().len() + self.branch.len() + params + transport.len();
        // not one too few or too many: the vector becomes the text without a copy
        let fixed = "Via: SIP/2.0/ :\r\n".len() + if self.branch.is_empty() { 0 } else { ";branch=".len() };
        let mut out = Vec::with_capacity(fixed + parts);
        super::put(&mut out, &[b"Via: SIP/2.0/", transport, b" ", self.host, b":", port.text()]);
        if !self.branch.is_empty() {
            super::put(&mut out, &[b";branch=", self.branch]);
        }
        super::put(&mut out, &self.params);
        super::put(&mut out, &[super::CRLF]);
        out
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
) -> Pieces {
    // a copy of its own, on the stack
    let mut edits = Changes::clone(edits);
    if let Some(uri) = &forward.uri {
        edits.replace(request.target_range(), uri.clone());
    }
    if let Some(path) = &forward.path {
        insert_path(request, &mut edits, path);
    }
    change_vias(request, &mut edits, forward);
    edits.apply(request, forward.needs_length, late)
}

/// A Path goes before the first Route, else behind the last Via before it.
fn insert_path(request: &Message, edits: &mut Changes, path: &[u8]) {
    let last_via = || request.find_all(HeaderKind::Via).last().map(|h| h.range().end);
    let route = request.find(HeaderKind::Route).map(|h| h.range().start);
    let at = route.or_else(last_via).unwrap_or(request.headers_start());
    edits.insert(at, [b"Route: ", path, b"\r\n"].concat());
}

fn change_vias(request: &Message, edits: &mut Changes, forward: &ForwardRequest<'_>) {
    let Some(header) = request.find(HeaderKind::Via) else {
        if let Some(via) = &forward.via {
            edits.prepend_header(request, via.line());
        }
        return;
    };
    let removed = edits.removes(&header);
    if let Some(via) = &forward.via {
        edits.insert_before(&header, via.line());
    }
    let Some(Ok(via)) = request.via().filter(|_| !removed) else { return };
    let base = header.value_range().start;
    for change in changes(&via, forward.stamp) {
        let range = base + change.range.start..base + change.range.end;
        edits.replace(range, Bytes::copy_from_slice(&change.text));
    }
}

/// Old parameters are replaced where they stand; a new `received` goes before all others, and a forced
/// `rport` right before it.
fn changes(via: &Via<'_>, stamp: ViaStamp) -> [ViaChange; 2] {
    let (received, rport) = stamp_texts(stamp);
    let first = params_at(via);
    let place = old_range(via, via.known.received).filter(|_| !received.is_empty());
    let place = place.unwrap_or(first..first);
    match old_range(via, via.known.rport).filter(|_| !rport.is_empty()) {
        Some(old) => [ViaChange::new(place, received), ViaChange::new(old, rport)],
        None => [ViaChange::new(place.clone(), rport), ViaChange::new(place, received)],
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
) -> Pieces {
    // a copy of its own, on the stack
    let mut edits = Changes::clone(edits);
    if hide_503 && response.code() == Some(503) {
        edits.replace(response.target_range(), "500");
    }
    if let Some(header) = response.find(HeaderKind::Via) {
        let next_in_header = response.via().and_then(Result::ok).filter(|v| !v.is_alone());
        match next_in_header {
            Some(via) => {
                let start = header.value_range().start;
                edits.delete(start..start + via.with_comma.len());
            }
            None => edits.remove_header(&header),
        }
    }
    edits.apply(response, needs_length, late)
}
