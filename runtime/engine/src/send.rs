//! Sending: where to, from which socket, with which headers of ours.

use std::hash::BuildHasher;
use std::net::{IpAddr, SocketAddr};

use bytes::{Bytes, BytesMut};
use foldhash::quality::FixedState;
use sipc_sip::{HeaderKind, Message, Scheme, Transport, Uri, ViaStamp, compose};
use smallvec::{SmallVec, smallvec};

use crate::context::{Leaving, ViaHandling};
use crate::network::{Destination, NetError, Proxied, Received, SocketId, Target};
use crate::shared::Shared;
use crate::worker::Worker;
use crate::{Context, Text};

/// Why a request could not be sent on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendError {
    /// A URI does not parse.
    BadUri,
    /// The request lacks what a transaction needs.
    BadRequest,
    /// The transaction takes no more branches.
    NoDestination,
    /// The name does not resolve.
    Unresolvable,
    /// No listening socket fits.
    NoSocket,
    /// The system refused.
    Send,
    /// All destinations want to be spared (RFC 7339).
    Overloaded,
    /// A blacklist has all destinations.
    Blocked,
    /// A branch route dropped the branch.
    Unspecified,
    /// Nothing to send.
    Bug,
}

impl SendError {
    /// The return value of `t_relay`.
    pub fn relay_result(self) -> i32 {
        match self {
            SendError::BadUri | SendError::BadRequest => -2,
            SendError::NoDestination => -3,
            SendError::Unresolvable => -4,
            SendError::Blocked | SendError::Overloaded => -5,
            SendError::NoSocket | SendError::Send => -6,
            SendError::Unspecified | SendError::Bug => -1,
        }
    }

    /// The return value of `forward`.
    pub fn code(self) -> i32 {
        match self {
            SendError::BadUri => -475,
            SendError::BadRequest => -400,
            SendError::NoDestination => -18,
            SendError::Unresolvable => -476,
            SendError::Blocked => -473,
            SendError::Overloaded => -503,
            SendError::NoSocket => -7,
            SendError::Send => -477,
            SendError::Unspecified => -1,
            SendError::Bug => -5,
        }
    }

    /// The reply that the transaction layer sends on its own.
    pub fn reply(self) -> (u16, String) {
        let (code, text) = match self {
            SendError::BadUri => (475, "Bad URI"),
            SendError::BadRequest => (400, "Bad Request"),
            SendError::NoDestination => (500, "No destination available"),
            SendError::Unresolvable => (476, "Unresolvable destination"),
            SendError::Blocked => (473, "Filtered destination"),
            SendError::Overloaded => (503, "Service Unavailable"),
            SendError::Send => (477, "Send failed"),
            SendError::NoSocket | SendError::Unspecified | SendError::Bug => (500, "Server error occurred"),
        };
        (code, format!("{text} ({}/TM)", -self.code()))
    }
}

impl From<NetError> for SendError {
    fn from(e: NetError) -> SendError {
        match e {
            NetError::Unresolvable => SendError::Unresolvable,
            NetError::NoSocket => SendError::NoSocket,
            NetError::Send => SendError::Send,
        }
    }
}

/// What goes into a reply made here.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalReply<'a> {
    /// Code.
    pub code: u16,
    /// Reason phrase.
    pub reason: &'a [u8],
    /// Header lines with their line ends.
    pub headers: &'a [u8],
    /// Content-Type of the body.
    pub content_type: &'a [u8],
    /// Body.
    pub body: &'a [u8],
}

/// The Warning header of `sip_warning`: who sent the request and what it asked for, for whoever reads a trace.
fn warning(shared: &Shared, request: &Message, received: &Received) -> String {
    let socket = shared.socket(received.socket);
    let uri = crate::context::request_uri(request);
    let (uri, vias) = (String::from_utf8_lossy(&uri), request.vias().count());
    format!(
        "Warning: 392 {}:{} \"Noisy feedback tells:  pid={} req_src_ip={} req_src_port={} in_uri={uri} out_uri={uri} \
         via_cnt=={vias}\"\r\n",
        socket.name,
        socket.address.port(),
        std::process::id(),
        received.source.ip(),
        received.source.port(),
    )
}

