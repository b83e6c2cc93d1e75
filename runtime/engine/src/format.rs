//! Building the result of a format string.

use crate::{Context, Text, Value};

/// Collects the parts; longer than `pv_print_buf_size` is a failure.
#[derive(Debug, Default)]
pub struct Formatter(Vec<u8>);

impl Formatter {
    /// An empty one.
    #[inline]
    pub fn new() -> Formatter {
        Formatter(Vec::with_capacity(128))
    }

    /// Appends literal text.
    #[inline]
    pub fn literal(&mut self, text: &[u8]) {
        self.0.extend_from_slice(text);
    }

    /// Appends what a variable prints.
    #[inline]
    pub fn value(&mut self, value: &Value) {
        value.print(&mut self.0);
    }

    /// What was collected so far.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The result; `None` when it is too long, and then the statement fails.
    pub fn finish(self, cx: &Context) -> Option<Text> {
        (self.0.len() <= cx.shared().globals.print_buffer_size).then(|| Text::from(self.0))
    }
}
