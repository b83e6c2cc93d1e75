//! Via: `SIP/2.0/UDP host:port;branch=z9hG4bK…` (RFC 3261 section 20.42), one or several in a header.
//!
//! As strict as OpenSIPS, which drops a message with a Via it cannot read.

mod index;

use std::net::{IpAddr, SocketAddr};

use crate::chars::{HOST, VIA_NAME_END, VIA_VALUE_END, is_lws, part, trim_end};
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
        read(&mut Cursor::new(value))
    }

    /// Reads all of a header value. Stops behind the first broken one.
    pub fn list(value: &'a [u8]) -> Vias<'a> {
        Vias { cursor: Cursor::new(value), failed: value.is_empty(), done: false }
    }

    /// Whether no other follows in the same header.
    pub fn is_alone(&self) -> bool {
        self.with_comma.len() == self.whole.len()
    }

    /// What kind of host it is.
    pub fn host(&self) -> Host<'a> {
        Host::of(self.host_text)
    }

    /// The branch; `None` when absent or empty.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.known.branch.and_then(|p| p.value).filter(|v| !v.is_empty())
    }

    /// Whether the branch is one of RFC 3261: begins with the magic cookie and has more behind it.
    pub fn is_rfc3261_branch(&self) -> bool {
        self.branch().is_some_and(|b| b.starts_with(MAGIC_COOKIE) && b.len() > MAGIC_COOKIE.len())
    }

    /// The value of `received`.
    pub fn received(&self) -> Option<&'a [u8]> {
        self.known.received.and_then(|p| p.value)
    }

    /// The port in `rport`; `None` when absent or without value.
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
        let one = if self.failed { Err(bad("a Via", &self.cursor)) } else { read(&mut self.cursor) };
        self.done = one.is_err() || self.cursor.done();
        Some(one)
    }
}

fn bad(expected: &'static str, cursor: &Cursor<'_>) -> BadValue {
    BadValue { expected, at: cursor.at }
}

/// Reads one Via and moves to the first byte of the next, or to the end.
fn read<'a>(cursor: &mut Cursor<'a>) -> Result<Via<'a>, BadValue> {
    cursor.skip_lws();
    let start = cursor.at;
    let rest = cursor.text.get(start..).unwrap_or_default();
    let transport_text = match rest {
        // as nearly all write it
        [b'S', b'I', b'P', b'/', b'2', b'.', b'0', b'/', b'U', b'D', b'P', b' ', host, ..]
            if HOST.has(*host) =>
        {
            cursor.at += b"SIP/2.0/UDP ".len();
            part(rest, b"SIP/2.0/".len(), b"SIP/2.0/UDP".len())
        }
        _ => read_protocol(cursor)?,
    };
    let host_text = read_host(cursor)?;
    let (port, port_text) = read_port(cursor)?;
    let (params, known) = read_params(cursor)?;
    let comment = read_comment(cursor)?;
    let whole = trim_end(cursor.since(start));
    let more = skip_commas(cursor)?;
    Ok(Via {
        whole,
        with_comma: if more { cursor.since(start) } else { whole },
        transport: Transport::of(transport_text),
        transport_text,
        host_text,
        port,
        port_text,
        params: Params::of_header(params),
        comment,
        known,
    })
}

/// `SIP / 2.0 / transport` and the blank behind it; gives the transport.
fn read_protocol<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    let name = cursor.take_while(|c| !is_lws(c) && c != b'/');
    cursor.skip_lws();
    if !name.eq_ignore_ascii_case(b"SIP") || !cursor.eat(b'/') {
        return Err(bad("`SIP/`", cursor));
    }
    cursor.skip_lws();
    let version = cursor.take_while(|c| !is_lws(c) && c != b'/');
    cursor.skip_lws();
    if version != b"2.0" || !cursor.eat(b'/') {
        return Err(bad("`2.0/`", cursor));
    }
    cursor.skip_lws();
    let transport = cursor.take_while(|c| !is_lws(c) && c != b'/');
    if transport.is_empty() || !cursor.peek().is_some_and(is_lws) {
        return Err(bad("a transport and a blank", cursor));
    }
    cursor.skip_lws();
    Ok(transport)
}

fn read_host<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    let start = cursor.at;
    if cursor.eat(b'[') {
        let address = cursor.take_while(|c| c.is_ascii_hexdigit() || c == b':');
        let closed = cursor.eat(b']') && !address.is_empty();
        return if closed { Ok(cursor.since(start)) } else { Err(bad("an IPv6 address", cursor)) };
    }
    let host = cursor.take_while(|c| HOST.has(c));
    if host.is_empty() { Err(bad("a host", cursor)) } else { Ok(host) }
}

fn read_port<'a>(cursor: &mut Cursor<'a>) -> Result<(Option<u16>, &'a [u8]), BadValue> {
    cursor.skip_lws();
    if !cursor.eat(b':') {
        return Ok((None, b""));
    }
    cursor.skip_lws();
    let text = cursor.take_while(|c| c.is_ascii_digit());
    let port = crate::chars::port(text).ok_or(bad("a port", cursor))?;
    cursor.skip_lws();
    Ok((Some(port), text))
}

