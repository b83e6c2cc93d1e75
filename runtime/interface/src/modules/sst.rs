//! `sst`: session timers

use crate::{Effect, Function, Kind, ModParam, Module, RouteKind, Routes, optional};

/// The table of `sst`.
pub const MODULE: Module = Module {
    name: "sst",
    summary: "Session timers (RFC 4028): calls that nobody refreshes end",
    depends: &["signaling", "dialog"],
    functions: &[Function::new(
        "sstCheckMin",
        &[optional("reply", Kind::Int)],
        Routes::of(&[RouteKind::Request, RouteKind::Reply]),
        Effect::Edits,
        "Whether the timer of an INVITE is shorter than min_se; with an argument, 422 is replied then.",
    )
    .returning("0: Session-Expires cannot be read; the script ends")],
    params: &[
        ModParam::int("enable_stats", "0: no statistics."),
        ModParam::at_least(0, "min_se", "The shortest timer, seconds: 90."),
        ModParam::int("reject_to_small", "0: shorter ones pass."),
        ModParam::text(
            "sst_flag",
            "The message flag of INVITEs whose calls are to have timers; must be set.",
        ),
        ModParam::at_least(
            0,
            "sst_interval",
            "The timer that this proxy asks for, seconds, if that is more than min_se.",
        ),
    ],
    statistics: &["expired_sst"],
    ..Module::EMPTY
};
