//! `textops`: searching, replacing and substituting in the text of a message

use crate::{Effect, Function, Kind, Module, RouteKind, Routes, required, substitution};

const ROUTES_1: Routes = Routes::of(&[
    RouteKind::Request,
    RouteKind::Failure,
    RouteKind::Reply,
    RouteKind::Branch,
    RouteKind::Local,
]);
const ROUTES_2: Routes =
    Routes::of(&[RouteKind::Request, RouteKind::Failure, RouteKind::Reply, RouteKind::Branch]);

/// The table of `textops`.
pub const MODULE: Module = Module {
    name: "textops",
    summary: "Searching, replacing and substituting in the text of a message",
    functions: &[
        Function {
            name: "search",
            params: &[required("pattern", Kind::Regex)],
            routes: ROUTES_1,
            effect: Effect::Reads,
            summary: "Whether the message, first line included, matches.",
            returns: "",
        },
        Function {
            name: "search_body",
            params: &[required("pattern", Kind::Regex)],
            routes: ROUTES_1,
            effect: Effect::Reads,
            summary: "Whether the body matches.",
            returns: "",
        },
        Function {
            name: "search_append",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Adds a text behind the first match in headers and body.",
            returns: "",
        },
        Function {
            name: "search_append_body",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Adds a text behind the first match in the body.",
            returns: "",
        },
        Function {
            name: "replace",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Replaces the first match in headers and body.",
            returns: "",
        },
        Function {
            name: "replace_all",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Replaces every match in headers and body.",
            returns: "",
        },
        Function {
            name: "replace_body",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Replaces the first match in the body.",
            returns: "",
        },
        Function {
            name: "replace_body_all",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Replaces every match in the body.",
            returns: "",
        },
        Function {
            name: "replace_body_atonce",
            params: &[required("pattern", Kind::Regex), required("text", Kind::Text)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Replaces every match in the body, taken as one text.",
            returns: "",
        },
        Function {
            name: "subst",
            params: &[required("expression", Kind::Text).verbatim().checked(substitution::check)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Applies /pattern/replacement/flags to headers and body.",
            returns: "",
        },
        Function {
            name: "subst_uri",
            params: &[required("expression", Kind::Text).verbatim().checked(substitution::check)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Applies /pattern/replacement/flags to the request URI.",
            returns: "",
        },
        Function {
            name: "subst_user",
            params: &[required("expression", Kind::Text).verbatim().checked(substitution::check)],
            routes: ROUTES_2,
            effect: Effect::Edits,
            summary: "Applies /pattern/replacement/flags to the user of the request URI.",
            returns: "",
        },
        Function {
            name: "subst_body",
            params: &[required("expression", Kind::Text).verbatim().checked(substitution::check)],
            routes: ROUTES_1,
            effect: Effect::Edits,
            summary: "Applies /pattern/replacement/flags to the body.",
            returns: "",
        },
    ],
    ..Module::EMPTY
};
