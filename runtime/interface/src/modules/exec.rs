//! `exec`: running commands

use crate::{Effect, Function, Kind, ModParam, Module, Param, RouteKind, Routes, optional, required};

const ROUTES: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Local,
    RouteKind::Startup,
    RouteKind::Timer,
    RouteKind::Event,
]);

/// The table of `exec`.
pub const MODULE: Module = Module {
    name: "exec",
    summary: "Running commands",
    functions: &[
        Function::new(
            "exec",
            PARAMS,
            ROUTES,
            Effect::Suspends,
            "Runs a command with the shell; waits for what is wanted of its output, the worker goes on meanwhile.",
        )
        .returning("1 whatever the command does; -1 when it could not be started"),
    ],
    async_functions: &[
        Function::new(
            "exec",
            PARAMS,
            ROUTES,
            Effect::Suspends,
            "The same; each line of the output is stored by itself, and the error output is not read.",
        )
        .returning("2 when no output is wanted"),
    ],
    params: &[
        ModParam::at_least(0, "time_to_kill",
            "Seconds after which a command is told to end, and 5 later is killed; 0: it runs as long as it likes.",
        ),
        ModParam::int("setvars", "1: commands find the message in SIP_HF_… and other variables of their environment."),
    ],
    ..Module::EMPTY
};

const PARAMS: &[Param] = &[
    required("command", Kind::Text),
    optional("input", Kind::Text),
    optional("output", Kind::Target),
    optional("errors", Kind::Target),
    optional("environment", Kind::Variable).checked(is_avp),
];

fn is_avp(name: &[u8]) -> Result<(), &'static str> {
    if name == b"avp" { Ok(()) } else { Err("the environment is taken from an $avp") }
}