/// Writes a reply made here to a request that was received so. From 180 on, a request without To tag gets `tag`.
pub fn local_reply<T: AsRef<[u8]>>(
    shared: &Shared,
    (request, received): (&Message, &Received),
    reply: &LocalReply<'_>,
    tag: impl FnOnce() -> T,
    stamp: ViaStamp,
    out: &mut BytesMut,
) {
    let warning = shared.globals.sip_warning.then(|| warning(shared, request, received));
    let server = shared.globals.server_header.as_deref().unwrap_or_default();
    const CRLF: &[u8] = b"\r\n";
    let line = |text: &'static [u8], there: bool| if there { text } else { &[] };
    let has_type = !reply.content_type.is_empty();
    let headers: [&[u8]; 7] = [
        reply.headers,
        line(b"Content-Type: ", has_type),
        reply.content_type,
        line(CRLF, has_type),
        server,
        line(CRLF, !server.is_empty()),
        warning.as_deref().unwrap_or_default().as_bytes(),
    ];
    let tag = (reply.code >= 180 && request.to_tag().is_none()).then(tag);
    let stamp = ViaStamp { overload: shared.transactions().offer(request, || shared.unix_now_ms()), ..stamp };
    let parts = compose::Reply {
        code: reply.code,
        reason: reply.reason,
        to_tag: tag.as_ref().map(T::as_ref),
        via: stamp,
        headers: &headers,
        server: b"",
        body: reply.body,
    };
    compose::reply(request, &parts, out);
}

/// What goes into ACK and CANCEL besides the request's own headers.
pub fn hop_by_hop<'a>(shared: &'a Shared, headers: &'a [u8]) -> compose::HopByHop<'a> {
    let agent = shared.globals.user_agent_header.as_deref().unwrap_or_default();
    compose::HopByHop { user_agent: header_value(agent), headers }
}

/// The value of a whole header line.
fn header_value(line: &[u8]) -> &[u8] {
    match line.iter().position(|c| *c == b':') {
        Some(colon) => line[colon + 1..].trim_ascii(),
        None => line,
    }
}

/// Who makes a reply: an ACK whose To tag is that of a stateless reply belongs to no transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagOf {
    /// A stateless reply.
    Stateless,
    /// A transaction.
    Transaction,
}

/// The To tag of replies made here: the same for retransmissions and for the ACK of a negative reply,
/// which has the same branch (RFC 3261 17.1.1.3); another one for each run of the process.
pub fn to_tag(shared: &Shared, request: &Message, of: TagOf) -> [u8; 17] {
    let via = request.via().and_then(Result::ok);
    let branch = via.and_then(|v| v.branch()).unwrap_or_default();
    let number = request.cseq().and_then(Result::ok).map(|c| c.number_text).unwrap_or_default();
    let seed = u64::from(of.first_half(shared));
    let h = FixedState::with_seed(seed).hash_one((branch, request.call_id(), number));
    let mut text = [b'.'; 17];
    text[..8].copy_from_slice(&hex(of.first_half(shared)));
    text[9..].copy_from_slice(&hex((h ^ (h >> 32)) as u32));
    text
}

impl TagOf {
    /// The first half of a tag: the same in this run of the process, so that a foreign tag is known at a glance.
    fn first_half(self, shared: &Shared) -> u32 {
        shared.secret ^ (self as u32).wrapping_mul(0x9e37_79b9)
    }
}

/// Whether an ACK is that of a stateless reply made here.
pub fn acknowledges_stateless(shared: &Shared, ack: &Message) -> bool {
    let of = TagOf::Stateless;
    let Some(tag) = ack.to_tag().filter(|t| t.starts_with(&hex(of.first_half(shared)))) else { return false };
    *tag == to_tag(shared, ack, of)[..]
}

/// Eight digits.
fn hex(number: u32) -> [u8; 8] {
    std::array::from_fn(|i| hex_digit(u64::from(number) >> (28 - 4 * i)))
}

/// The last hexadecimal digit of a number.
pub(crate) fn hex_digit(number: u64) -> u8 {
    b"0123456789abcdef"[number as usize & 15]
}

/// What is written into the Via of a request's sender.
pub fn via_stamp(request: &Message, received: &Received, via: ViaHandling) -> ViaStamp {
    match request.via() {
        Some(Ok(top)) => ViaStamp::new(&top, received.source, via.force_rport),
        _ => ViaStamp::default(),
    }
}

