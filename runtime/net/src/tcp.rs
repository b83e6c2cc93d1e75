//! SIP over TCP: one listener per worker, connections owned by the worker that accepted or opened them, and a
//! bounded queue per connection that any worker adds to.

use std::cell::Cell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use sipc_engine::network::{Destination, NetError, Proxied, SocketId, Transport};
use sipc_engine::script::LocalFuture;
use sipc_engine::streams::{Layer, Opening, Protocols};
use socket2::{Domain, Protocol, SockRef, Socket, TcpKeepalive, Type};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::driver::Driver;
use crate::proxy_header;

mod connection;
mod outgoing;
mod pool;
mod settings;
mod stack;
#[cfg(test)]
mod tests;

use connection::Link;
use pool::Way;
pub use pool::{Connection, Pool};
pub use settings::Settings;
use stack::Stack;

/// How long accepting rests when the system has no descriptor left.
const REST: Duration = Duration::from_millis(100);

/// What a PROXY header told, once it has been read.
type Told = Rc<Cell<Option<Proxied>>>;

/// One worker's side of TCP.
pub struct Tcp {
    pool: Arc<Pool>,
    driver: Rc<Driver>,
    protocols: Protocols,
    /// The listening sockets, which connections are opened from.
    locals: Vec<Local>,
}

/// Where connections are opened from.
#[derive(Debug, Clone, Copy)]
pub struct Local {
    /// The listening socket.
    pub socket: SocketId,
    /// Its address.
    pub ip: IpAddr,
    /// Its type of service.
    pub tos: Option<u32>,
    /// Connections that come in may begin with a PROXY header.
    pub reads_proxy_header: bool,
    /// Those that are opened begin with one.
    pub sends_proxy_header: bool,
}

impl Tcp {
    /// The side of a worker that has shares of these sockets.
    pub fn new(pool: Arc<Pool>, driver: Rc<Driver>, protocols: Protocols, locals: Vec<Local>) -> Rc<Tcp> {
        Rc::new(Tcp { pool, driver, protocols, locals })
    }

    /// Queues a message on a connection; opens one when there is none. What cannot be sent in the end fails
    /// its branch.
    pub fn send(self: &Rc<Tcp>, from: SocketId, to: &Destination, message: Bytes) -> Result<(), NetError> {
        let local = *self.locals.iter().find(|l| l.socket == from).ok_or(NetError::NoSocket)?;
        let connection = match self.pool.way(from, to) {
            Way::Known(connection) => connection,
            Way::New(connection) => {
                let (tcp, opened) = (self.clone(), connection.clone());
                self.start(&connection, Box::pin(async move { tcp.open(local, opened).await }));
                connection
            }
            Way::Unwanted => return Err(NetError::Send),
            Way::Full => {
                self.driver.warn(format_args!("no connection to {}: there are too many", to.address));
                return Err(NetError::Send);
            }
        };
        if connection.outgoing.push(message) { Ok(()) } else { Err(NetError::Send) }
    }

    /// Lets requests to another port of the other side use a connection.
    pub fn alias(&self, connection: u64, port: u16) {
        self.pool.alias(connection, port);
    }

    /// The number of the connection of a socket to an address, if there is one.
    pub fn connection(&self, socket: SocketId, peer: SocketAddr) -> Option<u64> {
        self.pool.number_of(socket, peer)
    }

