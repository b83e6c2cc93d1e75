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
    match address {
        IpAddr::V4(ip) => {
            let mut text = String::with_capacity(15);
            for (n, octet) in ip.octets().into_iter().enumerate() {
                if n > 0 {
                    text.push('.');
                }
                push_octet(&mut text, octet);
            }
            text
        }
        IpAddr::V6(ip) => ip.segments().map(|s| format!("{s:X}")).join(":"),
    }
}

/// Appends a decimal number of at most three digits, without the detour over `fmt`: `$si` is read for every message.
fn push_octet(text: &mut String, octet: u8) {
    let digit = |n: u8| char::from(b'0' + n % 10);
    if octet >= 100 {
        text.push(digit(octet / 100));
    }
    if octet >= 10 {
        text.push(digit(octet / 10));
    }
    text.push(digit(octet));
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