/// Where replies to a request go (RFC 3261 18.2.2, RFC 3581 4).
pub fn reply_destination(
    request: &Message,
    received: &Received,
    shared: &Shared,
    handling: ViaHandling,
) -> Option<Destination> {
    let transport = shared.socket(received.socket).transport;
    let via = request.via()?.ok()?;
    if transport.is_reliable() {
        // when the connection is gone by then, a new one goes to the port of Via (RFC 3261 18.2.2)
        let port = via.port.unwrap_or(transport.default_port());
        let address = SocketAddr::new(received.source.ip(), port);
        let to = Destination::new(transport, address);
        return Some(Destination { connection: received.connection, ..to });
    }
    let symmetric = handling.force_rport || via.known.rport.is_some();
    let port = if symmetric { received.source.port() } else { via.port.unwrap_or(transport.default_port()) };
    let mut ip = received.source.ip();
    if handling.reply_to_via
        && let Some(host) = via.host().ip()
    {
        ip = host;
    }
    Some(Destination::new(transport, SocketAddr::new(ip, port)))
}

/// Sends a reply to the context's request without a transaction.
pub fn reply_stateless(cx: &Context, reply: &LocalReply<'_>) -> bool {
    let shared = cx.shared();
    let Some(mut to) = reply_destination(&cx.message, &cx.received, shared, cx.via) else { return false };
    to.no_new = cx.flags & shared.globals.no_connection_reply != 0;
    let stamp = via_stamp(&cx.message, &cx.received, cx.via);
    let tag = || to_tag(shared, &cx.message, TagOf::Stateless);
    let write = |out: &mut BytesMut| local_reply(shared, (&cx.message, &cx.received), reply, tag, stamp, out);
    let bytes = Keeps::Not.write(to.transport, &cx.worker, write);
    cx.worker.network.send(cx.received.socket, to, bytes).is_ok()
}

/// The servers of a URI, or of `[proto:]host[:port]` when `plain`; best first, never empty.
pub async fn destinations(worker: &Worker, hop: &Text, plain: bool) -> Result<Destinations, SendError> {
    let target = NextHop::read(hop, plain).ok_or(SendError::BadUri)?;
    if target.secure && target.transport.is_some_and(|t| !matches!(t, Transport::Tls | Transport::Wss)) {
        return Err(SendError::Unresolvable);
    }
    if let Some(ip) = host_ip(target.host) {
        let transport =
            target.transport.unwrap_or(if target.secure { Transport::Tls } else { Transport::Udp });
        let port = target.port.unwrap_or(transport.default_port());
        return Ok(smallvec![Destination::new(transport, SocketAddr::new(ip, port))]);
    }
    let found = worker.network.resolve(target.to_target()).await?;
    if found.is_empty() { Err(SendError::Unresolvable) } else { Ok(found.into()) }
}

/// Where a request may go; mostly to one place.
pub type Destinations = SmallVec<[Destination; 1]>;

/// What a next hop says of where it is.
#[derive(Debug, Clone, Copy)]
struct NextHop<'a> {
    host: &'a [u8],
    port: Option<u16>,
    transport: Option<Transport>,
    secure: bool,
}

