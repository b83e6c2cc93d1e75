//! `mi_fifo`: management interface over a named pipe

use crate::{ModParam, Module, ParamKind};

/// The table of `mi_fifo`.
pub const MODULE: Module = Module {
    name: "mi_fifo",
    summary: "Management interface over a named pipe",
    params: &[
        ModParam {
            name: "fifo_name",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Path of the pipe that commands are written to.",
        },
        ModParam {
            name: "fifo_mode",
            kind: ParamKind::Between(0, i32::MAX),
            repeats: false,
            summary: "Permissions of the pipe.",
        },
        ModParam {
            name: "fifo_group",
            kind: ParamKind::Any,
            repeats: false,
            summary: "Group of the pipe: name or number.",
        },
        ModParam {
            name: "fifo_user",
            kind: ParamKind::Any,
            repeats: false,
            summary: "Owner of the pipe: name or number.",
        },
        ModParam {
            name: "reply_dir",
            kind: ParamKind::Text,
            repeats: false,
            summary: "Directory of the pipes that replies go to.",
        },
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
