//! What scripts store, for compiled code, which knows slots and names: looked at where it is, without a copy, a
//! [`crate::Place`] or a function behind a pointer. What is stored, and when, is as in [`crate::variables`].

use sipc_sip::{Header, HeaderKind, Message};

use crate::avp::AvpName;
use crate::regex::Matcher;
use crate::texts::{self, Piece};
use crate::{Context, Value, expr};

/// Looks at a `$var`.
#[inline(always)]
pub fn var<R>(cx: &Context, slot: usize, look: impl FnOnce(&Value) -> R) -> R {
    look(cx.worker.variables.borrow().get(slot).unwrap_or(&Value::Null))
}

/// `$var = value`: 1, or -1 when there is none.
#[inline(always)] // the value is made where it is stored
pub fn set_var(cx: &mut Context, slot: usize, value: Value) -> i32 {
    match value {
        Value::Short(_) | Value::Text(_) | Value::Int(_) | Value::Null => {
            if let Some(held) = cx.worker.variables.borrow_mut().get_mut(slot) {
                held.put(value);
            }
            1
        }
        other => set_other_var(cx, slot, other),
    }
}

#[inline(never)]
fn set_other_var(cx: &mut Context, slot: usize, value: Value) -> i32 {
    if matches!(value, Value::Nothing) {
        return expr::no_value(cx);
    }
    cx.set_var(slot, value);
    1
}

/// `$var = "text"`: 1.
#[inline(always)]
pub fn set_var_text(cx: &mut Context, slot: usize, text: &'static [u8]) -> i32 {
    set_var(cx, slot, Value::constant(text))
}

/// Looks at the newest value of an `$avp`.
#[inline(always)]
pub fn avp<R>(cx: &Context, name: AvpName, look: impl FnOnce(&Value) -> R) -> R {
    let shared;
    look(match cx.message_avps() {
        Some(avps) => avps.newest(name).unwrap_or(&Value::Null),
        None => {
            shared = shared_avp(cx, name);
            &shared
        }
    })
}

/// The same of a transaction, which is not locked while somebody looks.
#[inline(never)]
fn shared_avp(cx: &Context, name: AvpName) -> Value {
    cx.look_at_avps(|avps| avps.newest(name).cloned().unwrap_or(Value::Null))
}

/// `$avp = value`, which goes on top of the others: 1, or -1 when there is none.
#[inline(always)] // the value is made where it is pushed
pub fn set_avp(cx: &mut Context, name: AvpName, value: Value) -> i32 {
    match value {
        Value::Short(_) | Value::Text(_) | Value::Int(_) => {
            push_avp(cx, name, value);
            1
        }
        other => set_other_avp(cx, name, other),
    }
}

#[inline(never)]
fn set_other_avp(cx: &mut Context, name: AvpName, value: Value) -> i32 {
    match value.stored() {
        Value::Nothing => return expr::no_value(cx),
        Value::Null => cx.avps(|avps| avps.remove_at(name, 0)),
        value => push_avp(cx, name, value),
    }
    1
}

/// `$avp = "text"`: 1.
#[inline(always)]
pub fn set_avp_text(cx: &mut Context, name: AvpName, text: &'static [u8]) -> i32 {
    set_avp(cx, name, Value::constant(text))
}

/// `$avp = $var`: 1.
#[inline(always)] // the value is copied where it is pushed
pub fn set_avp_to_var(cx: &mut Context, name: AvpName, slot: usize) -> i32 {
    let worker = &cx.worker;
    let variables = worker.variables.borrow();
    if let (Some(Value::Short(text)), false) = (variables.get(slot), cx.avps_are_shared()) {
        cx.own_avps.push(name, Value::Short(*text));
        return 1;
    }
    drop(variables);
    set_avp_to_other(cx, name, slot)
}

#[inline(never)]
fn set_avp_to_other(cx: &mut Context, name: AvpName, slot: usize) -> i32 {
    let value = cx.var(slot);
    set_avp(cx, name, value)
}

/// `$avp = NULL`, which takes the newest away: 1.
#[inline]
pub fn clear_avp(cx: &mut Context, name: AvpName) -> i32 {
    if cx.message_avps().is_none_or(|avps| avps.newest(name).is_some()) {
        cx.avps(|avps| avps.remove_at(name, 0));
    }
    1
}

#[inline(always)] // the value is made where it is pushed
fn push_avp(cx: &mut Context, name: AvpName, value: Value) {
    match cx.message_avps_mut() {
        Some(avps) => avps.push(name, value),
        None => push_shared_avp(cx, name, value),
    }
}

#[inline(never)]
fn push_shared_avp(cx: &mut Context, name: AvpName, value: Value) {
    cx.avps(|avps| avps.push(name, value));
}

/// `$(var{…})` of transformations that `cut` does to a text; `other` does them to what is none.
#[inline]
pub fn cut_var(
    cx: &mut Context,
    slot: usize,
    cut: impl FnOnce(&[u8]) -> Option<&[u8]>,
    other: impl FnOnce(&mut Context) -> Value,
) -> Value {
    match var(cx, slot, |value| cut_value(value, cut)) {
        Some(value) => value,
        None => other(cx),
    }
}