impl<'a> NextHop<'a> {
    fn read(text: &'a [u8], plain: bool) -> Option<NextHop<'a>> {
        if plain { NextHop::plain(text) } else { NextHop::of_uri(text) }
    }

    fn of_uri(text: &'a [u8]) -> Option<NextHop<'a>> {
        let uri = Uri::parse(text).ok()?;
        let host = uri.maddr().unwrap_or(uri.host_text());
        if host.is_empty() {
            return None;
        }
        let transport = match uri.transport_text() {
            Some(name) => Some(Transport::of(name)?),
            None => None,
        };
        let secure = uri.scheme() == Scheme::Sips;
        Some(NextHop { host, port: uri.port().filter(|p| *p != 0), transport, secure })
    }

    fn plain(text: &'a [u8]) -> Option<NextHop<'a>> {
        let text = text.trim_ascii();
        let colon = text.iter().position(|c| *c == b':');
        let (transport, rest) = match colon.and_then(|c| Transport::of(&text[..c]).map(|t| (t, c))) {
            Some((t, c)) => (Some(t), &text[c + 1..]),
            None => (None, text),
        };
        let split = rest.iter().rposition(|c| *c == b':').filter(|at| !rest[*at..].contains(&b']'));
        let (host, port) = match split {
            Some(at) => (&rest[..at], Some(std::str::from_utf8(&rest[at + 1..]).ok()?.parse().ok()?)),
            None => (rest, None),
        };
        (!host.is_empty()).then_some(NextHop { host, port, transport, secure: false })
    }

    fn to_target(self) -> Target {
        let host = Text::copy_from_slice(self.host);
        Target { host, port: self.port, transport: self.transport, secure: self.secure }
    }
}

/// Reads `[proto:]host[:port]`.
pub fn plain_target(text: &[u8]) -> Option<Target> {
    NextHop::plain(text).map(NextHop::to_target)
}

fn host_ip(host: &[u8]) -> Option<IpAddr> {
    sipc_sip::Host::of(host).ip()
}

/// The socket to send from: the forced one, the one the message came in on, or the first that fits.
pub fn socket_for(cx: &Context, to: &Destination) -> Result<SocketId, SendError> {
    let shared = cx.shared();
    let fits = |id: SocketId| {
        let s = shared.socket(id);
        s.transport == to.transport && s.address.is_ipv4() == to.address.is_ipv4()
    };
    if let Some(bond) = cx.target.bond.and_then(|b| shared.bonds.get(b.0))
        && let Some(member) = bond.members.iter().copied().find(|id| fits(*id))
    {
        return Ok(member);
    }
    if shared.globals.mhomed
        && cx.target.socket.is_none()
        && let Some(local) = cx.worker.network.local_address(to.address.ip())
        && let Some(socket) = shared.sockets.iter().find(|s| s.address.ip() == local && fits(s.id))
    {
        return Ok(socket.id);
    }
    let wanted = [cx.target.socket, Some(cx.received.socket)];
    if let Some(id) = wanted.into_iter().flatten().find(|id| fits(*id)) {
        return Ok(id);
    }
    shared.socket_for(to.transport, to.address.ip()).ok_or(SendError::NoSocket)
}

/// The host and port that headers of a message leaving from `socket` carry.
fn public_address(cx: &Context, socket: SocketId) -> (Text, u16) {
    let (host, port) = cx.shared().public_address(socket);
    (cx.advertised_host.clone().unwrap_or(host), cx.advertised_port.unwrap_or(port))
}

/// Whether what is sent is kept, to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// By a transaction.
    Long,
    /// No longer than the system needs to take it.
    Not,
}

impl Keeps {
    /// Writes a message in memory that fits. A connection keeps what its peer is slow to take.
    fn write(self, over: Transport, worker: &Worker, write: impl FnOnce(&mut BytesMut)) -> Bytes {
        match (self, over) {
            (Keeps::Not, Transport::Udp) => worker.write_passing(write),
            _ => worker.write(write),
        }
    }
}

/// The request of the context as it leaves: new Via, request URI, edits.
pub(crate) fn build_request(
    cx: &Context,
    socket: SocketId,
    transport: Transport,
    branch: &[u8],
    keeps: Keeps,
) -> Bytes {
    let (host, port) = public_address(cx, socket);
    let rport: &[u8] = if cx.via.add_local_rport { b";rport" } else { b"" };
    let connection = connection_param(cx);
    let params = [&connection, rport, cx.shared().transactions().overload.via_params()];
    let received = crate::context::request_uri(&cx.message);
    let forward = compose::ForwardRequest {
        uri: Some(&cx.target.uri[..]).filter(|uri| **uri != received[..]),
        via: Some(compose::NewVia { transport, host: &host, port, branch, params }),
        stamp: via_stamp(&cx.message, &cx.received, cx.via),
        path: cx.target.path.clone(),
        needs_length: transport.is_reliable(),
    };
    let leaving = Leaving {
        shared: cx.shared(),
        received_on: cx.received.socket,
        sent_from: socket,
        host: &host,
        port,
    };
    let late = |n: u32| cx.late.get(n as usize).map_or_else(Text::new, |make| make(&leaving));
    let write = |out: &mut BytesMut| compose::forward_request(&cx.message, &cx.edits, &forward, late, out);
    keeps.write(transport, &cx.worker, write)
}

/// `;i=`, which says what connection a request came over: a reply without a transaction goes back along it.
fn connection_param(cx: &Context) -> Vec<u8> {
    let Some(id) = cx.received.connection else { return Vec::new() };
    // OpenSIPS writes the digits of 32 bits from the last to the first
    let digits = format!("{:x}", id & 0xffff_ffff);
    [b";i=", &digits.bytes().rev().collect::<Vec<_>>()[..]].concat()
}

/// Reads `i` of our own Via.
fn connection_of(via: &sipc_sip::Via<'_>) -> Option<u64> {
    let digits: Vec<u8> = via.known.i?.value?.iter().rev().copied().collect();
    u64::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()
}

/// Forwards the context's request without a transaction: to `next_hop` (`[proto:]host[:port]`), `$du` or
/// `$ru`.
pub async fn forward_stateless(cx: &mut Context, next_hop: Option<Text>) -> Result<(), SendError> {
    let hop = next_hop.clone().unwrap_or_else(|| cx.target.next_hop());
    let found = destinations(&cx.worker, &hop, next_hop.is_some()).await?;
    let branch = stateless_branch(cx);
    // what fails later is not tried again: there is no state
    let mut result = Err(SendError::Send);
    for hop in hops(cx, found, &branch, Keeps::Not, || false)? {
        result = cx.worker.network.send(hop.socket, hop.to, hop.sent).map_err(SendError::from);
        if result.is_ok() || !cx.shared().globals.dns_failover {
            break;
        }
    }
    result?;
    cx.shared().core_statistics.fwd_requests.increment();
    Ok(())
}

/// One way of sending a request.
#[derive(Debug, Clone)]
pub struct Hop {
    /// From where.
    pub socket: SocketId,
    /// To where.
    pub to: Destination,
    /// As it leaves there.
    pub sent: Bytes,
}

/// Ways in the order in which they are tried; mostly one.
pub type Hops = SmallVec<[Hop; 1]>;

/// Requests longer than this take a transport that knows congestion (RFC 3261 18.1.1).
const DATAGRAM_MAX: usize = 1300;

/// The request for each destination that a socket of this server reaches and no blacklist in use blocks; never
/// none. `large_over_tcp`: what is long goes over TCP first, and as a datagram when that fails.
pub(crate) fn hops(
    cx: &mut Context,
    mut found: Destinations,
    branch: &[u8],
    keeps: Keeps,
    large_over_tcp: impl Fn() -> bool,
) -> Result<Hops, SendError> {
    choose_domains(cx, &mut found);
    let cx = &*cx;
    let mut hops = Hops::with_capacity(found.len());
    let mut why = SendError::Unresolvable;
    for to in found {
        match hop(cx, to, branch, keeps, hops.last()) {
            Ok(hop) => {
                let large =
                    hop.sent.len() > DATAGRAM_MAX && to.transport == Transport::Udp && large_over_tcp();
                let over_tcp = Destination { transport: Transport::Tcp, ..to };
                // a site without TCP sends it as it can
                hops.extend(large.then(|| self::hop(cx, over_tcp, branch, keeps, None).ok()).flatten());
                hops.push(hop);
            }
            Err(e) => why = e,
        }
    }
    if hops.is_empty() { Err(why) } else { Ok(hops) }
}

/// `like`: another hop, whose bytes will do if it leaves from the same socket.
fn hop(
    cx: &Context,
    mut to: Destination,
    branch: &[u8],
    keeps: Keeps,
    like: Option<&Hop>,
) -> Result<Hop, SendError> {
    let socket = socket_for(cx, &to)?;
    if cx.shared().socket(socket).sends_proxy_header {
        to.proxied = Some(whom(cx.shared(), &cx.received));
    }
    let overload = &cx.shared().transactions().overload;
    if overload.sheds(to.address, &cx.message, cx.worker.unix_us() / 1000, || cx.worker.random()) {
        return Err(SendError::Overloaded);
    }
    let sent = match like.filter(|l| l.socket == socket) {
        Some(like) => like.sent.clone(),
        None => build_request(cx, socket, to.transport, branch, keeps),
    };
    let shared = cx.shared();
    let allowed =
        cx.blacklists == 0 || shared.blacklists.allows(cx.blacklists, &to, &sent, shared.unix_now());
    if allowed { Ok(Hop { socket, to, sent }) } else { Err(SendError::Blocked) }
}

/// Whom a PROXY header tells of: who sent the message, as far as that is known.
fn whom(shared: &Shared, received: &Received) -> Proxied {
    let here = shared.socket(received.socket).address;
    received.proxied.unwrap_or(Proxied { source: received.source, destination: here })
}

/// Whether a next hop leaves the transport open. Asked of what is large only.
pub(crate) fn leaves_transport_open(hop: &Text, plain: bool) -> bool {
    NextHop::read(hop, plain).is_some_and(|t| t.transport.is_none() && !t.secure)
}

/// Notes how the script wants connections to these destinations opened.
fn choose_domains(cx: &mut Context, found: &mut [Destination]) {
    let no_new = cx.target.flags & cx.shared().globals.no_connection_branch != 0;
    for to in found.iter_mut() {
        to.no_new = no_new;
        let is_secure = matches!(to.transport, Transport::Tls | Transport::Wss);
        if is_secure && let Some(tls) = cx.shared().protocols.tls.clone() {
            to.domain = tls.choose(cx, to);
        }
    }
}

/// The branch of a stateless hop: the same for retransmissions (RFC 3261 16.11), never one of a
/// transaction.
fn stateless_branch(cx: &Context) -> [u8; 34] {
    let secret = cx.shared().secret;
    let via = cx.message.find(HeaderKind::Via).map(|v| v.value()).unwrap_or_default();
    // an ACK made here has no Via yet
    let id = if via.is_empty() { &cx.message.bytes()[..] } else { &[] };
    let h = FixedState::with_seed(u64::from(secret)).hash_one((via, &cx.target.uri[..], id));
    let mut text = *b"z9hG4bK........................ .0";
    text[7..15].copy_from_slice(&hex(secret));
    text[15] = b'.';
    text[16..24].copy_from_slice(&hex((h >> 32) as u32));
    text[24..32].copy_from_slice(&hex(h as u32));
    text[32..].copy_from_slice(b".0");
    text
}

/// Forwards a reply to the next Via without a transaction (RFC 3261 16.11).
pub async fn forward_reply(cx: &Context) -> bool {
    let shared = cx.shared();
    if !shared.globals.stateless_forwarding {
        return false;
    }
    let Some(Ok(next)) = cx.message.vias().nth(1) else { return false };
    shared.transactions().overload.heard(cx.received.source, &cx.message, cx.worker.unix_us() / 1000);
    let transport = next.transport.unwrap_or(Transport::Udp);
    let (host, port) = next.response_target();
    let to = match host.ip() {
        Some(ip) => {
            let address = SocketAddr::new(ip, port.unwrap_or(transport.default_port()));
            Destination::new(transport, address)
        }
        None => {
            let host = Text::copy_from_slice(next.received().unwrap_or(next.host_text));
            let target = Target { host, port, transport: Some(transport), secure: false };
            match cx.worker.network.resolve(target).await {
                Ok(mut found) if !found.is_empty() => found.remove(0),
                _ => return false,
            }
        }
    };
    let mut to = to;
    to.no_new = cx.flags & shared.globals.no_connection_reply != 0;
    if let Some(Ok(own)) = cx.message.via().filter(|_| transport.is_reliable()) {
        to.connection = connection_of(&own);
    }
    let Ok(socket) = socket_for(cx, &to) else { return false };
    let mut edits = cx.edits.clone();
    if let Some((code, reason)) = &cx.new_status {
        edits.replace(cx.message.target_range(), code.to_string());
        edits.replace(cx.message.reason_range(), reason.clone());
    }
    let hide_503 = !shared.globals.disable_503_translation;
    let (streams, late) = (transport.is_reliable(), |_| Text::new());
    let write =
        |out: &mut BytesMut| compose::forward_response(&cx.message, &edits, hide_503, streams, late, out);
    let bytes = Keeps::Not.write(to.transport, &cx.worker, write);
    let sent = cx.worker.network.send(socket, to, bytes).is_ok();
    if sent {
        shared.core_statistics.fwd_replies.increment();
    }
    sent
}

/// The header lines of a reply that the script sends: those it added; a redirection also gets the
/// destination set as its Contact.
pub fn reply_headers(cx: &mut Context, code: u16) -> Vec<u8> {
    let mut lines: Vec<u8> = cx.reply_headers.iter().flat_map(|p| p.iter().copied()).collect();
    let redirects = (300..400).contains(&code);
    if redirects && let Some(contacts) = crate::variables::ds(cx, &crate::Place::PLAIN).text() {
        lines.extend_from_slice(&[&contacts[..], b"\r\n"].concat());
    }
    lines
}

/// The default reason phrase of a code (RFC 3261 21).
pub fn reason(code: u16) -> &'static str {
    match code {
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        421 => "Extension Required",
        423 => "Interval Too Brief",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        493 => "Undecipherable",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        other => match other / 100 {
            1 => "Trying",
            2 => "OK",
            3 => "Redirection",
            4 => "Client Error",
            5 => "Server Error",
            _ => "Global Failure",
        },
    }
}
