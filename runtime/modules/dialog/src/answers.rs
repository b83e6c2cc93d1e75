//! What becomes of the INVITE of a call: branches, replies, CANCEL, the end of its transaction; and replies to requests
//! inside calls.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_engine::dialogs::{DialogEvent, Party, State};
use sipc_engine::events::{self, named};
use sipc_engine::hooks::{Relayed, TransactionEvent, TransactionHook};
use sipc_engine::tm::Transaction;
use sipc_engine::worker::Worker;
use sipc_engine::{Text, Value};
use sipc_sip::{Message, Method};

use crate::call::{CALLER, Call, Inner};
use crate::current::Current;
use crate::leg::{self, Leg, own};
use crate::sequential::OriginalCSeq;
use crate::state::Event;
use crate::{Calls, ending, tell, within};

/// The call of a transaction.
pub fn current_of(t: &Transaction) -> Option<Current> {
    t.script.lock().extensions.get::<Current>().cloned()
}

/// Transaction events.
pub fn on_event(hook: &TransactionHook<'_>) {
    let t = hook.transaction;
    let Some(current) = current_of(t) else { return };
    if t.is_local() {
        return within::on_reply(hook, &current);
    }
    if !current.initial {
        if hook.event == TransactionEvent::ReplyLeaving && (200..300).contains(&hook.code) {
            renegotiated(hook, &current);
        }
        return;
    }
    let call = &current.call;
    match hook.event {
        TransactionEvent::RequestOut => branch_out(hook, call),
        TransactionEvent::ReplyLeaving => reply_leaving(hook, call),
        TransactionEvent::Cancelled => cancelled(hook, call),
        TransactionEvent::Deleted => advance(hook.worker, call, Event::Forgotten, None),
        _ => {}
    }
}

/// Goes on to the next state, and does what follows from that.
pub fn advance(worker: &Rc<Worker>, call: &Arc<Call>, event: Event, reply: Option<&Message>) {
    let Some(calls) = worker.shared.state::<Calls>() else { return };
    let (old, new) = call.inner.lock().advance(event);
    changed(worker, calls, call, old, new);
    let statistics = &calls.statistics;
    match (old, new) {
        (State::Unconfirmed, State::Early) => {
            statistics.early.increment();
            tell(worker, call, DialogEvent::Early, Some(Party::Caller), None);
        }
        (State::Unconfirmed | State::Early | State::Deleted, State::Answered) => {
            answered(worker, calls, call);
            if old == State::Early {
                statistics.early.add(-1);
            }
            statistics.active.increment();
        }
        (State::Unconfirmed | State::Early, State::Deleted) => {
            debug_assert!(reply.is_none_or(|r| !r.is_request()), "a reply ended it");
            if old == State::Early {
                statistics.early.add(-1);
            }
            statistics.failed.increment();
            ending::over(worker, calls, call, DialogEvent::Failed, None, None);
        }
        _ => {}
    }
}

/// Raises E_DLG_STATE_CHANGED.
pub fn changed(worker: &Rc<Worker>, calls: &Calls, call: &Call, old: State, new: State) {
    let Some(id) = calls.state_changed.filter(|id| old != new && worker.shared.events.is_wanted(*id)) else {
        return;
    };
    let (from_tag, to_tag) = {
        let inner = call.inner.lock();
        let tag = |n: usize| inner.legs.get(n).map(|l| l.tag.clone()).unwrap_or_default();
        (tag(CALLER), tag(inner.callee()))
    };
    let text = |t: String| Value::Text(Text::from(t));
    let params = [
        named("id", text(call.id.text())),
        named("db_id", text(call.id.wide().to_string())),
        named("callid", Value::Text(call.call_id.clone())),
        named("from_tag", Value::Text(from_tag)),
        named("to_tag", Value::Text(to_tag)),
        named("old_state", Value::Int(old as i32)),
        named("new_state", Value::Int(new as i32)),
    ];
    events::raise(worker, id, &params, 0);
}

/// A 2xx: the call begins.
fn answered(worker: &Rc<Worker>, calls: &Calls, call: &Arc<Call>) {
    let route = {
        let mut inner = call.inner.lock();
        if inner.options.end_on_race && (inner.cancelled || inner.has_bye) {
            inner.lifetime = calls.parameters.race_timeout;
            inner.race = true;
        }
        inner.started = worker.unix_us() / 1_000_000;
        inner.removal = None;
        let lifetime = inner.lifetime;
        inner.ends_in(worker, lifetime);
        inner.routes.answer
    };
    ending::schedule(calls, call);
    tell(worker, call, DialogEvent::Confirmed, Some(Party::Caller), None);
    if let Some(route) = route {
        ending::run_route(worker, call, route);
    }
}

