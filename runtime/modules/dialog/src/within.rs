//! Requests made here within a call (RFC 3261 section 12.2.1.1): BYE, pings, what scripts and operators send.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_engine::Text;
use sipc_engine::dialogs::State;
use sipc_engine::hooks::{TransactionEvent, TransactionHook};
use sipc_engine::log::Level;
use sipc_engine::tm::local::{self, OnComplete, Request};
use sipc_engine::worker::Worker;
use sipc_sip::Uri;

use crate::call::{CALLER, Call, Inner};
use crate::current::Current;
use crate::ending;
use crate::leg::{Leg, uri_of};

/// What a request within a call has besides its method.
#[derive(Debug, Clone, Default)]
pub struct Content {
    /// Header lines with their line ends.
    pub headers: Text,
    /// The body.
    pub body: Text,
    /// A Contact header is added: that of the other side.
    pub with_contact: bool,
}

/// The request for a leg; `None` when the leg has no contact.
fn request(
    call: &Call,
    inner: &Inner,
    to: usize,
    method: &str,
    cseq: u32,
    content: &Content,
) -> Option<Request> {
    let (leg, from) = (inner.legs.get(to)?, inner.legs.get(inner.other(to))?);
    let target = leg.contact.clone()?;
    let (uri, next_hop, routes) = way(leg, target)?;
    let (caller_uri, callee_uri) = uris(call, inner);
    let (own_uri, its_uri) = if to == CALLER { (callee_uri, caller_uri) } else { (caller_uri, callee_uri) };
    let mut headers = routes;
    if content.with_contact {
        headers.extend_from_slice(&contact_line(leg, from));
    }
    headers.extend_from_slice(&content.headers);
    Some(Request {
        method: Bytes::copy_from_slice(method.as_bytes()),
        uri,
        next_hop,
        from: Bytes::from([b"<", &own_uri[..], b">"].concat()),
        from_tag: from.tag.clone(),
        to: Bytes::from([b"<", &its_uri[..], b">;tag=", &leg.tag].concat()),
        call_id: call.call_id.clone(),
        cseq,
        headers: headers.into(),
        body: content.body.clone(),
        socket: leg.socket,
        own_ack: true,
        ..Request::default()
    })
}

/// The Call-ID that a leg knows, when it is not the call's.
fn shown_call_id(inner: &Inner, to: usize) -> Option<Text> {
    inner.shown_call_id.clone().filter(|_| to != CALLER)
}

/// From and To URIs on the side of each party: the callee knows replaced ones.
fn uris(call: &Call, inner: &Inner) -> (Text, Text) {
    let callee = inner.legs.get(inner.callee());
    let of = |uri: Option<&Text>, known: &Text| uri.unwrap_or(known).clone();
    (
        of(callee.and_then(|l| l.from_uri.as_ref()), &call.from_uri),
        of(callee.and_then(|l| l.to_uri.as_ref()), &call.to_uri),
    )
}

/// Request URI, next hop and Route header: a strict router before the rest takes the request URI.
fn way(leg: &Leg, target: Text) -> Option<(Text, Option<Text>, Vec<u8>)> {
    let header = |routes: &[Text]| match routes.is_empty() {
        true => Vec::new(),
        false => [b"Route: ", &routes.join(&b","[..])[..], b"\r\n"].concat(),
    };
    let Some((first, rest)) = leg.routes.split_first() else { return Some((target, None, Vec::new())) };
    let uri = uri_of(first)?;
    if Uri::parse(&uri).is_ok_and(|u| u.is_loose()) {
        return Some((target, Some(uri), header(&leg.routes)));
    }
    let last = Text::from([b"<", &target[..], b">"].concat());
    Some((uri, None, header(&[rest, &[last]].concat())))
}

fn contact_line(to: &Leg, from: &Leg) -> Vec<u8> {
    match (&to.shown_contact, &from.contact) {
        (Some(shown), _) if shown.ends_with(b"\n") => shown.to_vec(),
        (Some(shown), _) => [&shown[..], b"\r\n"].concat(),
        (None, Some(contact)) => [b"Contact: <", &contact[..], b">\r\n"].concat(),
        (None, None) => Vec::new(),
    }
}

