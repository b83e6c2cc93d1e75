//! Script files: reading, include lines, and positions.

mod span;

pub use span::{FileId, Span};
