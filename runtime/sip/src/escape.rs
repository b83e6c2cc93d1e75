//! `%HH` escapes of URIs (RFC 3261 section 19.1.2).

use std::borrow::Cow;

use crate::chars::{Class, PARAM, URI_HEADER, USER};

/// `text` with every `%HH` replaced by its byte. An escape that is none stays.
pub fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'%', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let (byte, next) = match rest {
            [b'%', high, low, next @ ..] => match hex(*high).zip(hex(*low)) {
                Some((high, low)) => (high << 4 | low, next),
                None => (*first, tail),
            },
            _ => (*first, tail),
        };
        out.push(byte);
        rest = next;
    }
    Cow::Owned(out)
}

fn hex(c: u8) -> Option<u8> {
    (c as char).to_digit(16).map(|d| d as u8)
}

/// `text` escaped for the user part of a URI.
pub fn escape_user(text: &[u8]) -> Cow<'_, [u8]> {
    escape(text, &USER)
}

/// `text` escaped for a parameter of a URI.
pub fn escape_param(text: &[u8]) -> Cow<'_, [u8]> {
    escape(text, &PARAM)
}

/// `text` escaped for a header of a URI.
pub fn escape_header(text: &[u8]) -> Cow<'_, [u8]> {
    escape(text, &URI_HEADER)
}

fn escape<'a>(text: &'a [u8], keep: &Class) -> Cow<'a, [u8]> {
    if text.iter().all(|c| keep.has(*c)) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len() * 2);
    for c in text {
        if keep.has(*c) {
            out.push(*c);
        } else {
            out.extend([b'%', digit(c >> 4), digit(c & 15)]);
        }
    }
    Cow::Owned(out)
}

fn digit(value: u8) -> u8 {
    if value < 10 { b'0' + value } else { b'a' + value - 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(&*unescape(b"%75se%72%2x%"), b"user%2x%");
        assert_eq!(&*escape_user(b"a b@c"), b"a%20b%40c");
        assert_eq!(&*escape_param(b"a;b"), b"a%3bb");
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(&*unescape(&escape_header(&all)), &all);
    }
}
