//! UDP in batches: one `recvmmsg` takes what has arrived, one `sendmmsg` sends what was queued.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use nix::sys::socket::{
    MsgFlags, MultiHeaders, RecvMsg, SockaddrIn, SockaddrIn6, SockaddrStorage, recvmmsg, sendmmsg,
};
use smallvec::SmallVec;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::unsent::Unsent;

/// Most datagrams per system call.
const BATCH: usize = 32;
/// Datagrams that an idle socket makes room for.
const BATCH_MIN: usize = 4;
/// Longest datagram; IPv4 allows 65,507 bytes of payload.
const DATAGRAM_MAX: usize = 65_535;
/// The most that a datagram carries; what is longer would be refused by the system, each time that it is sent again.
const PAYLOAD_MAX: usize = 65_507;
/// Datagrams waiting for a full socket buffer; beyond that they are dropped and counted, as the network
/// itself would.
const QUEUE_MAX: usize = 16_384;
/// Bytes of them.
const QUEUE_BYTES_MAX: usize = 64 << 20;

/// One worker's share of a listening UDP socket.
///
/// It is watched for what arrives only: every datagram that leaves makes room again, and the system would tell of each.
pub struct Udp {
    socket: AsyncFd<UdpSocket>,
    queue: RefCell<VecDeque<(SocketAddr, Bytes)>>,
    /// How many bytes that is.
    queued: Cell<usize>,
    receiver: RefCell<Receiver>,
    /// Room for what one call takes; empty in between.
    batch: RefCell<Vec<(SocketAddr, Bytes)>>,
    sender: RefCell<MultiHeaders<SockaddrStorage>>,
    /// A task waits for the socket to take more.
    waiting: Cell<bool>,
    unsent: Unsent,
}

struct Receiver {
    buffers: Vec<Vec<u8>>,
    /// How many datagrams the next call makes room for: each costs a little even when it does not come, and mostly
    /// few come at a time.
    room: usize,
    headers: MultiHeaders<SockaddrStorage>,
}

impl Udp {
    /// Wraps a bound, non-blocking socket; must be called on the worker's runtime. `unsent` is told what cannot be sent.
    pub fn new(socket: UdpSocket, unsent: Unsent) -> io::Result<Udp> {
        Ok(Udp {
            socket: watched(socket, Interest::READABLE)?,
            queue: RefCell::default(),
            queued: Cell::new(0),
            receiver: RefCell::new(Receiver {
                buffers: (0..BATCH).map(|_| vec![0; DATAGRAM_MAX]).collect(),
                room: BATCH_MIN,
                headers: MultiHeaders::preallocate(BATCH, None),
            }),
            batch: RefCell::new(Vec::with_capacity(BATCH)),
            sender: RefCell::new(MultiHeaders::preallocate(BATCH, None)),
            waiting: Cell::new(false),
            unsent,
        })
    }

