//! `mi_http`: management interface over HTTP: JSON-RPC 2.0 by POST

use crate::{ModParam, Module, ParamKind};

/// The table of `mi_http`.
pub const MODULE: Module = Module {
    name: "mi_http",
    summary: "Management interface over HTTP: JSON-RPC 2.0 by POST",
    depends: &["httpd"],
    params: &[
        ModParam { name: "root", kind: ParamKind::Text, repeats: false, summary: "Path, without slashes." },
        ModParam {
            name: "pretty_printing",
            kind: ParamKind::Int,
            repeats: false,
            summary: "1: replies are indented.",
        },
        ModParam {
            name: "trace_destination",
            kind: ParamKind::Text,
            repeats: false,
            summary: "No effect: commands are not traced.",
        },
        ModParam {
            name: "trace_bwlist",
            kind: ParamKind::Text,
            repeats: false,
            summary: "No effect: commands are not traced.",
        },
    ],
    ..Module::EMPTY
};
