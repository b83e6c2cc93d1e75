//! The PROXY protocol of HAProxy: a header in front of a connection or datagram that tells whom it comes from. Versions 1
//! and 2 are read, version 1 is written.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use sipc_engine::network::Proxied;
use sipc_engine::streams::{Layer, Output};

const V1: &[u8] = b"PROXY ";
/// The longest header of version 1.
const V1_MAX: usize = 107;
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// What a header of version 2 has before the addresses.
const V2_FIXED: usize = 16;
/// The longest header of version 2, with what else it may tell.
const V2_MAX: usize = 4096;

/// What bytes begin with.
#[derive(Debug, PartialEq, Eq)]
pub enum Header {
    /// No header.
    None,
    /// Perhaps one: more bytes are needed.
    More,
    /// One of that many bytes, and what it tells, if it tells anything.
    Whole(usize, Option<Proxied>),
    /// One that cannot be read.
    Bad,
}

/// Looks for a header.
pub fn read(bytes: &[u8]) -> Header {
    let begins = |mark: &[u8]| bytes.iter().zip(mark).all(|(a, b)| a == b);
    match (begins(V1), begins(V2)) {
        (true, _) if bytes.len() >= V1.len() => first(bytes),
        (_, true) if bytes.len() >= V2.len() => second(bytes),
        (false, false) => Header::None,
        _ => Header::More,
    }
}

fn first(bytes: &[u8]) -> Header {
    let most = bytes.get(..V1_MAX).unwrap_or(bytes);
    let Some(end) = memchr::memmem::find(most, b"\r\n") else {
        return if bytes.len() >= V1_MAX { Header::Bad } else { Header::More };
    };
    let line = std::str::from_utf8(&bytes[V1.len()..end]).unwrap_or_default();
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["UNKNOWN", ..] => Header::Whole(end + 2, None),
        [kind @ ("TCP4" | "TCP6"), from, to, from_port, to_port] => {
            let told = addresses(from, to, from_port, to_port).filter(|p| {
                p.source.is_ipv4() == (*kind == "TCP4") && p.destination.is_ipv4() == p.source.is_ipv4()
            });
            told.map_or(Header::Bad, |told| Header::Whole(end + 2, Some(told)))
        }
        _ => Header::Bad,
    }
}

fn addresses(from: &str, to: &str, from_port: &str, to_port: &str) -> Option<Proxied> {
    let address = |ip: &str, port: &str| Some(SocketAddr::new(ip.parse().ok()?, port.parse().ok()?));
    Some(Proxied { source: address(from, from_port)?, destination: address(to, to_port)? })
}

fn second(bytes: &[u8]) -> Header {
    let Some(fixed) = bytes.get(V2.len()..V2_FIXED) else { return Header::More };
    let whole = V2_FIXED + usize::from(u16::from_be_bytes([fixed[2], fixed[3]]));
    if whole > V2_MAX || fixed[0] >> 4 != 2 {
        return Header::Bad;
    }
    let Some(body) = bytes.get(V2_FIXED..whole) else { return Header::More };
    match (fixed[0] & 0x0f, fixed[1] >> 4) {
        // the sender speaks for itself, or of what has no address
        (0, _) | (1, 0 | 3) => Header::Whole(whole, None),
        (1, 1) => both::<4>(body).map_or(Header::Bad, |told| Header::Whole(whole, Some(told))),
        (1, 2) => both::<16>(body).map_or(Header::Bad, |told| Header::Whole(whole, Some(told))),
        _ => Header::Bad,
    }
}

/// Two addresses of N bytes, then their ports.
fn both<const N: usize>(body: &[u8]) -> Option<Proxied>
where
    IpAddr: From<[u8; N]>,
{
    let ip = |at: usize| Some(IpAddr::from(<[u8; N]>::try_from(body.get(at..at + N)?).ok()?));
    let port = |at: usize| Some(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]));
    let source = SocketAddr::new(ip(0)?, port(2 * N)?);
    Some(Proxied { source, destination: SocketAddr::new(ip(N)?, port(2 * N + 2)?) })
}

/// The header for what comes from elsewhere.
pub fn write(told: Proxied) -> Vec<u8> {
    let Proxied { source, destination } = told;
    if source.is_ipv4() != destination.is_ipv4() {
        return b"PROXY UNKNOWN\r\n".to_vec();
    }
    let kind = if source.is_ipv4() { "TCP4" } else { "TCP6" };
    let text = sipc_engine::address::text;
    let (from, to) = (text(source.ip()), text(destination.ip()));
    format!("PROXY {kind} {from} {to} {} {}\r\n", source.port(), destination.port()).into_bytes()
}

/// Reads the header of a connection that was accepted.
pub struct Reading {
    /// What has come of the header.
    head: Option<Vec<u8>>,
    /// Where the connection looks for what it tells.
    told: Rc<Cell<Option<Proxied>>>,
}

