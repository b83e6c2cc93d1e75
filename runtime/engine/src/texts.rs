//! What transformations do to a text, without a value around it. They make values of it; compiled code goes through several
//! of these, and makes a value only of what comes out ([`crate::direct`]).
//!
//! `None` is NULL: a transformation that fails.

use std::ops::Range;

use sipc_sip::{NameAddr, Uri};

use crate::short::Short;
use crate::{Text, Value};

/// A part of a text that somebody holds as a whole.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    /// The text that somebody holds, if others may hold it too.
    whole: Option<&'a Text>,
    text: &'a [u8],
}

impl<'a> Piece<'a> {
    /// A part of `whole`, or an empty text.
    #[inline]
    pub fn new(whole: &'a Text, text: &'a [u8]) -> Piece<'a> {
        Piece { whole: Some(whole), text }
    }

    /// A part of `whole`, or, when that is none, of a text that only one holds.
    #[inline]
    pub(crate) fn within(whole: Option<&'a Text>, text: &'a [u8]) -> Piece<'a> {
        Piece { whole, text }
    }

    /// The same, to keep, however short.
    pub(crate) fn to_text(self) -> Text {
        self.whole.map_or_else(|| Text::copy_from_slice(self.text), |whole| whole.slice_ref(self.text))
    }

    /// The text.
    #[inline]
    pub fn text(self) -> &'a [u8] {
        self.text
    }

    /// What is cut out of it.
    #[inline]
    pub fn cut(self, cut: impl FnOnce(&'a [u8]) -> Option<&'a [u8]>) -> Option<Piece<'a>> {
        cut(self.text).map(|text| Piece { whole: self.whole, text })
    }

    /// The same, to keep.
    #[inline]
    pub fn value(self) -> Value {
        match Short::new(self.text) {
            Some(text) => Value::Short(text),
            None => Value::Text(self.to_text()),
        }
    }
}

impl From<Option<Piece<'_>>> for Value {
    #[inline]
    fn from(piece: Option<Piece<'_>>) -> Value {
        piece.map_or(Value::Null, Piece::value)
    }
}

/// Where a part is in its text; an empty one need not be in it.
#[inline]
pub(crate) fn place_in(text: &[u8], part: &[u8]) -> Range<usize> {
    if part.is_empty() {
        return 0..0;
    }
    let start = (part.as_ptr() as usize).wrapping_sub(text.as_ptr() as usize);
    start..start + part.len()
}

/// The next byte of a text that is one of some.
#[inline]
pub fn seek<'a, const N: usize>(rest: &mut std::slice::Iter<'a, u8>, wanted: [u8; N]) -> Option<&'a u8> {
    let at = sipc_sip::find(rest.as_slice(), wanted);
    rest.nth(at)
}

/// Whether a text is digits: what patterns ask most often.
#[inline]
pub fn is_digits(text: &[u8]) -> bool {
    sipc_sip::is_digits(text)
}

/// Where an index points; negative counts from the end.
#[inline]
pub(crate) fn position(index: i32, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = i64::from(index) + if index < 0 { length } else { 0 };
    usize::try_from(at).ok().filter(|_| at < length)
}

/// `{s.len}`
#[inline]
pub fn length(text: &[u8]) -> i32 {
    i32::try_from(text.len()).unwrap_or(i32::MAX)
}

/// `{s.int}`: the number at the start of a text, wrapping as OpenSIPS' does.
#[inline]
pub fn int(text: &[u8]) -> i32 {
    leading_number(text).0
}

/// The number at the start of a text, and whether that was all of it.
#[inline]
pub(crate) fn leading_number(text: &[u8]) -> (i32, bool) {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (mut number, mut count) = (0i32, 0);
    for digit in digits.iter().take_while(|c| c.is_ascii_digit()) {
        number = number.wrapping_mul(10).wrapping_add(i32::from(digit - b'0'));
        count += 1;
    }
    (if negative { number.wrapping_neg() } else { number }, count == digits.len() && !text.is_empty())
}

/// `{s.trim}`
#[inline]
pub fn trim(text: &[u8]) -> Option<&[u8]> {
    triml(trimr(text)?)
}

/// `{s.triml}`
#[inline]
pub fn triml(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    while let [b' ' | b'\t' | b'\r' | b'\n', behind @ ..] = rest {
        rest = behind;
    }
    Some(rest)
}

/// `{s.trimr}`
#[inline]
pub fn trimr(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text;
    while let [before @ .., b' ' | b'\t' | b'\r' | b'\n'] = rest {
        rest = before;
    }
    Some(rest)
}

/// `{s.substr,offset,length}`: a length of 0 or less counts from the end.
#[inline]
pub fn substr(text: &[u8], offset: i32, length: i32) -> Option<&[u8]> {
    let rest = text.get(position(offset, text.len())?..)?;
    let length = match usize::try_from(length) {
        Ok(0) => rest.len(),
        Ok(length) => length.min(rest.len()),
        Err(_) => rest.len().saturating_sub(length.unsigned_abs() as usize),
    };
    rest.get(..length)
}

/// `{s.select,index,separator}`
#[inline]
pub fn select(text: &[u8], index: i32, separator: u8) -> Option<&[u8]> {
    let mut items = text.split(|c| *c == separator);
    match usize::try_from(index) {
        Ok(n) => items.nth(n),
        Err(_) => items.rev().nth(index.unsigned_abs() as usize - 1),
    }
}

/// `{nameaddr.index.uri}`: of a list with a broken entry there is none.
pub fn nameaddr_uri(text: &[u8], index: i32) -> Option<&[u8]> {
    match NameAddr::lone_identity(text) {
        Some(uri) if index == 0 => Some(uri),
        _ => identity(text, index)?.map(|entry| entry.uri_text).filter(|uri| !uri.is_empty()),
    }
}

/// The entry of a list that an index names, if there is one; `None` for a list with a broken entry.
pub(crate) fn identity(text: &[u8], index: i32) -> Option<Option<NameAddr<'_>>> {
    let entries = || NameAddr::identities(text);
    let at = usize::try_from(index).ok().or_else(|| position(index, entries().count()));
    let mut found = None;
    for (n, entry) in entries().enumerate() {
        let entry = entry.ok()?;
        if Some(n) == at {
            found = Some(entry);
        }
    }
    Some(found)
}

/// `{uri.user}`
pub fn uri_user(text: &[u8]) -> Option<&[u8]> {
    Uri::plain_user(text).or_else(|| part_of_uri(text, |uri| uri.user()))
}

/// `{uri.host}`, `{uri.domain}`
pub fn uri_host(text: &[u8]) -> Option<&[u8]> {
    part_of_uri(text, |uri| Some(uri.host_text()))
}

/// A part of a URI that is not empty.
#[inline]
pub(crate) fn part_of_uri<'a>(
    text: &'a [u8],
    part: impl FnOnce(Uri<'a>) -> Option<&'a [u8]>,
) -> Option<&'a [u8]> {
    Uri::parse(text).ok().and_then(part).filter(|part| !part.is_empty())
}
