//! A transaction for a received request (RFC 3261 17.2).

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::Mutex;
use sipc_sip::Method;
use sipc_transaction as machine;
use smallvec::SmallVec;

use super::table::Refused;
use super::{Core, Found, ScriptState, Transaction, perform, reply};
use crate::hooks::TransactionEvent;
use crate::send::SendError;
use crate::{Context, send};

/// What became of a request that was to get a transaction.
pub enum Created {
    /// A new transaction; the context belongs to it now.
    New(Arc<Transaction>),
    /// It has one: a retransmission, which was answered if there is an answer.
    Retransmission,
    /// ACKs make no transaction.
    Ack(Found),
    /// It cannot have one: Call-ID or CSeq is missing, or the request URI is broken.
    Impossible(SendError),
}

/// Makes the transaction of the context's request, unless it has one.
pub fn create(cx: &mut Context) -> Created {
    let worker = cx.worker.clone();
    let table = worker.shared.transactions();
    if cx.message.method() == Some(Method::Ack) {
        return Created::Ack(own_answer(table.find(&cx.message)));
    }
    if sipc_sip::Uri::parse(&cx.target.uri).is_err() {
        return Created::Impossible(SendError::BadUri);
    }
    let Some(key) = table.key(&cx.message) else { return Created::Impossible(SendError::BadRequest) };
    let transaction = Arc::new(new_transaction(cx, table.new_id(key, || worker.random())));
    match table.insert(key, transaction.clone()) {
        Ok(()) => {}
        Err(Refused::Known(own)) => {
            retransmitted(cx, &own);
            return Created::Retransmission;
        }
        Err(Refused::TooMany) => return Created::Impossible(SendError::Overloaded),
    }
    table.statistics.uas.increment();
    cx.transaction = Some(transaction.clone());
    adopt(cx, &transaction);
    perform::event(&worker, &transaction, TransactionEvent::Created, 0, None, None);
    for hook in &worker.shared.hooks.created {
        hook(cx, &transaction);
    }
    let unanswered = transaction.status() == 0;
    if table.settings.auto_100 && unanswered && cx.message.method() == Some(Method::Invite) {
        reply::send_trying(cx, &transaction);
    }
    Created::New(transaction)
}

/// The ACK of a 2xx that the script sent ends here: there is nobody behind this proxy that waits for it.
fn own_answer(found: Found) -> Found {
    match found {
        Found::EndToEndAck(t) if t.core.lock().replied_here => Found::Own(t),
        other => other,
    }
}

/// A transaction that the script made but neither answered nor forwarded absorbs retransmissions for a while and is
/// forgotten. Whoever ran a route for requests says when that is over.
pub fn finish(cx: &Context) {
    if let Some(t) = &cx.transaction {
        t.core.lock().machine.release(cx.worker.now());
        perform::arm(&cx.worker, t);
    }
}

/// The state of the script moves into the transaction.
pub(super) fn adopt(cx: &mut Context, t: &Arc<Transaction>) {
    {
        let mut s = t.script.lock();
        s.extensions.absorb(std::mem::take(&mut cx.extensions));
        s.arming = std::mem::take(&mut cx.arming);
        s.extra_headers = std::mem::take(&mut cx.extra_headers);
    }
    if let Some(timers) = cx.timers.take() {
        t.set_settings(timers);
    }
    cx.share_avps();
    snapshot(cx, t);
}

/// What a failure route will start from is what the request is now.
pub(crate) fn snapshot(cx: &Context, t: &Transaction) {
    let mut s = t.script.lock();
    s.flags = cx.flags;
    s.edits = cx.edits.clone();
    s.late = cx.late.clone();
    s.target = cx.target.clone();
    s.via = cx.via;
    s.advertised = (cx.advertised_host.clone(), cx.advertised_port);
}

fn new_transaction(cx: &Context, id: u64) -> Transaction {
    let settings = &cx.worker.shared.transactions().settings;
    let kind = match cx.message.method() {
        Some(Method::Invite) => machine::Kind::Invite,
        _ => machine::Kind::Other,
    };
    let transport = cx.shared().socket(cx.received.socket).transport;
    Transaction {
        id,
        request: cx.message.clone(),
        received: cx.received,
        own_ack: false,
        kind,
        local: false,
        to_tag: OnceLock::new(),
        script: Mutex::new(ScriptState::default()),
        core: Mutex::new(Core {
            machine: machine::Transaction::server(kind, transport.is_reliable(), settings.timers),
            branches: SmallVec::new(),
            last_reply: None,
            upstream: send::reply_destination(&cx.message, &cx.received, cx.shared(), cx.via)
                .map(|d| (cx.received.socket, d)),
            relayed_branch: None,
            armed_at: None,
            replied_here: false,
            forwarded_while_deciding: false,
            recovered: false,
        }),
        on_complete: Mutex::new(None),
    }
}

/// Answers a retransmission with the last reply.
pub fn retransmitted(cx: &Context, t: &Arc<Transaction>) {
    let core = t.core.lock();
    let mut out = machine::Actions::new();
    core.machine.request_again(&mut out);
    if out.is_empty() {
        return;
    }
    if let (Some(bytes), Some((socket, to))) = (&core.last_reply, core.upstream) {
        let bytes: Bytes = bytes.clone();
        // a full queue is like a lost datagram: the peer asks again
        let _ = cx.worker.network.send(socket, to, bytes);
    }
}
