//! Replies that arrive for transactions.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::{Message, Method, compose};
use sipc_transaction::Actions;

use super::perform::{self, StoredReplyHandle};
use super::{StoredReply, Transaction, renumbered};
use crate::fault;
use crate::flow::Ending;
use crate::hooks::TransactionEvent;
use crate::script::RouteRef;
use crate::worker::Worker;
use crate::{Context, send};

/// Handles a reply that belongs to a transaction; `false` when there is none.
pub async fn reply_received(cx: &mut Context) -> bool {
    let worker = cx.worker.clone();
    let table = worker.shared.transactions();
    let Some((t, branch)) = find(cx) else { return false };
    let code = cx.message.code().unwrap_or(0);
    table.statistics.received_replies.increment();
    if t.is_invite() && is_cancel(&cx.message) {
        t.core.lock().machine.cancel_answered(branch, code);
        return true;
    }
    {
        let mut core = t.core.lock();
        core.machine.reply_arrived(branch, code);
        core.branches[branch].replied_from = Some(cx.received);
        let server = core.branches[branch].destination.address;
        table.overload.heard(server, &cx.message, worker.unix_us() / 1000);
    }
    if t.is_invite() && (code >= 300 || t.is_local() && code >= 200 && !t.own_ack) {
        acknowledge(cx, &t, branch);
    }
    cx.reply_code = code;
    cx.branch_index = Some(branch);
    cx.transaction = Some(t.clone());
    perform::event(&worker, &t, TransactionEvent::ReplyIn, code, Some(&cx.message), Some(branch));
    if !run_reply_routes(cx, &t, branch, code).await {
        heard(&worker, &t, branch);
        return true;
    }
    let mut actions = Actions::new();
    t.core.lock().machine.reply(branch, code, worker.now(), &mut actions);
    let stored =
        StoredReply { message: cx.message.clone(), edits: cx.edits.clone(), status: cx.new_status.clone() };
    perform::perform(&worker, &t, actions, Some((branch, StoredReplyHandle(stored)))).await;
    true
}

/// A route dropped the context's provisional reply.
pub(crate) fn dropped(cx: &Context) {
    if let Some((t, branch)) = find(cx).filter(|_| !is_cancel(&cx.message)) {
        heard(&cx.worker, &t, branch);
    }
}

/// Nobody is told of a reply that a route dropped, but a CANCEL that waited for one leaves now.
fn heard(worker: &Rc<Worker>, t: &Arc<Transaction>, branch: usize) {
    let mut actions = Actions::new();
    t.core.lock().machine.reply_dropped(branch, worker.now(), &mut actions);
    perform::perform_plain(worker, t, actions);
}

/// The transaction and branch of a reply: the top Via's branch, and a CSeq method that was sent there.
pub(crate) fn find(cx: &Context) -> Option<(Arc<Transaction>, usize)> {
    let via = cx.message.via()?.ok()?;
    let (t, branch) = cx.worker.shared.transactions().by_branch(via.branch()?)?;
    let known = t.core.lock().branches.get(branch).is_some_and(|b| !b.sent.is_empty());
    let cseq = cx.message.cseq()?.ok()?;
    let same = t.request.request_line().is_some_and(|l| l.method_name == cseq.method_name);
    (known && (same || t.is_invite() && cseq.method == Method::Cancel)).then_some((t, branch))
}

fn is_cancel(reply: &Message) -> bool {
    reply.cseq().and_then(Result::ok).is_some_and(|c| c.method == Method::Cancel)
}

/// What the branch of an ACK that is no part of the INVITE's transaction is numbered; no other is.
const ACK_NUMBER: usize = 0xffff;

/// The ACK of a final reply goes where the INVITE went (RFC 3261 17.1.1.3); that of a 2xx to an INVITE made here is a
/// request of its own.
fn acknowledge(cx: &Context, t: &Transaction, branch: usize) {
    let headers = t.script.lock().extra_headers.clone();
    let core = t.core.lock();
    let Some(b) = core.branches.get(branch) else { return };
    let Ok(sent) = Message::parse(b.sent.clone()) else { return };
    let extra = send::hop_by_hop(cx.shared(), &headers);
    let ack = match cx.message.code() {
        Some(..300) => {
            renumbered(compose::ack_in_call(&sent, &cx.message, &extra).into(), t.id, branch, ACK_NUMBER)
        }
        _ => Bytes::from(compose::ack(&sent, &cx.message, &extra)),
    };
    let _ = cx.worker.network.send(b.socket, b.destination, ack);
}

/// Runs the branch's and the transaction's reply routes; `false` when one dropped a provisional reply.
async fn run_reply_routes(cx: &mut Context, t: &Arc<Transaction>, branch: usize, code: u16) -> bool {
    let of_branch = t.core.lock().branches[branch].on_reply;
    let of_transaction = t.script.lock().arming.reply;
    if of_branch.is_none() && of_transaction.is_none() {
        return true;
    }
    // a route may take its time; without one the timer is armed when the reply is dealt with
    perform::arm(&cx.worker, t);
    if cx.worker.shared.transactions().settings.reply_avps {
        cx.share_avps();
    }
    let worker = cx.worker.clone();
    cx.flags = t.script.lock().flags;
    cx.target.flags = t.core.lock().branches[branch].target.flags;
    let mut goes_on = true;
    for RouteRef(index) in [of_branch, of_transaction].into_iter().flatten() {
        // after a fault the reply goes on as it is: who sent it does not send it again
        let ending = fault::survived(&worker, pin!(cx.run_route(RouteKind::Reply, index))).await;
        if ending.unwrap_or(Ending::NONE).has(Ending::DROP) && code < 200 {
            goes_on = false;
            break;
        }
    }
    if goes_on {
        t.core.lock().branches[branch].target.flags = cx.target.flags;
        t.script.lock().flags = cx.flags;
    }
    goes_on
}
