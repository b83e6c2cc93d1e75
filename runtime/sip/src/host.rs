//! A host: IPv4 address, IPv6 reference or name. Nothing is looked up.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::scan;

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
        IpText::V6(text) => text,
        v4 => String::from_utf8_lossy(v4.text()).into_owned(),
    }
}

/// The same, without memory for the text of IPv4: `$si` is read, and written into Via, for every message.
pub enum IpText {
    /// Of an IPv4 address.
    V4 {
        /// The text, and what is left of the room for it.
        digits: [u8; 16],
        /// How long the text is.
        length: usize,
    },
    /// Of an IPv6 address.
    V6(String),
}

impl IpText {
    /// Writes an address.
    pub fn of(address: IpAddr) -> IpText {
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

    /// Its text.
    pub fn text(&self) -> &[u8] {
        match self {
            IpText::V4 { digits, length } => digits.get(..*length).unwrap_or_default(),
            IpText::V6(text) => text.as_bytes(),
        }
    }
}

impl<'a> Host<'a> {
    /// Tells what `text` is.
    #[inline]
    pub fn of(text: &'a [u8]) -> Host<'a> {
        match ip(text) {
            Some(IpAddr::V4(address)) => Host::V4(address),
            Some(IpAddr::V6(address)) => Host::V6(address),
            None => Host::Name(text),
        }
    }

    /// The address, if it is one.
    #[inline]
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Host::V4(address) => Some(IpAddr::V4(address)),
            Host::V6(address) => Some(IpAddr::V6(address)),
            Host::Name(_) => None,
        }
    }
}

#[inline]
fn ip(text: &[u8]) -> Option<IpAddr> {
    let first = text.first()?;
    if first.is_ascii_digit()
        && let Some(address) = ipv4(text)
    {
        return Some(IpAddr::V4(address));
    }
    if *first != b'[' && (text.len() > 47 || scan::find(text, [b':']) == text.len()) {
        return None;
    }
    ip_in_brackets(text, *first)
}

/// Four numbers in decimal, without zeros before them.
#[inline]
fn ipv4(text: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut rest = text;
    for (n, octet) in octets.iter_mut().enumerate() {
        let (number, length) = match rest {
            [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', ..] => (three(*a, *b, *c), 3),
            [a @ b'1'..=b'9', b @ b'0'..=b'9', ..] => (three(b'0', *a, *b), 2),
            [a @ b'0'..=b'9', ..] => (three(b'0', b'0', *a), 1),
            _ => return None,
        };
        *octet = u8::try_from(number).ok()?;
        rest = rest.get(length..).unwrap_or_default();
        if n < 3 {
            rest = rest.strip_prefix(b".")?;
        }
    }
    rest.is_empty().then(|| Ipv4Addr::from(octets))
}

/// The number of three digits.
#[inline]
fn three(a: u8, b: u8, c: u8) -> u16 {
    let digit = |c: u8| u16::from(c - b'0');
    digit(a) * 100 + digit(b) * 10 + digit(c)
}

#[inline(never)]
fn ip_in_brackets(text: &[u8], first: u8) -> Option<IpAddr> {
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
    fn addresses_are_those_of_std() {
        for text in [
            "1.2.3.4",
            "0.0.0.0",
            "255.255.255.255",
            "256.1.1.1",
            "01.2.3.4",
            "1.2.3",
            "1.2.3.4.",
            "1..3.4",
            "1.2.3.4a",
            "10.20.30.1000",
            "00.0.0.0",
            "::1",
            "1::",
            "fe80::1%1",
            "a.b",
            "1a",
            "",
            "1.2.3.4:5",
        ] {
            assert_eq!(ip(text.as_bytes()), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn octets_print_as_std_prints_them() {
        for octet in 0..=u8::MAX {
            let address = std::net::Ipv4Addr::new(octet, 0, 10, octet);
            assert_eq!(ip_text(address.into()), address.to_string());
        }
    }
}
