//! A host: IPv4 address, IPv6 reference or name. Nothing is looked up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host<'a> {
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address, with or without brackets.
    V6(Ipv6Addr),
    /// Anything else.
    Name(&'a [u8]),
}

/// An address as OpenSIPS prints it: IPv6 in capital letters, without `::` and without brackets.
pub fn ip_text(address: IpAddr) -> String {
    match IpText::of(address) {
        IpText::V4 { digits, length } => digits.iter().take(length).copied().map(char::from).collect(),
        IpText::V6(text) => text,
    }
}

/// The same, without memory for the text of IPv4: `$si` is read, and written into Via, for every message.
pub(crate) enum IpText {
    V4 { digits: [u8; 16], length: usize },
    V6(String),
}

impl IpText {
    pub(crate) fn of(address: IpAddr) -> IpText {
        match address {
            IpAddr::V4(ip) => IpText::v4(ip),
            IpAddr::V6(ip) => IpText::V6(ip.segments().map(|s| format!("{s:X}")).join(":")),
        }
    }

    fn v4(ip: Ipv4Addr) -> IpText {
        let mut digits = [b'.'; 16];
        let mut length = 0;
        let mut put = |digit: u8| {
            digits[length] = digit;
            length += 1;
        };
        for (n, octet) in ip.octets().into_iter().enumerate() {
            if n > 0 {
                put(b'.');
            }
            if octet >= 100 {
                put(b'0' + octet / 100);
            }
            if octet >= 10 {
                put(b'0' + octet / 10 % 10);
            }
            put(b'0' + octet % 10);
        }
        IpText::V4 { digits, length }
    }

    pub(crate) fn text(&self) -> &[u8] {
        match self {
            IpText::V4 { digits, length } => digits.get(..*length).unwrap_or_default(),
            IpText::V6(text) => text.as_bytes(),
        }
    }
}

impl<'a> Host<'a> {
    /// Tells what `text` is.
    pub fn of(text: &'a [u8]) -> Host<'a> {
        match ip(text) {
            Some(IpAddr::V4(address)) => Host::V4(address),
            Some(IpAddr::V6(address)) => Host::V6(address),
            None => Host::Name(text),
        }
    }

    /// The address, if it is one.
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Host::V4(address) => Some(IpAddr::V4(address)),
            Host::V6(address) => Some(IpAddr::V6(address)),
            Host::Name(_) => None,
        }
    }
}

fn ip(text: &[u8]) -> Option<IpAddr> {
    let first = text.first()?;
    if text.len() > 47 || !(first.is_ascii_hexdigit() || matches!(first, b'[' | b':')) {
        return None;
    }
    let bare = match text {
        [b'[', inner @ .., b']'] => inner,
        _ => text,
    };
    std::str::from_utf8(bare).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_print_as_std_prints_them() {
        for octet in 0..=u8::MAX {
            let address = std::net::Ipv4Addr::new(octet, 0, 10, octet);
            assert_eq!(ip_text(address.into()), address.to_string());
        }
    }
}
