//! The header values that are a number, a word, or a list of words.

use crate::chars::{is_lws, number, trim};
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::method::{Method, is_method_name};
use crate::params::{Params, split_list};

/// CSeq (RFC 3261 section 20.16).
#[derive(Debug, Clone, Copy)]
pub struct CSeq<'a> {
    /// The number as written: OpenSIPS takes any word, of any length.
    pub number_text: &'a [u8],
    /// The method.
    pub method: Method,
    /// The method as written.
    pub method_name: &'a [u8],
}

impl<'a> CSeq<'a> {
    /// Reads a CSeq. A fold between number and method is an error, as in OpenSIPS.
    pub fn parse(value: &'a [u8]) -> Result<CSeq<'a>, BadValue> {
        let mut cursor = Cursor::new(value);
        let number_text = cursor.take_while(|c| !is_lws(c));
        cursor.take_while(crate::chars::is_blank);
        // as nearly all write it
        if let Some(method) = Method::exactly(cursor.rest()) {
            return Ok(CSeq { number_text, method, method_name: cursor.rest() });
        }
        let method_name = cursor.take_while(|c| !is_lws(c));
        let at = cursor.at;
        cursor.skip_lws();
        if !is_method_name(method_name) || !cursor.done() {
            return Err(BadValue { expected: "a method, and nothing behind it", at });
        }
        Ok(CSeq { number_text, method: Method::of(method_name), method_name })
    }

    /// The number, if it is one below 2^32.
    pub fn number(&self) -> Option<u32> {
        number(self.number_text)
    }
}

/// The largest Content-Length that is read; beyond it OpenSIPS sees an error.
const LENGTH_MAX: u32 = i32::MAX as u32;

/// Reads Content-Length (RFC 3261 section 20.14).
pub fn content_length(value: &[u8]) -> Result<usize, BadValue> {
    let length = number(trim(value)).filter(|n| *n <= LENGTH_MAX);
    length.map(|n| n as usize).ok_or(BadValue { expected: "a length", at: 0 })
}

/// Reads a header that is a number of seconds or hops: Expires, Min-Expires, Max-Forwards.
pub fn whole_number(value: &[u8]) -> Result<u32, BadValue> {
    number(trim(value)).ok_or(BadValue { expected: "a number", at: 0 })
}

/// A word with parameters: Content-Type, Event, Accept, Subscription-State and their like.
#[derive(Debug, Clone, Copy)]
pub struct Worded<'a> {
    /// The word before the parameters, as written.
    pub word: &'a [u8],
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> Worded<'a> {
    /// Reads one.
    pub fn parse(value: &'a [u8]) -> Worded<'a> {
        let (word, params) = crate::chars::split_once(value, b';').unwrap_or((value, b""));
        Worded { word: trim(word), params: Params::of_header(trim(params)) }
    }

    /// Whether the word is this, ignoring case.
    pub fn is(&self, word: &[u8]) -> bool {
        self.word.eq_ignore_ascii_case(word)
    }
}

/// A media type: Content-Type, or one item of Accept (RFC 3261 section 20.15).
#[derive(Debug, Clone, Copy)]
pub struct MediaType<'a> {
    /// `application` in `application/sdp`.
    pub main: &'a [u8],
    /// `sdp` in `application/sdp`.
    pub sub: &'a [u8],
    /// The parameters.
    pub params: Params<'a>,
}

impl<'a> MediaType<'a> {
    /// Reads one; `None` without a slash.
    pub fn parse(value: &'a [u8]) -> Option<MediaType<'a>> {
        let Worded { word, params } = Worded::parse(value);
        let (main, sub) = crate::chars::split_once(word, b'/')?;
        let (main, sub) = (trim(main), trim(sub));
        (!main.is_empty() && !sub.is_empty()).then_some(MediaType { main, sub, params })
    }

    /// Reads a list, as in Accept; what is no media type is left out.
    pub fn list(value: &'a [u8]) -> impl Iterator<Item = MediaType<'a>> {
        split_list(value).filter_map(MediaType::parse)
    }

    /// Whether it is `main/sub`, ignoring case; a `*` here or there matches anything.
    pub fn is(&self, main: &[u8], sub: &[u8]) -> bool {
        let hit = |a: &[u8], b: &[u8]| a == b"*" || b == b"*" || a.eq_ignore_ascii_case(b);
        hit(self.main, main) && hit(self.sub, sub)
    }

    /// The `boundary` parameter of a multipart type.
    pub fn boundary(&self) -> Option<&'a [u8]> {
        self.params.value(b"boundary").filter(|b| !b.is_empty())
    }
}

/// Whether a list of option tags or methods, as in Supported, Require or Allow, has `word` in it.
pub fn list_has(value: &[u8], word: &[u8]) -> bool {
    split_list(value).any(|item| item.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cseq() {
        let cseq = CSeq::parse(b"0009  INVITE ").expect("a CSeq");
        assert_eq!((cseq.number(), cseq.method), (Some(9), Method::Invite));
        let big = CSeq::parse(b"36893488147419103232 X").expect("a CSeq");
        assert_eq!((big.number(), big.method_name), (None, &b"X"[..]));
        for bad in ["", "1", "1 ", "1\r\n INVITE", "1 INV(ITE", "1 INVITE x"] {
            assert!(CSeq::parse(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn media_types() {
        let t = MediaType::parse(b"multipart/mixed ; boundary=\"a b\"").expect("a type");
        assert!(t.is(b"Multipart", b"*"));
        assert_eq!(t.boundary(), Some(&b"a b"[..]));
        assert_eq!(MediaType::list(b"a/b, c;x=1/2, d/e;q=1").count(), 2);
    }

    #[test]
    fn lengths() {
        assert_eq!(content_length(b" 12 "), Ok(12));
        assert!(content_length(b"-1").is_err());
        assert!(content_length(b"").is_err());
    }
}
