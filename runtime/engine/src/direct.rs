//! What scripts store, for compiled code, which knows slots and names: looked at where it is, without a copy, a
//! [`crate::Place`] or a function behind a pointer. What is stored, and when, is as in [`crate::variables`].

use sipc_sip::{Header, HeaderKind, Message};

use crate::avp::AvpName;
use crate::{Context, Value, expr};

/// Looks at a `$var`.
#[inline]
pub fn var<R>(cx: &Context, slot: usize, look: impl FnOnce(&Value) -> R) -> R {
    look(cx.worker.variables.borrow().get(slot).unwrap_or(&Value::Null))
}

/// `$var = value`: 1, or -1 when there is none.
#[inline]
pub fn set_var(cx: &mut Context, slot: usize, value: Value) -> i32 {
    if matches!(value, Value::Nothing) {
        return expr::no_value(cx);
    }
    cx.set_var(slot, value);
    1
}

/// `$var = "text"`: 1.
pub fn set_var_text(cx: &mut Context, slot: usize, text: &'static [u8]) -> i32 {
    if let Some(held) = cx.worker.variables.borrow_mut().get_mut(slot) {
        *held = Value::literal(text);
    }
    1
}

/// Looks at the newest value of an `$avp`.
#[inline]
pub fn avp<R>(cx: &Context, name: AvpName, look: impl FnOnce(&Value) -> R) -> R {
    cx.look_at_avps(|avps| look(avps.newest(name).unwrap_or(&Value::Null)))
}

/// `$avp = value`, which goes on top of the others: 1, or -1 when there is none.
#[inline]
pub fn set_avp(cx: &mut Context, name: AvpName, value: Value) -> i32 {
    match value.stored() {
        Value::Nothing => return expr::no_value(cx),
        Value::Null => cx.avps(|avps| avps.remove_at(name, 0)),
        value => cx.avps(|avps| avps.push(name, value)),
    }
    1
}

/// `$avp = "text"`: 1.
pub fn set_avp_text(cx: &mut Context, name: AvpName, text: &'static [u8]) -> i32 {
    cx.avps(|avps| avps.push(name, Value::literal(text)));
    1
}

/// A name of a header as the script writes it, looked up.
#[derive(Debug, Clone, Copy)]
pub struct HeaderName {
    kind: HeaderKind,
    name: &'static [u8],
}

impl HeaderName {
    /// Looks a name up.
    pub fn new(name: &'static [u8]) -> HeaderName {
        HeaderName { kind: HeaderKind::of(name), name }
    }

    /// Looks up the argument of a function, around which blanks and behind which a colon may stand.
    pub fn argument(name: &'static [u8]) -> HeaderName {
        let name = name.trim_ascii();
        HeaderName::new(name.strip_suffix(b":").unwrap_or(name))
    }

    /// The headers of that name, in order.
    #[inline]
    pub fn of<'a>(&self, message: &'a Message) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let (kind, name) = (self.kind, self.name);
        message.find_all(kind).filter(move |header| {
            kind != HeaderKind::Other
                || (header.name().len() == name.len() && header.name().eq_ignore_ascii_case(name))
        })
    }
}

/// `$hdr(name)`.
pub fn header(cx: &Context, name: &HeaderName) -> Value {
    name.of(&cx.message).next().map(|header| header.value_bytes()).into()
}

/// Whether there is a header of a name.
pub fn has_header(cx: &Context, name: &HeaderName) -> bool {
    name.of(&cx.message).next().is_some()
}
