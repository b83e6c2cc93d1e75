//! Doing what the state machine says, and arming its next timer.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_sip::{Message, compose};
use sipc_transaction::{Action, Actions, CancelCause, Phase};

use super::{StoredReply, Transaction, failure, reply};
use crate::hooks::{TransactionEvent, TransactionHook};
use crate::send;
use crate::worker::Worker;

/// The reply at hand while actions are performed: its branch, and what goes upstream if it is relayed.
pub type Upstream = Option<(usize, StoredReplyHandle)>;

/// A reply with its edits; opaque outside.
#[derive(Clone)]
pub struct StoredReplyHandle(pub(crate) StoredReply);

/// Performs actions, those that follow from them, and arms the timer.
pub async fn perform(worker: &Rc<Worker>, t: &Arc<Transaction>, mut queue: Actions, current: Upstream) {
    let mut next = 0;
    while let Some(action) = queue.get(next).copied() {
        next += 1;
        match action {
            Action::Fail(b, code) => {
                // it may take its time, and other things are due meanwhile
                arm(worker, t);
                // a failure route may do anything: what it awaits is large, and stays out of the future of every reply
                queue.extend(Box::pin(failure::handle(worker, t, b, code)).await);
            }
            other => queue.extend(one(worker, t, other, &current)),
        }
    }
    arm(worker, t);
}

/// Performs what follows from a reply made here: no branch can fail by that, so nothing waits.
pub fn perform_plain(worker: &Rc<Worker>, t: &Arc<Transaction>, mut queue: Actions) {
    let mut next = 0;
    while let Some(action) = queue.get(next).copied() {
        next += 1;
        queue.extend(one(worker, t, action, &None));
    }
    arm(worker, t);
}

fn one(worker: &Rc<Worker>, t: &Arc<Transaction>, action: Action, current: &Upstream) -> Actions {
    match action {
        Action::SendRequest(b) => resend(worker, t, b, false),
        Action::SendCancel(b) => resend(worker, t, b, true),
        Action::Cancel(b, cause) => cancel_branch(worker, t, b, cause),
        Action::SendReply => {
            worker.shared.transactions().statistics.resent_replies.increment();
            reply::resend(worker, t);
        }
        Action::Store(b) => store(t, b, current),
        Action::Relay(b, code) => return reply::relay(worker, t, b, code, current),
        Action::Fail(..) => debug_assert!(false, "failures are handled where waiting is possible"),
        Action::End => end(worker, t),
    }
    Actions::new()
}

fn store(t: &Transaction, branch: usize, current: &Upstream) {
    let kept = match current {
        Some((b, reply)) if *b == branch => Some(reply.0.clone()),
        _ => None,
    };
    if let Some(data) = t.core.lock().branches.get_mut(branch) {
        data.reply = kept;
    }
}

fn resend(worker: &Worker, t: &Transaction, branch: usize, cancel: bool) {
    let core = t.core.lock();
    let counters = &worker.shared.transactions().statistics.resent_requests;
    let step = core.machine.branches().get(branch).map_or(0, |b| usize::from(b.resent(cancel)));
    if let Some(counter) = step.checked_sub(1).and_then(|n| counters.get(n)) {
        counter.increment();
    }
    let Some(b) = core.branches.get(branch) else { return };
    let bytes = if cancel { b.cancel.clone() } else { Some(b.sent.clone()) };
    if let Some(bytes) = bytes.filter(|b| !b.is_empty()) {
        // a failed retransmission is like a lost datagram: the next one follows
        let _ = worker.network.send(b.socket, b.destination, bytes);
    }
}

/// Builds, keeps and sends the CANCEL of a branch (RFC 3261 9.1).
fn cancel_branch(worker: &Worker, t: &Transaction, branch: usize, cause: CancelCause) {
    let mut headers = cancel_reason(t, cause).to_vec();
    headers.extend_from_slice(&t.script.lock().extra_headers);
    let mut core = t.core.lock();
    let Some(b) = core.branches.get_mut(branch) else { return };
    let Ok(sent) = Message::parse(b.sent.clone()) else { return };
    let bytes = Bytes::from(compose::cancel(&sent, &send::hop_by_hop(&worker.shared, &headers)));
    b.cancel = Some(bytes.clone());
    let _ = worker.network.send(b.socket, b.destination, bytes);
}

