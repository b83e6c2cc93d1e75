//! `signaling`: replies, through a transaction if there is one, else without

use crate::{Effect, Function, Inner, Kind, Module, RouteKind, Routes, ValueType, Variable, required};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Error]);

/// The table of `signaling`.
pub const MODULE: Module = Module {
    name: "signaling",
    summary: "Replies, through a transaction if there is one, else without",
    functions: &[Function {
        name: "send_reply",
        params: &[required("code", Kind::Int), required("reason", Kind::Text)],
        routes: ROUTES_1,
        effect: Effect::Edits,
        summary: "Replies through the transaction if there is one, else without.",
        returns: "",
    }],
    variables: &[Variable {
        name: "sig_local_totag",
        function: "sig_local_totag",
        inner: Inner::None,
        writable: false,
        indexed: false,
        value: ValueType::Text,
        summary: "The To tag that replies made here have for this request.",
    }],
    ..Module::EMPTY
};
