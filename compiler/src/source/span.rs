//! Positions in a script.

/// A script file: the index into [`crate::ir::Program::files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileId(pub u32);

/// A piece of the script.
///
/// `start` and `end` are byte offsets into the *flattened* text (all includes in place), so that a piece
/// may cross files, as OpenSIPS lets it; `file` and `line` say where it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
    /// The line of the first byte, from 1.
    pub line: u32,
    /// The file of the first byte.
    pub file: FileId,
}

impl Span {
    /// From the start of `self` to the end of `other`.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { end: self.end.max(other.end), ..self }
    }

    /// The empty span at the end of `self`; keeps the line of the start.
    #[must_use]
    pub fn tail(self) -> Span {
        Span { start: self.end, ..self }
    }
}
