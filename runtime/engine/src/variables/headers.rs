//! Headers by name, and the simple ones that have a variable of their own.

use sipc_sip::{Header, HeaderKind};

use crate::place::{Index, Place};
use crate::texts::Piece;
use crate::{Context, Value};

use super::{item_at, name, part, unsigned};

/// The headers of a name; for names without a kind of their own, compact forms do not exist.
fn named<'a>(cx: &'a Context, name: &'a [u8]) -> impl Iterator<Item = Header<'a>> {
    cx.message.find_all_names(name)
}

/// `$hdr(name)`
pub fn hdr(cx: &mut Context, at: &Place) -> Value {
    if at.index == Index::None {
        return named(cx, name(at)).next().map(|h| h.value_bytes()).into();
    }
    let values = named(cx, name(at)).map(|h| h.value()).collect::<Vec<_>>();
    item_at(&at.index, values, |v| cx.message.share(v))
}

/// `$hdrcnt(name)`
pub fn hdrcnt(cx: &mut Context, at: &Place) -> Value {
    unsigned(named(cx, name(at)).count() as u64)
}

/// `$hdr_name`
pub fn hdr_name(cx: &mut Context, at: &Place) -> Value {
    let names = cx.message.headers().map(|h| h.name()).collect::<Vec<_>>();
    item_at(&at.index, names, |n| cx.message.share(n))
}

/// `$ci`
pub fn ci(cx: &mut Context, _at: &Place) -> Value {
    ci_piece(cx).into()
}

/// `$ci`, where it is.
pub fn ci_piece(cx: &mut Context) -> Option<Piece<'_>> {
    cx.message.find(HeaderKind::CallId).map(|h| Piece::new(cx.message.bytes(), h.value()))
}

/// `$cs`
pub fn cs(cx: &mut Context, _at: &Place) -> Value {
    part(cx, |m| m.cseq()?.ok().map(|c| c.number_text))
}

/// `$cl`
pub fn cl(cx: &mut Context, _at: &Place) -> Value {
    let Some(header) = cx.message.find(HeaderKind::ContentLength) else { return Value::Null };
    let Some(Ok(length)) = cx.message.content_length() else { return Value::Null };
    Value::NamedInt(header.value_bytes(), i32::try_from(length).unwrap_or(i32::MAX))
}

/// `$ua`
pub fn ua(cx: &mut Context, _at: &Place) -> Value {
    ua_piece(cx).into()
}

/// `$ua`, where it is.
pub fn ua_piece(cx: &mut Context) -> Option<Piece<'_>> {
    cx.message.find(HeaderKind::UserAgent).map(|h| Piece::new(cx.message.bytes(), h.value()))
}
