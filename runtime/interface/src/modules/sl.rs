//! `sl`: stateless replies

use crate::{Effect, Function, Kind, ModParam, Module, ParamKind, RouteKind, Routes, required};

const ROUTES_1: Routes = Routes::of(&[RouteKind::Request, RouteKind::Error]);
const ROUTES_2: Routes = Routes::of(&[RouteKind::Request]);

/// The table of `sl`.
pub const MODULE: Module = Module {
    name: "sl",
    summary: "Stateless replies",
    functions: &[
        Function {
            name: "sl_send_reply",
            params: &[required("code", Kind::Int), required("reason", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Replies without a transaction.",
            returns: "",
        },
        Function {
            name: "sl_reply_error",
            params: &[],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Replies with the code and reason of the last error, without a transaction.",
            returns: "",
        },
    ],
    params: &[ModParam {
        name: "enable_stats",
        kind: ParamKind::Int,
        repeats: false,
        summary: "No effect: counting costs nothing here.",
    }],
    statistics: &[
        "1xx_replies",
        "2xx_replies",
        "3xx_replies",
        "4xx_replies",
        "5xx_replies",
        "6xx_replies",
        "received_ACKs",
        "sent_err_replies",
        "sent_replies",
    ],
    ..Module::EMPTY
};
