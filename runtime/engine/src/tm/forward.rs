//! `t_relay`: new branches for a request (RFC 3261 16.6).

use std::rc::Rc;
use std::sync::Arc;

use sipc_interface::RouteKind;
use sipc_sip::Method;
use sipc_transaction::CancelCause;
use smallvec::{SmallVec, smallvec};

use super::create::{self, Created, create};
use super::table::branch_text;
use super::{BranchData, Found, Transaction, perform, reply};
use crate::context::Target;
use crate::flow::Ending;
use crate::hooks::{TransactionEvent, TransactionHook};
use crate::script::RouteRef;
use crate::send::{self, Hop, Keeps, SendError};
use crate::worker::Worker;
use crate::{Context, Text};

/// The flags of `t_relay`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RelayFlags {
    /// `no-auto-477`: on failure do not reply, let the script do it.
    pub no_error_reply: bool,
    /// `no-dns-failover`.
    pub no_failover: bool,
    /// `pass-reason-hdr`: a CANCEL's Reason header is passed on.
    pub pass_reason: bool,
    /// `allow-no-cancel`: honour Request-Disposition: no-cancel.
    pub allow_no_cancel: bool,
}

impl RelayFlags {
    /// Reads a comma-separated list; `None` when a word is unknown.
    pub fn parse(text: &[u8]) -> Option<RelayFlags> {
        let mut flags = RelayFlags::default();
        for word in text.split(|c| *c == b',').map(|w| w.trim_ascii()).filter(|w| !w.is_empty()) {
            match word {
                b"no-auto-477" => flags.no_error_reply = true,
                b"no-dns-failover" => flags.no_failover = true,
                b"pass-reason-hdr" => flags.pass_reason = true,
                b"allow-no-cancel" => flags.allow_no_cancel = true,
                _ => return None,
            }
        }
        Some(flags)
    }
}

/// `t_relay()`: forwards statefully to `$du` or `$ru` and to the additional branches.
pub async fn relay(cx: &mut Context, flags: RelayFlags) -> i32 {
    relay_to(cx, flags, None).await
}

/// `t_relay(flags, next_hop)`.
pub async fn relay_to(cx: &mut Context, flags: RelayFlags, next_hop: Option<Text>) -> i32 {
    if let Some(t) = cx.transaction.clone() {
        return relay_existing(cx, &t, flags, next_hop).await;
    }
    match create(cx) {
        Created::New(t) => relay_new(cx, &t, flags, next_hop).await,
        // what was dealt with before ends the script
        Created::Retransmission => 0,
        Created::Ack(Found::Own(t)) => {
            absorb_ack(&cx.worker, &t);
            0
        }
        Created::Ack(found) => {
            if let Found::EndToEndAck(t) = found {
                perform::event(&cx.worker, &t, TransactionEvent::Ack, 0, Some(&cx.message), None);
            }
            send::forward_stateless(cx, next_hop).await.map_or_else(SendError::relay_result, |()| 1)
        }
        Created::Impossible(e) => e.relay_result(),
    }
}

/// The ACK of a final reply that this transaction sent.
pub fn absorb_ack(worker: &Rc<Worker>, t: &Arc<Transaction>) {
    t.core.lock().machine.ack(worker.now());
    perform::arm(worker, t);
}

async fn relay_new(cx: &mut Context, t: &Arc<Transaction>, flags: RelayFlags, next_hop: Option<Text>) -> i32 {
    match forward(cx, t, flags, next_hop, false).await {
        Ok(()) => 1,
        Err(e) if flags.no_error_reply => e.relay_result(),
        Err(e) => {
            let (code, reason) = e.reply();
            reply::reply(cx, code, reason.as_bytes());
            1
        }
    }
}

async fn relay_existing(
    cx: &mut Context,
    t: &Arc<Transaction>,
    flags: RelayFlags,
    next_hop: Option<Text>,
) -> i32 {
    if cx.message.method() == Some(Method::Ack) {
        absorb_ack(&cx.worker, t);
        return 1;
    }
    if cx.route_kind == RouteKind::Request {
        create::snapshot(cx, t);
    }
    forward(cx, t, flags, next_hop, true).await.map_or_else(SendError::relay_result, |()| 1)
}

