//! `gflags`: flags for the whole server

use crate::{Effect, Function, Kind, MiCommand, ModParam, Module, Param, Routes, required};

/// The table of `gflags`.
pub const MODULE: Module = Module {
    name: "gflags",
    summary: "Flags for the whole server",
    functions: &[
        Function::new("set_gflag", FLAG, Routes::ALL, Effect::Edits, "Sets a flag, 0 to 31."),
        Function::new("reset_gflag", FLAG, Routes::ALL, Effect::Edits, "Clears a flag."),
        Function::new("is_gflag", FLAG, Routes::ALL, Effect::Reads, "Whether a flag is set."),
    ],
    params: &[ModParam::int("initial", "The flags at the start, as bits of a number.")],
    mi: &[
        MiCommand::new(
            "gflags:set",
            &[&["bitmask"]],
            "Sets flags: bits of a number, decimal or hexadecimal.",
        )
        .also(&["set_gflag", "gflags:set_gflag"]),
        MiCommand::new("gflags:reset", &[&["bitmask"]], "Clears flags.")
            .also(&["reset_gflag", "gflags:reset_gflag"]),
        MiCommand::new("gflags:check", &[&["bitmask"]], "Whether all these flags are set.")
            .also(&["is_gflag", "gflags:is_gflag"]),
        MiCommand::new("gflags:get", &[&[]], "All flags.").also(&["get_gflags", "gflags:get_gflags"]),
    ],
    ..Module::EMPTY
};

const FLAG: &[Param] = &[required("flag", Kind::Int).checked(is_flag)];

fn is_flag(number: &[u8]) -> Result<(), &'static str> {
    let number = std::str::from_utf8(number).ok().and_then(|n| n.parse::<u32>().ok());
    if number.is_some_and(|n| n < 32) { Ok(()) } else { Err("flags are numbers from 0 to 31") }
}
