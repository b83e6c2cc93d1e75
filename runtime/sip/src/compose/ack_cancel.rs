//! The requests made for a request that was sent: ACK for its final response, and CANCEL.

use crate::compose::{CRLF, MAX_FORWARDS, VERSION, put, put_body, put_header, put_whole};
use crate::header_kind::HeaderKind;
use crate::message::Message;
use crate::name_addr::NameAddr;
use crate::values::CSeq;

/// What goes into an ACK or CANCEL besides the headers of the request it belongs to.
#[derive(Debug, Clone, Copy, Default)]
pub struct HopByHop<'a> {
    /// The value of the User-Agent header; empty for none.
    pub user_agent: &'a [u8],
    /// More header lines, each with its line end, such as Reason in a CANCEL.
    pub headers: &'a [u8],
}

/// The ACK for a final response from 300 on (RFC 3261 section 17.1.1.3). `sent` is the INVITE as it
/// went out on the branch; From and To are those of the response.
pub fn ack(sent: &Message, response: &Message, extra: &HopByHop<'_>) -> Vec<u8> {
    hop_by_hop(b"ACK", sent, response, extra)
}

/// The CANCEL of a request (RFC 3261 section 9.1). `sent` is the request as it went out on the branch.
pub fn cancel(sent: &Message, extra: &HopByHop<'_>) -> Vec<u8> {
    hop_by_hop(b"CANCEL", sent, sent, extra)
}

/// The ACK for a 2xx by who made the INVITE (RFC 3261 section 13.2.2.4): for the Contact of the response, along its
/// Record-Route. The Via is that of the INVITE, which the caller gives another branch.
pub fn ack_in_call(sent: &Message, response: &Message, extra: &HopByHop<'_>) -> Vec<u8> {
    let contact = response.find(HeaderKind::Contact).and_then(|h| NameAddr::contacts(h.value()).next()?.ok());
    let own = sent.request_line().map(|line| line.uri).unwrap_or_default();
    let target = contact.map_or(own, |contact| contact.uri_text);
    let recorded = response.find_all(HeaderKind::RecordRoute);
    let mut routes: Vec<_> =
        recorded.flat_map(|h| NameAddr::routes(h.value())).filter_map(Result::ok).collect();
    routes.reverse();
    // a strict router takes the request URI, and what that was comes last
    let strict =
        routes.first().filter(|first| first.uri().is_ok_and(|uri| !uri.is_loose())).map(|r| r.uri_text);
    let mut lines = Vec::new();
    for route in routes.iter().skip(usize::from(strict.is_some())) {
        put(&mut lines, &[b"Route: ", route.whole, CRLF]);
    }
    if strict.is_some() {
        put(&mut lines, &[b"Route: <", target, b">", CRLF]);
    }
    request(b"ACK", strict.unwrap_or(target), sent, response, &lines, extra)
}

fn hop_by_hop(method: &[u8], sent: &Message, peers: &Message, extra: &HopByHop<'_>) -> Vec<u8> {
    let uri = sent.request_line().map(|line| line.uri).unwrap_or_default();
    let mut routes = Vec::new();
    sent.find_all(HeaderKind::Route).for_each(|h| put_whole(&mut routes, h.whole()));
    request(method, uri, sent, peers, &routes, extra)
}

fn request(
    method: &[u8],
    uri: &[u8],
    sent: &Message,
    peers: &Message,
    routes: &[u8],
    extra: &HopByHop<'_>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    put(&mut out, &[method, b" ", uri, b" ", VERSION, CRLF]);
    put_top_via(&mut out, sent);
    put_header(&mut out, peers, HeaderKind::From);
    put_header(&mut out, sent, HeaderKind::CallId);
    put_header(&mut out, peers, HeaderKind::To);
    put_cseq(&mut out, sent, method);
    put(&mut out, &[MAX_FORWARDS]);
    put(&mut out, &[routes, extra.headers]);
    if !extra.user_agent.is_empty() {
        put(&mut out, &[b"User-Agent: ", extra.user_agent, CRLF]);
    }
    put_body(&mut out, b"");
    out
}

/// One Via: the sent request's own.
fn put_top_via(out: &mut Vec<u8>, sent: &Message) {
    if let Some(Ok(via)) = sent.via() {
        put(out, &[b"Via: ", via.whole, CRLF]);
    }
}

/// The same number with another method.
fn put_cseq(out: &mut Vec<u8>, sent: &Message, method: &[u8]) {
    let Some(header) = sent.find(HeaderKind::CSeq) else { return };
    if let Ok(cseq) = CSeq::parse(header.value()) {
        let end = header.value_range().start - header.range().start + cseq.number_text.len();
        let name_and_number = header.whole().get(..end).unwrap_or_default();
        put(out, &[name_and_number, b" ", method, CRLF]);
    }
}
