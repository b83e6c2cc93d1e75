//! What literals of core functions must look like.

use std::net::IpAddr;

const PROTOCOLS: &[&str] = &[
    "any", "udp", "tcp", "tls", "sctp", "ws", "wss", "ipsec", "bin", "bins", "hep_udp", "hep_tcp", "hep_tls",
    "smpp", "msrp", "msrps",
];

fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text).parse().ok()
}

/// An address.
pub(super) fn ip(text: &[u8]) -> Result<(), &'static str> {
    address(text).map(drop).ok_or("not an address")
}

/// A protocol.
pub(super) fn protocol(text: &[u8]) -> Result<(), &'static str> {
    let known = PROTOCOLS.iter().any(|p| text.eq_ignore_ascii_case(p.as_bytes()));
    if known { Ok(()) } else { Err("not a protocol") }
}

/// `[!]address[/length or mask]`.
pub(super) fn network(text: &[u8]) -> Result<(), &'static str> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"!").unwrap_or(text).trim_ascii();
    let slash = text.iter().position(|b| *b == b'/').unwrap_or(text.len());
    let ip = address(&text[..slash]).ok_or("not an address")?;
    let mask = match text.get(slash + 1..) {
        None => return Ok(()),
        Some(mask) => std::str::from_utf8(mask).map_err(|_| "not a mask")?,
    };
    let length_max = if ip.is_ipv4() { 32 } else { 128 };
    let good = match mask.parse::<u32>() {
        Ok(length) => length <= length_max,
        Err(_) => mask.parse::<IpAddr>().is_ok_and(|m| m.is_ipv4() == ip.is_ipv4()),
    };
    if good { Ok(()) } else { Err("not a mask of this address") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_good_and_what_not() {
        for good in ["10.0.0.0/8", "! 10.0.0.0/255.0.0.0", "[2001:db8::]/32", "::1"] {
            assert_eq!(network(good.as_bytes()), Ok(()), "{good}");
        }
        for bad in ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/::", "host"] {
            assert!(network(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(protocol(b"UDP").is_ok() && protocol(b"xyz").is_err() && ip(b"10.0.0").is_err());
    }
}