/// What a local transaction carries: the request is one of ours within a call.
pub struct Made {
    /// The leg it goes to.
    pub to: usize,
    /// Its number.
    pub cseq: u32,
}

/// Sends a request to a leg. `false` when the leg cannot be reached; what is found out later goes to `done`, as a 503.
pub fn send(
    worker: &Rc<Worker>,
    call: &Arc<Call>,
    to: usize,
    method: &str,
    content: &Content,
    done: OnComplete,
) -> bool {
    let (made, cseq, shown) = {
        let mut inner = call.inner.lock();
        let Some(cseq) = inner.legs.get_mut(to).map(Leg::next_cseq) else { return false };
        (request(call, &inner, to, method, cseq, content), cseq, shown_call_id(&inner, to))
    };
    let Some(request) = made else {
        let id = call.id.text();
        let text = format_args!("{method} for {id}: no contact available");
        worker.shared.log.message(Level::Error, "dialog:send_leg_msg", text);
        return false;
    };
    let current = Current { call: call.clone(), to: Some(to), initial: false };
    let done = Arc::new(parking_lot::Mutex::new(Some(done)));
    let again = done.clone();
    let report: OnComplete = Box::new(move |worker, code, reply| {
        let done = again.lock().take();
        if let Some(done) = done {
            done(worker, code, reply);
        }
    });
    let w = worker.clone();
    worker.start(Box::pin(async move {
        let prepare = Box::new(move |cx: &mut sipc_engine::Context| {
            cx.extensions.insert(current);
            cx.extensions.insert(Made { to, cseq });
            let place = cx.message.call_id().and_then(|c| cx.message.range_of(c));
            if let (Some(shown), Some(place)) = (shown, place) {
                cx.edits.replace(place, shown);
            }
        });
        if local::send_prepared(&w, request, Some(report), prepare).await.is_err() {
            let done = done.lock().take();
            if let Some(done) = done {
                done(&w, 503, None);
            }
        }
    }));
    true
}

/// Sends a BYE to a leg.
pub fn bye(worker: &Rc<Worker>, call: &Arc<Call>, to: usize, headers: Text) {
    let content = Content { headers, ..Content::default() };
    let answered = call.clone();
    let done: OnComplete = Box::new(move |worker, _, _| ending::bye_answered(worker, &answered));
    if !send(worker, call, to, "BYE", &content, done) {
        ending::bye_answered(worker, call);
    }
}

/// A reply to a request made here: a 2xx to an INVITE wants an ACK, and again each time it comes.
pub fn on_reply(hook: &TransactionHook<'_>, current: &Current) {
    let wanted = hook.event == TransactionEvent::ReplyIn
        && (200..300).contains(&hook.code)
        && hook.transaction.is_invite()
        && hook.transaction.own_ack;
    if !wanted {
        return;
    }
    let made = hook.transaction.script.lock().extensions.get::<Made>().map(|m| (m.to, m.cseq));
    let Some((to, cseq)) = made else { return };
    let call = &current.call;
    let ack = {
        let inner = call.inner.lock();
        let ack = request(call, &inner, to, "ACK", cseq, &Content::default());
        ack.map(|ack| Request { call_id: shown_call_id(&inner, to).unwrap_or(ack.call_id.clone()), ..ack })
    };
    let Some(ack) = ack else { return };
    let worker = hook.worker.clone();
    hook.worker.start(Box::pin(async move {
        if local::acknowledge(&worker, ack).await.is_err() {
            worker.shared.log.message(Level::Error, "dialog", format_args!("cannot send an ACK"));
        }
    }));
}

/// Sends what a script or an operator wants to be sent to a party.
pub fn send_wanted(
    worker: &Rc<Worker>,
    call: &Arc<Call>,
    to: usize,
    method: &str,
    content: &Content,
) -> bool {
    let ready = call.inner.lock().state() != State::Deleted;
    ready && send(worker, call, to, method, content, Box::new(|_, _, _| ()))
}
