//! The values a script computes with (LANGUAGE 5.1).
//!
//! OpenSIPS describes a value by flags; only these combinations occur, so they are variants here.
//! *Type* decides what an assignment stores and what a truth test looks at; *text* and *number* decide
//! which comparisons are possible.

use std::borrow::Cow;

use bytes::Bytes;

use sipc_sip::Decimal;

use crate::short::Short;

/// Text of a script: bytes, since neither SIP nor scripts promise UTF-8. Cloning is cheap.
pub type Text = Bytes;

/// One value.
#[derive(Debug, Default)]
pub enum Value {
    /// No value at all: a failed sub-expression (OpenSIPS' flags 0).
    #[default]
    Nothing,
    /// NULL: absent.
    Null,
    /// Text only.
    Text(Text),
    /// The same, of which a short one may be either.
    Short(Short),
    /// A number that also has its decimal text, as `$var` holding a number has.
    Int(i32),
    /// A number without text: literals, arithmetic results, results of function calls.
    BareInt(i32),
    /// A number with a text that is not its decimal form (`$msg.flag(x)`: `true`).
    NamedInt(Text, i32),
    /// Text with a number beside it; stored as text ("string-int": `$rm`, explicit `$rp`, `$Tf`).
    TextInt(Text, i32),
}

impl Value {
    /// Text from a literal of the program.
    pub const fn literal(text: &'static [u8]) -> Value {
        Value::Text(Bytes::from_static(text))
    }

    /// Text from a literal of the program, as a short one where it is short: a copy of such a one is cheaper.
    #[inline(always)] // the length is known where it is called
    pub fn constant(text: &'static [u8]) -> Value {
        Short::constant(text).map_or_else(|| Value::literal(text), Value::Short)
    }

    /// Puts a value in place of this one.
    #[inline(always)] // the value is made where it is to be
    pub fn put(&mut self, value: Value) {
        if !matches!(self, Value::Nothing | Value::Null | Value::Short(_) | Value::Int(_) | Value::BareInt(_))
        {
            self.clear();
        }
        // there is nothing to let go of any more
        std::mem::forget(std::mem::replace(self, value));
    }

    #[inline(never)]
    fn another(&self) -> Value {
        match self {
            Value::Nothing => Value::Nothing,
            Value::Null => Value::Null,
            Value::Text(text) => Value::Text(text.clone()),
            Value::Short(text) => Value::Short(*text),
            Value::Int(n) => Value::Int(*n),
            Value::BareInt(n) => Value::BareInt(*n),
            Value::NamedInt(text, n) => Value::NamedInt(text.clone(), *n),
            Value::TextInt(text, n) => Value::TextInt(text.clone(), *n),
        }
    }

    #[inline(never)]
    fn clear(&mut self) {
        *self = Value::Null;
    }

    /// Text that is copied.
    #[inline]
    pub fn copied(text: &[u8]) -> Value {
        Short::new(text).map_or_else(|| Value::Text(Text::copy_from_slice(text)), Value::Short)
    }

    /// A text and another behind it.
    #[inline]
    pub fn joined(first: &[u8], second: &[u8]) -> Value {
        Short::joined(first, second)
            .map_or_else(|| Value::Text([first, second].concat().into()), Value::Short)
    }

    /// The text, if that is all it has.
    #[inline]
    pub fn only_text(&self) -> Option<&[u8]> {
        match self {
            Value::Text(text) => Some(text),
            Value::Short(text) => Some(text),
            _ => None,
        }
    }

    /// The same, to keep.
    pub fn into_only_text(self) -> Option<Text> {
        match self {
            Value::Text(text) => Some(text),
            Value::Short(text) => Some(Text::copy_from_slice(&text)),
            _ => None,
        }
    }

    /// `Text`, or NULL when there is none.
    pub fn text_or_null(text: Option<Text>) -> Value {
        text.map_or(Value::Null, Value::Text)
    }

