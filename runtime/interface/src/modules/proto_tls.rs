//! `proto_tls`: SIP over TLS.

use crate::{ModParam, Module};

/// The table of `proto_tls`.
pub const MODULE: Module = Module {
    name: "proto_tls",
    summary: "SIP over TLS",
    depends: &["tls_mgm"],
    params: &[
        ModParam::within(1, 65535, "tls_port", "Port of TLS sockets that name none. 5061."),
        ModParam::int(
            "tls_crlf_pingpong",
            "Answers pings, which are double line ends, with one line end. 1.",
        ),
        ModParam::int("tls_crlf_drop", "No effect: single line ends between messages are always skipped."),
        ModParam::int(
            "tls_max_msg_chunks",
            "No effect: a message may come in any number of pieces within tcp_max_msg_time.",
        ),
        ModParam::int("tls_send_timeout", "No effect: nobody waits for a connection to take a message."),
        ModParam::int(
            "tls_handshake_timeout",
            "Milliseconds for the handshake, if that is more than tcp_max_msg_time, which it has in any case.",
        ),
        ModParam::int("tls_async", "No effect: sending never waits."),
        ModParam::int(
            "tls_async_max_postponed_chunks",
            "No effect: 1 MB may wait for a connection, whatever its pieces.",
        ),
        ModParam::int(
            "cert_check_on_conn_reusage",
            "Connections opened here are used again only for messages that want the same client domain. 0.",
        ),
        ModParam::text("trace_destination", "No effect: messages are not traced."),
        ModParam::int("trace_on", "No effect: messages are not traced."),
        ModParam::text("trace_filter_route", "No effect: messages are not traced."),
    ],
    ..Module::EMPTY
};
