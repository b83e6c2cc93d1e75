//! A reading position in a piece of text; what the typed views parse with.

use crate::chars::{is_lws, part};

/// Text and how far it has been read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a [u8],
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    pub(crate) fn new(text: &'a [u8]) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// The next byte, without reading it.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(crate) fn done(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn bump(&mut self) {
        self.at += 1;
    }

    /// Reads `c` if it is next.
    #[inline]
    pub(crate) fn eat(&mut self, c: u8) -> bool {
        let hit = self.peek() == Some(c);
        if hit {
            self.at += 1;
        }
        hit
    }

    /// Reads the bytes for which `keep` holds.
    #[inline]
    pub(crate) fn take_while(&mut self, keep: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|c| !keep(*c)).unwrap_or(rest.len());
        self.at += length;
        part(rest, 0, length)
    }

    /// What is left to read.
    #[inline]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    #[inline]
    pub(crate) fn skip_lws(&mut self) {
        if self.peek().is_some_and(is_lws) {
            self.take_while(is_lws);
        }
    }

    /// Where what was read since `start` ends, without white space at its end.
    pub(crate) fn text_end_without_lws(&self, start: usize) -> usize {
        start + crate::chars::trim_end(self.since(start)).len()
    }

    /// Reads a quoted string, quotes included; `None` when it does not end.
    pub(crate) fn take_quoted(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.at = crate::chars::quoted_end(self.text, start)?;
        Some(part(self.text, start, self.at))
    }

    /// What was read since `start`.
    pub(crate) fn since(&self, start: usize) -> &'a [u8] {
        part(self.text, start, self.at)
    }
}
