//! Replies upstream: those made here, and those of branches.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_sip::{Message, compose};
use sipc_transaction::{Actions, Kind};

use super::perform::{self, Upstream};
use super::{StoredReply, Transaction, watch};
use crate::hooks::{Relayed, TransactionEvent, TransactionHook};
use crate::network::Destination;
use crate::send::{self, LocalReply};
use crate::worker::Worker;
use crate::{Context, Text};

/// `100 Giving it a try`, as soon as an INVITE has a transaction; with what the script has for replies by then.
pub(super) fn send_trying(cx: &mut Context, t: &Arc<Transaction>) {
    let headers = send::reply_headers(cx, 100);
    let reply =
        LocalReply { code: 100, reason: b"Giving it a try", headers: &headers, ..LocalReply::default() };
    let worker = &cx.worker.clone();
    let actions = send_local(worker, t, &reply);
    debug_assert!(actions.is_empty(), "a provisional reply ends nothing");
    perform::arm(worker, t);
}

/// Replies to the context's request through its transaction; -1 when a final reply went out before.
pub fn reply(cx: &mut Context, code: u16, reason: &[u8]) -> i32 {
    let Some(t) = cx.transaction.clone() else { return -1 };
    if !t.core.lock().machine.can_reply() {
        return -1;
    }
    let headers = send::reply_headers(cx, code);
    let (content_type, body) = cx.reply_body.clone().unwrap_or_default();
    let reply = LocalReply { code, reason, headers: &headers, content_type: &content_type, body: &body };
    let worker = cx.worker.clone();
    t.script.lock().via = cx.via;
    let actions = send_local(&worker, &t, &reply);
    perform::perform_plain(&worker, &t, actions);
    1
}

/// A reply to a transaction that is not the one of the message at hand.
#[derive(Debug, Clone, Default)]
pub struct OutOfBand {
    /// Its code.
    pub code: u16,
    /// Its reason phrase.
    pub reason: Text,
    /// The To tag, when not the transaction's own.
    pub to_tag: Option<Text>,
    /// Header lines with their line ends.
    pub headers: Text,
    /// The body; its type is among the headers.
    pub body: Text,
}

/// Replies to a transaction; `false` when a final reply went out before.
pub fn reply_to(worker: &Rc<Worker>, t: &Arc<Transaction>, with: &OutOfBand) -> bool {
    if !t.core.lock().machine.can_reply() {
        return false;
    }
    let reply = LocalReply {
        code: with.code,
        reason: &with.reason,
        headers: &with.headers,
        content_type: b"",
        body: &with.body,
    };
    let tag = || with.to_tag.as_ref().unwrap_or_else(|| t.to_tag(&worker.shared));
    let bytes = written(worker, t, &reply, tag);
    let actions = sent_from_here(worker, t, reply.code, bytes);
    perform::perform_plain(worker, t, actions);
    true
}

/// A reply made here, as it leaves.
fn written<'a>(
    worker: &Worker,
    t: &Transaction,
    reply: &LocalReply<'_>,
    tag: impl FnOnce() -> &'a Bytes,
) -> Bytes {
    let via = t.script.lock().via;
    let stamp = send::via_stamp(&t.request, &t.received, via);
    worker.write(|out| send::local_reply(&worker.shared, (&t.request, &t.received), reply, tag, stamp, out))
}

/// Builds and sends a reply made here, and tells the state machine.
fn send_local(worker: &Rc<Worker>, t: &Arc<Transaction>, reply: &LocalReply<'_>) -> Actions {
    let bytes = written(worker, t, reply, || t.to_tag(&worker.shared));
    sent_from_here(worker, t, reply.code, bytes)
}

/// Sends a reply made here, which is counted and shown before.
fn sent_from_here(worker: &Rc<Worker>, t: &Arc<Transaction>, code: u16, bytes: Bytes) -> Actions {
    worker.shared.transactions().statistics.local_replies.increment();
    watch::reply(worker, t.received.socket, &bytes);
    sent_upstream(worker, t, code, None, bytes, None)
}

