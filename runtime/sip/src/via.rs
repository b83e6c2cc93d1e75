//! Via: `SIP/2.0/UDP host:port;branch=z9hG4bK…` (RFC 3261 section 20.42), one or several in a header.
//!
//! As strict as OpenSIPS, which drops a message with a Via it cannot read.

mod index;
mod read;

use std::net::{IpAddr, SocketAddr};

use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::host::Host;
use crate::params::Params;
use crate::transport::Transport;

pub(crate) use index::ViaIndex;

/// What a branch of RFC 3261 begins with (section 8.1.1.7).
pub const MAGIC_COOKIE: &[u8] = b"z9hG4bK";

/// One Via.
#[derive(Debug, Clone, Copy)]
pub struct Via<'a> {
    /// All of it, up to the comma or the end.
    pub whole: &'a [u8],
    /// From its first byte to that of the next Via in the same header; equal to `whole` when it is the
    /// last one.
    pub with_comma: &'a [u8],
    /// The transport, when it has a name here.
    pub transport: Option<Transport>,
    /// The transport as written.
    pub transport_text: &'a [u8],
    /// The host as written, `[` and `]` of an IPv6 address included.
    pub host_text: &'a [u8],
    /// The port, if one is given.
    pub port: Option<u16>,
    /// The port as written; empty when absent.
    pub port_text: &'a [u8],
    /// From behind the first `;` to the end of the last parameter.
    pub params: Params<'a>,
    /// The comment, without its parentheses; empty when absent.
    pub comment: &'a [u8],
    /// The parameters that matter, found while reading: of several of a name, the last.
    pub known: ViaParams<'a>,
}

/// A parameter of a Via that matters.
#[derive(Debug, Clone, Copy)]
pub struct KnownParam<'a> {
    /// The value without its quotes; `None` when there is no `=`.
    pub value: Option<&'a [u8]>,
    /// Name and value as written, without the separator before it.
    pub whole: &'a [u8],
}

/// The parameters of a Via with a meaning of their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct ViaParams<'a> {
    /// `branch` (RFC 3261 section 8.1.1.7).
    pub branch: Option<KnownParam<'a>>,
    /// `received` (RFC 3261 section 18.2.1).
    pub received: Option<KnownParam<'a>>,
    /// `rport` (RFC 3581).
    pub rport: Option<KnownParam<'a>>,
    /// `maddr` (RFC 3261 section 18.2.2).
    pub maddr: Option<KnownParam<'a>>,
    /// `alias` (RFC 5923).
    pub alias: Option<KnownParam<'a>>,
    /// `oc`: overload control (RFC 7339).
    pub oc: Option<KnownParam<'a>>,
    /// `i`: the connection id OpenSIPS writes when the request came over a connection.
    pub i: Option<KnownParam<'a>>,
}

impl<'a> Via<'a> {
    /// Reads the first Via of a header value.
    pub fn parse(value: &'a [u8]) -> Result<Via<'a>, BadValue> {
        ViaIndex::read(value).map(|index| index.view(value))
    }

    /// Reads all of a header value. Stops behind the first broken one.
    pub fn list(value: &'a [u8]) -> Vias<'a> {
        Vias { cursor: Cursor::new(value), failed: value.is_empty(), done: false }
    }

    /// Whether no other follows in the same header.
    #[inline]
    pub fn is_alone(&self) -> bool {
        self.with_comma.len() == self.whole.len()
    }

    /// What kind of host it is.
    #[inline]
    pub fn host(&self) -> Host<'a> {
        Host::of(self.host_text)
    }

    /// The branch; `None` when absent or empty.
    #[inline]
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.known.branch.and_then(|p| p.value).filter(|v| !v.is_empty())
    }

    /// Whether the branch is one of RFC 3261: begins with the magic cookie and has more behind it.
    pub fn is_rfc3261_branch(&self) -> bool {
        self.branch().is_some_and(|b| b.starts_with(MAGIC_COOKIE) && b.len() > MAGIC_COOKIE.len())
    }

