//! Routes that are shown what leaves: `local_request_route` and `local_reply_route`.
//!
//! They see the message as it goes out and nothing else: no transaction, and what they change is lost. The message does
//! not wait for one that waits.

use std::rc::Rc;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::Message;

use super::Watcher;
use crate::Context;
use crate::network::{Received, SocketId};
use crate::worker::Worker;

/// Shows a request that was made here. `depth` counts what led to it, so that a route that makes requests itself ends.
pub(super) fn request(worker: &Rc<Worker>, socket: SocketId, sent: &Bytes, depth: u32) {
    if let Some(watcher) = &worker.shared.transactions().settings.request_watcher {
        show(worker, watcher, RouteKind::Local, socket, sent, depth);
    }
}

/// Shows a reply that was made here.
pub(super) fn reply(worker: &Rc<Worker>, socket: SocketId, sent: &Bytes) {
    if let Some(watcher) = &worker.shared.transactions().settings.reply_watcher {
        show(worker, watcher, RouteKind::Reply, socket, sent, 0);
    }
}

fn show(worker: &Rc<Worker>, watcher: &Watcher, kind: RouteKind, socket: SocketId, sent: &Bytes, depth: u32) {
    let among = watcher.kind;
    let found = worker.program.routes(among).iter().position(|r| r.name == watcher.name);
    let Some(index) = found.and_then(|n| u16::try_from(n).ok()) else { return };
    let Ok(message) = Message::parse(sent.clone()) else { return };
    let received = Received::new(socket, worker.shared.socket(socket).address);
    let mut cx = Context::new(worker.clone(), message, received, kind);
    cx.event_depth = depth;
    worker.start(Box::pin(async move { cx.run_route_as(kind, among, index).await }));
}
