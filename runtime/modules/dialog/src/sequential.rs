//! Requests inside calls: finding the call, and what the request does to it.

use std::sync::Arc;

use sipc_engine::dialogs::{DialogEvent, DialogId, Party, State};
use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_sip::{Method, Params};

use crate::call::{CALLER, Call, Match};
use crate::current::{Current, WantedLifetime, attach, current};
use crate::leg;
use crate::state::Event;
use crate::{Calls, Matching, answers, calls, ending, tell};

/// The CSeq number that the sender of a request used, when it was changed.
pub struct OriginalCSeq(pub Text);

/// `loose_route` took a Route of ours: it may name the call.
pub fn on_route_taken(cx: &mut Context, params: &[u8]) {
    let Some(calls) = calls(cx) else { return };
    let name = Params::of_uri(params).value(calls.parameters.rr_param.as_bytes()).map(Text::copy_from_slice);
    find(cx, &calls, name, calls.parameters.matching);
}

/// Finds the call of the request at hand, by name or by tags, and lets the request have its effect.
pub fn find(cx: &mut Context, calls: &Calls, name: Option<Text>, matching: Matching) {
    if current(cx).is_some() || cx.message.to_tag().is_none() {
        return;
    }
    let named = match &name {
        Some(name) if matching != Matching::Tags => match DialogId::parse(name) {
            Some(id) => by_name(cx, calls, id),
            None => {
                let name = String::from_utf8_lossy(name).into_owned();
                return cx.log(Level::Error, "dlg_onroute", format_args!("malformed route param [{name}]"));
            }
        },
        _ => None,
    };
    let found = match named {
        None if matching != Matching::NameOnly => by_tags(cx, calls),
        found => found,
    };
    if let Some((call, found)) = found {
        passes(cx, calls, &call, &found);
    }
}

fn matches(cx: &Context, call: &Call) -> Option<Match> {
    let (from, to) = (cx.message.from_tag()?, cx.message.to_tag()?);
    (cx.message.call_id() == Some(&call.call_id[..])).then(|| call.matches(from, to)).flatten()
}

fn by_name(cx: &Context, calls: &Calls, id: DialogId) -> Option<(Arc<Call>, Match)> {
    let call = calls.table.by_id(id)?;
    let found = matches(cx, &call);
    if found.is_none() {
        let id = id.text();
        cx.log(Level::Warning, "dlg_onroute", format_args!("tight matching failed for a request of {id}"));
    }
    Some((call, found?))
}

/// Calls that ended are not found by tags: a new attempt may use the same Call-ID.
fn by_tags(cx: &Context, calls: &Calls) -> Option<(Arc<Call>, Match)> {
    let candidates = calls.table.by_call_id(cx.message.call_id()?);
    candidates.into_iter().find_map(|call| {
        let found = matches(cx, &call)?;
        let alive = call.inner.lock().state() != State::Deleted;
        alive.then_some((call, found))
    })
}

/// A request of the call passes.
fn passes(cx: &mut Context, calls: &Calls, call: &Arc<Call>, found: &Match) {
    let method = cx.message.method();
    let (old, new) = {
        let mut inner = call.inner.lock();
        let event = match method {
            Some(Method::Ack) => Event::Ack,
            Some(Method::Bye) => Event::Bye {
                stray: !found.upstream && found.to != Some(inner.answered),
                to_caller: found.to == Some(CALLER),
            },
            _ => Event::Request,
        };
        inner.advance(event)
    };
    let worker = cx.worker.clone();
    answers::changed(&worker, calls, call, old, new);
    attach(cx, Current { call: call.clone(), to: found.to, initial: false });
    let Some(to) = found.to else { return };
    match (old, new) {
        (State::Deleted, State::Deleted) => {
            within(cx, call, to);
            if method != Some(Method::Ack) {
                change_cseq(cx, call, to);
            }
        }
        (_, State::Deleted) => ended(cx, calls, call, to),
        (_, State::Answered | State::Confirmed) => goes_on(cx, calls, call, to),
        (_, State::Early) if method != Some(Method::Ack) => {
            within(cx, call, to);
            count_cseq(cx, call, to);
        }
        _ => {}
    }
    if (old, new) == (State::Answered, State::Confirmed) {
        crate::pings::begin(calls, call, cx.worker.now());
    }
}

