//! `options`: the proxy's own answer to OPTIONS (RFC 3261 11.2).
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};
use sipc_sip::{Method, Uri};

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "options", init };

sipc_engine::bindings! { sipc_interface::modules::options::MODULE;
    plain { options_reply() }
    waiting {}
}

/// The header lines of the answer.
struct Answer(Text);

fn init(setup: &mut Setup) -> InitResult {
    let header = |name: &str, param, default: &str| {
        let value = setup.text("options", param).unwrap_or_else(|| default.to_owned());
        if value.is_empty() { String::new() } else { format!("{name}: {value}\r\n") }
    };
    let lines = [
        header("Accept", "accept", "*/*"),
        header("Accept-Encoding", "accept_encoding", ""),
        header("Accept-Language", "accept_language", "en"),
        header("Supported", "support", ""),
    ]
    .concat();
    setup.share(Arc::new(Answer(lines.into())));
    Ok(())
}

/// Answers OPTIONS that are for the proxy itself: no user in the request URI. 0 when answered, which
/// ends the script.
pub fn options_reply(cx: &mut Context) -> i32 {
    if cx.message.method() != Some(Method::Options) {
        return -1;
    }
    if !Uri::parse(&cx.target.uri).is_ok_and(|uri| uri.user().is_none_or(<[u8]>::is_empty)) {
        return -1;
    }
    if let Some(answer) = cx.shared().state::<Answer>() {
        let lines = answer.0.clone();
        cx.reply_headers.push(lines);
    }
    match sipc_mod_signaling::send_reply(cx, 200, Text::from_static(b"OK")) {
        ..0 => -1,
        _ => 0,
    }
}
