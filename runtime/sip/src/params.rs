//! Parameters: `;name=value;name="quoted";name`.
//!
//! The same reader serves headers and URIs; in a URI a quote is just a character.

use crate::chars::{part, quoted_end, same_name, trim, unquote};
use crate::cursor::Cursor;
use crate::scan;

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as written.
    pub name: &'a [u8],
    /// The value without its quotes; `None` when there is no `=`.
    pub value: Option<&'a [u8]>,
    /// Whether the value was in quotes.
    pub quoted: bool,
    /// Name and value as written, without the separator before it.
    pub whole: &'a [u8],
}

impl<'a> Param<'a> {
    /// Whether it has that name, ignoring case.
    #[inline]
    pub fn is_named(&self, name: &[u8]) -> bool {
        same_name(self.name, name)
    }

    /// The value, or nothing: for parameters where no value and an empty one mean the same.
    pub fn value_or_empty(&self) -> &'a [u8] {
        self.value.unwrap_or_default()
    }

    /// `whole` has no blanks around it.
    #[inline]
    fn read(whole: &'a [u8], quotes: bool) -> Param<'a> {
        let Some((name, value)) = crate::chars::split_once(whole, b'=') else {
            return Param { name: trim(whole), value: None, quoted: false, whole };
        };
        let value = trim(value);
        let bare = if quotes { unquote(value) } else { value };
        Param { name: trim(name), value: Some(bare), quoted: bare.len() != value.len(), whole }
    }
}

/// A list of parameters in order. Empty ones (`;;`) are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Params<'a> {
    text: &'a [u8],
    separator: u8,
    quotes: bool,
}

impl<'a> Params<'a> {
    /// The parameters of a header: separated by `;`, values may be quoted.
    #[inline]
    pub fn of_header(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b';', quotes: true }
    }

    /// The parameters of a URI: separated by `;`.
    #[inline]
    pub fn of_uri(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b';', quotes: false }
    }

    /// The headers of a URI: separated by `&`.
    #[inline]
    pub fn of_uri_headers(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b'&', quotes: false }
    }

    /// Name-value pairs separated by commas, as in credentials.
    pub fn of_list(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b',', quotes: true }
    }

    /// All parameters as written, without the separator before the first.
    #[inline]
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The first parameter of that name, ignoring case.
    pub fn find(&self, name: &[u8]) -> Option<Param<'a>> {
        self.named(name, true)
    }

    /// The last parameter of that name: what OpenSIPS takes where it keeps a pointer to one.
    pub fn find_last(&self, name: &[u8]) -> Option<Param<'a>> {
        self.named(name, false)
    }

    fn named(self, name: &[u8], first: bool) -> Option<Param<'a>> {
        match (self.separator, self.quotes) {
            (b';', true) if scan::find(self.text, [b'"']) == self.text.len() => {
                named(self.text, name, true, first)
            }
            (b';', false) => named(self.text, name, false, first),
            _ if first => self.into_iter().find(|p| p.is_named(name)),
            _ => self.into_iter().filter(|p| p.is_named(name)).last(),
        }
    }

    /// The value of the first parameter of that name; empty when it has none.
    pub fn value(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.find(name).map(|p| p.value_or_empty())
    }

    /// Whether a parameter of that name is present.
    pub fn has(&self, name: &[u8]) -> bool {
        self.find(name).is_some()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.into_iter().next().is_none()
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = Param<'a>;
    type IntoIter = ParamIter<'a>;

    #[inline]
    fn into_iter(self) -> ParamIter<'a> {
        ParamIter { rest: self.text, params: self, quotes_left: self.quotes }
    }
}

/// Iterates over [`Params`].
#[derive(Debug, Clone)]
pub struct ParamIter<'a> {
    rest: &'a [u8],
    params: Params<'a>,
    /// Whether a closing quote may still be found.
    quotes_left: bool,
}

impl<'a> Iterator for ParamIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        self.next_whole().map(|whole| Param::read(whole, self.params.quotes))
    }
}

