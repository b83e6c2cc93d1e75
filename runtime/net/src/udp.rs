//! UDP in batches: one `recvmmsg` takes what has arrived ([`reader`]), one `sendmmsg` sends what was queued.

mod reader;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, sendmmsg};
use smallvec::SmallVec;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::unsent::Unsent;

#[cfg(test)]
pub use reader::crowd;
pub use reader::{Left, Reader, Room};

/// Most datagrams per system call.
pub const BATCH: usize = 32;
/// The most that a datagram carries; what is longer would be refused by the system, each time that it is sent again.
const PAYLOAD_MAX: usize = 65_507;
/// Datagrams waiting for a full socket buffer; beyond that they are dropped and counted, as the network
/// itself would.
const QUEUE_MAX: usize = 16_384;
/// Bytes of them.
const QUEUE_BYTES_MAX: usize = 64 << 20;

/// One worker's share of a listening UDP socket, for what leaves.
///
/// It is not watched as long as it takes everything: every datagram that leaves makes room again, and the system would
/// tell of each.
pub struct Udp {
    socket: Arc<UdpSocket>,
    queue: RefCell<VecDeque<(SocketAddr, Bytes)>>,
    /// How many bytes that is.
    queued: Cell<usize>,
    sender: RefCell<MultiHeaders<SockaddrStorage>>,
    /// A task waits for the socket to take more.
    waiting: Cell<bool>,
    unsent: Unsent,
}

impl Udp {
    /// Wraps a bound, non-blocking socket. `unsent` is told what cannot be sent.
    pub fn new(socket: Arc<UdpSocket>, unsent: Unsent) -> Udp {
        Udp {
            socket,
            queue: RefCell::default(),
            queued: Cell::new(0),
            sender: RefCell::new(MultiHeaders::preallocate(BATCH, None)),
            waiting: Cell::new(false),
            unsent,
        }
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
                Ok(sent) => self.take_off(sent),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return false,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // the first datagram cannot be sent (no route, not allowed …): leave it out, go on
                Err(e) => {
                    if let Some((to, _)) = self.queue.borrow().front() {
                        self.unsent.note(*to, &e, Instant::now());
                    }
                    self.take_off(1);
                }
            }
        }
    }

    /// Whether nothing waits for the socket to take more.
    pub fn has_left(&self) -> bool {
        self.queue.borrow().is_empty()
    }

    /// So many of the first datagrams wait no longer.
    fn take_off(&self, count: usize) {
        let bytes: usize = self.queue.borrow_mut().drain(..count).map(|(_, payload)| payload.len()).sum();
        self.queued.set(self.queued.get() - bytes);
    }

    /// Notes whether a task waits for the socket; gives what was noted before.
    pub fn set_waiting(&self, waiting: bool) -> bool {
        self.waiting.replace(waiting)
    }

    /// Waits until the socket takes more. A copy of it is watched, for so long: the socket itself may be watched for
    /// what arrives.
    pub async fn writable(&self) -> io::Result<()> {
        let copy = watched(Arc::new(self.socket.try_clone()?), Interest::WRITABLE)?;
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
fn watched(socket: Arc<UdpSocket>, what: Interest) -> io::Result<AsyncFd<Arc<UdpSocket>>> {
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

/// Binds a UDP address so that several workers can share it.
///
/// A port that another program holds is an error even if that program would share it: the address is
/// bound exclusively once before. Of a multicast address the first socket joins the group.
pub fn bind(address: SocketAddr, workers: usize, how: How) -> io::Result<Vec<UdpSocket>> {
    if !how.shared {
        drop(UdpSocket::bind(address)?);
    }
    let sockets = (0..workers).map(|_| bind_shared(address, how)).collect::<io::Result<Vec<_>>>()?;
    match (sockets.first(), address.ip()) {
        (Some(first), IpAddr::V4(group)) if group.is_multicast() => {
            first.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
        }
        (Some(first), IpAddr::V6(group)) if group.is_multicast() => first.join_multicast_v6(&group, 0)?,
        _ => {}
    }
    Ok(sockets)
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
    // what comes to a group would else come to each of the sockets that share its address
    match address.ip() {
        IpAddr::V4(ip) if ip.is_multicast() => socket.set_multicast_all_v4(false)?,
        IpAddr::V6(ip) if ip.is_multicast() => socket.set_multicast_all_v6(false)?,
        _ => {}
    }
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
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_comes_to_a_group_comes_once() {
        let free = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        let port = free.local_addr().expect("bound").port();
        let group = SocketAddr::from(([239, 255, 77, 1], port));
        let sockets = match bind(group, 3, How::default()) {
            Ok(sockets) => sockets,
            Err(e) => return assert_eq!(e.raw_os_error(), Some(19), "a machine without a network"),
        };
        let sender = UdpSocket::bind("0.0.0.0:0").expect("a free port");
        sender.send_to(b"x", group).expect("it is on the network");
        sockets[0].set_nonblocking(false).expect("an option of the system");
        sockets[0].set_read_timeout(Some(Duration::from_secs(5))).expect("an option of the system");
        sockets[0].recv_from(&mut [0]).expect("it has joined");
        let others = sockets[1..].iter().map(|s| s.recv_from(&mut [0]).map_err(|e| e.kind()));
        assert!(others.eq([Err(io::ErrorKind::WouldBlock), Err(io::ErrorKind::WouldBlock)]));
    }

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
            let udp = Udp::new(Arc::new(here), unsent);
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