    /// Waits until something may have arrived.
    pub async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await?.retain_ready();
        Ok(())
    }

    /// Takes up to a batch of datagrams; whether more may be waiting.
    ///
    /// A batch that is not full has emptied the socket, so that the next wait asks the system right away instead of
    /// trying once more in vain.
    pub fn receive(&self, each: impl FnMut(SocketAddr, Bytes)) -> io::Result<bool> {
        let mut batch = std::mem::take(&mut *self.batch.borrow_mut());
        let full = self.socket.try_io(Interest::READABLE, |_| {
            if self.receive_batch(&mut batch)? { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        });
        self.hand_on(batch, each);
        match full {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// Takes what may have arrived since; whether there was any. What it leaves is told by the next wait.
    ///
    /// An error is left to that one too: nothing was lost by it.
    pub fn receive_more(&self, each: impl FnMut(SocketAddr, Bytes)) -> bool {
        let mut batch = std::mem::take(&mut *self.batch.borrow_mut());
        let _ = self.receive_batch(&mut batch);
        self.hand_on(batch, each) > 0
    }

    /// Gives out a batch and keeps its memory; how many there were.
    fn hand_on(&self, mut batch: Vec<(SocketAddr, Bytes)>, mut each: impl FnMut(SocketAddr, Bytes)) -> usize {
        let count = batch.len();
        for (from, payload) in batch.drain(..) {
            each(from, payload);
        }
        self.batch.replace(batch);
        count
    }

    /// One system call; whether it filled all the room that it had.
    fn receive_batch(&self, batch: &mut Vec<(SocketAddr, Bytes)>) -> io::Result<bool> {
        let receiver = &mut *self.receiver.borrow_mut();
        let room = receiver.room;
        let mut buffers = receiver.buffers.iter_mut().take(room);
        let mut slices: [[IoSliceMut<'_>; 1]; BATCH] =
            std::array::from_fn(|_| [IoSliceMut::new(buffers.next().map_or(&mut [], |b| b))]);
        let fd = self.socket.as_raw_fd();
        let received =
            recvmmsg(fd, &mut receiver.headers, slices.iter_mut().take(room), MsgFlags::MSG_DONTWAIT, None)?;
        let whole = |m: RecvMsg<'_, '_, SockaddrStorage>| {
            let from = m.address.as_ref().and_then(address)?;
            Some((from, Bytes::copy_from_slice(m.iovs().next()?)))
        };
        let mut taken = 0;
        batch.extend(received.inspect(|_| taken += 1).filter_map(whole));
        receiver.room = (2 * taken).clamp(BATCH_MIN, BATCH);
        Ok(taken == room)
    }

    /// Queues a datagram; `false` when the queue is full, or no datagram can be so long.
    pub fn queue(&self, to: SocketAddr, payload: Bytes) -> bool {
        let mut queue = self.queue.borrow_mut();
        let queued = self.queued.get() + payload.len();
        if payload.len() > PAYLOAD_MAX || queue.len() >= QUEUE_MAX || queued > QUEUE_BYTES_MAX {
            return false;
        }
        self.queued.set(queued);
        queue.push_back((to, payload));
        true
    }

    /// Sends what is queued, as far as the socket takes it; `true` when nothing is left.
    pub fn flush(&self) -> bool {
        loop {
            if self.queue.borrow().is_empty() {
                return true;
            }
            match self.send_batch() {
                Ok(sent) => self.have_left(sent),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return false,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // the first datagram cannot be sent (no route, not allowed …): leave it out, go on
                Err(e) => {
                    if let Some((to, _)) = self.queue.borrow().front() {
                        self.unsent.note(*to, &e, Instant::now());
                    }
                    self.have_left(1);
                }
            }
        }
    }

    /// So many of the first datagrams wait no longer.
    fn have_left(&self, count: usize) {
        let bytes: usize = self.queue.borrow_mut().drain(..count).map(|(_, payload)| payload.len()).sum();
        self.queued.set(self.queued.get() - bytes);
    }

    /// Notes whether a task waits for the socket; gives what was noted before.
    pub fn set_waiting(&self, waiting: bool) -> bool {
        self.waiting.replace(waiting)
    }

    /// Waits until the socket takes more. A copy of it is watched, for so long.
    pub async fn writable(&self) -> io::Result<()> {
        let copy = watched(self.socket.get_ref().try_clone()?, Interest::WRITABLE)?;
        copy.writable().await?.retain_ready();
        Ok(())
    }

    fn send_batch(&self) -> io::Result<usize> {
        let queue = self.queue.borrow();
        let head = || queue.iter().take(BATCH);
        let slices: SmallVec<[[IoSlice<'_>; 1]; BATCH]> =
            head().map(|(_, payload)| [IoSlice::new(payload)]).collect();
        let addresses: SmallVec<[Option<SockaddrStorage>; BATCH]> =
            head().map(|(to, _)| Some(SockaddrStorage::from(*to))).collect();
        let mut headers = self.sender.borrow_mut();
        let sent = sendmmsg(
            self.socket.as_raw_fd(),
            &mut headers,
            slices.iter(),
            &addresses,
            [],
            MsgFlags::MSG_DONTWAIT,
        )?
        .count();
        Ok(sent)
    }
}

/// Watches a socket for one thing. What is deprecated about it are other types than sockets, whose descriptor may change
/// or close while it is watched; its successor is `unsafe`.
#[expect(deprecated, reason = "a socket has one descriptor, open as long as it lives")]
fn watched(socket: UdpSocket, what: Interest) -> io::Result<AsyncFd<UdpSocket>> {
    AsyncFd::with_interest(socket, what)
}

/// Sends what is queued on every socket; what a full socket does not take waits for it.
pub fn flush(sockets: &[Rc<Udp>]) {
    for udp in sockets {
        if !udp.flush() && !udp.set_waiting(true) {
            let udp = udp.clone();
            tokio::task::spawn_local(async move {
                while udp.writable().await.is_ok() && !udp.flush() {}
                udp.set_waiting(false);
            });
        }
    }
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = |a: &SockaddrIn| SocketAddr::from((a.ip(), a.port()));
    let v6 = |a: &SockaddrIn6| SocketAddr::from((a.ip(), a.port()));
    storage.as_sockaddr_in().map(v4).or_else(|| storage.as_sockaddr_in6().map(v6))
}

/// Binds a UDP address so that several workers can share it.
///
/// A port that another program holds is an error even if that program would share it: the address is
/// bound exclusively once before. `tos` is the type-of-service byte, if set.
pub fn bind(address: SocketAddr, workers: usize, how: How) -> io::Result<Vec<UdpSocket>> {
    if !how.shared {
        drop(UdpSocket::bind(address)?);
    }
    (0..workers).map(|_| bind_shared(address, how)).collect()
}

/// Options of a socket.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Other programs may listen there too (`reuse_port`).
    pub shared: bool,
    /// Type of service.
    pub tos: Option<u32>,
    /// `mcast_ttl`.
    pub multicast_ttl: Option<u32>,
    /// `mcast_loopback`.
    pub multicast_loop: bool,
}

fn bind_shared(address: SocketAddr, how: How) -> io::Result<UdpSocket> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    match how.tos {
        Some(tos) if address.is_ipv4() => socket.set_tos_v4(tos)?,
        Some(tos) => socket.set_tclass_v6(tos)?,
        None => {}
    }
    multicast(&socket, address.is_ipv4(), how)?;
    // larger buffers ride out bursts; the system caps them, which is fine
    let _ = socket.set_recv_buffer_size(4 << 20);
    let _ = socket.set_send_buffer_size(4 << 20);
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn multicast(socket: &socket2::Socket, v4: bool, how: How) -> io::Result<()> {
    if v4 {
        socket.set_multicast_loop_v4(how.multicast_loop)?;
    } else {
        socket.set_multicast_loop_v6(how.multicast_loop)?;
    }
    match how.multicast_ttl {
        Some(ttl) if v4 => socket.set_multicast_ttl_v4(ttl),
        Some(ttl) => socket.set_multicast_hops_v6(ttl),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_a_bound_and_what_left_makes_room() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let socket = || UdpSocket::bind("127.0.0.1:0").expect("a free port");
            let (there, here) = (socket(), socket());
            here.set_nonblocking(true).expect("an option of the system");
            let to = there.local_addr().expect("bound");
            let lines: Rc<Cell<usize>> = Rc::default();
            let told = lines.clone();
            let unsent = Unsent::new(move |_| told.set(told.get() + 1));
            let udp = Udp::new(here, unsent).expect("it can be watched");
            assert!(!udp.queue(to, Bytes::from(vec![0; PAYLOAD_MAX + 1])), "no datagram is so long");
            let long = Bytes::from(vec![0; PAYLOAD_MAX]);
            let taken = (0..QUEUE_MAX).take_while(|_| udp.queue(to, long.clone())).count();
            assert_eq!(taken, QUEUE_BYTES_MAX / PAYLOAD_MAX);
            // one that cannot be sent holds up no others
            while !udp.flush() {
                udp.writable().await.expect("it will be");
            }
            assert!(udp.queue(([0, 0, 0, 0, 0, 0, 0, 1], 9).into(), long.clone()) && udp.flush());
            assert_eq!(lines.get(), 1);
            assert_eq!((udp.queued.get(), udp.queue.borrow().len()), (0, 0));
            let taken = (0..2 * QUEUE_MAX).take_while(|_| udp.queue(to, Bytes::from_static(b"x"))).count();
            assert_eq!(taken, QUEUE_MAX);
        });
    }
}