/// Adds branches for the R-URI and the additional branches, and sends them.
async fn forward(
    cx: &mut Context,
    t: &Arc<Transaction>,
    flags: RelayFlags,
    next_hop: Option<Text>,
    new_round: bool,
) -> Result<(), SendError> {
    if flags.pass_reason {
        t.script.lock().passes_reason = true;
    }
    // rare, and what it awaits is large: it stays out of the future of every other request
    if cx.message.method() == Some(Method::Cancel) && Box::pin(cancel_invite(cx, t)).await {
        return Ok(());
    }
    let disposition = flags.allow_no_cancel && wants_no_cancel(cx);
    if disposition {
        t.core.lock().machine.keep_branches();
    }
    if !accepts(cx, t) {
        return Err(SendError::NoDestination);
    }
    if new_round {
        t.core.lock().machine.start_round();
    }
    let targets = take_targets(cx);
    let mut error = SendError::Bug;
    let mut prepared = SmallVec::<[(usize, Box<BranchData>); 2]>::new();
    for target in targets {
        match prepare(cx, t, target, next_hop.as_ref(), prepared.len(), flags).await {
            Ok(branch) => prepared.push(branch),
            Err(e) => error = e,
        }
    }
    // a branch route armed by a branch route counts for later branches
    if let Some(route) = cx.arming.branch.take() {
        t.script.lock().arming.branch = Some(route);
    }
    t.script.lock().flags = cx.flags;
    if prepared.is_empty() {
        return Err(error);
    }
    // finding the destinations may have taken a while: the caller may be gone
    if !accepts(cx, t) {
        return Err(SendError::NoDestination);
    }
    let mut sent = 0;
    for (index, mut branch) in prepared {
        let number = t.core.lock().branches.len();
        branch.renumber(t.id, index, number);
        perform::tell(&TransactionHook {
            worker: &cx.worker,
            transaction: t,
            event: TransactionEvent::RequestOut,
            code: 0,
            reply: None,
            branch: Some(number),
            sent: Some(&branch.sent),
        });
        sent += usize::from(send_branch(&cx.worker, t, number, branch));
    }
    perform::arm(&cx.worker, t);
    match sent {
        0 if !accepts(cx, t) => Err(SendError::NoDestination),
        0 => Err(SendError::Send),
        _ => Ok(()),
    }
}

/// Whether the transaction takes new branches; a call cancelled before its first one ends with 487.
fn accepts(cx: &mut Context, t: &Arc<Transaction>) -> bool {
    let (accepts, cancelled, untouched) = {
        let core = t.core.lock();
        (core.machine.accepts_branches(), core.machine.is_cancelled(), core.machine.branches().is_empty())
    };
    if cancelled && untouched {
        reply::reply(cx, 487, b"Request Terminated");
    }
    accepts
}

/// The R-URI branch and the additional ones, which are consumed.
fn take_targets(cx: &mut Context) -> SmallVec<[Target; 1]> {
    let mut targets = smallvec![cx.target.clone()];
    targets.extend(cx.branches.drain(..));
    targets
}

/// Runs the branch route, finds the destination and builds the request of one branch.
async fn prepare(
    cx: &mut Context,
    t: &Arc<Transaction>,
    target: Target,
    next_hop: Option<&Text>,
    ahead: usize,
    flags: RelayFlags,
) -> Result<(usize, Box<BranchData>), SendError> {
    let index = t.core.lock().branches.len() + ahead;
    let route = t.script.lock().arming.branch;
    let outer = std::mem::replace(&mut cx.target, target);
    // mostly nobody changes the request of a branch, and what is to be put back stays where it is
    let changes = route.is_some() || !cx.shared().hooks.branch.is_empty();
    let kept = changes.then(|| (cx.edits.clone(), cx.late.clone(), cx.branch_index));
    let armed = cx.arming.reply.take();
    let dropped = match route {
        Some(route) => Box::pin(run_branch_route(cx, route, index)).await,
        None => false,
    };
    if !dropped {
        for n in 0..cx.shared().hooks.branch.len() {
            let hook = cx.shared().hooks.branch[n];
            hook(cx, t, index);
        }
    }
    let on_reply = std::mem::replace(&mut cx.arming.reply, armed);
    let built = if dropped { Err(SendError::Unspecified) } else { ways(cx, t, next_hop, index, flags).await };
    let target = std::mem::replace(&mut cx.target, outer);
    if let Some(kept) = kept {
        (cx.edits, cx.late, cx.branch_index) = kept;
    }
    built.map(|(hop, alternatives)| {
        (index, Box::new(BranchData { on_reply, ..BranchData::new(target, hop, alternatives) }))
    })
}

