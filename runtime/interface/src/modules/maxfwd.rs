//! `maxfwd`: the Max-Forwards header: protection against loops

use crate::{Effect, Function, Kind, ModParam, Module, ParamKind, RouteKind, Routes, required};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request]);
const ROUTES_2: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch]);

/// The table of `maxfwd`.
pub const MODULE: Module = Module {
    name: "maxfwd",
    summary: "The Max-Forwards header: protection against loops",
    functions: &[
        Function {
            name: "mf_process_maxfwd_header",
            params: &[required("max", Kind::Int)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Counts Max-Forwards down, adding the header if it is missing.",
            returns: "-1 when it has reached 0; -2 on error",
        },
        Function {
            name: "is_maxfwd_lt",
            params: &[required("limit", Kind::Int)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether Max-Forwards is lower than a limit.",
            returns: "-2 without a header or on error",
        },
    ],
    params: &[ModParam {
        name: "max_limit",
        kind: ParamKind::Between(1, 256),
        repeats: false,
        summary: "Highest value that is passed on.",
    }],
    ..Module::EMPTY
};