impl Reading {
    /// The layer, which puts what it finds into `told`.
    pub fn new(told: Rc<Cell<Option<Proxied>>>) -> Reading {
        Reading { head: Some(Vec::new()), told }
    }
}

#[cfg(test)]
thread_local! {
    /// Reading a header is a fault.
    pub static FAULTY: Cell<bool> = const { Cell::new(false) };
}

impl Layer for Reading {
    fn receive(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String> {
        #[cfg(test)]
        assert!(!FAULTY.get(), "on purpose");
        let Some(head) = &mut self.head else {
            out.bytes.extend_from_slice(bytes);
            return Ok(());
        };
        head.extend_from_slice(bytes);
        let length = match read(head) {
            Header::More => return Ok(()),
            Header::Bad => return Err("the PROXY header cannot be read".to_owned()),
            Header::None => 0,
            Header::Whole(length, told) => {
                self.told.set(told);
                length
            }
        };
        out.bytes.extend_from_slice(head.get(length..).unwrap_or_default());
        self.head = None;
        Ok(())
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, message: &[u8], wire: &mut Vec<u8>) -> Result<(), String> {
        wire.extend_from_slice(message);
        Ok(())
    }
}

/// Writes the header of a connection that was opened here.
pub struct Writing(pub Proxied);

impl Layer for Writing {
    fn begin(&mut self, out: &mut Output) -> Result<(), String> {
        out.answers = write(self.0);
        Ok(())
    }

    fn receive(&mut self, bytes: &[u8], out: &mut Output) -> Result<(), String> {
        out.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn send(&mut self, message: &[u8], wire: &mut Vec<u8>) -> Result<(), String> {
        wire.extend_from_slice(message);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(source: &str, destination: &str) -> Option<Proxied> {
        let at = |text: &str| text.parse().expect("an address");
        Some(Proxied { source: at(source), destination: at(destination) })
    }

    #[test]
    fn version_1() {
        let line = b"PROXY TCP4 192.0.2.1 192.0.2.2 5060 5061\r\nOPTIONS";
        assert_eq!(read(line), Header::Whole(42, told("192.0.2.1:5060", "192.0.2.2:5061")));
        let six = b"PROXY TCP6 2001:db8::1 ::1 1 2\r\n";
        assert_eq!(read(six), Header::Whole(32, told("[2001:db8::1]:1", "[::1]:2")));
        assert_eq!(read(b"PROXY UNKNOWN anything\r\n"), Header::Whole(24, None));
        for more in [&b""[..], b"P", b"PROXY ", b"PROXY TCP4 192.0.2.1 192.0.2.2 5060 5061\r"] {
            assert_eq!(read(more), Header::More);
        }
        for bad in
            ["TCP4 ::1 ::2 1 2", "TCP4 1.2.3.4 5.6.7.8 1 70000", "TCP4 1.2.3.4 5.6.7.8 1", "UDP4 x", ""]
        {
            assert_eq!(read(format!("PROXY {bad}\r\n").as_bytes()), Header::Bad, "{bad}");
        }
        assert_eq!(read(format!("PROXY {}", "x".repeat(200)).as_bytes()), Header::Bad);
        assert_eq!(read(b"OPTIONS sip:a@b SIP/2.0\r\n"), Header::None);
        assert_eq!(read(b"PRACK"), Header::None);
    }

    #[test]
    fn version_2() {
        let header = |command: u8, family: u8, body: &[u8]| {
            let length = u16::try_from(body.len()).expect("a short one").to_be_bytes();
            [V2, &[command, family], &length[..], body].concat()
        };
        let four = [192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0xc4, 0x13, 0xc5, 9, 9];
        let whole = header(0x21, 0x11, &four);
        assert_eq!(read(&whole), Header::Whole(30, told("192.0.2.1:5060", "192.0.2.2:5061")));
        assert!((0..whole.len()).all(|n| read(&whole[..n]) == Header::More));
        let six = [&[0; 15][..], &[1], &[0; 15], &[2], &[0, 1, 0, 2]].concat();
        assert_eq!(read(&header(0x21, 0x21, &six)), Header::Whole(52, told("[::1]:1", "[::2]:2")));
        assert_eq!(read(&header(0x20, 0, &[])), Header::Whole(16, None));
        for bad in [header(0x31, 0x11, &four), header(0x21, 0x11, &four[..5]), header(0x22, 0x11, &four)] {
            assert_eq!(read(&bad), Header::Bad);
        }
        assert_eq!(read(b"\r\n\r\nOPTIONS"), Header::None, "a ping");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let there = told("192.0.2.1:5060", "192.0.2.2:5061").expect("addresses");
        let bytes = write(there);
        assert_eq!(read(&bytes), Header::Whole(bytes.len(), Some(there)));
        let mixed = told("192.0.2.1:5060", "[::1]:5061").expect("addresses");
        assert_eq!(write(mixed), b"PROXY UNKNOWN\r\n");
    }
}
