//! `proto_tls`: SIP over TLS. The transport itself is part of `sipc-net`, which reads the parameters; loading
//! the module allows `socket=tls:…`.
#![forbid(unsafe_code)]

use sipc_engine::bindings::Binding;
use sipc_engine::setup::{InitResult, Linked, Setup};

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "proto_tls", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

fn init(setup: &mut Setup) -> InitResult {
    match setup.int("proto_tls", "tls_port", 5061) {
        1..=65_535 => Ok(()),
        other => Err(format!("tls_port {other} is not a port")),
    }
}
