//! Building the result of a format string.

use crate::texts::Piece;
use crate::{Context, Text, Value, transformations};

/// More memory than this is not kept for the next text.
const KEPT_MAX: usize = 64 << 10;

/// Collects the parts, in memory that the worker keeps for them; longer than `pv_print_buf_size` is a failure.
#[derive(Debug, Default)]
pub struct Formatter(Vec<u8>);

impl Formatter {
    /// An empty one.
    #[inline]
    pub fn new(cx: &Context) -> Formatter {
        Formatter(cx.worker.local.scratch.take())
    }

    /// Appends literal text.
    #[inline]
    pub fn literal(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
    }

    /// Appends what a variable prints.
    #[inline]
    pub fn value(&mut self, value: &Value) {
        match value.only_text() {
            Some(text) => self.literal(text),
            None => self.other(value),
        }
    }

    #[inline(never)]
    fn other(&mut self, value: &Value) {
        value.print(&mut self.0);
    }

    /// Appends what a text prints, or NULL.
    #[inline]
    pub fn piece(&mut self, piece: Option<Piece<'_>>) {
        self.literal(piece.map_or(b"<null>", Piece::text));
    }

    /// Appends what is cut out of a text, or NULL; `false`, and nothing is done, for a value that is none.
    #[inline]
    pub fn cut(&mut self, value: &Value, cut: impl FnOnce(&[u8]) -> Option<&[u8]>) -> bool {
        match value.only_text() {
            Some(text) => self.literal(cut(text).unwrap_or(b"<null>")),
            None if value.is_null() => self.literal(b"<null>"),
            None => return false,
        }
        true
    }

    /// Appends a text, or NULL, as `{s.escape.common}` makes it.
    #[inline]
    pub fn escaped(&mut self, piece: Option<Piece<'_>>) {
        match piece {
            Some(piece) if transformations::is_escaped(piece.text()) => self.literal(piece.text()),
            Some(piece) => self.value(&transformations::escaped(piece.text())),
            None => self.piece(None),
        }
    }

    /// What was collected so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The result; `None` when it is too long, and then the statement fails.
    pub fn finish(self, cx: &Context) -> Option<Text> {
        let text = self.fits(cx).then(|| Text::copy_from_slice(&self.0));
        self.give_back(cx);
        text
    }

    /// Whether it is not too long.
    #[inline]
    pub fn fits(&self, cx: &Context) -> bool {
        self.0.len() <= cx.shared().globals.print_buffer_size
    }

    /// Gives the memory back, for the next text.
    #[inline]
    pub fn give_back(mut self, cx: &Context) {
        if self.0.capacity() <= KEPT_MAX {
            self.0.clear();
            cx.worker.local.scratch.set(self.0);
        }
    }
}
