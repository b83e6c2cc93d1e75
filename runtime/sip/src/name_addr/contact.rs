//! The lenient readers: Contact, and Route with its like.

use super::{NameAddr, bad};
use crate::chars::{CONTACT_STOP, is_blank, part, quoted_end, trim, trim_end};
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::params::Params;
use crate::scan;

/// Reads one Contact and moves behind it, to a comma or the end.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>) -> Result<NameAddr<'a>, BadValue> {
    cursor.skip_lws();
    if let Some(address) = plain(cursor) {
        return Ok(address);
    }
    let start = cursor.at;
    let uri_start = find_uri(cursor)?;
    let display = trim_end(part(cursor.text, start, uri_start));
    cursor.at = uri_start;
    skip_outside_quotes(cursor, |c| matches!(c, b',' | b';'))?;
    let uri = trim(cursor.since(uri_start));
    let (uri_text, bracketed) = match uri {
        [b'<', inner @ .., b'>'] => (trim(inner), true),
        _ => (uri, false),
    };
    if uri_text.is_empty() {
        return Err(bad("a URI", cursor));
    }
    let params = read_params(cursor)?;
    let whole = trim_end(cursor.since(start));
    Ok(NameAddr { whole, display, uri_text, params: Params::of_header(trim(params)), bracketed })
}

/// An address as nearly all write it, without a name and quotes; what is not so is for [`read`] to read.
#[inline]
fn plain<'a>(cursor: &mut Cursor<'a>) -> Option<NameAddr<'a>> {
    let rest = cursor.rest();
    let inner = rest.strip_prefix(b"<")?;
    let (uri, behind) = inner.split_at_checked(scan::find(inner, *b"><\""))?;
    let behind = behind.strip_prefix(b">")?;
    let uri_text = trim(uri);
    let params = match behind {
        [] | [b',', ..] => &b""[..],
        [b';', ..] => part(behind, 0, scan::find(behind, *b",\"")),
        _ => return None,
    };
    if uri_text.is_empty() || behind.get(params.len()) == Some(&b'"') {
        return None;
    }
    let whole = part(rest, 0, uri.len() + 2 + params.len());
    cursor.at += whole.len();
    let params = Params::of_header(trim(params.get(1..).unwrap_or_default()));
    Some(NameAddr { whole: trim_end(whole), display: b"", uri_text, params, bracketed: true })
}

/// The whole of an address that is the only one and needs no whole reading.
pub(super) fn lone(value: &[u8]) -> Option<&[u8]> {
    if let Some(inner) = value.strip_prefix(b"<").and_then(|rest| rest.strip_suffix(b">"))
        && scan::find(inner, *b"><\"") == inner.len()
    {
        return Some(value).filter(|_| !trim(inner).is_empty());
    }
    let mut cursor = Cursor::new(value);
    let address = plain(&mut cursor)?;
    cursor.done().then_some(address.whole)
}

/// As [`read`], but the URI must be in `<` and `>`.
pub(super) fn read_route<'a>(cursor: &mut Cursor<'a>) -> Result<NameAddr<'a>, BadValue> {
    let route = read(cursor)?;
    if route.bracketed { Ok(route) } else { Err(bad("`<`", cursor)) }
}

/// Where the URI begins: at `<`, or, if a colon comes first, behind the last blank before it. So a name
/// may have commas in it, and need no brackets behind it.
fn find_uri(cursor: &Cursor<'_>) -> Result<usize, BadValue> {
    let text = cursor.text;
    let mut at = cursor.at;
    let mut word = at;
    while let Some(&c) = text.get(at) {
        match c {
            b'<' => return Ok(at),
            b':' => return Ok(word),
            b'"' => {
                at = quoted_end(text, at).ok_or(bad("a closing quote", cursor))?;
                continue;
            }
            _ if is_blank(c) => word = at + 1,
            _ => {}
        }
        at += 1;
    }
    Err(bad("`<` or a scheme", cursor))
}

/// Moves to the first byte for which `stop` holds, outside quotes and brackets.
fn skip_outside_quotes(cursor: &mut Cursor<'_>, stop: fn(u8) -> bool) -> Result<(), BadValue> {
    let mut bracket = false;
    while let Some(c) = cursor.peek() {
        if !CONTACT_STOP.has(c) {
            cursor.take_while(|c| !CONTACT_STOP.has(c));
            continue;
        }
        match c {
            b'"' => {
                cursor.take_quoted().ok_or(bad("a closing quote", cursor))?;
                continue;
            }
            b'<' if bracket => return Err(bad("one `<` only", cursor)),
            b'>' if !bracket => return Err(bad("`<` before `>`", cursor)),
            b'<' | b'>' => bracket = !bracket,
            _ if !bracket && stop(c) => return Ok(()),
            _ => {}
        }
        cursor.bump();
    }
    if bracket { Err(bad("`>`", cursor)) } else { Ok(()) }
}

/// The text of the parameters, without the first `;`; empty ones are taken.
fn read_params<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    if !cursor.eat(b';') {
        return Ok(b"");
    }
    let start = cursor.at;
    while let Some(c) = cursor.peek() {
        match c {
            b',' => break,
            b'"' => drop(cursor.take_quoted().ok_or(bad("a closing quote", cursor))?),
            _ => cursor.bump(),
        }
    }
    Ok(part(cursor.text, start, cursor.at))
}

#[cfg(test)]
mod tests {
    use super::super::NameAddr;
    use super::lone;

    #[test]
    fn a_lone_contact_is_the_one_that_is_read() {
        let parts = ["<", ">", "sip:a@b", ";", "x=y", ",", " ", "\"", "*"];
        let mut known = 0;
        let mut check = |text: &str| {
            let Some(whole) = lone(text.as_bytes()) else { return };
            let read: Result<Vec<_>, _> = NameAddr::contacts(text.as_bytes()).collect();
            assert_eq!(read.map(|all| all.iter().map(|a| a.whole).collect()), Ok(vec![whole]), "{text}");
            known += 1;
        };
        for a in parts {
            for b in parts {
                for c in parts {
                    check(&format!("<sip:a@b>{a}{b}{c}"));
                    check(&format!("<{a}{b}>{c}"));
                    check(&format!("{a}<{b}>{c}"));
                }
            }
        }
        assert!(known > 30, "{known}");
    }
}
