//! All branches failed: DNS failover, failure handlers of modules, the failure route.

use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use sipc_interface::RouteKind;
use sipc_transaction::Actions;

use super::{Transaction, forward, perform};
use crate::Context;
use crate::fault;
use crate::hooks::TransactionEvent;
use crate::script::RouteRef;
use crate::worker::Worker;

/// Handles the failure of all branches, `picked` being the best; gives what follows.
pub(super) async fn handle(worker: &Rc<Worker>, t: &Arc<Transaction>, picked: usize, code: u16) -> Actions {
    let mut forwarded = forward::try_alternative(worker, t, picked, code);
    if !forwarded && !t.is_local() {
        let reply = t.reply_of_branch(picked);
        perform::event(worker, t, TransactionEvent::Failure, code, reply.as_ref(), Some(picked));
        forwarded = run_failure_route(worker, t, picked, code).await;
    }
    let mut actions = Actions::new();
    t.core.lock().machine.decided(forwarded, worker.now(), &mut actions);
    actions
}

/// Runs the armed failure route, which is disarmed by that; says whether it sent new branches.
async fn run_failure_route(worker: &Rc<Worker>, t: &Arc<Transaction>, picked: usize, code: u16) -> bool {
    let Some(RouteRef(index)) = t.script.lock().arming.failure.take() else { return false };
    t.core.lock().forwarded_while_deciding = false;
    let mut cx = context_of(worker, t);
    cx.reply_code = code;
    cx.reply = t.reply_of_branch(picked);
    cx.branch_index = Some(picked);
    // after a fault the failure goes on as if the route had ended there: somebody waits for a reply
    fault::survived(worker, pin!(cx.run_route(RouteKind::Failure, index))).await;
    t.script.lock().flags = cx.flags;
    t.core.lock().forwarded_while_deciding
}

/// A context for the request of a transaction as it was when it was forwarded.
pub(crate) fn context_of(worker: &Rc<Worker>, t: &Arc<Transaction>) -> Context {
    let mut cx = Context::new(worker.clone(), t.request.clone(), t.received, RouteKind::Failure);
    {
        let s = t.script.lock();
        cx.edits = s.edits.clone();
        cx.late = s.late.clone();
        cx.target = s.target.clone();
        cx.via = s.via;
        cx.flags = s.flags;
        (cx.advertised_host, cx.advertised_port) = s.advertised.clone();
    }
    cx.transaction = Some(t.clone());
    cx.share_avps();
    cx
}
