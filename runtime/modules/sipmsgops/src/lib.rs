//! `sipmsgops`: functions on the message: its headers, its body, its method.
#![forbid(unsafe_code)]

use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "sipmsgops", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::sipmsgops::MODULE;
    plain { append_to_reply(Text) }
    waiting {}
}

fn init(_setup: &mut Setup) -> InitResult {
    Ok(())
}

/// Adds header lines to the replies that this script sends; an empty text is an error.
pub fn append_to_reply(cx: &mut Context, lines: Text) -> i32 {
    if lines.is_empty() {
        return -1;
    }
    cx.reply_headers.push(lines);
    1
}
