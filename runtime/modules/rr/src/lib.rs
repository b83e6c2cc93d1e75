//! `rr`: keeps this proxy on the path of a dialog (RFC 3261 16.6 step 4, 16.4, 16.12).
//!
//! | File | What |
//! |---|---|
//! | `record` | adding Record-Route headers |
//! | `route_set` | the Route headers of a request as one list, and edits of it |
//! | `loose` | following them, strict routers included |
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::place::Place;
use sipc_engine::regex::Regex;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, Value};

mod loose;
mod record;
mod route_set;

pub use loose::{Routing, Way, loose_route, way};
pub use record::{add_rr_param, drop_added, record_route, record_route_preset};

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[("rr_params", rr_params, None)];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "rr", init };

sipc_engine::bindings! { sipc_interface::modules::rr::MODULE;
    plain {
        loose_route(),
        record_route(Option<Text>),
        record_route_preset(Text, Option<Text>),
        add_rr_param(Text),
        check_route_param(&Regex),
        is_direction(Text),
    }
    waiting {}
}

/// The module's parameters.
#[derive(Debug, Clone, Copy)]
struct Parameters {
    append_fromtag: bool,
    double: bool,
    add_username: bool,
    warn_mismatch: bool,
}

fn init(setup: &mut Setup) -> InitResult {
    let flag = |name, default| setup.int("rr", name, default) != 0;
    let parameters = Parameters {
        append_fromtag: flag("append_fromtag", 1),
        double: flag("enable_double_rr", 1),
        add_username: flag("add_username", 0),
        warn_mismatch: flag("enable_socket_mismatch_warning", 1),
    };
    setup.share(Arc::new(parameters));
    Ok(())
}

fn parameters(cx: &Context) -> Parameters {
    let default = Parameters { append_fromtag: true, double: true, add_username: false, warn_mismatch: true };
    cx.shared().state::<Parameters>().copied().unwrap_or(default)
}

/// The parameters of our Route URI in the message at hand, without the first `;`.
#[derive(Debug, Clone)]
pub struct RouteParams(pub Text);

/// The parameters of our own Route URI, once `loose_route` has found it.
pub fn route_params(cx: &Context) -> Option<Text> {
    cx.extensions.get::<RouteParams>().map(|p| p.0.clone()).filter(|p| !p.is_empty())
}

/// `$rr_params`.
pub fn rr_params(cx: &mut Context, _: &Place) -> Value {
    Value::text_or_null(route_params(cx))
}

/// Whether the parameters of our Route URI match; they begin with `;`.
pub fn check_route_param(cx: &mut Context, pattern: &Regex) -> i32 {
    let Some(params) = route_params(cx) else { return -1 };
    if pattern.is_match(&[b";", &params[..]].concat()) { 1 } else { -1 }
}

/// Whether a request inside a dialog goes `downstream` (from the caller) or `upstream`.
///
/// Without an `ftag` in our Route URI nothing tells, and downstream is assumed.
pub fn is_direction(cx: &mut Context, direction: Text) -> i32 {
    let downstream = is_downstream(cx);
    let wanted = if direction.eq_ignore_ascii_case(b"downstream") {
        true
    } else if direction.eq_ignore_ascii_case(b"upstream") {
        false
    } else {
        return -1;
    };
    if wanted == downstream { 1 } else { -1 }
}

/// Whether the request goes from the caller to the callee.
pub fn is_downstream(cx: &Context) -> bool {
    let Some(params) = route_params(cx) else { return true };
    let params = sipc_sip::Params::of_uri(&params);
    match params.value(b"ftag") {
        Some(tag) if !tag.is_empty() => cx.message.from_tag() == Some(tag),
        _ => true,
    }
}
