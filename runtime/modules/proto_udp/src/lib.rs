//! `proto_udp`: SIP over UDP. The transport itself is part of `sipc-net`; loading the module allows
//! `socket=udp:…` and sets its default port.
#![forbid(unsafe_code)]

use sipc_engine::bindings::Binding;
use sipc_engine::setup::{InitResult, Linked, Setup};

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "proto_udp", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

fn init(setup: &mut Setup) -> InitResult {
    match setup.int("proto_udp", "udp_port", 5060) {
        1..=65_535 => Ok(()),
        other => Err(format!("udp_port {other} is not a port")),
    }
}
