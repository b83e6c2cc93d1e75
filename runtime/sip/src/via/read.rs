//! Reading one Via.

use super::bad;
use super::index::{Known, Place, ViaIndex};
use crate::chars::{HOST, VIA_NAME_END, VIA_VALUE_END, is_lws, same_name};
use crate::cursor::Cursor;
use crate::error::BadValue;
use crate::scan;
use crate::transport::Transport;

/// Reads one Via and moves to the first byte of the next, or to the end.
pub(super) fn read(at: &mut Cursor<'_>) -> Result<ViaIndex, BadValue> {
    if u32::try_from(at.text.len()).is_err() {
        return Err(bad("a Via", at));
    }
    // one of its own is not written back to memory at every step
    let mut own = *at;
    let cursor = &mut own;
    cursor.skip_lws();
    let start = cursor.at;
    let mut via = ViaIndex::default();
    read_protocol(cursor, &mut via)?;
    via.host = read_host(cursor)?;
    read_port(cursor, &mut via)?;
    read_params(cursor, &mut via)?;
    via.comment = read_comment(cursor)?;
    let end = cursor.text_end_without_lws(start);
    let more = skip_commas(cursor)?;
    via.whole = Place::new(start, end);
    via.with_comma = Place::new(start, if more { cursor.at } else { end });
    at.at = own.at;
    Ok(via)
}

/// `SIP / 2.0 / transport` and the blank behind it.
#[inline]
fn read_protocol(cursor: &mut Cursor<'_>, via: &mut ViaIndex) -> Result<(), BadValue> {
    const USUAL: &[u8; 12] = b"SIP/2.0/UDP ";
    let rest = cursor.rest();
    // as nearly all write it
    if rest.first_chunk() == Some(USUAL) && rest.get(USUAL.len()).is_some_and(|host| HOST.has(*host)) {
        via.transport = Some(Transport::Udp);
        via.transport_text = Place::new(cursor.at + b"SIP/2.0/".len(), cursor.at + b"SIP/2.0/UDP".len());
        cursor.at += USUAL.len();
        return Ok(());
    }
    let text = read_spaced_protocol(cursor)?;
    via.transport = Transport::of(text.view(cursor.text));
    via.transport_text = text;
    Ok(())
}

fn read_spaced_protocol(cursor: &mut Cursor<'_>) -> Result<Place, BadValue> {
    let name = cursor.take_while(|c| !is_lws(c) && c != b'/');
    cursor.skip_lws();
    if !name.eq_ignore_ascii_case(b"SIP") || !cursor.eat(b'/') {
        return Err(bad("`SIP/`", cursor));
    }
    cursor.skip_lws();
    let version = cursor.take_while(|c| !is_lws(c) && c != b'/');
    cursor.skip_lws();
    if version != b"2.0" || !cursor.eat(b'/') {
        return Err(bad("`2.0/`", cursor));
    }
    cursor.skip_lws();
    let start = cursor.at;
    cursor.take_while(|c| !is_lws(c) && c != b'/');
    let transport = Place::new(start, cursor.at);
    if transport.is_empty() || !cursor.peek().is_some_and(is_lws) {
        return Err(bad("a transport and a blank", cursor));
    }
    cursor.skip_lws();
    Ok(transport)
}

#[inline]
fn read_host(cursor: &mut Cursor<'_>) -> Result<Place, BadValue> {
    let start = cursor.at;
    if cursor.eat(b'[') {
        let address = cursor.take_while(|c| c.is_ascii_hexdigit() || c == b':');
        let closed = cursor.eat(b']') && !address.is_empty();
        return if closed { Ok(Place::new(start, cursor.at)) } else { Err(bad("an IPv6 address", cursor)) };
    }
    cursor.at += scan::host(cursor.rest());
    if cursor.at == start { Err(bad("a host", cursor)) } else { Ok(Place::new(start, cursor.at)) }
}

#[inline]
fn read_port(cursor: &mut Cursor<'_>, via: &mut ViaIndex) -> Result<(), BadValue> {
    cursor.skip_lws();
    if cursor.eat(b':') {
        cursor.skip_lws();
        let start = cursor.at;
        let mut port = 0u32;
        while let Some(digit @ b'0'..=b'9') = cursor.peek() {
            // what is too large stays too large
            port = (port * 10 + u32::from(digit - b'0')).min(1 << 16);
            cursor.bump();
        }
        let port = u16::try_from(port).ok().filter(|_| cursor.at > start);
        via.port = Some(port.ok_or(bad("a port", cursor))?);
        via.port_text = Place::new(start, cursor.at);
        cursor.skip_lws();
    }
    Ok(())
}

