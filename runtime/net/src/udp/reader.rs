//! Taking datagrams: one `recvmmsg` takes what has arrived.

use std::cell::{Cell, RefCell};
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;

use bytes::Bytes;
use nix::sys::socket::{
    MsgFlags, MultiHeaders, RecvMsg, SockaddrIn, SockaddrIn6, SockaddrStorage, getsockopt, recvmmsg, sockopt,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::{BATCH, watched};

/// Datagrams that an idle socket makes room for.
const BATCH_MIN: usize = 4;
/// Longest datagram; IPv4 allows 65,507 bytes of payload.
const DATAGRAM_MAX: usize = 65_535;
/// What a datagram takes of a socket's buffer, as the system counts, when it is a short one.
const DATAGRAM_KEPT: usize = 1_280;
/// The least number of batches that are a crowd.
const CROWD_MIN: usize = 3;

type Datagram = (SocketAddr, Bytes);

/// Room for what one call takes. A worker has one, whichever sockets it reads.
pub struct Room {
    buffers: Vec<Vec<u8>>,
    headers: MultiHeaders<SockaddrStorage>,
    /// What was taken; empty between calls.
    batch: Vec<Datagram>,
}

impl Room {
    /// Empty.
    pub fn new() -> Room {
        Room {
            buffers: (0..BATCH).map(|_| vec![0; DATAGRAM_MAX]).collect(),
            headers: MultiHeaders::preallocate(BATCH, None),
            batch: Vec::with_capacity(BATCH),
        }
    }
}

/// What a read left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Nothing: the socket is empty.
    Nothing,
    /// More may be waiting.
    Perhaps,
}

/// One socket while a worker takes datagrams from it.
pub struct Reader {
    socket: AsyncFd<Arc<UdpSocket>>,
    /// How many datagrams the next call makes room for: each costs a little even when it does not come, and mostly
    /// few come at a time.
    room: Cell<usize>,
    crowd: usize,
}

impl Reader {
    /// Watches a bound, non-blocking socket; must be called on the worker's runtime. Only one may read it at a time.
    ///
    /// # Errors
    /// The system's, when it watches no more descriptors.
    pub fn new(socket: Arc<UdpSocket>) -> io::Result<Reader> {
        let crowd = crowd(&socket)?;
        Ok(Reader { socket: watched(socket, Interest::READABLE)?, room: Cell::new(BATCH_MIN), crowd })
    }

    /// After so many whole batches in a row some of what comes next may get lost.
    pub fn crowd(&self) -> usize {
        self.crowd
    }

    /// Waits until something may have arrived.
    ///
    /// # Errors
    /// The runtime is ending.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await?.retain_ready();
        Ok(())
    }

    /// Takes up to a batch of datagrams.
    ///
    /// A batch that is not full has emptied the socket, so that the next wait asks the system right away instead of
    /// trying once more in vain.
    ///
    /// # Errors
    /// The system's: of an earlier datagram (ICMP), told once, or of the socket, told as long as it lasts.
    pub fn receive(&self, room: &RefCell<Room>, each: impl FnMut(SocketAddr, Bytes)) -> io::Result<Left> {
        let mut batch = std::mem::take(&mut room.borrow_mut().batch);
        let full =
            self.socket.try_io(Interest::READABLE, |_| match self.receive_batch(room, &mut batch)? {
                Left::Perhaps => Ok(()),
                Left::Nothing => Err(io::ErrorKind::WouldBlock.into()),
            });
        hand_on(room, batch, each);
        match full {
            Ok(()) => Ok(Left::Perhaps),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(Left::Nothing),
            Err(e) => Err(e),
        }
    }

    /// Takes what may have arrived since; how much it was. What it leaves is told by the next wait.
    ///
    /// An error is left to that one too: nothing was lost by it.
    pub fn receive_more(&self, room: &RefCell<Room>, each: impl FnMut(SocketAddr, Bytes)) -> usize {
        let mut batch = std::mem::take(&mut room.borrow_mut().batch);
        let _ = self.receive_batch(room, &mut batch);
        hand_on(room, batch, each)
    }

    /// One system call.
    fn receive_batch(&self, room: &RefCell<Room>, batch: &mut Vec<Datagram>) -> io::Result<Left> {
        let Room { buffers, headers, .. } = &mut *room.borrow_mut();
        let size = self.room.get();
        let mut buffers = buffers.iter_mut().take(size);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |b| b))]);
        let fd = self.socket.as_raw_fd();
        let received = recvmmsg(fd, headers, slices.iter_mut().take(size), MsgFlags::MSG_DONTWAIT, None)?;
        let whole = |m: RecvMsg<'_, '_, SockaddrStorage>| {
            let from = m.address.as_ref().and_then(address)?;
            Some((from, Bytes::copy_from_slice(m.iovs().next()?)))
        };
        let mut taken = 0;
        batch.extend(received.inspect(|_| taken += 1).filter_map(whole));
        self.room.set((2 * taken).clamp(BATCH_MIN, BATCH));
        Ok(if taken == size { Left::Perhaps } else { Left::Nothing })
    }
}

/// How many batches are half of what the system keeps for a socket.
///
/// # Errors
/// The system's, when it does not tell.
pub fn crowd(socket: &Arc<UdpSocket>) -> io::Result<usize> {
    let buffer = getsockopt(socket, sockopt::RcvBuf)?;
    Ok((buffer / DATAGRAM_KEPT / 2 / BATCH).max(CROWD_MIN))
}

/// Gives out a batch and keeps its memory; how many there were.
fn hand_on(room: &RefCell<Room>, mut batch: Vec<Datagram>, mut each: impl FnMut(SocketAddr, Bytes)) -> usize {
    let count = batch.len();
    for (from, payload) in batch.drain(..) {
        each(from, payload);
    }
    room.borrow_mut().batch = batch;
    count
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = |a: &SockaddrIn| SocketAddr::from((a.ip(), a.port()));
    let v6 = |a: &SockaddrIn6| SocketAddr::from((a.ip(), a.port()));
    storage.as_sockaddr_in().map(v4).or_else(|| storage.as_sockaddr_in6().map(v6))
}
