//! `opensips.cfg` to Rust: text in, Rust text and diagnostics out.
//!
//! The way of a script, one module each:
//!
//! 1. [`source`]: files, include lines, and the map from the flattened text back to them.
//! 2. [`syntax`]: the flattened text to a tree that keeps every span and comment.
//! 3. [`check`]: names, counts, kinds and route contexts against the interface tables; lowers the tree.
//! 4. [`ir`]: what is left: typed, resolved, literals parsed. Both executors start here.
//! 5. [`passes`]: the call graph, which routes suspend, constant folding.
//! 6. [`lint`]: what is probably not meant.
//! 7. [`emit`]: the IR as Rust.
//!
//! [`values`] fills in what differs from site to site; [`older`] knows the spellings of older releases; [`format`](mod@format) lays a script out anew.
//! [`diagnostics`] serves all of them. Nothing here does I/O other than through [`source::Files`], knows tokio, or
//! depends on the runtime.
#![forbid(unsafe_code)]

pub mod check;
pub mod diagnostics;
pub mod driver;
pub mod emit;
pub mod format;
pub mod ir;
pub mod lint;
pub mod older;
pub mod passes;
pub mod source;
pub mod syntax;
pub mod values;
