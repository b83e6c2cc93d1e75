//! The network that questions go over, with a bound on their sockets: names that nobody answers for must not take the
//! descriptors of connections. What is in hickory's cache needs no socket, and waits for nothing.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A future as hickory wants it.
type Promise<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Another network, with a bound.
#[derive(Clone)]
pub struct Bounded<P> {
    network: P,
    sockets: Arc<Semaphore>,
}

impl<P> Bounded<P> {
    /// With so many sockets at a time.
    pub fn new(network: P, sockets: usize) -> Bounded<P> {
        Bounded { network, sockets: Arc::new(Semaphore::new(sockets.max(1))) }
    }

    /// Whether the next question has to wait.
    pub fn is_busy(&self) -> bool {
        self.sockets.available_permits() == 0
    }
}

impl<P: RuntimeProvider> RuntimeProvider for Bounded<P> {
    type Handle = P::Handle;
    type Timer = P::Timer;
    type Udp = Datagrams<P::Udp>;
    type Tcp = P::Tcp;

    fn create_handle(&self) -> P::Handle {
        self.network.create_handle()
    }

    /// All questions to a server share one connection.
    fn connect_tcp(
        &self,
        to: SocketAddr,
        from: Option<SocketAddr>,
        wait: Option<Duration>,
    ) -> Promise<P::Tcp> {
        self.network.connect_tcp(to, from, wait)
    }

    /// Waits for its turn; who asks does so for no longer than for an answer.
    fn bind_udp(&self, from: SocketAddr, to: SocketAddr) -> Promise<Self::Udp> {
        let (network, turn) = (self.network.clone(), self.sockets.clone().acquire_owned());
        Box::pin(async move {
            let turn = turn.await.map_err(io::Error::other)?;
            Ok(Datagrams { socket: network.bind_udp(from, to).await?, _turn: turn })
        })
    }
}

/// A socket that has its turn.
pub struct Datagrams<S> {
    socket: S,
    _turn: OwnedSemaphorePermit,
}

impl<S: DnsUdpSocket> DnsUdpSocket for Datagrams<S> {
    type Time = S::Time;

    fn poll_recv_from(
        &self,
        context: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.socket.poll_recv_from(context, buffer)
    }

    fn poll_send_to(
        &self,
        context: &mut Context<'_>,
        bytes: &[u8],
        to: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.socket.poll_send_to(context, bytes, to)
    }
}
