//! What the engine asks of the network, and how a listening socket looks to a script.

use std::net::{IpAddr, SocketAddr, SocketAddrV4};

use bytes::Bytes;

use crate::script::LocalFuture;

pub use sipc_sip::Transport;

/// The number of a listening socket within the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketId(pub u16);

/// The number of a bond within the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BondId(pub usize);

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
    /// Names below its own are ours too.
    pub accept_subdomain: bool,
    /// What comes in may begin with a PROXY header.
    pub reads_proxy_header: bool,
    /// What is opened or sent from it begins with one.
    pub sends_proxy_header: bool,
    /// Other programs may listen there too.
    pub reuse_port: bool,
    /// Shared by several nodes.
    pub anycast: bool,
    /// The type-of-service byte of what leaves here, if set.
    pub tos: Option<u32>,
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

    /// Writes what stands behind the host in a URI for this socket: `:port` unless it is 5060 and nobody set it, and
    /// the transport unless it is UDP.
    pub fn put_port_and_transport(&self, text: &mut Vec<u8>, port: u16) {
        if port != 5060 || self.advertised_port.is_some() {
            text.extend_from_slice(format!(":{port}").as_bytes());
        }
        if self.transport != Transport::Udp {
            text.extend_from_slice(b";transport=");
            text.extend_from_slice(self.transport.lower_name().as_bytes());
        }
    }
}

/// What a PROXY header tells of what came through a load balancer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proxied {
    /// Whom it comes from.
    pub source: SocketAddr,
    /// To which address that side sent it.
    pub destination: SocketAddr,
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
    /// What a PROXY header in front of it told.
    pub proxied: Option<Proxied>,
}

impl Received {
    /// From an address, over no connection.
    pub fn new(socket: SocketId, source: SocketAddr) -> Received {
        Received { socket, source, connection: None, proxied: None }
    }
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
    /// Which of several ways of opening a connection is wanted ([`crate::streams::Protocol::choose`]).
    pub domain: Option<u16>,
    /// Only a connection that is there will do.
    pub no_new: bool,
    /// What is told in a PROXY header, if the socket sends them.
    pub proxied: Option<Proxied>,
}

impl Destination {
    /// An address, over any connection.
    pub fn new(transport: Transport, address: SocketAddr) -> Destination {
        Destination { transport, address, connection: None, domain: None, no_new: false, proxied: None }
    }
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

/// A command for the shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ShellCommand {
    /// As the shell reads it.
    pub command: Bytes,
    /// What it reads from its standard input; empty: nothing.
    pub input: Bytes,
    /// Its standard output is wanted.
    pub output: bool,
    /// Its standard error is wanted.
    pub errors: bool,
    /// Most bytes of either.
    pub output_max: usize,
    /// Variables of its environment, beside those of this process.
    pub environment: Vec<(Bytes, Bytes)>,
    /// How many seconds it may run; 0: as long as it likes.
    pub seconds_max: u64,
}

/// What a command printed, as far as that was wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printed {
    /// On its standard output.
    pub output: Bytes,
    /// On its standard error.
    pub errors: Bytes,
}

/// What another program of this machine reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outlet {
    /// A named pipe, by its path.
    Pipe(Bytes),
    /// A Unix socket for datagrams.
    Datagram(Bytes),
}

/// The network as one worker sees it, and whatever else is outside.
pub trait Network {
    /// Queues a message; the queue is flushed when the batch at hand is done. Never waits.
    fn send(&self, from: SocketId, to: Destination, payload: Bytes) -> Result<(), NetError>;

    /// Sends a datagram that seems to come from another address. Only for modules that said so when they started
    /// ([`crate::setup::Setup::sends_raw`]).
    fn send_as(&self, _from: SocketAddrV4, _to: SocketAddrV4, _payload: &[u8]) -> Result<(), NetError> {
        Err(NetError::NoSocket)
    }

    /// Lets requests to another port of the other side use a connection (RFC 5923).
    fn alias(&self, _connection: u64, _port: u16) {}

    /// The address of this machine that its routing table sends to an address from; `None` when that is not known.
    fn local_address(&self, _to: IpAddr) -> Option<IpAddr> {
        None
    }

    /// The number of the open connection of a socket to an address, if there is one.
    fn connection(&self, _socket: SocketId, _peer: SocketAddr) -> Option<u64> {
        None
    }

    /// Runs a future on this worker, beside whatever else it does.
    fn spawn(&self, task: LocalFuture<'static, ()>);

    /// Waits.
    fn sleep(&self, ms: u64) -> LocalFuture<'static, ()>;

    /// A first timer was armed: someone must look after the wheel.
    fn wake_timers(&self);

    /// Finds the servers of a host name, best first.
    fn resolve(&self, target: Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>>;

    /// Runs a command. The answer comes when what is wanted has been printed: at once when nothing is. The
    /// error says why it could not be started.
    fn run(&self, _command: ShellCommand) -> LocalFuture<'static, Result<Printed, String>> {
        Box::pin(async { Err("commands cannot be run here".to_owned()) })
    }

    /// Writes all of a text at once, within so many seconds. The error says why that was not possible.
    fn write(
        &self,
        _to: Outlet,
        _text: Bytes,
        _seconds_max: u64,
    ) -> LocalFuture<'static, Result<(), String>> {
        Box::pin(async { Err("nothing can be written here".to_owned()) })
    }
}
