//! IP addresses as scripts write them: IPv6 with or without brackets, no mixed notation.

use std::net::IpAddr;

/// The address that a text is; `None` when it is none.
pub fn parse(text: &[u8]) -> Option<IpAddr> {
    parse_v4(text).or_else(|| parse_v6(text))
}

/// The IPv4 address that a text is.
pub fn parse_v4(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok().map(IpAddr::V4)
}

/// The IPv6 address that a text is.
pub fn parse_v6(text: &[u8]) -> Option<IpAddr> {
    let bare = match text {
        [b'[', inner @ .., b']'] => inner,
        _ => text,
    };
    if bare.contains(&b'.') {
        return None;
    }
    std::str::from_utf8(bare).ok()?.parse().ok().map(IpAddr::V6)
}

pub use sipc_sip::ip_text as text;

/// An address with a mask, as on the right side of `$si == 10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    mask: IpAddr,
}

impl Network {
    /// A network; the mask must be of the address' family and need not be contiguous.
    pub const fn new(address: IpAddr, mask: IpAddr) -> Network {
        Network { address, mask }
    }

    /// A network by the length of its prefix; `None` when the length is more than the address has.
    pub fn with_prefix(address: IpAddr, length: u32) -> Option<Network> {
        let mask = match address {
            IpAddr::V4(_) if length <= 32 => IpAddr::V4(high_bits_32(length).into()),
            IpAddr::V6(_) if length <= 128 => IpAddr::V6(high_bits_128(length).into()),
            _ => return None,
        };
        Some(Network { address, mask })
    }

    /// The address as written.
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// The mask.
    pub fn mask(&self) -> IpAddr {
        self.mask
    }

    /// Whether both have the same addresses inside.
    pub fn is_same(&self, other: &Network) -> bool {
        self.mask == other.mask && self.contains(other.address) == Some(true)
    }

    /// Whether an address is inside; `None` when it is of the other family.
    pub fn contains(&self, address: IpAddr) -> Option<bool> {
        match (self.address, self.mask, address) {
            (IpAddr::V4(net), IpAddr::V4(mask), IpAddr::V4(a)) => {
                Some(a.to_bits() & mask.to_bits() == net.to_bits() & mask.to_bits())
            }
            (IpAddr::V6(net), IpAddr::V6(mask), IpAddr::V6(a)) => {
                Some(a.to_bits() & mask.to_bits() == net.to_bits() & mask.to_bits())
            }
            _ => None,
        }
    }
}

fn high_bits_32(length: u32) -> u32 {
    u32::MAX.checked_shl(32 - length).unwrap_or(0)
}

fn high_bits_128(length: u32) -> u128 {
    u128::MAX.checked_shl(128 - length).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        parse(text.as_bytes()).expect("an address")
    }

    #[test]
    fn what_is_an_address() {
        assert!(parse(b"[2001:db8::1]").is_some());
        for bad in ["", "010.1.2.3", "1.2.3", "::ffff:1.2.3.4", "[10.0.0.1]", "host"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn networks() {
        let net = Network::with_prefix(ip("10.1.2.3"), 8).expect("a length");
        assert_eq!(net.contains(ip("10.9.9.9")), Some(true));
        assert_eq!(net.contains(ip("11.0.0.1")), Some(false));
        assert_eq!(net.contains(ip("::1")), None);
        let all = Network::with_prefix(ip("10.0.0.0"), 0).expect("a length");
        assert_eq!(all.contains(ip("192.168.0.1")), Some(true));
        assert!(Network::with_prefix(ip("10.0.0.0"), 33).is_none());
    }
}
