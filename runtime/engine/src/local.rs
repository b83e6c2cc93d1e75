//! What expressions and variables keep per worker.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::Text;
use crate::regex::RegexCache;
use crate::substitution::Substitution;

/// More substitution expressions than this are forgotten all at once.
pub(crate) const SUBSTITUTIONS_MAX: usize = 256;

/// Part of [`crate::worker::Worker`].
#[derive(Default)]
pub struct Local {
    /// Compiled patterns that came from variables.
    pub regexes: RefCell<RegexCache>,
    /// Expressions of `{re.subst}`; `None` for broken ones.
    pub(crate) substitutions: RefCell<HashMap<Text, Option<Rc<Substitution>>>>,
    /// `$log_level`, while it differs from the process'.
    pub log_level: Cell<Option<i32>>,
    /// Functions started with `launch` that have not ended.
    pub launched: Cell<u32>,
    /// Event routes that wait for their turn.
    pub(crate) events: Cell<u32>,
    /// Memory for texts while they are made.
    pub(crate) scratch: Cell<Vec<u8>>,
    /// `$xlog_level`, while it differs from the process'.
    pub xlog_level: Cell<Option<i32>>,
}