#[inline]
fn read_params(cursor: &mut Cursor<'_>, via: &mut ViaIndex) -> Result<(), BadValue> {
    let first = cursor.at + 1;
    while cursor.eat(b';') {
        let start = cursor.at;
        if let Some((place, length)) = via.usual(cursor.rest()) {
            cursor.at += length;
            let value = if cursor.eat(b'=') { read_value(cursor)? } else { Place::default() };
            *place = Known { whole: Place::new(start, cursor.at), value };
        } else {
            cursor.skip_lws();
            let start = cursor.at;
            let param = read_param(cursor)?;
            if let Some(place) = via.known(param.name.view(cursor.text)) {
                *place = Known { whole: Place::new(start, cursor.at), value: param.value };
            }
        }
        via.params = Place::new(first, cursor.at);
        cursor.skip_lws();
    }
    Ok(())
}

struct ReadParam {
    name: Place,
    /// Empty and at 0 when there is none.
    value: Place,
}

/// One parameter; leaves the cursor behind its last byte.
#[inline]
fn read_param(cursor: &mut Cursor<'_>) -> Result<ReadParam, BadValue> {
    let start = cursor.at;
    let name_text = cursor.take_while(|c| !VIA_NAME_END.has(c));
    let name = Place::new(start, cursor.at);
    if name.is_empty() {
        return Err(bad("a parameter name", cursor));
    }
    if !cursor.eat(b'=') {
        let name_end = cursor.at;
        cursor.skip_lws();
        if !cursor.eat(b'=') {
            let more = !cursor.done() && cursor.at > name_end;
            check_no_value(name_text, more, cursor)?;
            cursor.at = name_end;
            return Ok(ReadParam { name, value: Place::default() });
        }
    }
    if takes_no_value(name_text) {
        return Err(bad("no value of this parameter", cursor));
    }
    let value = read_value(cursor)?;
    Ok(ReadParam { name, value })
}

#[inline]
fn read_value(cursor: &mut Cursor<'_>) -> Result<Place, BadValue> {
    cursor.skip_lws();
    if cursor.eat(b'"') {
        // A backslash has no meaning here to OpenSIPS, and a comma ends the header for it.
        let start = cursor.at;
        cursor.take_while(|c| !matches!(c, b'"' | b','));
        let value = Place::new(start, cursor.at);
        return if cursor.eat(b'"') { Ok(value) } else { Err(bad("a closing quote", cursor)) };
    }
    let start = cursor.at;
    cursor.at += VIA_VALUE_END.find(cursor.rest());
    let value = Place::new(start, cursor.at);
    match (value.is_empty(), cursor.peek()) {
        (_, Some(b'=' | b'"')) | (true, None | Some(b',')) => Err(bad("a parameter value", cursor)),
        _ => Ok(value),
    }
}

#[inline]
fn takes_no_value(name: &[u8]) -> bool {
    same_name(name, b"hidden") || same_name(name, b"alias")
}

/// Whether a parameter may stand without a value; `spaced` when a blank and more text follow it.
#[inline]
fn check_no_value(name: &[u8], spaced: bool, cursor: &Cursor<'_>) -> Result<(), BadValue> {
    if !spaced && name == b"rport" {
        return Ok(());
    }
    let free = takes_no_value(name) || name.eq_ignore_ascii_case(b"rport");
    let bound: &[&[u8]] = &[b"branch", b"ttl", b"maddr", b"received", b"i"];
    let needs = bound.iter().any(|b| name.eq_ignore_ascii_case(b));
    if needs || (spaced && !free) { Err(bad("a parameter value", cursor)) } else { Ok(()) }
}

/// `(comment)`, nested ones included; gives what is between the outer parentheses.
#[inline]
fn read_comment(cursor: &mut Cursor<'_>) -> Result<Place, BadValue> {
    cursor.skip_lws();
    if !cursor.eat(b'(') {
        return Ok(Place::default());
    }
    let start = cursor.at;
    let mut depth = 1usize;
    while let Some(c) = cursor.peek() {
        cursor.bump();
        match c {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let comment = Place::new(start, cursor.at - 1);
            cursor.skip_lws();
            return Ok(comment);
        }
    }
    Err(bad("`)`", cursor))
}

/// Skips the commas before the next Via; `false` at the end of the header.
#[inline]
fn skip_commas(cursor: &mut Cursor<'_>) -> Result<bool, BadValue> {
    if cursor.done() {
        return Ok(false);
    }
    if cursor.peek() != Some(b',') {
        return Err(bad("`;`, `,` or the end", cursor));
    }
    cursor.take_while(|c| is_lws(c) || c == b',');
    if cursor.done() { Err(bad("a Via behind the comma", cursor)) } else { Ok(true) }
}
