//! `httpd`: the HTTP server of this process

use crate::{MiCommand, ModParam, Module, ParamKind};

/// The table of `httpd`.
pub const MODULE: Module = Module {
    name: "httpd",
    summary: "The HTTP server of this process",
    params: &[
        ModParam { name: "port", kind: ParamKind::Between(0, 65535), repeats: false, summary: "Port." },
        ModParam { name: "ip", kind: ParamKind::Text, repeats: false, summary: "Address; all when not set." },
        ModParam {
            name: "post_buf_size",
            kind: ParamKind::Between(256, i32::MAX),
            repeats: false,
            summary: "Longest request body, bytes.",
        },
        ModParam {
            name: "conn_timeout",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Seconds until an idle connection is closed.",
        },
        ModParam {
            name: "buf_size",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: replies have no fixed size.",
        },
        ModParam {
            name: "receive_buf_size",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: the buffer grows as needed.",
        },
    ],
    mi: &[MiCommand {
        name: "httpd:list_root_path",
        aliases: &["httpd_list_root_path"],
        recipes: &[&[]],
        summary: "Paths that are served.",
    }],
    ..Module::EMPTY
};
