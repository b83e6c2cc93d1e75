//! `proto_ws`: SIP over WebSocket.

use crate::{ModParam, Module};

/// The table of `proto_ws`.
pub const MODULE: Module = Module {
    name: "proto_ws",
    summary: "SIP over WebSocket",
    params: &[
        ModParam::within(1, 65535, "ws_port", "Port of WebSocket sockets that name none. 80."),
        ModParam::int(
            "ws_max_msg_chunks",
            "No effect: a message may come in any number of pieces within tcp_max_msg_time.",
        ),
        ModParam::int("ws_send_timeout", "No effect: nobody waits for a connection to take a message."),
        ModParam::text("ws_resource", "What is asked for where a connection is opened. /"),
        ModParam::int("require_origin", "Clients must send Origin, as browsers do. 1."),
        ModParam::int(
            "ws_handshake_timeout",
            "Milliseconds for the handshake, if that is more than tcp_max_msg_time, which it has in any case.",
        ),
        ModParam::text("trace_destination", "No effect: messages are not traced."),
        ModParam::int("trace_on", "No effect: messages are not traced."),
        ModParam::text("trace_filter_route", "No effect: messages are not traced."),
    ],
    ..Module::EMPTY
};