/// A branch of the INVITE: a leg that may answer.
fn branch_out(hook: &TransactionHook<'_>, call: &Call) {
    let (Some(branch), Some(bytes)) = (hook.branch, hook.sent) else { return };
    let Ok(sent) = Message::parse(bytes.clone()) else { return };
    let mut inner = call.inner.lock();
    let recorded = leg::recorded(&sent).len().saturating_sub(inner.recorded);
    let shown_contact = inner.hides_topology.and_then(|_| shown_contact(&sent));
    let sdp = inner.legs.first().and_then(|l| l.sdp.clone());
    let sent_sdp = leg::body(&sent).filter(|body| Some(body) != sdp.as_ref());
    let other = |now: Option<Text>, was: &Text| now.filter(|uri| uri != was);
    let uri = |name: Option<Result<sipc_sip::NameAddr<'_>, sipc_sip::BadValue>>| {
        name.and_then(Result::ok).map(|n| own(n.uri_text))
    };
    let leg = Leg {
        branch: Some(branch),
        recorded,
        shown_contact,
        sent_sdp,
        from_uri: other(uri(sent.from()), &call.from_uri),
        to_uri: other(uri(sent.to()), &call.to_uri),
        ..Leg::default()
    };
    inner.add_leg(leg);
}

fn shown_contact(message: &Message) -> Option<Text> {
    message.find(sipc_sip::HeaderKind::Contact).map(|h| own(h.whole()))
}

/// A reply to the INVITE is about to be relayed: who answers is known now.
pub fn on_relayed(hook: &mut Relayed<'_>) {
    let Some(current) = current_of(hook.transaction) else { return };
    if current.initial {
        learn(&current.call, hook);
        return;
    }
    let original = hook.transaction.script.lock().extensions.get::<OriginalCSeq>().map(|o| o.0.clone());
    if let Some(original) = original
        && let Some(Ok(cseq)) = hook.message.cseq()
        && let Some(range) = hook.message.range_of(cseq.number_text)
    {
        hook.edits.replace_again(range, original);
    }
    let code = hook.message.code().unwrap_or(0);
    if let Some(to) = current.to
        && (code == 401 || code == 407)
        && let Some(leg) = current.call.inner.lock().legs.get_mut(to)
    {
        leg.made_cseq = leg.made_cseq.map(|n| n.wrapping_add(1));
    }
}

fn learn(call: &Call, hook: &Relayed<'_>) {
    let (reply, code) = (hook.message, hook.message.code().unwrap_or(0));
    let tag = reply.to_tag().map(own);
    if tag.is_none() && code < 200 {
        return;
    }
    let socket = hook.transaction.replied_on(hook.branch);
    let mut inner = call.inner.lock();
    let Some(number) = leg_for(&mut inner, tag.unwrap_or_default(), hook.branch) else { return };
    let (invite_cseq, hides) = (inner.legs[CALLER].invite_cseq, inner.hides_topology.is_some());
    let leg = &mut inner.legs[number];
    if leg.cseq == 0 {
        leg.cseq = invite_cseq;
        leg.socket = socket;
    }
    if leg.sdp.is_none() {
        leg.sdp = leg::body(reply);
    }
    let success = (200..300).contains(&code);
    if success && inner.answered != number {
        // the INVITE was sent again with another number, such as with credentials: requests that follow go on from it
        let changed = leg::cseq(reply).filter(|n| *n != invite_cseq);
        let leg = &mut inner.legs[number];
        if let Some(sent) = changed {
            leg.made_cseq = Some(leg.made_cseq.unwrap_or(0).max(sent));
            leg.changed.push((invite_cseq, sent));
        }
        if inner.answered == 0 {
            inner.answered = number;
        }
        let skip = if hides { 0 } else { inner.recorded + inner.legs[number].recorded };
        let leg = &mut inner.legs[number];
        leg.sdp = leg::body(reply).or(leg.sdp.take());
        routing(leg, reply, skip);
    } else if hides && (101..200).contains(&code) {
        routing(&mut inner.legs[number], reply, 0);
    }
}

