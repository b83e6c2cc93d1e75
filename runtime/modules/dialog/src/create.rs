//! New calls: the INVITE that makes one.

use std::sync::Arc;

use parking_lot::Mutex;
use sipc_engine::Context;
use sipc_engine::context::Arming;
use sipc_engine::dialogs::{DialogEvent, Party};
use sipc_engine::log::Level;
use sipc_engine::send::{self, LocalReply};
use sipc_engine::tm::{self, Transaction};
use sipc_sip::{Message, Method};

use crate::call::{Call, Inner, Options};
use crate::current::{Current, WantedLifetime, attach, current};
use crate::leg::{self, Leg, own};
use crate::state::Event;
use crate::{Calls, Matching, answers, calls, tell};

/// Why there is no call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The request is none that makes a call.
    NotOne,
    /// There are too many; the request was answered.
    Full,
}

/// Makes the call of the INVITE at hand; one that there is gets the options.
pub fn create(cx: &mut Context, options: Option<Options>) -> Result<(), Refusal> {
    let calls = calls(cx).ok_or(Refusal::NotOne)?;
    if cx.message.method() != Some(Method::Invite) || cx.message.to_tag().is_some() {
        return Err(Refusal::NotOne);
    }
    if let Some(call) = current(cx) {
        if let Some(options) = options {
            call.inner.lock().options = options;
        }
        return Ok(());
    }
    let call = insert(cx, &calls, options.unwrap_or_default())?;
    attach(cx, Current { call: call.clone(), to: Some(1), initial: true });
    if calls.parameters.matching != Matching::Tags && loads_rr(cx) {
        let param = format!(";{}={}", calls.parameters.rr_param, call.id.text());
        sipc_mod_rr::add_rr_param(cx, param.into());
    }
    calls.statistics.processed.increment();
    if let Some(t) = cx.transaction.clone() {
        begun(cx, &call, &t);
    }
    Ok(())
}

/// Whether the script loads module rr.
pub fn loads_rr(cx: &Context) -> bool {
    cx.shared().configuration.modules.iter().any(|m| m == "rr")
}

/// The INVITE of a call got its transaction.
pub fn on_created(cx: &mut Context, t: &Arc<Transaction>) {
    let current = answers::current_of(t).filter(|c| c.initial);
    if let Some(current) = current {
        begun(cx, &current.call, t);
    }
}

fn begun(cx: &mut Context, call: &Arc<Call>, t: &Arc<Transaction>) {
    call.inner.lock().transaction = Some(Arc::downgrade(t));
    let worker = cx.worker.clone();
    tell(&worker, call, DialogEvent::Created, Some(Party::Callee), Some(cx));
}

fn insert(cx: &mut Context, calls: &Calls, options: Options) -> Result<Arc<Call>, Refusal> {
    let lifetime = cx.extensions.get::<WantedLifetime>().map_or(calls.parameters.lifetime, |w| w.0);
    let parts = parts(&cx.message, cx.received.socket);
    let Some((call_id, from_uri, to_uri, caller)) = parts else {
        cx.log(Level::Error, "create_dialog", format_args!("Call-ID, From, To or CSeq is missing or broken"));
        return Err(Refusal::NotOne);
    };
    let recorded = caller.routes.len();
    let inner = Inner { legs: vec![caller], options, lifetime, recorded, ..Inner::default() };
    let worker = cx.worker.clone();
    let made = calls.table.insert(
        &call_id.clone(),
        || worker.random(),
        |id| Arc::new(Call { id, call_id, from_uri, to_uri, inner: Mutex::new(inner) }),
    );
    made.ok_or_else(|| {
        calls.statistics.refused.increment();
        refuse(cx);
        Refusal::Full
    })
}

type Parts = (sipc_engine::Text, sipc_engine::Text, sipc_engine::Text, Leg);

/// Call-ID, URIs and the caller's leg.
fn parts(message: &Message, socket: sipc_engine::network::SocketId) -> Option<Parts> {
    let call_id = message.call_id().filter(|c| !c.is_empty())?;
    let (from, to) = (message.from()?.ok()?, message.to()?.ok()?);
    let number = leg::cseq(message)?;
    let caller = Leg {
        tag: own(from.tag()?),
        contact: leg::contact(message),
        routes: leg::recorded(message),
        invite_cseq: number,
        socket: Some(socket),
        sdp: leg::body(message),
        ..Leg::default()
    };
    Some((own(call_id), own(from.uri_text), own(to.uri_text), caller))
}

/// There are too many calls: new ones are told to come back.
fn refuse(cx: &mut Context) {
    let headers = b"Retry-After: 5\r\n";
    if cx.transaction.is_some() {
        cx.reply_headers.push(sipc_engine::Text::from_static(headers));
        tm::reply(cx, 503, b"Service Unavailable");
    } else {
        let reply =
            LocalReply { code: 503, reason: b"Service Unavailable", headers, ..LocalReply::default() };
        send::reply_stateless(cx, &reply);
    }
    cx.log(Level::Warning, "create_dialog", format_args!("too many calls: answered 503"));
    cx.arming = Arming::default();
}

/// When the script has done with an INVITE and it has no transaction, there will be no call.
pub fn after_request(cx: &mut Context) {
    if cx.transaction.is_some() || !cx.extensions.get::<Current>().is_some_and(|c| c.initial) {
        return;
    }
    if let Some(Current { call, .. }) = cx.extensions.remove::<Current>() {
        let worker = cx.worker.clone();
        answers::advance(&worker, &call, Event::Forgotten, None);
    }
}
