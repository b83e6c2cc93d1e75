//! Finding a table by name.

use crate::{Module, modules};

/// The core's table: what every script has without `loadmodule`.
pub fn core() -> &'static Module {
    &modules::core::MODULE
}

/// The table of a module that this build has; `None` when it has not.
///
/// `name` is without path and without `.so`.
pub fn find_module(name: &str) -> Option<&'static Module> {
    modules::ALL.iter().copied().find(|m| m.name == name)
}
