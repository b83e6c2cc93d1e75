//! The strict reader: From, To, P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, Diversion,
//! Refer-To.

use super::{NameAddr, bad};
use crate::chars::{ADDRESS_WORD_END, is_lws, part, same_name, trim, trim_end, unquote};
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::params::Params;
use crate::scan;

/// Reads one address and moves behind it: to a comma if `many` may stand there, else to the end.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<NameAddr<'a>, BadValue> {
    read_with_tag(cursor, many).map(|(address, _)| address)
}

/// The same, with the tag among its parameters; of several the last, and none when that is empty.
pub(super) fn read_with_tag<'a>(
    at: &mut Cursor<'a>,
    many: bool,
) -> Result<(NameAddr<'a>, Option<&'a [u8]>), BadValue> {
    if let Some(read) = plain(at) {
        return Ok(read);
    }
    // one of its own is not written back to memory at every step
    let mut own = *at;
    let cursor = &mut own;
    cursor.skip_lws();
    let start = cursor.at;
    let (display, uri_text, bracketed) = match cursor.peek() {
        Some(b'"') => {
            let display = cursor.take_quoted().ok_or(bad("a closing quote", cursor))?;
            (display, bracketed_uri(cursor)?, true)
        }
        Some(b'<') => (&b""[..], bracketed_uri(cursor)?, true),
        _ => token_or_uri(cursor, many)?,
    };
    cursor.skip_lws();
    let (params, tag) = read_params(cursor, many)?;
    let whole = trim_end(cursor.since(start));
    at.at = own.at;
    Ok((NameAddr { whole, display, uri_text, params: Params::of_header(trim(params)), bracketed }, tag))
}

/// An address as nearly all write it: a name in quotes or none, a URI in brackets, and a tag or no parameters. What is not so
/// is for [`read_with_tag`] to read.
#[inline]
fn plain<'a>(cursor: &mut Cursor<'a>) -> Option<(NameAddr<'a>, Option<&'a [u8]>)> {
    let rest = cursor.rest();
    let (display, behind) = match rest {
        [b'<', ..] => (&b""[..], rest),
        [b'"', name @ ..] => {
            let end = 1 + scan::find(name, *b"\"\\");
            let behind = rest.get(end..)?.strip_prefix(b"\"")?;
            (part(rest, 0, end + 1), behind.strip_prefix(b" ").unwrap_or(behind))
        }
        _ => return None,
    };
    let inner = behind.strip_prefix(b"<")?;
    let (uri_text, behind) = inner.split_at_checked(scan::find(inner, *b"><\"\\"))?;
    let ([first, ..], [.., last], [b'>', behind @ ..]) = (uri_text, uri_text, behind) else { return None };
    if *first <= b' ' || *last <= b' ' {
        return None;
    }
    let tag = match behind {
        [] => None,
        _ => Some(behind.strip_prefix(b";tag=").filter(|tag| !tag.is_empty())?),
    };
    if tag.is_some_and(|tag| ADDRESS_WORD_END.find(tag) < tag.len()) {
        return None;
    }
    cursor.at = cursor.text.len();
    let params = Params::of_header(behind.get(1..).unwrap_or_default());
    Some((NameAddr { whole: rest, display, uri_text, params, bracketed: true }, tag))
}

/// The URI of an address as nearly all write it.
#[inline]
pub(super) fn plain_uri(value: &[u8]) -> Option<&[u8]> {
    plain(&mut Cursor::new(value)).map(|(address, _)| address.uri_text)
}

/// The URI of an address that is the only one, as nearly all write it: no name, a URI in brackets, and parameters of letters and
/// digits. `None` for what is not so, and is for [`read`] to read.
pub(super) fn lone_uri(text: &[u8]) -> Option<&[u8]> {
    let inner = text.strip_prefix(b"<")?;
    let (uri, behind) = inner.split_at_checked(scan::find(inner, *b"><\"\\"))?;
    let ([first, ..], [.., last], [b'>', params @ ..]) = (uri, uri, behind) else { return None };
    if *first <= b' ' || *last <= b' ' {
        return None;
    }
    let mut rest = params;
    while let [b';', param @ ..] = rest {
        let (name, behind) = word(param)?;
        rest = match behind {
            [b'=', value @ ..] => word(value)?.1,
            _ if same_name(name, b"tag") => return None,
            _ => behind,
        };
    }
    rest.is_empty().then_some(uri)
}

/// The letters and digits that a text begins with, and what is behind them.
#[inline]
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    text.split_at_checked(scan::host(text)).filter(|(word, _)| !word.is_empty())
}

