//! Contact entries.

use sipc_sip::{Contacts, HeaderKind, NameAddr};

use crate::place::{Index, Place};
use crate::texts::Piece;
use crate::{Context, Value};

use super::{joined, name, position};

/// `$ct`
pub fn ct(cx: &mut Context, at: &Place) -> Value {
    field(cx, &at.index, b"")
}

/// `$ct.fields(field)`
pub fn ct_fields(cx: &mut Context, at: &Place) -> Value {
    field(cx, &at.index, name(at))
}

fn field(cx: &Context, index: &Index, field: &[u8]) -> Value {
    if let (Index::None, b"") = (index, field) {
        return first(cx).into();
    }
    let entries = match cx.message.contacts() {
        Err(_) => return Value::Null,
        Ok(Contacts::Star) => return star(cx, index, field),
        Ok(Contacts::List(entries)) => entries,
    };
    let of = |entry: &NameAddr<'_>| match field {
        b"uri" => Some(cx.contact_uri(entry)),
        _ => member(entry, field).map(|text| cx.message.share(text)),
    };
    match index {
        Index::All if entries.is_empty() => Value::Null,
        Index::All => joined(entries.iter().map(|e| of(e).unwrap_or_default())),
        Index::None => entries.first().and_then(of).into(),
        Index::At(n) => position(*n, entries.len()).and_then(|n| entries.get(n)).and_then(of).into(),
        Index::Word(_) => Value::Null,
    }
}

/// `$ct`, where it is.
pub fn ct_piece(cx: &mut Context) -> Option<Piece<'_>> {
    first(cx)
}

/// The first entry of a list in which all can be read.
fn first(cx: &Context) -> Option<Piece<'_>> {
    if let Some(whole) = cx.message.lone_contact() {
        return Some(Piece::new(cx.message.bytes(), whole));
    }
    let header = cx.message.find(HeaderKind::Contact)?;
    let whole = if sipc_sip::trim(header.value()) == b"*" {
        header.value()
    } else {
        let mut entries = cx.message.addresses(HeaderKind::Contact);
        let first = entries.next()?.ok()?;
        if entries.any(|entry| entry.is_err()) {
            return None;
        }
        Some(first.whole).filter(|text| !text.is_empty())?
    };
    Some(Piece::new(cx.message.bytes(), whole))
}

/// `*` is one entry without members, and has no place but the first.
fn star(cx: &Context, index: &Index, field: &[u8]) -> Value {
    let value = cx.message.find(HeaderKind::Contact).map(|h| h.value_bytes()).filter(|_| field.is_empty());
    match index {
        Index::All => Value::Text(value.unwrap_or_default()),
        Index::None | Index::At(0) => value.into(),
        _ => Value::Null,
    }
}

fn member<'a>(entry: &NameAddr<'a>, field: &[u8]) -> Option<&'a [u8]> {
    let found = match field {
        b"" => entry.whole,
        b"name" => entry.display,
        b"params" => entry.params.text(),
        parameter => entry.params.value(parameter)?,
    };
    Some(found).filter(|text| !text.is_empty())
}
