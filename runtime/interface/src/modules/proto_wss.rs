//! `proto_wss`: SIP over WebSocket and TLS.

use crate::{ModParam, Module};

/// The table of `proto_wss`.
pub const MODULE: Module = Module {
    name: "proto_wss",
    summary: "SIP over WebSocket and TLS",
    depends: &["tls_mgm"],
    params: &[
        ModParam::within(1, 65535, "wss_port", "Port of secure WebSocket sockets that name none. 443."),
        ModParam::int(
            "wss_max_msg_chunks",
            "No effect: a message may come in any number of pieces within tcp_max_msg_time.",
        ),
        ModParam::int("wss_send_timeout", "No effect: nobody waits for a connection to take a message."),
        ModParam::text("wss_resource", "What is asked for where a connection is opened. /"),
        ModParam::int("require_origin", "Clients must send Origin, as browsers do. 1."),
        ModParam::int(
            "wss_handshake_timeout",
            "Milliseconds for both handshakes, if that is more than tcp_max_msg_time, which they have in any case.",
        ),
        ModParam::int("wss_tls_handshake_timeout", "As wss_handshake_timeout; the larger one counts."),
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
