//! Making messages: from a request its reply, its ACK or CANCEL, and what is passed on.
//!
//! Header order is OpenSIPS'. The caller supplies every string that is not in the message: branch,
//! addresses, tags, server name.

mod ack_cancel;
mod forward;
mod new_request;
mod reply;

pub use ack_cancel::{HopByHop, ack, ack_in_call, cancel};
pub use forward::{ForwardRequest, NewVia, forward_request, forward_response};
pub use new_request::{NewRequest, new_request};
pub use reply::{Reply, reply, report_overload};

use std::ops::Range;

use bytes::{BufMut, Bytes, BytesMut};

use crate::Message;
use crate::decimal::Decimal;
use crate::header_kind::HeaderKind;
use crate::host::IpText;
use crate::via::{KnownParam, Via, ViaStamp};

const CRLF: &[u8] = b"\r\n";

/// The version in every first line this crate writes.
const VERSION: &[u8] = b"SIP/2.0";

/// What requests made here begin their way with (RFC 3261 section 8.1.1.6).
const MAX_FORWARDS: &[u8] = b"Max-Forwards: 70\r\n";

/// What is written, in memory of its own.
pub fn written(write: impl FnOnce(&mut BytesMut)) -> Bytes {
    let mut out = BytesMut::new();
    write(&mut out);
    out.freeze()
}

/// Appends each of the parts.
fn put(out: &mut impl BufMut, parts: &[&[u8]]) {
    parts.iter().for_each(|part| out.put_slice(part));
}

/// Appends a number.
fn put_number(out: &mut impl BufMut, number: usize) {
    out.put_slice(Decimal::of(number as u64).text());
}

/// Appends `Content-Length`, the empty line and the body.
fn put_body(out: &mut impl BufMut, body: &[u8]) {
    put(out, &[b"Content-Length: "]);
    put_number(out, body.len());
    put(out, &[CRLF, CRLF, body]);
}

/// Appends the first header of a kind as received.
fn put_header(out: &mut impl BufMut, message: &Message, kind: HeaderKind) {
    if let Some(header) = message.find(kind) {
        put_whole(out, header.whole());
    }
}

/// Appends a header as received; a line end that its message was too short for is added.
fn put_whole(out: &mut impl BufMut, whole: &[u8]) {
    put(out, &[whole]);
    if whole.last() != Some(&b'\n') {
        put(out, &[CRLF]);
    }
}

/// One change of the top Via's value: what to leave out and what to write there.
struct ViaChange {
    range: Range<usize>,
    text: Vec<u8>,
}

/// What a stamp writes into a Via, in pieces that need no memory; nothing for what it does not want.
struct Stamps {
    ip: Option<IpText>,
    port: Option<Decimal>,
}

impl Stamps {
    fn of(stamp: ViaStamp) -> Stamps {
        Stamps { ip: stamp.received.map(IpText::of), port: stamp.rport.map(|port| Decimal::of(port.into())) }
    }

    /// `;received=` and the address.
    fn received(&self) -> [&[u8]; 2] {
        self.ip.as_ref().map_or([b"", b""], |ip| [b";received=", ip.text()])
    }

    /// `;rport=` and the port.
    fn rport(&self) -> [&[u8]; 2] {
        self.port.as_ref().map_or([b"", b""], |port| [b";rport=", port.text()])
    }
}

/// Where an old parameter is, with the `;` before it and the blanks between.
fn old_range(via: &Via<'_>, param: Option<KnownParam<'_>>) -> Option<Range<usize>> {
    let whole = param?.whole;
    let start = (whole.as_ptr() as usize).checked_sub(via.whole.as_ptr() as usize)?;
    let semicolon = memchr::memrchr(b';', via.whole.get(..start)?)?;
    Some(semicolon..start + whole.len())
}
