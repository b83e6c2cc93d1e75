//! Script files: reading, include lines, and positions.
//!
//! Includes are expanded textually, line by line, as OpenSIPS does it (LANGUAGE 1.2); the map keeps where
//! each line came from, so no marker lines are needed and no position is ever lost. This module does not
//! look at tokens: an include line inside a comment is an include line.

mod files;
mod flatten;
mod map;
mod preprocessed;
mod span;

pub use files::{Disk, Files, Memory};
pub use flatten::{load, load_alone, load_with};
pub use map::{Position, Source, SourceFile};
pub use preprocessed::{annotated, from_annotated};
pub use span::{FileId, Span};
