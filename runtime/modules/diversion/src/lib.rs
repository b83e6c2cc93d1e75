//! `diversion`: tells who was called before a call was redirected (RFC 5806).
#![forbid(unsafe_code)]

use sipc_engine::context::request_uri;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "diversion", init };

sipc_engine::bindings! { sipc_interface::modules::diversion::MODULE;
    plain { add_diversion(Text, Option<Text>, Option<i32>) }
    waiting {}
}

/// The topmost entry is the latest diversion (RFC 5806 section 4).
const HEADER: &[u8] = b"Diversion";

fn init(_: &mut Setup) -> InitResult {
    Ok(())
}

/// Adds a Diversion header before the first, or behind all headers when there is none. A counter below 1 is left
/// out.
pub fn add_diversion(cx: &mut Context, reason: Text, uri: Option<Text>, counter: Option<i32>) -> i32 {
    let message = cx.message.clone();
    let uri = uri.unwrap_or_else(|| request_uri(&message));
    let mut line = [HEADER, b": <", &uri[..], b">;reason=", &reason[..]].concat();
    if let Some(counter) = counter.filter(|c| *c > 0) {
        line.extend_from_slice(format!(";counter={counter}").as_bytes());
    }
    line.extend_from_slice(b"\r\n");
    match message.find_name(HEADER) {
        Some(first) => cx.edits.insert_before(&first, line),
        None => cx.edits.append_header(&message, line),
    }
    1
}
