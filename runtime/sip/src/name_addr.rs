//! `"Name" <uri>;params` and `uri;params`: the shape of From, To, Contact, Route and many more
//! (RFC 3261 section 20.10).
//!
//! Reads what OpenSIPS reads, which has three readers of different patience: [`to`] for From, To and the
//! identity headers, [`contact`] for Contact, and for Route and its like. The URI itself is not looked
//! into, see [`NameAddr::uri`].

mod contact;
mod to;

use crate::chars::is_lws;
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::params::{Param, Params};
use crate::uri::{Uri, UriError};

/// A name, a URI and parameters.
#[derive(Debug, Clone, Copy)]
pub struct NameAddr<'a> {
    /// All of it, without blanks around it.
    pub whole: &'a [u8],
    /// The display name as written, quotes included; empty when there is none.
    pub display: &'a [u8],
    /// The URI as written, without `<` and `>`.
    pub uri_text: &'a [u8],
    /// The parameters of the header: those behind `>`, or behind the URI when it has no brackets.
    pub params: Params<'a>,
    /// Whether the URI was in `<` and `>`.
    pub bracketed: bool,
}

impl<'a> NameAddr<'a> {
    /// Reads a header that holds exactly one, as From and To do.
    pub fn parse(value: &'a [u8]) -> Result<NameAddr<'a>, BadValue> {
        to::read(&mut Cursor::new(value), false)
    }

    /// The same, with what [`NameAddr::tag`] gives.
    #[inline]
    pub(crate) fn parse_with_tag(value: &'a [u8]) -> Result<(NameAddr<'a>, Option<&'a [u8]>), BadValue> {
        to::read_with_tag(&mut Cursor::new(value), false)
    }

    /// Reads a header that holds several, with the rules of From and To: P-Asserted-Identity,
    /// Diversion …
    pub fn identities(value: &'a [u8]) -> NameAddrs<'a> {
        NameAddrs { cursor: Cursor::new(value), read: |c| to::read(c, true), failed: false }
    }

    /// The URI of the one address that [`NameAddr::parse`] would give, where that needs no whole reading.
    #[inline]
    pub fn plain_uri(value: &[u8]) -> Option<&[u8]> {
        to::plain_uri(value)
    }

    /// The URI of the one address that [`NameAddr::identities`] would give, where that needs no whole reading.
    #[inline]
    pub fn lone_identity(value: &[u8]) -> Option<&[u8]> {
        to::lone_uri(value)
    }

    /// Reads a Contact; a `*` is none.
    pub fn contacts(value: &'a [u8]) -> NameAddrs<'a> {
        let star = crate::chars::trim(value) == b"*";
        let value = if star { b"" } else { value };
        NameAddrs { cursor: Cursor::new(value), read: contact::read, failed: false }
    }

    /// The whole of the one address that [`NameAddr::contacts`] would give, where that needs no whole reading.
    #[inline]
    pub(crate) fn lone_contact(value: &[u8]) -> Option<&[u8]> {
        contact::lone(value)
    }

    /// Reads a Route, Record-Route, Path or Service-Route: a URI without `<` and `>` is an error.
    pub fn routes(value: &'a [u8]) -> NameAddrs<'a> {
        NameAddrs { cursor: Cursor::new(value), read: contact::read_route, failed: false }
    }

    /// The display name without quotes; escapes in it stay.
    pub fn display_text(&self) -> &'a [u8] {
        crate::chars::unquote(self.display)
    }

    /// The URI, read.
    pub fn uri(&self) -> Result<Uri<'a>, UriError> {
        Uri::parse(self.uri_text)
    }

    /// The tag (RFC 3261 section 19.3); `None` when absent or empty. Of several the last counts.
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.find_last(b"tag").and_then(|p| p.value).filter(|v| !v.is_empty())
    }

    /// The parameter of that name.
    pub fn param(&self, name: &[u8]) -> Option<Param<'a>> {
        self.params.find(name)
    }
}

/// The addresses of one header value. Stops behind the first broken one.
#[derive(Debug, Clone)]
pub struct NameAddrs<'a> {
    cursor: Cursor<'a>,
    read: fn(&mut Cursor<'a>) -> Result<NameAddr<'a>, BadValue>,
    failed: bool,
}

impl<'a> Iterator for NameAddrs<'a> {
    type Item = Result<NameAddr<'a>, BadValue>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.cursor.eat(b',') || self.cursor.peek().is_some_and(is_lws) {
            self.cursor.skip_lws();
        }
        if self.cursor.done() || self.failed {
            return None;
        }
        let one = (self.read)(&mut self.cursor);
        self.failed = one.is_err();
        Some(one)
    }
}

fn bad(expected: &'static str, cursor: &Cursor<'_>) -> BadValue {
    BadValue { expected, at: cursor.at }
}
