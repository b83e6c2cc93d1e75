//! Requests that were taken for sending and could not be sent after all: a connection could not be opened, or
//! broke before they left.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_sip::Message;
use sipc_transaction::Actions;

use super::{Transaction, perform};
use crate::worker::Worker;

/// The branch of a request that did not leave has failed, as by a 503 (RFC 3261 16.9). Replies, ACKs and CANCELs
/// that did not leave are like lost datagrams.
pub fn unsent(worker: &Rc<Worker>, bytes: Bytes) {
    let Ok(message) = Message::parse(bytes) else { return };
    let Some((t, branch)) = find(worker, &message) else { return };
    let mut actions = Actions::new();
    t.core.lock().machine.branch_failed(branch, 503, worker.now(), &mut actions);
    perform::begin(worker, &t, actions);
}

/// The branch that the request was made for.
fn find(worker: &Worker, request: &Message) -> Option<(Arc<Transaction>, usize)> {
    let via = request.via()?.ok()?;
    let (t, branch) = worker.shared.transactions().by_branch(via.branch()?)?;
    let known = t.core.lock().branches.get(branch).is_some_and(|b| !b.sent.is_empty());
    let same = t.request.request_line()?.method_name == request.request_line()?.method_name;
    (known && same).then_some((t, branch))
}
