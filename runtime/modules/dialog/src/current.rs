//! Which call the message at hand belongs to: attached to the message, then to its transaction.

use std::sync::Arc;

use sipc_engine::Context;
use sipc_engine::dialogs::Party;
use sipc_interface::RouteKind;

use crate::call::{CALLER, Call};

/// The call of a message or a transaction.
#[derive(Clone)]
pub struct Current {
    /// It.
    pub call: Arc<Call>,
    /// The leg that the message goes to, if one is known.
    pub to: Option<usize>,
    /// The message is its INVITE.
    pub initial: bool,
}

/// A call that `load_dialog_ctx` put in place of the message's own.
pub struct Loaded(pub Arc<Call>);

/// A `$DLG_timeout` that was set before there was a call.
pub struct WantedLifetime(pub u32);

/// The call of the message at hand.
pub fn current(cx: &Context) -> Option<Arc<Call>> {
    if let Some(Loaded(call)) = cx.extensions.get::<Loaded>() {
        return Some(call.clone());
    }
    attached(cx).map(|c| c.call)
}

/// What is attached to the message, or to its transaction.
pub fn attached(cx: &Context) -> Option<Current> {
    if let Some(own) = cx.extensions.get::<Current>() {
        return Some(own.clone());
    }
    cx.transaction.as_ref()?.script.lock().extensions.get::<Current>().cloned()
}

/// Attaches a call to the message, and to the transaction if there is one.
pub fn attach(cx: &mut Context, current: Current) {
    if let Some(t) = &cx.transaction {
        let mut script = t.script.lock();
        if script.extensions.get::<Current>().is_none() {
            script.extensions.insert(current.clone());
        }
    }
    cx.extensions.insert(current);
}

/// Who the message at hand goes to.
pub fn heading(cx: &Context) -> Option<Party> {
    let call = current(cx)?;
    if cx.route_kind == RouteKind::Reply || !cx.is_request() {
        let tag = cx.message.from_tag()?;
        let inner = call.inner.lock();
        let leg = inner.legs.iter().position(|l| l.tag == tag)?;
        return Some(if leg == CALLER { Party::Caller } else { Party::Callee });
    }
    let to = attached(cx)?.to?;
    Some(if to == CALLER { Party::Caller } else { Party::Callee })
}
