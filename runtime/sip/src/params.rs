//! Parameters: `;name=value;name="quoted";name`.
//!
//! The same reader serves headers and URIs; in a URI a quote is just a character.

use crate::chars::{part, trim, unquote};
use crate::cursor::Cursor;

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
    pub fn is_named(&self, name: &[u8]) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value, or nothing: for parameters where no value and an empty one mean the same.
    pub fn value_or_empty(&self) -> &'a [u8] {
        self.value.unwrap_or_default()
    }

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
    pub fn of_header(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b';', quotes: true }
    }

    /// The parameters of a URI: separated by `;`.
    pub fn of_uri(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b';', quotes: false }
    }

    /// The headers of a URI: separated by `&`.
    pub fn of_uri_headers(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b'&', quotes: false }
    }

    /// Name-value pairs separated by commas, as in credentials.
    pub fn of_list(text: &'a [u8]) -> Params<'a> {
        Params { text, separator: b',', quotes: true }
    }

    /// All parameters as written, without the separator before the first.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The first parameter of that name, ignoring case.
    pub fn find(&self, name: &[u8]) -> Option<Param<'a>> {
        self.into_iter().find(|p| p.is_named(name))
    }

    /// The last parameter of that name: what OpenSIPS takes where it keeps a pointer to one.
    pub fn find_last(&self, name: &[u8]) -> Option<Param<'a>> {
        self.into_iter().filter(|p| p.is_named(name)).last()
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

    fn into_iter(self) -> ParamIter<'a> {
        ParamIter { rest: Cursor::new(self.text), params: self, quotes_left: self.quotes }
    }
}

/// Iterates over [`Params`].
#[derive(Debug, Clone)]
pub struct ParamIter<'a> {
    rest: Cursor<'a>,
    params: Params<'a>,
    /// Whether a closing quote may still be found.
    quotes_left: bool,
}

impl<'a> Iterator for ParamIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        while !self.rest.done() {
            let start = self.rest.at;
            skip_to(&mut self.rest, self.params.separator, &mut self.quotes_left);
            let whole = trim(self.rest.since(start));
            self.rest.bump();
            if !whole.is_empty() {
                return Some(Param::read(whole, self.params.quotes));
            }
        }
        None
    }
}

/// Moves to the next `separator` outside quotes, or to the end. A quote that is never closed is just a
/// character, and after it none is looked at: that keeps the work in proportion to the text.
fn skip_to(cursor: &mut Cursor<'_>, separator: u8, quotes: &mut bool) {
    while let Some(c) = cursor.peek() {
        if c == separator {
            return;
        }
        if c == b'"' && *quotes && cursor.take_quoted().is_some() {
            continue;
        }
        *quotes &= c != b'"';
        cursor.bump();
    }
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
