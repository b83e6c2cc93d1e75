//! The network that questions go over, with a bound on their sockets: names that nobody answers for must not take the
//! descriptors of connections. What is in hickory's cache needs no socket, and waits for nothing.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Questions that may wait for a socket; more get no answer.
const WAITING_MAX: usize = 1024;

/// A future as hickory wants it.
type Promise<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Another network, with a bound.
#[derive(Clone)]
pub struct Bounded<P> {
    network: P,
    sockets: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

/// Of one that waits.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<P> Bounded<P> {
    /// With so many sockets at a time.
    pub fn new(network: P, sockets: usize) -> Bounded<P> {
        Bounded { network, sockets: Arc::new(Semaphore::new(sockets.max(1))), waiting: Arc::default() }
    }

    /// A place among those that wait.
    fn place(&self) -> io::Result<Place> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(self.waiting.clone());
        if before < WAITING_MAX { Ok(place) } else { Err(io::ErrorKind::ResourceBusy.into()) }
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
        let (network, turn, place) =
            (self.network.clone(), self.sockets.clone().acquire_owned(), self.place());
        Box::pin(async move {
            let waits = place?;
            let turn = turn.await.map_err(io::Error::other)?;
            drop(waits);
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

#[cfg(test)]
mod tests {
    use hickory_resolver::net::runtime::TokioRuntimeProvider;

    use super::*;

    #[test]
    fn so_many_wait_and_those_that_give_up_make_room() {
        let network = Bounded::new(TokioRuntimeProvider::default(), 1);
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let first = network.bind_udp(any, any).await.expect("a free port");
            assert!(network.is_busy());
            let mut waiting: Vec<_> = (0..WAITING_MAX).map(|_| network.bind_udp(any, any)).collect();
            assert!(network.bind_udp(any, any).await.is_err());
            waiting.truncate(1);
            drop(first);
            for next in waiting {
                next.await.expect("a free port");
            }
            assert!(!network.is_busy() && network.bind_udp(any, any).await.is_ok());
        });
    }
}
