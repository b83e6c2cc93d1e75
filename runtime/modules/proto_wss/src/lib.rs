//! `proto_wss`: SIP over WebSocket and TLS. The layer is `sipc-websocket`, the connections are those of `sipc-net`; loading
//! the module allows `socket=wss:…`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::bindings::Binding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_websocket::Settings;

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "proto_wss", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

fn init(setup: &mut Setup) -> InitResult {
    let resource = setup.text("proto_wss", "wss_resource").unwrap_or_else(|| "/".to_owned());
    if resource.is_empty() || resource.bytes().any(|c| c <= b' ' || c == 127) {
        return Err(format!("wss_resource `{resource}` is no path"));
    }
    let require_origin = setup.int("proto_wss", "require_origin", 1) != 0;
    setup.protocols.secure_websocket = Some(Arc::new(Settings { resource, require_origin }));
    match setup.int("proto_wss", "wss_port", 443) {
        1..=65_535 => Ok(()),
        other => Err(format!("wss_port {other} is not a port")),
    }
}
