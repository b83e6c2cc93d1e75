//! `rr`: record-Route and loose routing: keeps this proxy on the path of a dialog

use crate::{
    Effect, Function, Inner, Kind, ModParam, Module, ParamKind, RouteKind, Routes, ValueType, Variable,
    optional, required,
};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request]);
const ROUTES_2: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch]);

/// The table of `rr`.
pub const MODULE: Module = Module {
    name: "rr",
    summary: "Record-Route and loose routing: keeps this proxy on the path of a dialog",
    functions: &[
        Function {
            name: "loose_route",
            params: &[],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Follows the Route set: removes our entries and sends to the next one.",
            returns: "",
        },
        Function {
            name: "record_route",
            params: &[optional("params", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Adds a Record-Route header that names this proxy.",
            returns: "",
        },
        Function {
            name: "record_route_preset",
            params: &[required("address", Kind::Text), optional("second_address", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Adds a Record-Route header with the given host and port.",
            returns: "",
        },
        Function {
            name: "add_rr_param",
            params: &[required("params", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Adds parameters to our Record-Route URI.",
            returns: "",
        },
        Function {
            name: "check_route_param",
            params: &[required("pattern", Kind::Regex)],
            routes: ROUTES_1,
            effect: Effect::Reads,
            summary: "Whether the parameters of our Route URI match.",
            returns: "",
        },
        Function {
            name: "is_direction",
            params: &[required("direction", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Reads,
            summary: "Whether a request inside a dialog goes downstream or upstream, by ftag.",
            returns: "",
        },
    ],
    params: &[
        ModParam {
            name: "append_fromtag",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Adds ;ftag= to our Record-Route URI.",
        },
        ModParam {
            name: "enable_double_rr",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Two Record-Route headers when the sides differ in address or transport.",
        },
        ModParam {
            name: "add_username",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Puts the user of the request URI into our Record-Route URI.",
        },
        ModParam {
            name: "enable_socket_mismatch_warning",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Logs a request that came in on another socket than its Route says.",
        },
    ],
    variables: &[Variable {
        name: "rr_params",
        function: "rr_params",
        inner: Inner::None,
        writable: false,
        indexed: false,
        value: ValueType::Text,
        summary: "Parameters of our Route URI in the request at hand; NULL without one.",
    }],
    ..Module::EMPTY
};