    /// The value of `received`.
    #[inline]
    pub fn received(&self) -> Option<&'a [u8]> {
        self.known.received.and_then(|p| p.value)
    }

    /// The port in `rport`; `None` when absent or without value.
    #[inline]
    pub fn rport(&self) -> Option<u16> {
        self.known.rport.and_then(|p| p.value).and_then(crate::chars::port)
    }

    /// Whether OpenSIPS adds `received` for a request from `source`: it is there already, or the host
    /// (`maddr` before it) is not that address as text. Names are not looked up.
    pub fn needs_received(&self, source: IpAddr) -> bool {
        let maddr = self.known.maddr.and_then(|p| p.value);
        let host = maddr.map_or(self.host(), Host::of);
        self.known.received.is_some() || host.ip() != Some(source)
    }

    /// Where the response goes (RFC 3261 section 18.2.2, RFC 3581 section 4): the host to use, and the
    /// port if one is given.
    pub fn response_target(&self) -> (Host<'a>, Option<u16>) {
        let maddr = self.known.maddr.and_then(|p| p.value);
        let host = maddr.or(self.received()).unwrap_or(self.host_text);
        (Host::of(host), self.rport().or(self.port))
    }

    /// Where a parameter goes that comes before all others: behind host and port.
    pub fn sent_by_end(&self) -> usize {
        let last = if self.port_text.is_empty() { self.host_text } else { self.port_text };
        offset_behind(self.whole, last)
    }
}

/// Where `inner` ends within `outer`.
fn offset_behind(outer: &[u8], inner: &[u8]) -> usize {
    let start = (inner.as_ptr() as usize).saturating_sub(outer.as_ptr() as usize);
    (start + inner.len()).min(outer.len())
}

/// What to write into the top Via of a request that came from the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ViaStamp {
    /// `;received=` with this address.
    pub received: Option<IpAddr>,
    /// `;rport=` with this port.
    pub rport: Option<u16>,
    /// In a reply: what a client that asked with `oc` is told.
    pub overload: Option<Overload>,
}

/// What a server wants of its clients (RFC 7339 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overload {
    /// Percent of requests to be spared.
    pub loss: u8,
    /// For so many milliseconds.
    pub validity_ms: u64,
    /// Grows from report to report: the time in milliseconds.
    pub sequence_ms: u64,
}

impl Overload {
    /// The parameters, with the `;` before each.
    pub fn params(&self) -> String {
        let (loss, validity) = (self.loss, self.validity_ms);
        let (seconds, rest) = (self.sequence_ms / 1000, self.sequence_ms % 1000);
        format!(";oc={loss};oc-algo=\"loss\";oc-validity={validity};oc-seq={seconds}.{rest:03}")
    }
}

impl ViaStamp {
    /// What OpenSIPS writes for a request from `source`: `rport` when asked for or forced, and
    /// `received` with it, or when [`Via::needs_received`].
    #[inline]
    pub fn new(via: &Via<'_>, source: SocketAddr, force_rport: bool) -> ViaStamp {
        let rport = force_rport || via.known.rport.is_some();
        let received = rport || via.needs_received(source.ip());
        ViaStamp {
            received: received.then(|| source.ip()),
            rport: rport.then(|| source.port()),
            overload: None,
        }
    }
}

/// The Vias of one header value.
#[derive(Debug, Clone)]
pub struct Vias<'a> {
    cursor: Cursor<'a>,
    failed: bool,
    done: bool,
}

impl<'a> Iterator for Vias<'a> {
    type Item = Result<Via<'a>, BadValue>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let one = if self.failed { Err(bad("a Via", &self.cursor)) } else { read::read(&mut self.cursor) };
        self.done = one.is_err() || self.cursor.done();
        Some(one.map(|index| index.view(self.cursor.text)))
    }
}

fn bad(expected: &'static str, cursor: &Cursor<'_>) -> BadValue {
    BadValue { expected, at: cursor.at }
}
