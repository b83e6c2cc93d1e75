//! The core: functions, variables and transformations that need no `loadmodule`.

mod functions;
mod literals;
mod mi;
#[cfg(test)]
mod tests;
mod transformations;
mod variables;

use crate::Module;

/// The core's table.
pub const MODULE: Module = Module {
    name: "core",
    summary: "The script language itself.",
    functions: functions::FUNCTIONS,
    variables: variables::VARIABLES,
    transformations: transformations::TRANSFORMATIONS,
    mi: mi::MI,
    events: &["E_CORE_LOG", "E_CORE_SR_STATUS_CHANGED"],
    ..Module::EMPTY
};
