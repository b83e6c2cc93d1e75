//! The UDP sockets of all workers, and what workers ask of each other about them.
//!
//! Each listening address has a socket per worker (`SO_REUSEPORT`), and the kernel gives each flow to one of them. A
//! worker's sockets are its *share*. Which worker takes the datagrams of a share may change while the process runs
//! ([`crate::gather`]); the kernel notices nothing of it, and what waits in a socket waits for whoever reads it next.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use sipc_engine::network::SocketId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A worker's sockets.
pub type Sockets = Vec<(SocketId, Arc<UdpSocket>)>;

/// What a worker is told to do. Each share is named by the number of the worker whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Take the datagrams of this share from now on: nobody else does.
    Serve(usize),
    /// Stop taking those of this share, then tell this worker to serve it.
    Give(usize, usize),
}

struct Share {
    sockets: Sockets,
    taken: Taken,
    orders: UnboundedSender<Order>,
}

/// How many datagrams were taken from a share, on a line of memory of its own.
#[derive(Default)]
#[repr(align(128))]
struct Taken(AtomicU64);

/// The shares of a process.
pub struct Shares(Vec<Share>);

impl Shares {
    /// One for each worker, and what each worker hears orders from.
    pub fn new(sockets: Vec<Sockets>) -> (Arc<Shares>, Vec<UnboundedReceiver<Order>>) {
        let one = |sockets| {
            let (orders, heard) = unbounded_channel();
            (Share { sockets, taken: Taken::default(), orders }, heard)
        };
        let (shares, heard) = sockets.into_iter().map(one).unzip();
        (Arc::new(Shares(shares)), heard)
    }

    /// How many workers there are.
    pub fn workers(&self) -> usize {
        self.0.len()
    }

    /// The sockets of a worker.
    pub fn sockets(&self, share: usize) -> &[(SocketId, Arc<UdpSocket>)] {
        self.0.get(share).map_or(&[], |s| &s.sockets)
    }

    /// Tells a worker to do something. One that has ended does nothing any more, as its process is about to.
    pub fn tell(&self, worker: usize, order: Order) {
        if let Some(share) = self.0.get(worker) {
            let _ = share.orders.send(order);
        }
    }

    /// Counts datagrams of a share.
    pub fn count(&self, share: usize, datagrams: usize) {
        if let Some(share) = self.0.get(share) {
            share.taken.0.fetch_add(datagrams as u64, Ordering::Relaxed);
        }
    }

    /// How many datagrams were taken from each share so far.
    pub fn counts(&self) -> Vec<u64> {
        self.0.iter().map(|share| share.taken.0.load(Ordering::Relaxed)).collect()
    }
}
