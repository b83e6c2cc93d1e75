//! `"Name" <uri>;params` and `uri;params`: the shape of From, To, Contact, Route and many more
//! (RFC 3261 section 20.10).
//!
//! Reads what OpenSIPS reads: the URI itself is not looked into, see [`NameAddr::uri`].

use crate::chars::{is_lws, part, trim_end};
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
        let mut cursor = Cursor::new(value);
        let one = read(&mut cursor, false)?;
        if cursor.done() { Ok(one) } else { Err(bad("one address only", &cursor)) }
    }

    /// Reads a header that holds several, separated by commas.
    pub fn list(value: &'a [u8]) -> NameAddrs<'a> {
        NameAddrs { cursor: Cursor::new(value), failed: false }
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
        let one = read(&mut self.cursor, true);
        self.failed = one.is_err();
        Some(one)
    }
}

fn bad(expected: &'static str, cursor: &Cursor<'_>) -> BadValue {
    BadValue { expected, at: cursor.at }
}

/// Reads one address and moves behind it: to a comma if `many`, else to the end.
fn read<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<NameAddr<'a>, BadValue> {
    cursor.skip_lws();
    let start = cursor.at;
    let (display, uri_text, bracketed) = if cursor.peek() == Some(b'"') {
        let quoted = cursor.take_quoted().ok_or(bad("a closing quote", cursor))?;
        let display = more_display(cursor, start).unwrap_or(quoted);
        (display, bracketed_uri(cursor)?, true)
    } else {
        bare_or_token(cursor, many)?
    };
    cursor.skip_lws();
    let params = read_params(cursor, many)?;
    let whole = trim_end(cursor.since(start));
    Ok(NameAddr { whole, display, uri_text, params: Params::of_header(params), bracketed })
}

/// A quoted display name must be followed by `<`. `None` is the normal case: nothing in between.
///
/// From and To refuse `"x" y <uri>` in OpenSIPS, Contact takes it as one name.
fn more_display<'a>(cursor: &mut Cursor<'a>, start: usize) -> Option<&'a [u8]> {
    let quoted_end = cursor.at;
    cursor.skip_lws();
    if cursor.peek() == Some(b'<') {
        return None;
    }
    cursor.take_while(|c| !matches!(c, b'<' | b'"' | b',' | b';' | b'\\'));
    (cursor.at > quoted_end).then(|| trim_end(cursor.since(start)))
}

fn bracketed_uri<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    cursor.skip_lws();
    if !cursor.eat(b'<') {
        return Err(bad("`<`", cursor));
    }
    cursor.skip_lws();
    let uri = cursor.take_while(|c| !matches!(c, b'>' | b'<' | b'"' | b'\\'));
    if uri.is_empty() || !cursor.eat(b'>') {
        return Err(bad("`>`", cursor));
    }
    Ok(trim_end(uri))
}

/// What does not open with a quote: a URI without brackets, or a display name of tokens and `<uri>`.
fn bare_or_token<'a>(
    cursor: &mut Cursor<'a>,
    many: bool,
) -> Result<(&'a [u8], &'a [u8], bool), BadValue> {
    let start = cursor.at;
    if cursor.peek() != Some(b'<') {
        cursor.take_while(|c| !is_lws(c) && !ends_bare(c, many));
        let uri = cursor.since(start);
        cursor.skip_lws();
        match cursor.peek() {
            None | Some(b';' | b',') if !uri.is_empty() => return Ok((b"", uri, false)),
            _ => cursor.take_while(|c| !matches!(c, b'<' | b'>' | b'"' | b',' | b'\\')),
        };
    }
    let display = trim_end(cursor.since(start));
    Ok((display, bracketed_uri(cursor)?, true))
}

/// A comma ends a URI without brackets only where several addresses may stand: it is legal in a user
/// part.
fn ends_bare(c: u8, many: bool) -> bool {
    matches!(c, b';' | b'<' | b'>' | b'"' | b'\\') || (many && c == b',')
}

/// The text of the parameters, without the first `;`.
fn read_params<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<&'a [u8], BadValue> {
    if !cursor.eat(b';') {
        return match cursor.peek() {
            None => Ok(b""),
            Some(b',') if many => Ok(b""),
            Some(_) => Err(bad("`;`", cursor)),
        };
    }
    let start = cursor.at;
    loop {
        read_param(cursor, many)?;
        if !cursor.eat(b';') {
            break;
        }
    }
    match cursor.peek() {
        None => {}
        Some(b',') if many => {}
        Some(_) => return Err(bad("`;` or the end", cursor)),
    }
    Ok(trim_end(part(cursor.text, start, cursor.at)))
}

/// One parameter. In a list, as in Contact, an empty one is skipped; From and To refuse it unless it
/// is the last thing.
fn read_param(cursor: &mut Cursor<'_>, many: bool) -> Result<(), BadValue> {
    cursor.skip_lws();
    let name = cursor.take_while(|c| !is_lws(c) && !matches!(c, b'=' | b';' | b',' | b'"' | b'\\'));
    cursor.skip_lws();
    if name.is_empty() && !cursor.done() && !many {
        return Err(bad("a parameter name", cursor));
    }
    if cursor.eat(b'=') {
        return read_value(cursor, name);
    }
    let needs_value = !many && name.eq_ignore_ascii_case(b"tag");
    if needs_value { Err(bad("a value of the tag", cursor)) } else { Ok(()) }
}

fn read_value(cursor: &mut Cursor<'_>, name: &[u8]) -> Result<(), BadValue> {
    cursor.skip_lws();
    let value = if cursor.peek() == Some(b'"') {
        cursor.take_quoted().ok_or(bad("a closing quote", cursor))?
    } else {
        cursor.take_while(|c| !is_lws(c) && !matches!(c, b';' | b',' | b'"' | b'\\'))
    };
    cursor.skip_lws();
    let needs_value = value.is_empty() && name.eq_ignore_ascii_case(b"tag");
    if needs_value { Err(bad("a value of the tag", cursor)) } else { Ok(()) }
}
