//! One table per module, in files named as in `loadmodule`.

pub mod core;

use crate::Module;

/// Every module table of this build.
pub const ALL: &[&Module] = &[];
