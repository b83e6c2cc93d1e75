//! A request of our own, as OpenSIPS' tm makes them: keep-alive OPTIONS, NOTIFY, MESSAGE …

use crate::compose::{CRLF, MAX_FORWARDS, VERSION, put};

/// The parts of a request. Values are those of the headers, without names and line ends.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewRequest<'a> {
    /// The method.
    pub method: &'a [u8],
    /// The Request-URI.
    pub uri: &'a [u8],
    /// The Via line with its line end ([`crate::compose::NewVia::line`]); empty when it is added later.
    pub via_line: &'a [u8],
    /// To.
    pub to: &'a [u8],
    /// From, with its tag.
    pub from: &'a [u8],
    /// The CSeq number.
    pub cseq: u32,
    /// Call-ID.
    pub call_id: &'a [u8],
    /// User-Agent; empty for none.
    pub user_agent: &'a [u8],
    /// More header lines, each with its line end: Route, Contact, Content-Type …
    pub headers: &'a [u8],
    /// The body.
    pub body: &'a [u8],
    /// Max-Forwards; 70 when nothing else is wanted.
    pub max_forwards: Option<u32>,
}

/// Makes the request.
pub fn new_request(parts: &NewRequest<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(512 + parts.headers.len() + parts.body.len());
    let cseq = parts.cseq.to_string();
    let length = parts.body.len().to_string();
    put(&mut out, &[parts.method, b" ", parts.uri, b" ", VERSION, CRLF, parts.via_line]);
    put(&mut out, &[b"To: ", parts.to, CRLF, b"From: ", parts.from, CRLF]);
    put(&mut out, &[b"CSeq: ", cseq.as_bytes(), b" ", parts.method, CRLF]);
    put(&mut out, &[b"Call-ID: ", parts.call_id, CRLF]);
    match parts.max_forwards {
        Some(hops) => put(&mut out, &[b"Max-Forwards: ", hops.to_string().as_bytes(), CRLF]),
        None => put(&mut out, &[MAX_FORWARDS]),
    }
    put(&mut out, &[b"Content-Length: ", length.as_bytes(), CRLF]);
    if !parts.user_agent.is_empty() {
        put(&mut out, &[b"User-Agent: ", parts.user_agent, CRLF]);
    }
    put(&mut out, &[parts.headers, CRLF, parts.body]);
    out
}
