//! `diversion`: Diversion headers (RFC 5806)

use crate::{Effect, Function, Kind, ModParam, Module, RouteKind, Routes, optional, required};

const ROUTES: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Local]);

/// The table of `diversion`.
pub const MODULE: Module = Module {
    name: "diversion",
    summary: "Diversion headers: who was called before the call was redirected",
    functions: &[Function::new(
        "add_diversion",
        &[required("reason", Kind::Text), optional("uri", Kind::Text), optional("counter", Kind::Int)],
        ROUTES,
        Effect::Edits,
        "Adds a Diversion header in front of those there are; without URI, with the request URI as received.",
    )],
    params: &[ModParam::text("suffix", "No effect: OpenSIPS reads it and never uses it either.")],
    ..Module::EMPTY
};
