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
    let value = |name, default: &str| setup.text("options", name).unwrap_or_else(|| default.to_owned());
    let lines = format!(
        "Accept: {}\r\nAccept-Encoding: {}\r\nAccept-Language: {}\r\nSupported: {}\r\n",
        value("accept", "*/*"),
        value("accept_encoding", ""),
        value("accept_language", "en"),
        value("support", ""),
    );
    setup.share(Arc::new(Answer(lines.into())));
    Ok(())
}

/// Answers OPTIONS that are for the proxy itself: no user in the request URI.
pub fn options_reply(cx: &mut Context) -> i32 {
    if cx.message.method() != Some(Method::Options) {
        return -1;
    }
    if Uri::parse(&cx.target.uri).is_ok_and(|uri| uri.user().is_some_and(|u| !u.is_empty())) {
        return -1;
    }
    if let Some(answer) = cx.shared().state::<Answer>() {
        let lines = answer.0.clone();
        cx.reply_headers.push(lines);
    }
    sipc_mod_signaling::send_reply(cx, 200, Text::from_static(b"OK"))
}
