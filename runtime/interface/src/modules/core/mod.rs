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
    events: &["E_CORE_LOG", "E_CORE_SR_STATUS_CHANGED", "E_CORE_TCP_DISCONNECT"],
    // registered by the engine when it starts, in this order
    statistics: &[
        "rcv_requests",
        "rcv_replies",
        "fwd_requests",
        "fwd_replies",
        "drop_requests",
        "drop_replies",
        "err_requests",
        "err_replies",
        "bad_URIs_rcvd",
        "bad_msg_hdr",
        "faults",
    ],
    ..Module::EMPTY
};
