//! `path`: Path headers of registrations (RFC 3327)

use crate::{Effect, Function, Kind, ModParam, Module, RouteKind, Routes, optional};

const ROUTES: Routes = Routes::of(&[RouteKind::Request]);

/// The table of `path`.
pub const MODULE: Module = Module {
    name: "path",
    summary: "Path headers: requests to a registered user come through the proxies that the REGISTER went through",
    functions: &[
        Function::new(
            "add_path",
            &[optional("user", Kind::Text)],
            ROUTES,
            Effect::Edits,
            "Adds a Path header that names this proxy.",
        ),
        Function::new(
            "add_path_received",
            &[optional("user", Kind::Text)],
            ROUTES,
            Effect::Edits,
            "Adds a Path header that names this proxy and the address that the REGISTER came from.",
        ),
    ],
    params: &[
        ModParam::int("use_received", "Whether `received` of our Route becomes the destination (needs rr)."),
        ModParam::int(
            "enable_double_path",
            "Whether there are two headers when the request leaves by another socket.",
        ),
    ],
    ..Module::EMPTY
};
