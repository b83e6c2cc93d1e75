//! The core: functions, variables and transformations that need no `loadmodule`.

use crate::Module;

/// The core's table.
pub const MODULE: Module = Module { name: "core", summary: "The script language itself.", ..Module::EMPTY };