impl<'a> ParamIter<'a> {
    /// The text of the next parameter that is not empty, without blanks around it.
    #[inline(always)]
    fn next_whole(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let separator = self.params.separator;
            let mut end = scan::find(self.rest, [separator, if self.quotes_left { b'"' } else { separator }]);
            if self.quotes_left && self.rest.get(end) == Some(&b'"') {
                (end, self.quotes_left) = end_behind_quote(self.rest, end, separator);
            }
            let (whole, behind) = self.rest.split_at_checked(end)?;
            self.rest = behind.get(1..).unwrap_or_default();
            let whole = trim(whole);
            if !whole.is_empty() {
                return Some(whole);
            }
        }
        None
    }
}

/// The first or last parameter of that name among those between semicolons that have no quotes around a semicolon. Those
/// with other names are not looked into.
fn named<'a>(text: &'a [u8], name: &[u8], quotes: bool, first: bool) -> Option<Param<'a>> {
    let mut found = None;
    let mut rest = text;
    while !rest.is_empty() {
        let (whole, behind) = rest.split_at_checked(scan::find(rest, [b';']))?;
        rest = behind.get(1..).unwrap_or_default();
        let whole = trim(whole);
        if whole.is_empty() || !may_be_named(whole, name) {
            continue;
        }
        let param = Param::read(whole, quotes);
        if param.is_named(name) {
            found = Some(param);
            if first {
                break;
            }
        }
    }
    found
}

/// Tells most of those apart that have another name.
#[inline(always)]
fn may_be_named(whole: &[u8], name: &[u8]) -> bool {
    match (whole, name) {
        ([a, ..], [b, ..]) => (a ^ b) & !0x20 == 0 && whole.len() >= name.len(),
        _ => true,
    }
}

/// Where a parameter ends that has a quote in it: at the next separator outside quotes; and whether a closing quote may
/// still be found. A quote that is never closed is just a character, and after it none is looked at: that keeps the work in
/// proportion to the text.
#[inline(never)]
fn end_behind_quote(text: &[u8], quote: usize, separator: u8) -> (usize, bool) {
    let mut at = quote;
    let mut quotes = true;
    while let Some(&c) = text.get(at) {
        if c == separator {
            break;
        }
        let behind = if c == b'"' && quotes { quoted_end(text, at) } else { None };
        quotes &= c != b'"' || behind.is_some();
        at = behind.unwrap_or(at + 1);
    }
    (at.min(text.len()), quotes)
}

/// The comma-separated parts of a header value. Commas in quotes and between `<` and `>` do not count;
/// empty parts are left out.
pub fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut cursor = Cursor::new(value);
    let mut open = Open { quotes: true, brackets: true };
    std::iter::from_fn(move || {
        while !cursor.done() {
            let start = cursor.at;
            skip_item(&mut cursor, &mut open);
            let item = trim(part(value, start, cursor.at));
            cursor.bump();
            if !item.is_empty() {
                return Some(item);
            }
        }
        None
    })
}

/// What is still looked for: not what was opened once and never closed.
struct Open {
    quotes: bool,
    brackets: bool,
}

fn skip_item(cursor: &mut Cursor<'_>, open: &mut Open) {
    while let Some(c) = cursor.peek() {
        match c {
            b',' => return,
            b'"' if open.quotes => open.quotes = cursor.take_quoted().is_some(),
            b'<' if open.brackets => open.brackets = skip_brackets(cursor),
            _ => cursor.bump(),
        }
    }
}

/// Moves behind the next `>`, if there is one.
fn skip_brackets(cursor: &mut Cursor<'_>) -> bool {
    let rest = cursor.text.get(cursor.at..).unwrap_or_default();
    let length = memchr::memchr(b'>', rest);
    cursor.at += length.map_or(0, |l| l + 1);
    length.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_params() {
        let params = Params::of_header(b"tag=1 ; Q = \"a;b\\\"\" ;;lr");
        assert_eq!(params.value(b"TAG"), Some(&b"1"[..]));
        assert_eq!(params.value(b"q"), Some(&b"a;b\\\""[..]));
        assert_eq!(params.find(b"lr").expect("lr").value, None);
        assert_eq!(params.into_iter().count(), 3);
    }

    #[test]
    fn lists() {
        let items: Vec<&[u8]> = split_list(b"\"a, b\" <sip:x,y>;q=1,, <sip:z>,").collect();
        assert_eq!(items, [&b"\"a, b\" <sip:x,y>;q=1"[..], b"<sip:z>"]);
    }
}
