//! `benchmark`: measuring how long parts of a script take

use crate::{
    Effect, Function, Kind, MiCommand, ModParam, Module, Param, Routes, ValueType, Variable, required,
};

/// The table of `benchmark`.
pub const MODULE: Module = Module {
    name: "benchmark",
    summary: "Measuring how long parts of a script take",
    functions: &[
        Function::new("bm_start_timer", TIMER, Routes::NO_ERROR, Effect::Edits, "Starts a timer, any name."),
        Function::new(
            "bm_log_timer",
            TIMER,
            Routes::NO_ERROR,
            Effect::Edits,
            "Ends a measurement; every `granularity`-th logs what the last ones and all came to.",
        ),
    ],
    params: &[
        ModParam::int("enable", "1: all timers measure; else those that are enabled one by one; 0."),
        ModParam::int("granularity", "So many measurements make a log line; 0: none do; 100."),
        ModParam::int("loglevel", "The level of these lines; 3."),
    ],
    variables: &[Variable::read_only(
        "BM_time_diff",
        "bm_time_diff",
        ValueType::Int,
        "The last measurement of this worker, microseconds.",
    )],
    mi: &[
        MiCommand::new("benchmark:enable_global", &[&["enable"]], "1: all timers measure; 0, -1: not all.")
            .also(&["bm_enable_global"]),
        MiCommand::new("benchmark:enable_timer", &[&["timer", "enable"]], "1: this timer measures; 0: not.")
            .also(&["bm_enable_timer"]),
        MiCommand::new("benchmark:granularity", &[&["granularity"]], "Sets the parameter.")
            .also(&["bm_granularity"]),
        MiCommand::new("benchmark:loglevel", &[&["log_level"]], "Sets the parameter.").also(&["bm_loglevel"]),
        MiCommand::new("benchmark:poll_results", &[&[]], "What was measured, when granularity is 0.")
            .also(&["bm_poll_results"]),
    ],
    ..Module::EMPTY
};

const TIMER: &[Param] = &[required("timer", Kind::Text).checked(is_name)];

fn is_name(text: &[u8]) -> Result<(), &'static str> {
    if (1..32).contains(&text.len()) { Ok(()) } else { Err("a timer's name has 1 to 31 bytes") }
}