fn bracketed_uri<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    cursor.skip_lws();
    if !cursor.eat(b'<') {
        return Err(bad("`<`", cursor));
    }
    cursor.skip_lws();
    let start = cursor.at;
    cursor.at += scan::find(cursor.rest(), *b"><\"\\");
    let uri = cursor.since(start);
    if uri.is_empty() || !cursor.eat(b'>') {
        return Err(bad("`>`", cursor));
    }
    Ok(trim_end(uri))
}

/// A URI without brackets, or a display name of tokens and `<uri>`.
fn token_or_uri<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<(&'a [u8], &'a [u8], bool), BadValue> {
    let start = cursor.at;
    let first = cursor.take_while(|c| !is_lws(c) && !ends_first_word(c, many));
    cursor.skip_lws();
    match cursor.peek() {
        None | Some(b';') if !first.is_empty() => return Ok((b"", first, false)),
        Some(b',') if many && !first.is_empty() => return Ok((b"", first, false)),
        _ => {}
    }
    let words = cursor.take_while(|c| !matches!(c, b'<' | b'>' | b'"' | b',' | b'\\'));
    let display = if words.is_empty() { first } else { words_of(cursor.since(start)) };
    Ok((display, bracketed_uri(cursor)?, true))
}

/// A comma ends a URI without brackets only where several addresses may stand: it is legal in a user
/// part.
fn ends_first_word(c: u8, many: bool) -> bool {
    matches!(c, b';' | b'<' | b'>' | b'"' | b'\\') || (many && c == b',')
}

/// A display name of several words. OpenSIPS ends it at a blank but not at a fold right behind its last
/// letter, which it keeps with the first blank of the next line.
fn words_of(text: &[u8]) -> &[u8] {
    let bare = trim_end(text).len();
    let fold = match text.get(bare..) {
        Some([b'\r', b'\n', ..]) => 3,
        Some([b'\r' | b'\n', ..]) => 2,
        _ => 0,
    };
    text.get(..bare + fold).unwrap_or(text)
}

/// The text of the parameters, without the first `;`, and the tag.
#[inline]
fn read_params<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<(&'a [u8], Option<&'a [u8]>), BadValue> {
    if cursor.done() || (many && cursor.peek() == Some(b',')) {
        return Ok((b"", None));
    }
    let start = cursor.at + 1;
    let mut tag = &b""[..];
    while cursor.eat(b';') {
        tag = read_param(cursor)?.unwrap_or(tag);
    }
    if cursor.done() || (many && cursor.peek() == Some(b',')) {
        return Ok((part(cursor.text, start, cursor.at), Some(tag).filter(|tag| !tag.is_empty())));
    }
    Err(bad("`;` or the end", cursor))
}

/// One parameter; its value, when it is a tag. An empty one is an error unless it is the last thing; so is a tag without
/// value.
#[inline]
fn read_param<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a [u8]>, BadValue> {
    cursor.skip_lws();
    let name = cursor.take_while(|c| !ADDRESS_WORD_END.has(c));
    cursor.skip_lws();
    if name.is_empty() && !cursor.done() {
        return Err(bad("a parameter name", cursor));
    }
    let value = if cursor.eat(b'=') { read_value(cursor)? } else { b"" };
    if !same_name(name, b"tag") {
        return Ok(None);
    }
    if value.is_empty() {
        return Err(bad("a value of the tag", cursor));
    }
    Ok(Some(unquote(value)))
}

#[inline]
fn read_value<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    cursor.skip_lws();
    let value = if cursor.peek() == Some(b'"') {
        cursor.take_quoted().ok_or(bad("a closing quote", cursor))?
    } else {
        let start = cursor.at;
        cursor.at += ADDRESS_WORD_END.find(cursor.rest());
        cursor.since(start)
    };
    cursor.skip_lws();
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::super::NameAddr;
    use super::lone_uri;

    #[test]
    fn a_lone_uri_is_the_one_that_is_read() {
        let parts = ["<", ">", "sip:a@b", ";", "x", "=", "tag", "1-2.c", ",", " ", "\"", "\\"];
        let mut known = 0;
        let mut check = |text: &str| {
            let Some(uri) = lone_uri(text.as_bytes()) else { return };
            let read: Result<Vec<_>, _> = NameAddr::identities(text.as_bytes()).collect();
            assert_eq!(read.map(|all| all.iter().map(|a| a.uri_text).collect()), Ok(vec![uri]), "{text}");
            known += 1;
        };
        for a in parts {
            for b in parts {
                for c in parts {
                    for d in parts {
                        check(&format!("<sip:a@b>{a}{b}{c}{d}"));
                        check(&format!("<{a}{b}>;{c}{d}"));
                        check(&format!("{a}<{b}>{c}{d}"));
                    }
                }
            }
        }
        assert!(known > 50, "{known}");
    }
}
