//! One rule of a blacklist.

use std::net::IpAddr;

use super::Candidate;
use crate::address::{self, Network};
use crate::glob::glob;

/// `[!][protocol,]network[,port[,pattern]]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// It holds when the rest does not.
    pub negated: bool,
    /// In lower case; `None`: any.
    pub protocol: Option<String>,
    /// Destinations.
    pub network: Network,
    /// 0: any.
    pub port: u16,
    /// A shell pattern for the message.
    pub pattern: Option<Vec<u8>>,
    /// Unix seconds when it ends.
    pub ends: Option<u64>,
}

impl Rule {
    /// Reads a rule as management commands write it.
    pub fn parse(text: &[u8]) -> Option<Rule> {
        let text = text.trim_ascii_start();
        let (negated, text) = text.strip_prefix(b"!").map_or((false, text), |rest| (true, rest.trim_ascii()));
        let (first, rest) = split(text);
        let (protocol, first, rest) = match protocol(first) {
            Some(found) => {
                let (network, rest) = split(rest?);
                (found, network, rest)
            }
            None => (None, first, rest),
        };
        let network = network(first)?;
        let (port, pattern) = match rest.map(split) {
            None => (0, None),
            Some((port, pattern)) => (std::str::from_utf8(port.trim_ascii()).ok()?.parse().ok()?, pattern),
        };
        let pattern = pattern.filter(|p| !p.is_empty()).map(<[u8]>::to_vec);
        Some(Rule { negated, protocol, network, port, pattern, ends: None })
    }

    /// Whether it holds for a destination.
    pub fn holds(&self, c: &Candidate<'_>) -> bool {
        let all = (self.port == 0 || self.port == c.port)
            && self.protocol.as_deref().is_none_or(|p| p == c.protocol)
            && self.network.contains(c.address) == Some(true)
            && self.pattern.as_deref().is_none_or(|p| glob(p, c.text));
        all != self.negated
    }

    /// Whether it has not ended.
    pub fn is_alive(&self, now: u64) -> bool {
        self.ends.is_none_or(|end| end > now)
    }

    /// One server: its address, port and protocol.
    pub(super) fn of_server(protocol: Option<String>, at: std::net::SocketAddr) -> Rule {
        let full = if at.is_ipv4() { IpAddr::from([0xff; 4]) } else { IpAddr::from([0xff; 16]) };
        let network = Network::new(at.ip(), full);
        Rule { negated: false, protocol, network, port: at.port(), pattern: None, ends: None }
    }

    /// Whether it says the same, whenever it ends.
    pub fn is_same(&self, other: &Rule) -> bool {
        self.negated == other.negated
            && self.port == other.port
            && self.protocol == other.protocol
            && self.pattern == other.pattern
            && self.network.is_same(&other.network)
    }
}

fn split(text: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b',', text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// `any` or a protocol; `None` when the word is neither.
#[allow(clippy::option_option, reason = "any protocol is something else than no protocol")]
fn protocol(word: &[u8]) -> Option<Option<String>> {
    let word = std::str::from_utf8(word.trim_ascii()).ok()?.to_ascii_lowercase();
    match word.as_str() {
        "any" => Some(None),
        "udp" | "tcp" | "tls" | "sctp" | "ws" | "wss" | "ipsec" | "bin" | "bins" | "hep_udp" | "hep_tcp"
        | "hep_tls" | "smpp" | "msrp" | "msrps" => Some(Some(word)),
        _ => None,
    }
}

/// `address`, `address/length` or `address/mask`.
pub fn network(text: &[u8]) -> Option<Network> {
    let text = text.trim_ascii();
    let slash = memchr::memchr(b'/', text);
    let ip = address::parse(&text[..slash.unwrap_or(text.len())])?;
    let Some(slash) = slash else {
        let full = if ip.is_ipv4() { 32 } else { 128 };
        return Network::with_prefix(ip, full);
    };
    let mask = &text[slash + 1..];
    if let Some(length) = std::str::from_utf8(mask).ok().and_then(|m| m.parse().ok()) {
        return Network::with_prefix(ip, length);
    }
    match (ip, address::parse(mask)?) {
        (IpAddr::V4(_), mask @ IpAddr::V4(_)) | (IpAddr::V6(_), mask @ IpAddr::V6(_)) => {
            Some(Network::new(ip, mask))
        }
        _ => None,
    }
}
