//! `mi_http`: the management interface over HTTP: JSON-RPC 2.0 by POST to `/mi`.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::bindings::Binding;
use sipc_engine::mi::rpc;
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_mod_httpd::Answer;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "mi_http", init };

/// No functions.
pub static BINDINGS: &[Binding] = &[];

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// `pretty_printing`.
struct Pretty(bool);

fn init(setup: &mut Setup) -> InitResult {
    let root = setup.text("mi_http", "root").unwrap_or_else(|| "mi".into());
    setup.share(Arc::new(Pretty(setup.int("mi_http", "pretty_printing", 0) != 0)));
    sipc_mod_httpd::register(setup, &root, sipc_mod_httpd::POST, answer)
}

fn answer(shared: &Shared, body: &[u8]) -> Answer {
    let pretty = shared.state::<Pretty>().is_some_and(|p| p.0);
    let answer = rpc::answer_in_time(shared, body, pretty);
    Box::pin(async { (answer.await.unwrap_or_default(), "application/json") })
}