    /// Takes connections until the worker ends.
    pub async fn accept(self: Rc<Tcp>, socket: SocketId, transport: Transport, listener: TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => self.accepted(socket, transport, stream, peer),
                Err(e) if e.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => tokio::time::sleep(REST).await,
            }
        }
    }

    fn accepted(self: &Rc<Tcp>, socket: SocketId, transport: Transport, stream: TcpStream, peer: SocketAddr) {
        let Some(connection) = self.pool.accepted(socket, transport, peer) else {
            return self.driver.warn(format_args!("no connection from {peer}: there are too many"));
        };
        let (tcp, opened) = (self.clone(), connection.clone());
        self.start(&connection, Box::pin(async move { tcp.serve(stream, opened).await }));
    }

    /// Starts what a connection is, and forgets it even if that ends by a fault: nobody would find out that what is
    /// sent over it does not leave.
    fn start(self: &Rc<Tcp>, connection: &Arc<Connection>, task: LocalFuture<'static, ()>) {
        let (tcp, connection) = (self.clone(), connection.clone());
        let after = move || {
            connection.outgoing.close();
            if connection.is_open.load(Ordering::Relaxed) {
                tcp.driver.disconnected(&connection);
            }
            tcp.end(&connection);
        };
        tokio::task::spawn_local(self.driver.guarded(task, after));
    }

    async fn open(&self, local: Local, connection: Arc<Connection>) {
        let connecting = timeout(self.pool.settings.connect, connect(local, connection.peer));
        let why = match connecting.await {
            Ok(Ok(stream)) => return self.serve(stream, connection).await,
            Ok(Err(e)) => e.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        self.driver.warn(format_args!("cannot connect to {}: {why}", connection.peer));
        self.end(&connection);
    }

    async fn serve(&self, stream: TcpStream, connection: Arc<Connection>) {
        prepare(&stream, &self.pool.settings);
        let told = Rc::default();
        match self.stack(&stream, &connection, &told) {
            Ok(stack) => {
                Link::new(&self.driver, &self.pool.settings, &stream, &connection, stack, told).run().await;
            }
            Err(why) => {
                let (transport, peer) = (connection.transport.lower_name(), connection.peer);
                self.driver.warn(format_args!("no {transport} connection with {peer}: {why}"));
            }
        }
        drop(stream);
        self.driver.disconnected(&connection);
        self.end(&connection);
    }

    /// What stands between a connection's bytes and SIP.
    fn stack(&self, stream: &TcpStream, connection: &Connection, told: &Told) -> Result<Stack, String> {
        let Connection { id, transport, peer, accepted, domain, .. } = *connection;
        let local = stream.local_addr().map_err(|e| e.to_string())?;
        let opening = Opening { connection: id, transport, local, peer, accepted, domain };
        let layers = self.protocols.of(transport).ok_or("a module that it needs is not loaded")?;
        let mut all = self.proxy_layer(connection, local, told);
        for layer in layers {
            all.push(layer.open(&opening)?);
        }
        Ok(Stack::new(all))
    }

    /// What stands below all others where there is a PROXY header.
    fn proxy_layer(&self, connection: &Connection, local: SocketAddr, told: &Told) -> Vec<Box<dyn Layer>> {
        let Some(socket) = self.locals.iter().find(|l| l.socket == connection.socket) else {
            return Vec::new();
        };
        if connection.accepted && socket.reads_proxy_header {
            return vec![Box::new(proxy_header::Reading::new(told.clone()))];
        }
        if !connection.accepted && socket.sends_proxy_header {
            let own = Proxied { source: local, destination: connection.peer };
            return vec![Box::new(proxy_header::Writing(connection.proxied.unwrap_or(own)))];
        }
        Vec::new()
    }

    /// Forgets a connection. The branches of what it did not send have failed.
    fn end(&self, connection: &Connection) {
        self.pool.remove(connection.id);
        for message in connection.outgoing.take() {
            self.driver.unsent(message);
        }
    }
}

async fn connect(local: Local, peer: SocketAddr) -> io::Result<TcpStream> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    set_tos(SockRef::from(&socket), peer, local.tos)?;
    if !local.ip.is_unspecified() {
        socket.bind(SocketAddr::new(local.ip, 0))?;
    }
    socket.connect(peer).await
}

fn set_tos(socket: SockRef<'_>, address: SocketAddr, tos: Option<u32>) -> io::Result<()> {
    match tos {
        Some(tos) if address.is_ipv4() => socket.set_tos_v4(tos),
        Some(tos) => socket.set_tclass_v6(tos),
        None => Ok(()),
    }
}

/// What the system refuses here makes the connection no worse than one of plain defaults.
fn prepare(stream: &TcpStream, settings: &Settings) {
    let _ = stream.set_nodelay(true);
    let Some(probes) = &settings.probes else { return };
    let mut watch = TcpKeepalive::new();
    if let Some(idle) = probes.idle {
        watch = watch.with_time(idle);
    }
    if let Some(interval) = probes.interval {
        watch = watch.with_interval(interval);
    }
    if let Some(count) = probes.count {
        watch = watch.with_retries(count);
    }
    let socket = SockRef::from(stream);
    let _ = socket.set_keepalive(true);
    let _ = socket.set_tcp_keepalive(&watch);
}

/// Binds a TCP address once per worker; the system spreads connections over them.
///
/// A port that another program holds is an error even if that program would share it, as with UDP.
pub fn bind(
    address: SocketAddr,
    workers: usize,
    shared: bool,
    tos: Option<u32>,
    backlog: i32,
) -> io::Result<Vec<std::net::TcpListener>> {
    if !shared {
        drop(std::net::TcpListener::bind(address)?);
    }
    (0..workers).map(|_| bind_shared(address, tos, backlog)).collect()
}

fn bind_shared(address: SocketAddr, tos: Option<u32>, backlog: i32) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // connections of a former run may still be waiting out their time
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    set_tos(SockRef::from(&socket), address, tos)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    Ok(socket.into())
}
