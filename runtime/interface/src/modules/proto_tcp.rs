//! `proto_tcp`: SIP over TCP.

use crate::{ModParam, Module, ParamKind};

/// The table of `proto_tcp`.
pub const MODULE: Module = Module {
    name: "proto_tcp",
    summary: "SIP over TCP",
    params: &[
        ModParam {
            name: "tcp_port",
            kind: ParamKind::Between(1, 65535),
            repeats: false,
            summary: "Port of TCP sockets that name none",
        },
        ModParam {
            name: "tcp_crlf_pingpong",
            kind: ParamKind::Int,
            repeats: false,
            summary: "Answers pings, which are double line ends, with one line end. 1.",
        },
        ModParam {
            name: "tcp_crlf_drop",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: single line ends between messages are always skipped.",
        },
        ModParam {
            name: "tcp_send_timeout",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: nobody waits for a connection to take a message.",
        },
        ModParam {
            name: "tcp_max_msg_chunks",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: a message may come in any number of pieces within tcp_max_msg_time.",
        },
        ModParam {
            name: "tcp_async",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: sending never waits.",
        },
        ModParam {
            name: "tcp_async_max_postponed_chunks",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: 1 MB may wait for a connection, whatever its pieces.",
        },
        ModParam {
            name: "tcp_async_local_write_timeout",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: sending never waits.",
        },
        ModParam {
            name: "trace_destination",
            kind: ParamKind::Text,
            repeats: false,
            summary: "No effect: messages are not traced.",
        },
        ModParam {
            name: "trace_on",
            kind: ParamKind::Int,
            repeats: false,
            summary: "No effect: messages are not traced.",
        },
        ModParam {
            name: "trace_filter_route",
            kind: ParamKind::Text,
            repeats: false,
            summary: "No effect: messages are not traced.",
        },
    ],
    ..Module::EMPTY
};