/// Contact and Route set out of a reply, without the lowest entries.
fn routing(leg: &mut Leg, reply: &Message, skip: usize) {
    if let Some(contact) = leg::contact(reply) {
        leg.contact = Some(contact);
    }
    let mut routes = leg::recorded(reply);
    routes.truncate(routes.len().saturating_sub(skip));
    routes.reverse();
    leg.routes = routes;
}

/// The leg that a reply comes from: of its tag, else of its branch, else one more of that branch.
fn leg_for(inner: &mut Inner, tag: Text, branch: usize) -> Option<usize> {
    let callees = || inner.legs.iter().enumerate().skip(1);
    if let Some((n, _)) = callees().find(|(_, l)| !tag.is_empty() && l.tag == tag) {
        return Some(n);
    }
    let of_branch = callees().find(|(_, l)| l.branch == Some(branch)).map(|(n, _)| n);
    match of_branch {
        Some(n) if inner.legs[n].tag.is_empty() => {
            inner.legs[n].tag = tag;
            Some(n)
        }
        Some(n) => {
            let like = &inner.legs[n];
            let leg = Leg {
                tag,
                branch: Some(branch),
                recorded: like.recorded,
                sent_sdp: like.sent_sdp.clone(),
                shown_contact: like.shown_contact.clone(),
                from_uri: like.from_uri.clone(),
                to_uri: like.to_uri.clone(),
                ..Leg::default()
            };
            inner.add_leg(leg)
        }
        None => inner.add_leg(Leg { tag, branch: Some(branch), ..Leg::default() }),
    }
}

fn reply_leaving(hook: &TransactionHook<'_>, call: &Arc<Call>) {
    let event = match hook.code {
        0..200 => Event::Provisional,
        200..300 => Event::Success,
        _ => Event::Negative,
    };
    if event == Event::Success {
        note_sent(call, CALLER, hook.sent, hook.reply);
    }
    advance(hook.worker, call, event, hook.reply);
}

/// What a leg was sent, when it differs from what the other side sent.
fn note_sent(call: &Call, to: usize, sent: Option<&Bytes>, received: Option<&Message>) {
    let Some(Ok(sent)) = sent.map(|b| Message::parse(b.clone())) else { return };
    let body = leg::body(&sent);
    let mut inner = call.inner.lock();
    let hides = inner.hides_topology.is_some();
    let Some(leg) = inner.legs.get_mut(to) else { return };
    leg.sent_sdp = body.filter(|b| received.is_none_or(|r| r.body() != *b));
    if hides && let Some(contact) = shown_contact(&sent) {
        leg.shown_contact = Some(contact);
    }
}

fn cancelled(hook: &TransactionHook<'_>, call: &Arc<Call>) {
    let Some(calls) = hook.worker.shared.state::<Calls>() else { return };
    let mut inner = call.inner.lock();
    inner.cancelled = true;
    if inner.options.end_on_race && inner.is_talking() {
        inner.lifetime = calls.parameters.race_timeout;
        inner.race = true;
        inner.ends_in(hook.worker, calls.parameters.race_timeout);
        drop(inner);
        ending::schedule(calls, call);
    } else {
        inner.ends_because("Cancelled");
    }
}

/// A 2xx to an INVITE or UPDATE inside the call: contacts and sessions are new.
fn renegotiated(hook: &TransactionHook<'_>, current: &Current) {
    let (Some(to), Some(reply), Some(branch)) = (current.to, hook.reply, hook.branch) else { return };
    let request = &hook.transaction.request;
    if !matches!(request.method(), Some(Method::Invite | Method::Update)) {
        return;
    }
    let sent = hook.transaction.sent_request(branch);
    let (offer, answer) = (leg::body(request), leg::body(reply));
    {
        let mut inner = current.call.inner.lock();
        let from = inner.other(to);
        let mut renew = |leg: usize, contact: Option<Text>, sdp: &Option<Text>| {
            let Some(leg) = inner.legs.get_mut(leg) else { return };
            leg.contact = contact.or(leg.contact.take());
            leg.sdp = sdp.clone().or(leg.sdp.take());
        };
        renew(from, leg::contact(request), &offer);
        renew(to, leg::contact(reply), &answer);
    }
    if offer.is_some() {
        note_sent(&current.call, to, sent.as_ref(), Some(request));
    }
    if answer.is_some() {
        let from = current.call.inner.lock().other(to);
        note_sent(&current.call, from, hook.sent, Some(reply));
    }
}
