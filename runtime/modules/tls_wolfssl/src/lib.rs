//! `tls_wolfssl`: accepted as a name. TLS itself is in `tls_mgm`, whatever library a script names.
#![forbid(unsafe_code)]

use sipc_engine::bindings::Binding;
use sipc_engine::setup::Linked;

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "tls_wolfssl", init: |_| Ok(()) };

/// No functions.
pub static BINDINGS: &[Binding] = &[];
