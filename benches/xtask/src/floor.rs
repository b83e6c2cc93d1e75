//! The floor: a forwarder that reads nothing. What comes from the called side goes to the caller, all else to the called
//! side; no server can cost less.

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmmsg, setsockopt, sockopt::RcvBuf};

use crate::Fault;

/// Messages of a batch.
const BATCH: usize = 64;
/// What the kernel may keep for the socket.
const BUFFER: usize = 4 << 20;
/// Longest datagram.
const LONGEST: usize = 4096;

/// Between whom.
pub struct Options {
    /// Where the caller sends.
    pub listen: SocketAddr,
    /// Where the called side is.
    pub called: SocketAddr,
    /// Whether many datagrams pass with one call of the kernel.
    pub batched: bool,
}

/// Forwards until it is ended.
pub fn run(options: &Options) -> Result<(), Fault> {
    let socket = UdpSocket::bind(options.listen).map_err(|e| format!("{}: {e}", options.listen))?;
    // as much as servers may ask for: a burst must find room
    setsockopt(&socket, RcvBuf, &BUFFER).map_err(|e| e.to_string())?;
    match (options.batched, options.called) {
        (false, called) => single(&socket, called),
        (true, SocketAddr::V4(called)) => batched(&socket, called),
        (true, called) => Err(format!("{called} is no IPv4 address")),
    }
}

fn single(socket: &UdpSocket, called: SocketAddr) -> Result<(), Fault> {
    let mut buffer = [0; LONGEST];
    let mut caller = called;
    loop {
        let (length, from) = socket.recv_from(&mut buffer).map_err(|e| e.to_string())?;
        let to = if from == called {
            caller
        } else {
            caller = from;
            called
        };
        // a called side that has ended is told by an error here, and the next call finds a new one
        let _ = socket.send_to(&buffer[..length], to);
    }
}

fn batched(socket: &UdpSocket, called: SocketAddrV4) -> Result<(), Fault> {
    let called = SockaddrIn::from(called);
    let mut caller = called;
    let mut buffers = vec![[0_u8; LONGEST]; BATCH];
    let mut incoming = MultiHeaders::preallocate(BATCH, None);
    let mut outgoing = MultiHeaders::preallocate(BATCH, None);
    loop {
        let received = receive(socket, &mut incoming, &mut buffers).map_err(|e| e.to_string())?;
        let mut slices = Vec::with_capacity(received.len());
        let mut ways = Vec::with_capacity(received.len());
        for ((length, from), buffer) in received.into_iter().zip(&buffers) {
            slices.push([IoSlice::new(&buffer[..length])]);
            if from == Some(called) {
                ways.push(Some(caller));
            } else {
                caller = from.unwrap_or(caller);
                ways.push(Some(called));
            }
        }
        // as above; the rest of a batch that was cut short is lost, as datagrams may be
        let _ = sendmmsg(socket.as_raw_fd(), &mut outgoing, &slices, &ways, [], MsgFlags::empty());
    }
}

/// Waits for one datagram and takes all that are there.
fn receive(
    socket: &UdpSocket,
    headers: &mut MultiHeaders<SockaddrIn>,
    buffers: &mut [[u8; LONGEST]],
) -> nix::Result<Vec<(usize, Option<SockaddrIn>)>> {
    let mut slices: Vec<[IoSliceMut; 1]> = buffers.iter_mut().map(|b| [IoSliceMut::new(b)]).collect();
    let taken = recvmmsg(socket.as_raw_fd(), headers, slices.iter_mut(), MsgFlags::MSG_WAITFORONE, None)?;
    Ok(taken.map(|message| (message.bytes, message.address)).collect())
}
