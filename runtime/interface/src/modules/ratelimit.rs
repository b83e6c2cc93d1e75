//! `ratelimit`: limits of rates, by name

use crate::{
    Effect, Function, Inner, Kind, MiCommand, ModParam, Module, RouteKind, Routes, ValueType, Variable,
    optional, required,
};

const ANYWHERE: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Error,
    RouteKind::Local,
    RouteKind::Timer,
    RouteKind::Event,
]);

/// The table of `ratelimit`.
pub const MODULE: Module = Module {
    name: "ratelimit",
    summary: "Limits of rates, by name",
    functions: &[
        Function::new(
            "rl_check",
            &[required("pipe", Kind::Text), required("limit", Kind::Int), optional("algorithm", Kind::Text)],
            ANYWHERE,
            Effect::Edits,
            "Counts on a pipe, which is made if need be, and says whether its limit is kept.",
        ),
        Function::new(
            "rl_dec_count",
            &[required("pipe", Kind::Text)],
            ANYWHERE,
            Effect::Edits,
            "Takes one off a pipe's count.",
        ),
        Function::new(
            "rl_reset_count",
            &[required("pipe", Kind::Text)],
            ANYWHERE,
            Effect::Edits,
            "Sets a pipe's count to 0.",
        ),
        Function::new(
            "rl_values",
            &[required("names", Kind::Target).checked(avp), optional("pattern", Kind::Regex)],
            Routes::ALL,
            Effect::Edits,
            "Adds the names of the pipes, or of those that match, to an AVP.",
        ),
    ],
    params: &[
        ModParam::at_least(1, "timer_interval", "Seconds over which is counted; 10."),
        ModParam::int(
            "limit_per_interval",
            "1: limits of TAILDROP and RED are for that time; 0: for a second.",
        ),
        ModParam::at_least(0, "expire_time", "Seconds after which an idle pipe is forgotten; 3600."),
        ModParam::at_least(1, "hash_size", "How many parts the table of pipes has, a power of 2; 1024."),
        ModParam::text("default_algorithm", "The algorithm of who names none; \"TAILDROP\"."),
        ModParam::at_least(1, "window_size", "SBT: seconds that are looked back; 10."),
        ModParam::at_least(1, "slot_period", "SBT: milliseconds of a slot of the window; 200."),
    ],
    variables: &[Variable::read_only(
        "rl_count",
        "rl_count",
        ValueType::Int,
        "The count of a pipe; NULL without one.",
    )
    .with(Inner::Name)],
    mi: &[
        MiCommand::new("ratelimit:list", &[&[], &["pipe"], &["filter"], &["filter_out"]], "The pipes.")
            .also(&["rl_list"]),
        MiCommand::new("ratelimit:reset_pipe", &[&["pipe"]], "Sets a pipe's count to 0.")
            .also(&["rl_reset_pipe"]),
        MiCommand::new(
            "ratelimit:set_pid",
            &[&["ki", "kp", "kd"]],
            "Sets the factors of FEEDBACK's controller.",
        )
        .also(&["rl_set_pid"]),
        MiCommand::new("ratelimit:get_pid", &[&[]], "Those factors.").also(&["rl_get_pid"]),
        MiCommand::new("ratelimit:dump_pipe", &[&["pipe"]], "A pipe with its window.")
            .also(&["rl_dump_pipe"]),
    ],
    ..Module::EMPTY
};

fn avp(name: &[u8]) -> Result<(), &'static str> {
    if name == b"avp" { Ok(()) } else { Err("an AVP is needed") }
}