/// Sends a reply upstream, keeps it for retransmission, and tells the state machine and modules.
fn sent_upstream(
    worker: &Rc<Worker>,
    t: &Arc<Transaction>,
    code: u16,
    branch: Option<usize>,
    bytes: Bytes,
    message: Option<&Message>,
) -> Actions {
    let mut actions = Actions::new();
    let mut told = TransactionHook {
        worker,
        transaction: t,
        event: TransactionEvent::ReplyLeaving,
        code,
        reply: message,
        branch,
        sent: Some(&bytes),
    };
    if branch.is_some() || code >= 200 {
        perform::tell(&told);
    }
    let no_new = no_new_connection(worker, t);
    let first_final = {
        let mut core = t.core.lock();
        let before = core.machine.status();
        let further = t.kind == Kind::Invite && branch.is_some() && (200..300).contains(&code);
        // another worker may have sent a final reply since this one was decided on: nothing but further 2xx follows it
        if before >= 200 && !further {
            return actions;
        }
        let first_final = before < 200 && code >= 200;
        if let Some((socket, to)) = core.upstream {
            // an unreachable caller is like a lost datagram
            let _ = worker.network.send(socket, Destination { no_new, ..to }, bytes.clone());
        }
        if before < 200 {
            core.last_reply = Some(bytes.clone());
            core.relayed_branch = branch;
            core.replied_here = branch.is_none() && code >= 200;
        }
        core.machine.relayed(code, branch.is_none(), worker.now(), &mut actions);
        first_final
    };
    if first_final {
        worker.shared.transactions().statistics.count_final(code);
    }
    told.event = TransactionEvent::ReplyOut;
    perform::tell(&told);
    actions
}

/// Sends the last reply again.
pub(super) fn resend(worker: &Worker, t: &Transaction) {
    let no_new = no_new_connection(worker, t);
    let core = t.core.lock();
    if let (Some(bytes), Some((socket, to))) = (&core.last_reply, core.upstream) {
        let to = Destination { no_new, ..to };
        let _ = worker.network.send(socket, to, bytes.clone());
    }
}

/// Whether replies may only take a connection that is there.
fn no_new_connection(worker: &Worker, t: &Transaction) -> bool {
    let bit = worker.shared.globals.no_connection_reply;
    bit != 0 && t.script.lock().flags & bit != 0
}

/// Relays a branch's reply: the one at hand, a kept one, or one made here for a timeout.
pub(super) fn relay(
    worker: &Rc<Worker>,
    t: &Arc<Transaction>,
    branch: usize,
    code: u16,
    current: &Upstream,
) -> Actions {
    let kept;
    let stored = match current {
        Some((b, reply)) if *b == branch => Some(&reply.0),
        _ => {
            kept = t.core.lock().branches.get(branch).and_then(|b| b.reply.clone());
            kept.as_ref()
        }
    };
    if t.is_local() {
        return super::local::completed(worker, t, code, stored.map(|s| &s.message));
    }
    match stored {
        Some(stored) => relay_received(worker, t, branch, stored),
        None => {
            // upstream a 503 would say that this server is overloaded (RFC 3261 16.7, step 6)
            let hidden = code == 503 && !worker.shared.globals.disable_503_translation;
            let code = if hidden { 500 } else { code };
            let reply = LocalReply { code, reason: send::reason(code).as_bytes(), ..LocalReply::default() };
            send_made_for_branch(worker, t, branch, &reply)
        }
    }
}

/// A reply made here that stands for a branch (its timeout): unlike a reply of the script it is not
/// retransmitted as a 2xx would be.
fn send_made_for_branch(
    worker: &Rc<Worker>,
    t: &Arc<Transaction>,
    branch: usize,
    reply: &LocalReply<'_>,
) -> Actions {
    let bytes = written(worker, t, reply, || t.to_tag(&worker.shared));
    sent_upstream(worker, t, reply.code, Some(branch), bytes, None)
}

fn relay_received(worker: &Rc<Worker>, t: &Arc<Transaction>, branch: usize, stored: &StoredReply) -> Actions {
    let shared = &worker.shared;
    let mut edits = stored.edits.clone();
    for hook in &shared.hooks.relayed {
        hook(&mut Relayed { worker, transaction: t, branch, message: &stored.message, edits: &mut edits });
    }
    let mut code = stored.message.code().unwrap_or(500);
    if let Some((new, reason)) = &stored.status {
        code = *new;
        edits.replace(stored.message.target_range(), new.to_string());
        edits.replace(stored.message.reason_range(), reason.clone());
    }
    // a client that asked how much it may send is told, whoever made the reply (RFC 7339 section 5.3)
    if let Some(report) = shared.transactions().offer(&t.request, || worker.unix_us() / 1000) {
        compose::report_overload(&stored.message, &mut edits, report);
    }
    let hide_503 = !shared.globals.disable_503_translation;
    let late = |_| Text::new();
    let bytes =
        worker.write(|out| compose::forward_response(&stored.message, &edits, hide_503, true, late, out));
    shared.transactions().statistics.relayed_replies.increment();
    sent_upstream(worker, t, code, Some(branch), bytes, Some(&stored.message))
}
