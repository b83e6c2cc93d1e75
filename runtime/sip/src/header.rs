//! One header of a message, and iteration over headers.

use std::ops::Range;

use bytes::Bytes;

use crate::header_kind::HeaderKind;
use crate::index::Entry;
use crate::message::Message;

/// One header of a message.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    message: &'a Message,
    entry: &'a Entry,
    index: usize,
}

impl<'a> Header<'a> {
    /// The first of a kind.
    #[inline]
    pub(crate) fn first(message: &'a Message, kind: HeaderKind) -> Option<Header<'a>> {
        let index = message.index().first(kind)?;
        let entry = message.index().entries().get(index)?;
        Some(Header { message, entry, index })
    }

    /// The first of kind `Other` with a name.
    #[inline]
    pub(crate) fn other(message: &'a Message, name: &[u8]) -> Option<Header<'a>> {
        let (index, entry) = message.index().find_other(message.bytes(), name)?;
        Some(Header { message, entry, index })
    }

    /// Which header it is.
    #[inline]
    pub fn kind(&self) -> HeaderKind {
        self.entry.kind
    }

    /// Its place among all headers, from 0.
    #[inline]
    pub fn index(&self) -> usize {
        self.index
    }

    /// The name as written.
    #[inline]
    pub fn name(&self) -> &'a [u8] {
        self.entry.name().of(self.message.bytes())
    }

    /// The value: without blanks and folds before it and without its line end. Blanks at its end stay,
    /// as scripts written for OpenSIPS see them.
    #[inline]
    pub fn value(&self) -> &'a [u8] {
        self.entry.value().of(self.message.bytes())
    }

    /// The whole header as written, with its line end.
    #[inline]
    pub fn whole(&self) -> &'a [u8] {
        crate::chars::part(self.message.bytes(), self.range().start, self.range().end)
    }

    /// The name as `Bytes` that share the message.
    pub fn name_bytes(&self) -> Bytes {
        self.message.share(self.name())
    }

    /// The value as `Bytes` that share the message.
    pub fn value_bytes(&self) -> Bytes {
        self.message.share(self.value())
    }

    /// Where the header is in the message, its line end included.
    #[inline]
    pub fn range(&self) -> Range<usize> {
        self.entry.start as usize..self.message.index().end_of(self.index)
    }

    /// Where the value is in the message.
    #[inline]
    pub fn value_range(&self) -> Range<usize> {
        self.entry.value().range()
    }

    /// The message it belongs to.
    #[inline]
    pub fn message(&self) -> &'a Message {
        self.message
    }

    /// Whether it has that name: ignoring case, and knowing compact forms.
    pub fn is_named(&self, name: &[u8]) -> bool {
        match HeaderKind::of(name) {
            HeaderKind::Other => self.name().eq_ignore_ascii_case(name),
            known => known == self.kind(),
        }
    }
}

/// The headers of kind `Other` with a name, in order.
pub(crate) struct Others<'a> {
    message: &'a Message,
    entries: &'a [Entry],
    next: usize,
    name: &'a [u8],
}

impl<'a> Others<'a> {
    #[inline]
    pub(crate) fn of(message: &'a Message, name: &'a [u8]) -> Others<'a> {
        let (entries, next) = message.index().of_kind(HeaderKind::Other);
        Others { message, entries, next, name }
    }
}

impl<'a> Iterator for Others<'a> {
    type Item = Header<'a>;

    #[inline]
    fn next(&mut self) -> Option<Header<'a>> {
        while let Some(entry) = self.entries.get(self.next) {
            let index = self.next;
            self.next += 1;
            let name = entry.name();
            let fits = entry.kind == HeaderKind::Other && (name.end - name.start) as usize == self.name.len();
            if fits && crate::chars::same_name(name.of(self.message.bytes()), self.name) {
                return Some(Header { message: self.message, entry, index });
            }
        }
        None
    }
}

/// Headers in order.
#[derive(Debug, Clone)]
pub struct Headers<'a> {
    message: &'a Message,
    entries: &'a [Entry],
    next: usize,
    only: Option<HeaderKind>,
}

impl<'a> Headers<'a> {
    #[inline]
    pub(crate) fn all(message: &'a Message) -> Headers<'a> {
        Headers { message, entries: message.index().entries(), next: 0, only: None }
    }

    #[inline]
    pub(crate) fn of_kind(message: &'a Message, kind: HeaderKind) -> Headers<'a> {
        let (entries, next) = message.index().of_kind(kind);
        Headers { message, entries, next, only: Some(kind) }
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Header<'a>;

    #[inline]
    fn next(&mut self) -> Option<Header<'a>> {
        while let Some(entry) = self.entries.get(self.next) {
            let index = self.next;
            self.next += 1;
            if self.only.is_none_or(|kind| kind == entry.kind) {
                return Some(Header { message: self.message, entry, index });
            }
        }
        None
    }
}
