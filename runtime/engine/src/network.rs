//! What the engine asks of the network, and how a listening socket looks to a script.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::script::LocalFuture;

/// The transports of the script language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// SCTP.
    Sctp,
    /// WebSocket (RFC 7118).
    Ws,
    /// Secure WebSocket.
    Wss,
}

impl Transport {
    /// The name in URIs and in `$socket_in(proto)`.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Sctp => "sctp",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    /// The name in a Via header.
    pub const fn via_name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Sctp => "SCTP",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// By name, ignoring case.
    pub fn parse(name: &[u8]) -> Option<Transport> {
        [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Sctp, Transport::Ws, Transport::Wss]
            .into_iter()
            .find(|t| t.name().as_bytes().eq_ignore_ascii_case(name))
    }

    /// Whether the transport itself delivers (RFC 3261 17: no retransmission needed).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// Port when a URI gives none.
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
            _ => 5060,
        }
    }
}

/// The number of a listening socket within the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketId(pub u16);

/// A listening socket.
#[derive(Debug, Clone)]
pub struct Socket {
    /// Its number.
    pub id: SocketId,
    /// Its transport.
    pub transport: Transport,
    /// The bound address.
    pub address: SocketAddr,
    /// The host as the script wrote it (address or name), for aliases.
    pub name: String,
    /// The address as put into headers: IPv6 in brackets.
    pub host: Bytes,
    /// What others are told instead of `host`, if set.
    pub advertised_host: Option<Bytes>,
    /// What others are told instead of the bound port, if set.
    pub advertised_port: Option<u16>,
    /// The internal name.
    pub tag: Option<String>,
    /// Shared by several nodes.
    pub anycast: bool,
    /// `transport:host:port`, as `$socket_in` prints it.
    pub uri: Bytes,
}

impl Socket {
    /// The host for Via, Record-Route and the like.
    pub fn public_host(&self) -> &Bytes {
        self.advertised_host.as_ref().unwrap_or(&self.host)
    }

    /// The port for Via, Record-Route and the like.
    pub fn public_port(&self) -> u16 {
        self.advertised_port.unwrap_or(self.address.port())
    }
}

/// Where a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The socket that received it.
    pub socket: SocketId,
    /// The sender's address.
    pub source: SocketAddr,
    /// The connection it came over, for transports that have one.
    pub connection: Option<u64>,
}

/// Where a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// By which transport.
    pub transport: Transport,
    /// To which address.
    pub address: SocketAddr,
    /// Over which connection, if one is to be reused.
    pub connection: Option<u64>,
}

/// Why a host could not be found or reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetError {
    /// The name does not resolve.
    Unresolvable,
    /// No socket of that transport is listening.
    NoSocket,
    /// The system refused to send.
    Send,
}

/// What to find the servers of (RFC 3263).
#[derive(Debug, Clone)]
pub struct Target {
    /// Host name; addresses never get here.
    pub host: Bytes,
    /// Explicit port, if any.
    pub port: Option<u16>,
    /// Explicit transport, if any.
    pub transport: Option<Transport>,
    /// A `sips` URI.
    pub secure: bool,
}

/// The network as one worker sees it.
pub trait Network {
    /// Queues a message; the queue is flushed when the batch at hand is done. Never waits.
    fn send(&self, from: SocketId, to: Destination, payload: Bytes) -> Result<(), NetError>;

    /// Finds the servers of a host name, best first.
    fn resolve(&self, target: Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>>;
}