    /// Whether it is NULL or nothing.
    #[inline]
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null | Value::Nothing)
    }

    /// Whether its primary type is a number (TYPE_INT).
    #[inline]
    pub fn is_number(&self) -> bool {
        matches!(self, Value::Int(_) | Value::BareInt(_) | Value::NamedInt(..))
    }

    /// The number, if it has one.
    #[inline]
    pub fn number(&self) -> Option<i32> {
        match self {
            Value::Int(n) | Value::BareInt(n) | Value::NamedInt(_, n) | Value::TextInt(_, n) => Some(*n),
            _ => None,
        }
    }

    /// Whether it has text, a bare number having none.
    pub fn has_text(&self) -> bool {
        matches!(
            self,
            Value::Text(_) | Value::Short(_) | Value::Int(_) | Value::NamedInt(..) | Value::TextInt(..)
        )
    }

    /// The text, if it has one.
    pub fn text(&self) -> Option<Text> {
        match self {
            Value::Text(t) | Value::NamedInt(t, _) | Value::TextInt(t, _) => Some(t.clone()),
            Value::Short(t) => Some(Text::copy_from_slice(t)),
            Value::Int(n) => Some(decimal(*n)),
            _ => None,
        }
    }

    /// The text without a copy where it is held as such.
    #[inline]
    pub fn as_text(&self) -> Option<Cow<'_, [u8]>> {
        match self {
            Value::Text(t) | Value::NamedInt(t, _) | Value::TextInt(t, _) => Some(Cow::Borrowed(t)),
            Value::Short(t) => Some(Cow::Borrowed(t)),
            Value::Int(n) => Some(Cow::Owned(n.to_string().into_bytes())),
            _ => None,
        }
    }

    /// What an assignment stores of it: a number when its type is one, else its text.
    #[inline]
    pub fn stored(mut self) -> Value {
        self.settle();
        self
    }

    /// Becomes what an assignment stores of it. Most values are that already, and stay where they are.
    #[inline]
    pub fn settle(&mut self) {
        if matches!(self, Value::BareInt(_) | Value::NamedInt(..) | Value::TextInt(..)) {
            self.settle_number();
        }
    }

    #[inline(never)]
    fn settle_number(&mut self) {
        *self = match std::mem::take(self) {
            Value::BareInt(n) | Value::NamedInt(_, n) => Value::Int(n),
            Value::TextInt(text, _) => Value::Text(text),
            other => other,
        };
    }

    /// The truth of a variable in a condition: a number when not 0, a text when not empty.
    #[inline]
    pub fn holds(&self) -> bool {
        match self {
            Value::Nothing | Value::Null => false,
            Value::Int(n) | Value::BareInt(n) | Value::NamedInt(_, n) => *n != 0,
            Value::Text(t) | Value::TextInt(t, _) => !t.is_empty(),
            Value::Short(t) => !t.is_empty(),
        }
    }

    /// Appends what a format string prints for it: NULL as `<null>`, a bare number unsigned.
    #[inline]
    pub fn print(&self, out: &mut Vec<u8>) {
        let text = match self {
            Value::Nothing | Value::Null => b"<null>",
            Value::Text(t) | Value::NamedInt(t, _) | Value::TextInt(t, _) => &t[..],
            Value::Short(t) => &t[..],
            Value::Int(n) => return out.extend_from_slice(n.to_string().as_bytes()),
            Value::BareInt(n) => return out.extend_from_slice(Decimal::of(u64::from(*n as u32)).text()),
        };
        out.extend_from_slice(text);
    }
}

impl Clone for Value {
    /// Most are short texts, of which a copy takes no call.
    #[inline(always)]
    fn clone(&self) -> Value {
        match self {
            Value::Short(text) => Value::Short(*text),
            other => other.another(),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Nothing, Value::Nothing) | (Value::Null, Value::Null) => true,
            (Value::Int(a), Value::Int(b)) | (Value::BareInt(a), Value::BareInt(b)) => a == b,
            (Value::NamedInt(s, a), Value::NamedInt(t, b)) => (s, a) == (t, b),
            (Value::TextInt(s, a), Value::TextInt(t, b)) => (s, a) == (t, b),
            _ => self.only_text().is_some_and(|text| other.only_text() == Some(text)),
        }
    }
}

impl Eq for Value {}

/// The decimal text of a number.
pub fn decimal(n: i32) -> Text {
    Bytes::from(n.to_string())
}

impl From<bool> for Value {
    fn from(b: bool) -> Value {
        Value::Int(i32::from(b))
    }
}

impl From<Option<Text>> for Value {
    fn from(t: Option<Text>) -> Value {
        Value::text_or_null(t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(v: &Value) -> String {
        let mut out = Vec::new();
        v.print(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn printing_follows_the_flags() {
        assert_eq!(printed(&Value::Null), "<null>");
        assert_eq!(printed(&Value::Int(-3)), "-3");
        assert_eq!(printed(&Value::BareInt(-1)), "4294967295");
        assert_eq!(printed(&Value::NamedInt(Bytes::from_static(b"true"), 1)), "true");
    }

    #[test]
    fn a_string_zero_is_true() {
        assert!(Value::literal(b"0").holds());
        assert!(!Value::literal(b"").holds());
        assert!(!Value::Int(0).holds());
    }
}