fn read_params<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a [u8], ViaParams<'a>), BadValue> {
    let mut known = ViaParams::default();
    let mut start = None;
    let mut end = cursor.at;
    while cursor.eat(b';') {
        start.get_or_insert(cursor.at);
        let (name, param) = read_param(cursor)?;
        end = cursor.at;
        cursor.skip_lws();
        known.keep(name, param);
    }
    Ok((part(cursor.text, start.unwrap_or(end), end), known))
}

impl<'a> ViaParams<'a> {
    fn keep(&mut self, name: &[u8], param: KnownParam<'a>) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        let place = match name {
            [b'i' | b'I'] => &mut self.i,
            [_, _] if is(b"oc") => &mut self.oc,
            [b'r' | b'R', _, _, _, _] if is(b"rport") => &mut self.rport,
            [b'm' | b'M', _, _, _, _] if is(b"maddr") => &mut self.maddr,
            [b'a' | b'A', _, _, _, _] if is(b"alias") => &mut self.alias,
            b"branch" => &mut self.branch,
            [_, _, _, _, _, _] if is(b"branch") => &mut self.branch,
            [_, _, _, _, _, _, _, _] if is(b"received") => &mut self.received,
            _ => return,
        };
        *place = Some(param);
    }
}

/// The name of a parameter, and what there is of it; leaves the cursor behind its last byte.
fn read_param<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a [u8], KnownParam<'a>), BadValue> {
    cursor.skip_lws();
    let start = cursor.at;
    let name = cursor.take_while(|c| !VIA_NAME_END.has(c));
    let name_end = cursor.at;
    if name.is_empty() {
        return Err(bad("a parameter name", cursor));
    }
    cursor.skip_lws();
    if !cursor.eat(b'=') {
        let more = !cursor.done() && cursor.at > name_end;
        check_no_value(name, more, cursor)?;
        cursor.at = name_end;
        return Ok((name, KnownParam { value: None, whole: name }));
    }
    if takes_no_value(name) {
        return Err(bad("no value of this parameter", cursor));
    }
    cursor.skip_lws();
    let quoted = cursor.peek() == Some(b'"');
    let value = read_value(cursor, quoted)?;
    Ok((name, KnownParam { value: Some(value), whole: cursor.since(start) }))
}

fn read_value<'a>(cursor: &mut Cursor<'a>, quoted: bool) -> Result<&'a [u8], BadValue> {
    if quoted {
        // A backslash has no meaning here to OpenSIPS, and a comma ends the header for it.
        cursor.bump();
        let value = cursor.take_while(|c| !matches!(c, b'"' | b','));
        return if cursor.eat(b'"') { Ok(value) } else { Err(bad("a closing quote", cursor)) };
    }
    let value = cursor.take_while(|c| !VIA_VALUE_END.has(c));
    match (value.is_empty(), cursor.peek()) {
        (_, Some(b'=' | b'"')) | (true, None | Some(b',')) => Err(bad("a parameter value", cursor)),
        _ => Ok(value),
    }
}

fn takes_no_value(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"hidden") || name.eq_ignore_ascii_case(b"alias")
}

/// Whether a parameter may stand without a value; `spaced` when a blank and more text follow it.
fn check_no_value(name: &[u8], spaced: bool, cursor: &Cursor<'_>) -> Result<(), BadValue> {
    let free = takes_no_value(name) || name.eq_ignore_ascii_case(b"rport");
    let bound: &[&[u8]] = &[b"branch", b"ttl", b"maddr", b"received", b"i"];
    let needs = bound.iter().any(|b| name.eq_ignore_ascii_case(b));
    if needs || (spaced && !free) { Err(bad("a parameter value", cursor)) } else { Ok(()) }
}

/// `(comment)`, nested ones included; gives what is between the outer parentheses.
fn read_comment<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    cursor.skip_lws();
    if !cursor.eat(b'(') {
        return Ok(b"");
    }
    let start = cursor.at;
    let mut depth = 1usize;
    while let Some(c) = cursor.peek() {
        cursor.bump();
        match c {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let comment = part(cursor.text, start, cursor.at - 1);
            cursor.skip_lws();
            return Ok(comment);
        }
    }
    Err(bad("`)`", cursor))
}

/// Skips the commas before the next Via; `false` at the end of the header.
fn skip_commas(cursor: &mut Cursor<'_>) -> Result<bool, BadValue> {
    if cursor.done() {
        return Ok(false);
    }
    if cursor.peek() != Some(b',') {
        return Err(bad("`;`, `,` or the end", cursor));
    }
    cursor.take_while(|c| is_lws(c) || c == b',');
    if cursor.done() { Err(bad("a Via behind the comma", cursor)) } else { Ok(true) }
}