/// The same of the newest value of an `$avp`.
#[inline]
pub fn cut_avp(
    cx: &mut Context,
    name: AvpName,
    cut: impl FnOnce(&[u8]) -> Option<&[u8]>,
    other: impl FnOnce(&mut Context) -> Value,
) -> Value {
    match avp(cx, name, |value| cut_value(value, cut)) {
        Some(value) => value,
        None => other(cx),
    }
}

/// `$(var{…}{s.int})` and `$(avp{…}{s.int})`, of the value; `None` for what is no text.
#[inline]
pub fn cut_int(value: &Value, cut: impl FnOnce(&[u8]) -> Option<&[u8]>) -> Option<Value> {
    let int = |text: Option<&[u8]>| text.map_or(Value::Null, |text| Value::Int(texts::int(text)));
    match value {
        Value::Text(text) => Some(int(cut(text))),
        Value::Short(text) => Some(int(cut(text))),
        Value::Null => Some(Value::Null),
        _ => None,
    }
}

/// What `look` makes of the text of a value, if it has one.
#[inline(always)] // a `switch` stands in it, once
pub fn text_of<R>(value: &Value, look: impl FnOnce(Option<&[u8]>) -> R) -> R {
    let other;
    look(match value.only_text() {
        Some(text) => Some(text),
        None => {
            other = value.as_text();
            other.as_deref()
        }
    })
}

/// `None` for what is no text.
#[inline]
fn cut_value(value: &Value, cut: impl FnOnce(&[u8]) -> Option<&[u8]>) -> Option<Value> {
    match value {
        Value::Text(text) => Some(Piece::new(text, text).cut(cut).into()),
        Value::Short(text) => Some(cut(text).map_or(Value::Null, Value::copied)),
        Value::Null => Some(Value::Null),
        _ => None,
    }
}

/// What a condition sees of `{s.len}` of a value.
#[inline]
pub fn length(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Int(texts::length(text)),
        Value::Short(text) => Value::Int(texts::length(text)),
        Value::Null | Value::Nothing => Value::Null,
        other => Value::Int(texts::length(&other.as_text().unwrap_or_default())),
    }
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

    /// Its kind, when it is one that is known; the name as written otherwise.
    #[inline]
    pub fn known(&self) -> Result<HeaderKind, &'static [u8]> {
        if self.kind == HeaderKind::Other { Err(self.name) } else { Ok(self.kind) }
    }

    /// Whether there may be a header of that name: there is none of its kind otherwise.
    #[inline]
    pub fn may_be_in(&self, message: &Message) -> bool {
        message.has(self.kind)
    }

    /// Whether there is a header of that name.
    #[inline]
    pub fn is_in(&self, message: &Message) -> bool {
        self.may_be_in(message) && (self.kind != HeaderKind::Other || self.is_other_in(message))
    }

    fn is_other_in(&self, message: &Message) -> bool {
        message.other(self.name).is_some()
    }

    /// The first header of that name.
    #[inline]
    pub fn first<'a>(&self, message: &'a Message) -> Option<Header<'a>> {
        match self.known() {
            Ok(kind) => message.find(kind),
            Err(name) => message.other(name),
        }
    }
}

/// An expression for names of headers, which does not look at case.
#[derive(Debug, Clone, Copy)]
pub struct NamePattern {
    matches: Matcher,
    /// The bits of the kinds of which it matches a name.
    known: u64,
}

impl NamePattern {
    /// Looks up which of the known names match.
    pub fn new(matches: Matcher) -> NamePattern {
        let fits = |kind: &HeaderKind| {
            matches(kind.name().as_bytes()) || kind.compact().is_some_and(|letter| matches(&[letter]))
        };
        let known = HeaderKind::KNOWN.iter().filter(|kind| fits(kind)).fold(0, |all, kind| all | kind.bit());
        NamePattern { matches, known }
    }

    /// The headers of a message whose names match.
    #[inline]
    pub fn find<'a>(&self, message: &'a Message) -> impl Iterator<Item = Header<'a>> {
        let all = if self.known == 0 { message.find_all(HeaderKind::Other) } else { message.headers() };
        let (matches, kinds) = (self.matches, self.known | HeaderKind::Other.bit());
        all.filter(move |header| header.kind().bit() & kinds != 0 && matches(header.name()))
    }
}

/// `$hdr(name)`.
pub fn header(cx: &Context, name: &HeaderName) -> Value {
    header_piece(cx, name).into()
}

/// `$hdr(name)`, where it is.
#[inline]
pub fn header_piece<'a>(cx: &'a Context, name: &HeaderName) -> Option<Piece<'a>> {
    name.first(&cx.message).map(|header| Piece::new(cx.message.bytes(), header.value()))
}

/// Whether there is a header of a name.
#[inline]
pub fn has_header(cx: &Context, name: &HeaderName) -> bool {
    name.is_in(&cx.message)
}