/// The Reason header (RFC 3326) of a CANCEL.
fn cancel_reason(t: &Transaction, cause: CancelCause) -> Bytes {
    match cause {
        CancelCause::Caller => t
            .script
            .lock()
            .cancel_reason
            .clone()
            .unwrap_or(Bytes::from_static(b"Reason: SIP;cause=487;text=\"ORIGINATOR_CANCEL\"\r\n")),
        CancelCause::Answered => {
            Bytes::from_static(b"Reason: SIP ;cause=200 ;text=\"Call completed elsewhere\"\r\n")
        }
        CancelCause::NoAnswer => Bytes::from_static(b"Reason: SIP;cause=480;text=\"NO_ANSWER\"\r\n"),
        CancelCause::Other => Bytes::new(),
    }
}

fn end(worker: &Rc<Worker>, t: &Arc<Transaction>) {
    event(worker, t, TransactionEvent::Deleted, 0, None, None);
    worker.shared.transactions().remove(t);
}

/// Timers are set for so many milliseconds at most, and then anew. None is taken back, and one for the end of a long wait
/// would keep a transaction, with all its messages, long after it has ended.
const ARMED_MAX: u64 = 16_000;

/// Arms the timer for the transaction's next deadline, unless an earlier one is armed.
pub(crate) fn arm(worker: &Rc<Worker>, t: &Arc<Transaction>) {
    let mut core = t.core.lock();
    let Some(deadline) = core.machine.deadline() else { return };
    let at = deadline.min(worker.now() + ARMED_MAX);
    if core.armed_at.is_some_and(|armed| armed <= at) {
        return;
    }
    core.armed_at = Some(at);
    drop(core);
    worker.arm(at, t.clone());
}

/// The time of a transaction's timer has come.
pub(crate) fn fire(worker: &Rc<Worker>, t: &Arc<Transaction>) {
    let now = worker.now();
    let mut actions = Actions::new();
    {
        let mut core = t.core.lock();
        if core.armed_at.is_some_and(|at| at > now) {
            return; // another worker armed a later one meanwhile
        }
        core.armed_at = None;
        let counters = &worker.shared.transactions().statistics;
        core.machine.expiring(now).for_each(|which| counters.count_timeout(which));
        core.machine.timeout(now, &mut actions);
    }
    if actions.is_empty() {
        return arm(worker, t);
    }
    // mostly it is forgotten, or something is sent again, and nothing waits
    if !actions.iter().any(|a| matches!(a, Action::Fail(..))) {
        return perform_plain(worker, t, actions);
    }
    begin(worker, t, actions);
}

/// Performs actions that may have to wait for a failure route.
pub(super) fn begin(worker: &Rc<Worker>, t: &Arc<Transaction>, actions: Actions) {
    let (w, transaction) = (worker.clone(), t.clone());
    let work = async move { perform(&w, &transaction, actions, None).await };
    worker.start_then(Box::pin(work), t, |worker, t| recover(worker, &t));
}

/// A fault ended what was being done for a transaction: what nobody waits for any more fails, so that it ends.
pub(crate) fn recover(worker: &Rc<Worker>, t: &Arc<Transaction>) {
    let mut actions = Actions::new();
    let ended = {
        let mut core = t.core.lock();
        // what ends in a fault again and again must not go on for ever
        match std::mem::replace(&mut core.recovered, true) {
            false => core.machine.recover(worker.now(), &mut actions),
            true => core.machine.abandon(worker.now()),
        }
        core.machine.phase() == Phase::Ended
    };
    if ended {
        return worker.shared.transactions().remove(t);
    }
    match actions.is_empty() {
        true => arm(worker, t),
        false => begin(worker, t, actions),
    }
}

/// Cancels branches that are still open, as a script wants.
pub fn cancel_branches(
    worker: &Rc<Worker>,
    t: &Arc<Transaction>,
    cause: CancelCause,
    wanted: impl Fn(usize) -> bool,
) {
    let mut actions = Actions::new();
    t.core.lock().machine.cancel_some(worker.now(), cause, wanted, &mut actions);
    perform_plain(worker, t, actions);
}

/// Cancels a transaction that was made here.
pub fn cancel(worker: &Rc<Worker>, t: &Arc<Transaction>) {
    cancel_branches(worker, t, CancelCause::Other, |_| true);
}

/// Tells modules what happened. No lock is held.
pub fn event(
    worker: &Rc<Worker>,
    transaction: &Arc<Transaction>,
    event: TransactionEvent,
    code: u16,
    reply: Option<&Message>,
    branch: Option<usize>,
) {
    tell(&TransactionHook { worker, transaction, event, code, reply, branch, sent: None });
}

/// The same, with all there is to tell.
pub(super) fn tell(told: &TransactionHook<'_>) {
    for hook in &told.worker.shared.hooks.transaction {
        hook(told);
    }
}