/// Runs the armed branch route on the request of one branch; `true` when it dropped the branch.
async fn run_branch_route(cx: &mut Context, RouteRef(route): RouteRef, index: usize) -> bool {
    cx.branch_index = Some(index);
    cx.run_route(RouteKind::Branch, route).await.has(Ending::DROP)
}

/// Where the request of a branch goes first, and the other ways.
async fn ways(
    cx: &mut Context,
    t: &Arc<Transaction>,
    next_hop: Option<&Text>,
    index: usize,
    flags: RelayFlags,
) -> Result<(Hop, Vec<Hop>), SendError> {
    let hop = next_hop.cloned().unwrap_or_else(|| cx.target.next_hop());
    let found = send::destinations(&cx.worker, &hop, next_hop.is_some()).await?;
    let fails_over = cx.shared().globals.dns_failover && !flags.no_failover;
    let large = || fails_over && send::leaves_transport_open(&hop, next_hop.is_some());
    let mut hops = send::hops(cx, found, &branch_text(t.id, index), Keeps::Long, large)?;
    let others = hops.drain(1..).filter(|_| !flags.no_failover).collect();
    hops.pop().map(|first| (first, others)).ok_or(SendError::Bug)
}

/// Adds the branches of the context to a transaction that may be ringing elsewhere (`t_inject_branches`): the request URI
/// and the additional branches of a request, of a reply the additional branches. They get the request as it was when it
/// was relayed.
///
/// `cancel`: the branches there are are cancelled; `last`: no others are waited for. -2 when a final reply went
/// upstream, -3 when nothing could be sent, -1 when there is no branch.
pub async fn inject(cx: &mut Context, t: &Arc<Transaction>, cancel: bool, last: bool) -> i32 {
    let worker = cx.worker.clone();
    let before = {
        let core = t.core.lock();
        if core.machine.status() >= 200 {
            return -2;
        }
        core.branches.len()
    };
    let mut targets = std::mem::take(&mut cx.branches).into_iter();
    let first = if cx.is_request() { Some(cx.target.clone()) } else { targets.next() };
    let Some(first) = first else { return -1 };
    let mut request = super::failure::context_of(&worker, t);
    (request.target, request.branches) = (first, targets.collect());
    if last {
        t.core.lock().machine.expect_no_more(1);
    }
    let result = forward(&mut request, t, RelayFlags::default(), None, false).await;
    if cancel {
        perform::cancel_branches(&worker, t, CancelCause::Answered, |b| b < before);
    }
    if result.is_ok() { 1 } else { -3 }
}

/// Makes an INVITE transaction wait for branches that are injected later, for at most `most` of them.
pub fn wait_for_branches(worker: &Rc<Worker>, t: &Arc<Transaction>, most: Option<usize>) -> bool {
    {
        let mut core = t.core.lock();
        if !core.machine.accepts_branches() {
            return false;
        }
        core.branches.push(Box::new(BranchData::phony()));
        core.machine.branch_expected(most, worker.now());
    }
    perform::arm(worker, t);
    true
}

/// A branch for what another program was told of and is to reply to within `fr_timeout`.
pub fn wait_for_reply(worker: &Rc<Worker>, t: &Arc<Transaction>) -> bool {
    {
        let mut core = t.core.lock();
        if !core.machine.accepts_branches() {
            return false;
        }
        core.branches.push(Box::new(BranchData::phony()));
        core.machine.branch_elsewhere(worker.now());
        core.forwarded_while_deciding = true;
    }
    perform::arm(worker, t);
    true
}

