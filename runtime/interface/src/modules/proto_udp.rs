//! `proto_udp`: sIP over UDP, the transport every script loads

use crate::{ModParam, Module, ParamKind};

/// The table of `proto_udp`.
pub const MODULE: Module = Module {
    name: "proto_udp",
    summary: "SIP over UDP, the transport every script loads",
    params: &[ModParam {
        name: "udp_port",
        kind: ParamKind::Between(1, 65535),
        repeats: false,
        summary: "Port of UDP sockets that name none",
    }],
    ..Module::EMPTY
};
