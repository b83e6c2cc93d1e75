//! What scripts store: `$var` and `$avp` (LANGUAGE 6.4); and what routes get and give.

use crate::avp::{AvpList, AvpName};
use crate::place::{Assign, Index, Place};
use crate::{Context, Inner, Text, Value};

use super::{joined, number};

/// `$var(name)`
#[inline]
pub fn var(cx: &mut Context, at: &Place) -> Value {
    usize::try_from(number(at)).map_or(Value::Null, |slot| cx.var(slot))
}

/// `$var(name) = value`
#[inline]
pub fn set_var(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let Ok(slot) = usize::try_from(number(at)) else { return false };
    cx.set_var(slot, value);
    true
}

/// The interned name of an AVP; one made of a variable's value is interned here.
pub fn avp_name(cx: &Context, at: &Place) -> Option<AvpName> {
    match &at.inner {
        Inner::Number(n) => u32::try_from(*n).ok(),
        Inner::Name(name) => cx.shared().avp_names.intern(name),
        Inner::None | Inner::Path(_) => None,
    }
}

/// `$avp(name)`
pub fn avp(cx: &mut Context, at: &Place) -> Value {
    let Some(name) = avp_name(cx, at) else { return Value::Null };
    cx.avps(|avps| read_avp(avps, name, &at.index))
}

/// What an index of a name gives.
pub fn read_avp(avps: &AvpList, name: AvpName, index: &Index) -> Value {
    match index {
        Index::None => avps.newest(name).cloned().unwrap_or(Value::Null),
        Index::At(n) => avps.at(name, *n).cloned().unwrap_or(Value::Null),
        Index::All if avps.newest(name).is_none() => Value::Null,
        Index::All => joined(avps.all(name).map(|v| v.text().unwrap_or_default())),
        Index::Word(_) => Value::Null,
    }
}

/// `$avp(name) = value`
pub fn set_avp(cx: &mut Context, at: &Place, how: Assign, value: Value) -> bool {
    let Some(name) = avp_name(cx, at) else { return false };
    cx.avps(|avps| write_avp(avps, name, &at.index, how, value))
}

/// Assigns to an index of a name; `false` when there is no such place.
pub fn write_avp(avps: &mut AvpList, name: AvpName, index: &Index, how: Assign, value: Value) -> bool {
    let all = how == Assign::Replace || *index == Index::All;
    if all {
        avps.remove_all(name);
    }
    match (index, value.stored()) {
        (_, Value::Null) if all => {}
        (Index::At(n), Value::Null) => avps.remove_at(name, *n),
        (_, Value::Null) => avps.remove_at(name, 0),
        (Index::At(n), value) => return avps.replace_at(name, *n, value),
        (Index::Word(_), value) => avps.append(name, value),
        (_, value) => avps.push(name, value),
    }
    true
}

/// `$$`
pub fn dollar(_cx: &mut Context, _at: &Place) -> Value {
    Value::TextInt(Text::from_static(b"$"), i32::from(b'$'))
}

/// `$param(n)`, `$param(name)`
pub fn param(cx: &mut Context, at: &Place) -> Value {
    let Some(frame) = cx.frames.last() else { return Value::Null };
    let found = match &at.inner {
        Inner::Number(n) => usize::try_from(*n).ok().and_then(|n| frame.params().get(n.checked_sub(1)?)),
        Inner::Name(name) => match sipc_sip::number(name) {
            Some(n) => usize::try_from(n).ok().and_then(|n| frame.params().get(n.checked_sub(1)?)),
            None => frame.params().iter().find(|p| !p.name.is_empty() && p.name == name),
        },
        Inner::None | Inner::Path(_) => None,
    };
    match found.map(|p| &p.value) {
        None | Some(Value::Nothing) => Value::Null,
        Some(Value::BareInt(n)) => Value::NamedInt(unsigned_text(*n), *n),
        Some(value) => value.clone(),
    }
}

/// `$return(n)`: a number that was written in the `return` is stored as its text.
pub fn return_(cx: &mut Context, at: &Place) -> Value {
    let index = match &at.inner {
        Inner::Name(name) => sipc_sip::number(name).and_then(|n| usize::try_from(n).ok()),
        _ => usize::try_from(number(at)).ok(),
    };
    match index.and_then(|n| cx.returned.get(n)) {
        None | Some(Value::Nothing) => Value::Null,
        Some(Value::BareInt(n)) => Value::TextInt(unsigned_text(*n), *n),
        Some(value) => value.clone(),
    }
}

/// The text that a number without text gets: as if it were an unsigned number of 64 bits.
fn unsigned_text(n: i32) -> Text {
    Text::from((i64::from(n) as u64).to_string())
}
