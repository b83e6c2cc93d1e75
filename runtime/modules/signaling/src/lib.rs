//! `signaling`: one way to reply, whether there is a transaction or not.
#![forbid(unsafe_code)]

use sipc_engine::place::Place;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text, Value, send, tm};

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[sipc_engine::place::VariableBinding] = &[("sig_local_totag", sig_local_totag, None)];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "signaling", init };

sipc_engine::bindings! { sipc_interface::modules::signaling::MODULE;
    plain { send_reply(i32, Text) }
    waiting {}
}

fn init(setup: &mut Setup) -> InitResult {
    if setup.loads("tm") || setup.loads("sl") {
        return Ok(());
    }
    Err("neither tm nor sl is loaded: there is nothing to reply with".into())
}

/// Replies through the transaction of the request if it has one, else without.
pub fn send_reply(cx: &mut Context, code: i32, reason: Text) -> i32 {
    if cx.transaction.is_some() {
        return match u16::try_from(code) {
            Ok(code @ 100..=699) => tm::reply(cx, code, &reason),
            _ => -1,
        };
    }
    sipc_mod_sl::sl_send_reply(cx, code, reason)
}

/// `$sig_local_totag`: the To tag of replies made here for this request.
pub fn sig_local_totag(cx: &mut Context, _: &Place) -> Value {
    Value::Text(match &cx.transaction {
        Some(t) => t.to_tag(cx.shared()).clone(),
        None => {
            let tag = send::to_tag(cx.shared(), &cx.message, send::TagOf::Stateless);
            Text::copy_from_slice(&tag)
        }
    })
}
