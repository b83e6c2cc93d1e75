//! `pike`: floods by their addresses

use crate::{Effect, Function, MiCommand, ModParam, Module, RouteKind, Routes};

/// The table of `pike`.
pub const MODULE: Module = Module {
    name: "pike",
    summary: "Detection of floods by the addresses they come from",
    functions: &[Function::new(
        "pike_check_req",
        &[],
        Routes::of(&[RouteKind::Request]),
        Effect::Edits,
        "Counts the request; -1 when its address is blocked, -2 when it is from now on.",
    )],
    params: &[
        ModParam::at_least(1, "sampling_time_unit", "Seconds over which messages are counted; 2."),
        ModParam::at_least(1, "reqs_density_per_unit", "So many of an address within them block it; 30."),
        ModParam::at_least(1, "remove_latency", "Seconds after which an idle address is forgotten; 120."),
        ModParam::int("pike_log_level", "The level of lines about blocked addresses; 1."),
        ModParam::text(
            "check_route",
            "A route that runs before every message: unless it drops, the message is counted, and left out when its \
             address is blocked.",
        ),
    ],
    mi: &[
        MiCommand::new("pike:list", &[&[]], "The blocked addresses.").also(&["pike_list"]),
        MiCommand::new("pike:rm", &[&["ip"]], "Unblocks an address.").also(&["pike_rm"]),
    ],
    events: &["E_PIKE_BLOCKED"],
    ..Module::EMPTY
};
