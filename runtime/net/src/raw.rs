//! Datagrams that seem to come from another address: `natping_socket` of nathelper. IPv4 only, and for who may open raw
//! sockets.

use std::io;
use std::net::{SocketAddr, SocketAddrV4};

use socket2::{Domain, Protocol, Socket, Type};

/// IPPROTO_RAW: what is sent begins with the header of IP.
const RAW: i32 = 255;
/// The protocol number of UDP.
const UDP: u8 = 17;
const IP_HEADER: usize = 20;
const UDP_HEADER: usize = 8;
/// How many routers it may pass.
const TIME_TO_LIVE: u8 = 64;

/// One for the process.
pub struct RawSocket(Socket);

impl RawSocket {
    /// Opens it, while the process may.
    pub fn open() -> Result<RawSocket, String> {
        let open = || {
            let socket = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::from(RAW)))?;
            socket.set_nonblocking(true)?;
            Ok(RawSocket(socket))
        };
        open().map_err(|e: io::Error| match e.kind() {
            io::ErrorKind::PermissionDenied => {
                "sending from other addresses needs a raw socket: permission denied (it takes CAP_NET_RAW)"
                    .to_owned()
            }
            _ => format!("sending from other addresses needs a raw socket: {e}"),
        })
    }

    /// Sends a datagram, at once or not at all.
    pub fn send(&self, from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> io::Result<()> {
        let packet = packet(from, to, payload).ok_or(io::ErrorKind::InvalidInput)?;
        self.0.send_to(&packet, &SocketAddr::V4(to).into()).map(drop)
    }
}

/// The datagram with its headers; `None` when it is too long. The kernel fills in the checksum of IP and the
/// identification; without a checksum of UDP, which is optional, it passes as well.
fn packet(from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Option<Vec<u8>> {
    let udp_length = u16::try_from(UDP_HEADER + payload.len()).ok()?;
    let length = u16::try_from(IP_HEADER + UDP_HEADER + payload.len()).ok()?;
    let mut packet = Vec::with_capacity(usize::from(length));
    // version 4, five words of header, no type of service
    packet.extend_from_slice(&[0x45, 0]);
    packet.extend_from_slice(&length.to_be_bytes());
    packet.extend_from_slice(&[0, 0, 0, 0, TIME_TO_LIVE, UDP, 0, 0]);
    packet.extend_from_slice(&from.ip().octets());
    packet.extend_from_slice(&to.ip().octets());
    for field in [from.port(), to.port(), udp_length, 0] {
        packet.extend_from_slice(&field.to_be_bytes());
    }
    packet.extend_from_slice(payload);
    Some(packet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, UdpSocket};
    use std::time::Duration;

    #[test]
    fn headers_stand_before_the_payload() {
        let from = SocketAddrV4::new(Ipv4Addr::new(192, 0, 2, 1), 5006);
        let to = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 3), 5060);
        let packet = packet(from, to, &[0; 4]).expect("it is short");
        assert_eq!(
            packet,
            [
                0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 10, 0, 0, 3, 0x13, 0x8e, 0x13, 0xc4,
                0, 12, 0, 0, 0, 0, 0, 0
            ]
        );
        assert_eq!(super::packet(from, to, &vec![0; 65_520]), None);
    }

    #[test]
    fn who_may_sends_from_another_address() {
        let reader = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        reader.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let SocketAddr::V4(to) = reader.local_addr().expect("bound") else { panic!("it is IPv4") };
        let from = SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, 9), 5006);
        match RawSocket::open() {
            Ok(socket) => {
                socket.send(from, to, b"ping").expect("loopback");
                let mut buffer = [0; 100];
                let (length, source) = reader.recv_from(&mut buffer).expect("it came");
                assert_eq!((&buffer[..length], source), (&b"ping"[..], SocketAddr::V4(from)));
            }
            Err(why) => assert!(why.contains("CAP_NET_RAW"), "{why}"),
        }
    }
}
