//! A host: IPv4 address, IPv6 reference or name. Nothing is looked up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use smallvec::SmallVec;

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
            let (digits, length) = v4_text(ip);
            digits.iter().take(length).copied().map(char::from).collect()
        }
        IpAddr::V6(ip) => ip.segments().map(|s| format!("{s:X}")).join(":"),
    }
}

/// Appends what [`ip_text`] gives.
pub(crate) fn put_ip<A: smallvec::Array<Item = u8>>(out: &mut SmallVec<A>, address: IpAddr) {
    match address {
        IpAddr::V4(ip) => {
            let (digits, length) = v4_text(ip);
            out.extend_from_slice(digits.get(..length).unwrap_or_default());
        }
        IpAddr::V6(_) => out.extend_from_slice(ip_text(address).as_bytes()),
    }
}

/// The digits and dots, and how many they are, without the detour over `fmt`: `$si` is read for every message.
fn v4_text(ip: Ipv4Addr) -> ([u8; 16], usize) {
    let mut text = [b'.'; 16];
    let mut at = 0;
    let mut put = |digit: u8| {
        text[at] = digit;
        at += 1;
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
    (text, at)
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
