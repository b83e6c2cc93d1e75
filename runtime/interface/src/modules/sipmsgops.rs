//! `sipmsgops`: functions on the message: its headers, its body, its method

use crate::{Effect, Function, Kind, Module, RouteKind, Routes, optional, required};

const ROUTES_1: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Error]);
const ROUTES_2: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);
const ROUTES_3: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch]);
const ROUTES_4: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Branch, RouteKind::Local]);
const ROUTES_5: Routes = Routes::of(&[RouteKind::Reply]);
const ROUTES_6: Routes = Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Local]);

/// The table of `sipmsgops`.
pub const MODULE: Module = Module {
    name: "sipmsgops",
    summary: "Functions on the message: its headers, its body, its method",
    functions: &[
        Function {
            name: "append_to_reply",
            params: &[required("lines", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Adds header lines to the replies that this script sends.",
            returns: "",
        },
        Function {
            name: "append_body_to_reply",
            params: &[required("body", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Adds a body to the replies that this script sends.",
            returns: "",
        },
        Function {
            name: "append_hf",
            params: &[required("text", Kind::Text), optional("after", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Adds header lines behind all headers, or behind one.",
            returns: "",
        },
        Function {
            name: "insert_hf",
            params: &[required("text", Kind::Text), optional("before", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Adds header lines before all headers, or before one.",
            returns: "",
        },
        Function {
            name: "append_urihf",
            params: &[required("prefix", Kind::Text), required("suffix", Kind::Text)],
            routes: ROUTES_3,
            effect: Effect::Edits,
            summary: "Adds a header made of a prefix, the received request URI and a suffix.",
            returns: "",
        },
        Function {
            name: "remove_hf",
            params: &[required("name", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Removes all headers of a name.",
            returns: "",
        },
        Function {
            name: "remove_hf_re",
            params: &[required("names", Kind::Regex)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Removes all headers whose name matches an expression.",
            returns: "",
        },
        Function {
            name: "remove_hf_glob",
            params: &[required("names", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Removes all headers whose name matches a shell pattern.",
            returns: "",
        },
        Function {
            name: "is_present_hf",
            params: &[required("name", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether the message has a header of a name.",
            returns: "",
        },
        Function {
            name: "append_time",
            params: &[],
            routes: ROUTES_4,
            effect: Effect::Edits,
            summary: "Adds a Date header to the replies that this script sends.",
            returns: "",
        },
        Function {
            name: "is_method",
            params: &[required("methods", Kind::Methods)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether the method of the message is one of these.",
            returns: "",
        },
        Function {
            name: "has_body",
            params: &[optional("type", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether the message has a body, of a type if given.",
            returns: "",
        },
        Function {
            name: "has_body_part",
            params: &[optional("type", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether the body has a part of a type.",
            returns: "",
        },
        Function {
            name: "is_privacy",
            params: &[required("value", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether the Privacy header has a value.",
            returns: "",
        },
        Function {
            name: "change_reply_status",
            params: &[required("code", Kind::Int), required("reason", Kind::Text)],
            routes: ROUTES_5,
            effect: Effect::Edits,
            summary: "Changes code and reason of the reply that is passed on, within its class.",
            returns: "",
        },
        Function {
            name: "list_hdr_has_option",
            params: &[required("header", Kind::Text), required("option", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether a header that is a list has an option.",
            returns: "",
        },
        Function {
            name: "list_hdr_add_option",
            params: &[required("header", Kind::Text), required("option", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Adds an option to a header that is a list.",
            returns: "",
        },
        Function {
            name: "list_hdr_remove_option",
            params: &[required("header", Kind::Text), required("option", Kind::Text)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Removes an option from a header that is a list.",
            returns: "",
        },
        Function {
            name: "has_totag",
            params: &[],
            routes: ROUTES_2,
            effect: Effect::Reads,
            summary: "Whether To has a tag: the request is within a dialog.",
            returns: "",
        },
        Function {
            name: "ruri_has_param",
            params: &[required("name", Kind::Text), optional("value", Kind::Text)],
            routes: ROUTES_4,
            effect: Effect::Reads,
            summary: "Whether the request URI has a parameter, with a value if given.",
            returns: "",
        },
        Function {
            name: "ruri_add_param",
            params: &[required("parameter", Kind::Text)],
            routes: ROUTES_4,
            effect: Effect::Edits,
            summary: "Adds a parameter to the request URI.",
            returns: "",
        },
        Function {
            name: "ruri_del_param",
            params: &[required("name", Kind::Text)],
            routes: ROUTES_4,
            effect: Effect::Edits,
            summary: "Removes a parameter from the request URI.",
            returns: "",
        },
        Function {
            name: "ruri_tel2sip",
            params: &[],
            routes: ROUTES_4,
            effect: Effect::Edits,
            summary: "Turns a tel request URI into a sip one.",
            returns: "",
        },
        Function {
            name: "is_uri_user_e164",
            params: &[required("uri", Kind::Text)],
            routes: ROUTES_6,
            effect: Effect::Reads,
            summary: "Whether the user of a URI is an E.164 number.",
            returns: "",
        },
    ],
    ..Module::EMPTY
};