/// Sends the request of a branch, to the first server that takes it, and adds it to the transaction; `false`
/// when it cannot be sent. `number` is what its request says.
pub(super) fn send_branch(
    worker: &Rc<Worker>,
    t: &Arc<Transaction>,
    number: usize,
    mut branch: Box<BranchData>,
) -> bool {
    let mut core = t.core.lock();
    // other workers may have answered or cancelled it, or added branches, since it was looked at
    if !core.machine.accepts_branches() {
        return false;
    }
    branch.renumber(t.id, number, core.branches.len());
    let send = |b: &BranchData| worker.network.send(b.socket, b.destination, b.sent.clone()).is_ok();
    let mut sent = send(&branch);
    while !sent && !branch.alternatives.is_empty() {
        let next = branch.alternatives.remove(0);
        (branch.socket, branch.destination, branch.sent) = (next.socket, next.to, next.sent);
        sent = send(&branch);
    }
    let reliable = branch.destination.transport.is_reliable();
    let minor = branch.target.flags & worker.shared.transactions().settings.minor_flag != 0;
    core.branches.push(branch);
    if !sent {
        core.machine.branch_unsent(477, worker.now());
        return false;
    }
    let number = core.machine.branch_sent(worker.now(), reliable);
    core.forwarded_while_deciding = true;
    if minor {
        core.machine.set_minor(number);
    }
    true
}

/// Whether the caller asks that no branch be cancelled when another answers (RFC 3841 9.1).
fn wants_no_cancel(cx: &Context) -> bool {
    let asks = |h: sipc_sip::Header<'_>| {
        h.value().split(|c| *c == b',').any(|w| w.trim_ascii().eq_ignore_ascii_case(b"no-cancel"))
    };
    cx.message.find_all_names(b"Request-Disposition").any(asks)
}

/// A CANCEL: answers it and cancels the INVITE it is about; `false` when there is none.
async fn cancel_invite(cx: &mut Context, t: &Arc<Transaction>) -> bool {
    let worker = cx.worker.clone();
    let Some(invite) = worker.shared.transactions().find_cancelled(&cx.message) else { return false };
    if Arc::ptr_eq(&invite, t) {
        return false;
    }
    reply::reply(cx, 200, b"canceling");
    perform::event(&worker, &invite, TransactionEvent::Cancelled, 0, Some(&cx.message), None);
    {
        let mut s = invite.script.lock();
        let passes = s.passes_reason || t.script.lock().passes_reason;
        if passes
            && s.cancel_reason.is_none()
            && let Some(reason) = cx.message.find_name(b"Reason")
        {
            s.cancel_reason = Some(cx.message.share(reason.whole()));
        }
    }
    let mut actions = sipc_transaction::Actions::new();
    invite.core.lock().machine.cancel(worker.now(), &mut actions);
    perform::perform(&worker, &invite, actions, None).await;
    true
}

/// After a timeout without any reply, a 503, or a request that could not be sent: the next server of the same name (RFC 3263 4.3).
pub(super) fn try_alternative(worker: &Rc<Worker>, t: &Arc<Transaction>, picked: usize, code: u16) -> bool {
    if !worker.shared.globals.dns_failover {
        return false;
    }
    let mut core = t.core.lock();
    let silent = code == 408 && core.machine.branches().get(picked).is_some_and(|b| !b.replied);
    let overloaded = code == 503 && core.branches.get(picked).is_some_and(|b| b.reply.is_some());
    let unsent = code == 503 && core.machine.branches().get(picked).is_some_and(|b| !b.replied);
    if !(silent || overloaded || unsent) || !core.machine.accepts_branches() {
        return false;
    }
    let Some(branch) = core.branches.get(picked).map(|b| BranchData::clone(b)) else { return false };
    worker.shared.blacklists.note_failure(&branch.destination, worker.shared.unix_now());
    let index = core.branches.len();
    if branch.alternatives.is_empty() {
        return false;
    }
    let (target, on_reply, mut hops) = (branch.target, branch.on_reply, branch.alternatives);
    let next = hops.remove(0);
    let mut branch = BranchData { on_reply, ..BranchData::new(target, next, hops) };
    branch.renumber(t.id, picked, index);
    core.machine.start_round();
    drop(core);
    send_branch(worker, t, index, Box::new(branch))
}
