//! The strict reader: From, To, P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, Diversion,
//! Refer-To.

use super::{NameAddr, bad};
use crate::chars::{is_lws, part, trim, trim_end};
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::params::Params;

/// Reads one address and moves behind it: to a comma if `many` may stand there, else to the end.
pub(super) fn read<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<NameAddr<'a>, BadValue> {
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
    let params = read_params(cursor, many)?;
    let whole = trim_end(cursor.since(start));
    Ok(NameAddr { whole, display, uri_text, params: Params::of_header(trim(params)), bracketed })
}

/// The bytes that end a URI in brackets.
static ENDS_URI: [bool; 256] = set(b"><\"\\");

/// The bytes that end a name or a value of a parameter.
static ENDS_WORD: [bool; 256] = set(b" \t\r\n=;,\"\\");

const fn set(bytes: &[u8]) -> [bool; 256] {
    let mut set = [false; 256];
    let mut i = 0;
    while i < bytes.len() {
        set[bytes[i] as usize] = true;
        i += 1;
    }
    set
}

fn bracketed_uri<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    cursor.skip_lws();
    if !cursor.eat(b'<') {
        return Err(bad("`<`", cursor));
    }
    cursor.skip_lws();
    let uri = cursor.take_while(|c| !ENDS_URI[usize::from(c)]);
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

/// The text of the parameters, without the first `;`.
fn read_params<'a>(cursor: &mut Cursor<'a>, many: bool) -> Result<&'a [u8], BadValue> {
    if cursor.done() || (many && cursor.peek() == Some(b',')) {
        return Ok(b"");
    }
    let start = cursor.at + 1;
    while cursor.eat(b';') {
        read_param(cursor)?;
    }
    if cursor.done() || (many && cursor.peek() == Some(b',')) {
        return Ok(part(cursor.text, start, cursor.at));
    }
    Err(bad("`;` or the end", cursor))
}

/// One parameter. An empty one is an error unless it is the last thing; so is a tag without value.
fn read_param(cursor: &mut Cursor<'_>) -> Result<(), BadValue> {
    cursor.skip_lws();
    let name = cursor.take_while(|c| !ENDS_WORD[usize::from(c)]);
    cursor.skip_lws();
    if name.is_empty() && !cursor.done() {
        return Err(bad("a parameter name", cursor));
    }
    let value = if cursor.eat(b'=') { read_value(cursor)? } else { b"" };
    let needs_value = name.eq_ignore_ascii_case(b"tag");
    if needs_value && value.is_empty() {
        return Err(bad("a value of the tag", cursor));
    }
    Ok(())
}

fn read_value<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8], BadValue> {
    cursor.skip_lws();
    let value = if cursor.peek() == Some(b'"') {
        cursor.take_quoted().ok_or(bad("a closing quote", cursor))?
    } else {
        cursor.take_while(|c| !ENDS_WORD[usize::from(c)])
    };
    cursor.skip_lws();
    Ok(value)
}
