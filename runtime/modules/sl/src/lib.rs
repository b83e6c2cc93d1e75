//! `sl`: replies without a transaction.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::send::{self, LocalReply};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::statistics::Counter;
use sipc_engine::{Context, Text};
use sipc_sip::Method;

/// No variables.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "sl", init };

sipc_engine::bindings! { sipc_interface::modules::sl::MODULE;
    plain { sl_send_reply(i32, Text), sl_reply_error() }
    waiting {}
}

/// Counters of the module.
struct State {
    by_class: [Counter; 6],
    sent: Counter,
    errors: Counter,
    acks: Counter,
}

fn init(setup: &mut Setup) -> InitResult {
    let mut c = |name| setup.counter("sl", name);
    let state = State {
        by_class: [
            c("1xx_replies"),
            c("2xx_replies"),
            c("3xx_replies"),
            c("4xx_replies"),
            c("5xx_replies"),
            c("6xx_replies"),
        ],
        sent: c("sent_replies"),
        errors: c("sent_err_replies"),
        acks: c("received_ACKs"),
    };
    setup.share(Arc::new(state));
    setup.hooks.before_request.push(absorb_ack);
    Ok(())
}

/// The ACK of a negative reply that was sent here ends here: no transaction waits for it, and it must
/// not travel on. It is known by the To tag of that reply.
fn absorb_ack(cx: &mut Context) -> bool {
    if cx.message.method() != Some(Method::Ack) {
        return true;
    }
    if !send::acknowledges_stateless(cx.shared(), &cx.message) {
        return true;
    }
    if let Some(state) = cx.shared().state::<State>() {
        state.acks.increment();
    }
    false
}

/// Replies without a transaction.
///
/// Returns 1 when sent, -1 when it cannot be sent. An ACK is never answered, and counts as done.
pub fn sl_send_reply(cx: &mut Context, code: i32, reason: Text) -> i32 {
    let Some(code) = u16::try_from(code).ok().filter(|c| (100..=699).contains(c)) else { return -1 };
    if cx.message.method() == Some(Method::Ack) {
        return 1;
    }
    let headers = send::reply_headers(cx, code);
    let (content_type, body) = cx.reply_body.clone().unwrap_or_default();
    let reply =
        LocalReply { code, reason: &reason, headers: &headers, content_type: &content_type, body: &body };
    if !send::reply_stateless(cx, &reply) {
        return -1;
    }
    if let Some(state) = cx.shared().state::<State>() {
        state.count(code);
    }
    1
}

/// Replies with the code and reason that the last error suggests.
pub fn sl_reply_error(cx: &mut Context) -> i32 {
    let (code, reason) = match cx.error.code {
        0 => (500, Text::from_static(b"Server error occurred (1/SL)")),
        code => (code, cx.error.reason.clone()),
    };
    let result = sl_send_reply(cx, code, reason);
    if result > 0
        && let Some(state) = cx.shared().state::<State>()
    {
        state.errors.increment();
    }
    result
}

impl State {
    fn count(&self, code: u16) {
        self.sent.increment();
        if let Some(c) = self.by_class.get(usize::from(code / 100) - 1) {
            c.increment();
        }
    }
}
