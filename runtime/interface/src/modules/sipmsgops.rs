//! `sipmsgops`: functions on the message: its headers, its body, its method

use crate::{Effect, Function, Kind, Module, RouteKind, Routes, required};

const REQUESTS: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Error]);

/// The table of `sipmsgops`.
pub const MODULE: Module = Module {
    name: "sipmsgops",
    summary: "Functions on the message: its headers, its body, its method",
    functions: &[Function {
        name: "append_to_reply",
        params: &[required("lines", Kind::Text)],
        routes: REQUESTS,
        effect: Effect::Edits,
        summary: "Adds header lines to the replies that this script sends.",
        returns: "",
    }],
    ..Module::EMPTY
};
