//! `proto_ws`: SIP over WebSocket. The layer is `sipc-websocket`, the connections are those of `sipc-net`; loading
//! the module allows `socket=ws:…`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::bindings::Binding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_websocket::Settings;

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "proto_ws", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

fn init(setup: &mut Setup) -> InitResult {
    let resource = setup.text("proto_ws", "ws_resource").unwrap_or_else(|| "/".to_owned());
    if resource.is_empty() || resource.bytes().any(|c| c <= b' ' || c == 127) {
        return Err(format!("ws_resource `{resource}` is no path"));
    }
    let require_origin = setup.int("proto_ws", "require_origin", 1) != 0;
    setup.protocols.websocket = Some(Arc::new(Settings { resource, require_origin }));
    match setup.int("proto_ws", "ws_port", 80) {
        1..=65_535 => Ok(()),
        other => Err(format!("ws_port {other} is not a port")),
    }
}