fn within(cx: &mut Context, call: &Arc<Call>, to: usize) {
    let worker = cx.worker.clone();
    let party = if to == CALLER { Party::Caller } else { Party::Callee };
    tell(&worker, call, DialogEvent::RequestWithin, Some(party), Some(cx));
}

/// A BYE: the call is over.
fn ended(cx: &mut Context, calls: &Calls, call: &Arc<Call>, to: usize) {
    let worker = cx.worker.clone();
    let hangup = call.inner.lock().routes.hangup;
    if let Some(route) = hangup {
        ending::run_route(&worker, call, route);
    }
    let reason = if to == CALLER { "Upstream BYE" } else { "Downstream BYE" };
    call.inner.lock().ends_because(reason);
    change_cseq(cx, call, to);
    calls.statistics.active.add(-1);
    let party = if to == CALLER { Party::Caller } else { Party::Callee };
    ending::over(&worker, calls, call, DialogEvent::Terminated, Some(party), Some(cx));
}

/// A request of a call that goes on.
fn goes_on(cx: &mut Context, calls: &Calls, call: &Arc<Call>, to: usize) {
    if let Some(WantedLifetime(seconds)) = cx.extensions.remove::<WantedLifetime>() {
        let mut inner = call.inner.lock();
        inner.lifetime = seconds;
        inner.ends_in(&cx.worker, seconds);
        drop(inner);
        ending::schedule(calls, call);
    }
    within(cx, call, to);
    if cx.message.method() == Some(Method::Ack) {
        return acknowledged(cx, call, to);
    }
    count_cseq(cx, call, to);
    change_cseq(cx, call, to);
}

/// Notes the number of the request, for the one that follows.
fn count_cseq(cx: &Context, call: &Call, to: usize) {
    let Some(number) = leg::cseq(&cx.message) else { return };
    let mut inner = call.inner.lock();
    if let Some(leg) = inner.legs.get_mut(to) {
        leg.cseq_before = Some(leg.cseq);
        leg.cseq = number;
    }
    let from = inner.other(to);
    if matches!(cx.message.method(), Some(Method::Invite | Method::Update))
        && let Some(leg) = inner.legs.get_mut(from)
    {
        leg.invite_cseq = number;
    }
}

/// Requests that were made here have used up numbers: the request gets one that follows, its replies get the old one.
fn change_cseq(cx: &mut Context, call: &Call, to: usize) {
    let Some(received) = leg::cseq(&cx.message) else { return };
    let invite = cx.message.method() == Some(Method::Invite);
    let next = call.inner.lock().legs.get_mut(to).and_then(|l| l.changed_cseq(received, invite));
    let Some(next) = next else { return };
    let Some(Ok(cseq)) = cx.message.cseq() else { return };
    let original = Text::copy_from_slice(cseq.number_text);
    let Some(range) = cx.message.range_of(cseq.number_text) else { return };
    cx.edits.replace_again(range, next.to_string());
    match &cx.transaction {
        Some(t) => t.script.lock().extensions.insert(OriginalCSeq(original)),
        None => cx.extensions.insert(OriginalCSeq(original)),
    }
}

/// The ACK of an INVITE whose number was changed.
fn acknowledged(cx: &mut Context, call: &Call, to: usize) {
    let Some(received) = leg::cseq(&cx.message) else { return };
    let sent = call.inner.lock().legs.get(to).and_then(|l| l.ack_cseq(received));
    let Some(sent) = sent else { return };
    if let Some(Ok(cseq)) = cx.message.cseq()
        && let Some(range) = cx.message.range_of(cseq.number_text)
    {
        cx.edits.replace_again(range, sent.to_string());
    }
}
