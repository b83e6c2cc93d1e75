//! `options`: answers to OPTIONS

use crate::{Effect, Function, ModParam, Module, ParamKind, RouteKind, Routes};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request]);

/// The table of `options`.
pub const MODULE: Module = Module {
    name: "options",
    summary: "Answers to OPTIONS",
    depends: &["signaling"],
    functions: &[Function {
        name: "options_reply",
        params: &[],
        routes: ROUTES_1,
        effect: Effect::Edits,
        summary: "Answers OPTIONS for the proxy itself: 200 with Accept, Supported and the like.",
        returns: "0 when answered, which ends the script; -1 when it is not for the proxy itself",
    }],
    params: &[
        ModParam {
            name: "accept",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Value of Accept in the answer.",
        },
        ModParam {
            name: "accept_encoding",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Value of Accept-Encoding in the answer.",
        },
        ModParam {
            name: "accept_language",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Value of Accept-Language in the answer.",
        },
        ModParam {
            name: "support",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Value of Supported in the answer.",
        },
    ],
    ..Module::EMPTY
};
