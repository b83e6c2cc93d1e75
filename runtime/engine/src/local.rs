//! What expressions and variables keep per worker.

use std::cell::{Cell, RefCell};

use crate::regex::RegexCache;

/// Part of [`crate::worker::Worker`].
#[derive(Debug, Default)]
pub struct Local {
    /// Compiled patterns that came from variables.
    pub regexes: RefCell<RegexCache>,
    /// `$log_level`, while it differs from the process'.
    pub log_level: Cell<Option<i32>>,
    /// `$xlog_level`, while it differs from the process'.
    pub xlog_level: Cell<Option<i32>>,
}
