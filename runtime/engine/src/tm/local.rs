//! Requests made here: module functions and MI commands send them through transactions of their own.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use sipc_interface::RouteKind;
use sipc_sip::{Message, compose};
use sipc_transaction::{self as machine, Actions};

use super::table::branch_text;
use super::{BranchData, Core, RelayFlags, ScriptState, Transaction, perform};
use crate::Context;
use crate::context::Target;
use crate::network::{Received, SocketId};
use crate::send::{self, SendError};
use crate::worker::Worker;

/// Called once with the final code and reply; no reply when it timed out.
pub type OnComplete = Box<dyn FnOnce(&Rc<Worker>, u16, Option<&Message>) + Send>;

/// A request to make.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method.
    pub method: Bytes,
    /// Request URI.
    pub uri: Bytes,
    /// Where to send it, when not to the request URI.
    pub next_hop: Option<Bytes>,
    /// From, without tag.
    pub from: Bytes,
    /// To.
    pub to: Bytes,
    /// Call-ID; made when empty.
    pub call_id: Bytes,
    /// CSeq number.
    pub cseq: u32,
    /// Header lines with their line ends.
    pub headers: Bytes,
    /// Body.
    pub body: Bytes,
    /// The socket to send from.
    pub socket: Option<SocketId>,
    /// AVPs of the transaction, by name.
    pub avps: Vec<(Bytes, crate::Value)>,
}

/// Sends a request through a transaction of its own, after the local route.
pub async fn send(
    worker: &Rc<Worker>,
    request: Request,
    on_complete: Option<OnComplete>,
) -> Result<(), SendError> {
    let table = worker.shared.transactions();
    let hop = request.next_hop.clone().unwrap_or(request.uri.clone());
    let found = send::destinations(worker, &hop, false).await?;
    let socket = match request.socket {
        Some(s) => s,
        None => {
            worker.shared.socket_for(found[0].transport, found[0].address.ip()).ok_or(SendError::NoSocket)?
        }
    };
    let message = build(worker, &request)?;
    let source = worker.shared.socket(socket).address;
    let received = Received { socket, source, connection: None };
    let mut cx = Context::new(worker.clone(), message, received, RouteKind::Local);
    cx.target.dst_uri = request.next_hop.clone();
    cx.target.socket = request.socket;
    cx.branches_locked = true;
    for (name, value) in request.avps {
        if let Some(name) = worker.shared.avp_names.intern(&name) {
            cx.avps(|avps| avps.push(name, value));
        }
    }
    let key = table.key(&cx.message).ok_or(SendError::BadRequest)?;
    let t = Arc::new(transaction(&cx, table.new_id(key, worker.random()), on_complete));
    if let Some(route) = worker.program.unnamed(RouteKind::Local) {
        cx.run_route(RouteKind::Local, route).await;
    }
    start(&mut cx, &t, key, RelayFlags::default()).await
}

async fn start(cx: &mut Context, t: &Arc<Transaction>, key: u64, flags: RelayFlags) -> Result<(), SendError> {
    let worker = cx.worker.clone();
    let table = worker.shared.transactions();
    let hop = cx.target.next_hop().clone();
    let mut found = send::destinations(&worker, &hop, false).await?;
    let destination = found.remove(0);
    let socket = send::socket_for(cx, &destination)?;
    let sent = build_first(cx, socket, destination.transport, branch_text(t.id, 0).as_bytes());
    if table.insert(key, t.clone()).is_err() {
        return Err(SendError::Bug);
    }
    table.statistics.uac.increment();
    worker.network.send(socket, destination, sent.clone())?;
    {
        let mut core = t.core.lock();
        core.machine.branch_sent(worker.now(), destination.transport.is_reliable());
        core.branches.push(BranchData {
            target: cx.target.clone(),
            sent,
            socket,
            destination,
            alternatives: if flags.no_failover { Vec::new() } else { found },
            reply: None,
            cancel: None,
            on_reply: None,
            replied_from: None,
        });
    }
    perform::arm(&worker, t);
    Ok(())
}

/// Sends a copy of the context's request to a URI and to its additional branches, each in a transaction of its own: what is
/// answered to a copy reaches nobody.
///
/// # Errors
///
/// What kept the last copy from being sent, when none could be.
pub async fn replicate(cx: &mut Context, uri: Bytes, flags: RelayFlags) -> Result<(), SendError> {
    let table = cx.worker.shared.clone();
    let table = table.transactions();
    let key = table.key(&cx.message).ok_or(SendError::BadRequest)?;
    let mut targets = vec![Target { dst_uri: Some(uri), ..cx.target.clone() }];
    targets.append(&mut cx.branches);
    let mut result = Err(SendError::NoDestination);
    for target in targets {
        let own = std::mem::replace(&mut cx.target, target);
        let t = Arc::new(transaction(cx, table.new_id(key, cx.worker.random()), None));
        let sent = start(cx, &t, key, flags).await;
        cx.target = own;
        result = result.or(sent);
    }
    result
}

/// A request made here has no Via yet: ours is the first.
fn build_first(cx: &Context, socket: SocketId, transport: sipc_sip::Transport, branch: &[u8]) -> Bytes {
    send::build_request(cx, socket, transport, branch)
}

fn build(worker: &Worker, r: &Request) -> Result<Message, SendError> {
    let tag = format!("{:016x}", worker.random());
    let from = [&r.from[..], b";tag=", tag.as_bytes()].concat();
    let call_id = if r.call_id.is_empty() {
        format!("{:016x}{:08x}@sipc", worker.random(), worker.number).into_bytes()
    } else {
        r.call_id.to_vec()
    };
    let agent = worker.shared.globals.user_agent_header.clone().unwrap_or_default();
    let mut headers = r.headers.to_vec();
    if !agent.is_empty() {
        headers.splice(0..0, [&agent[..], b"\r\n"].concat());
    }
    let text = compose::new_request(&compose::NewRequest {
        method: &r.method,
        uri: &r.uri,
        via_line: b"",
        to: &r.to,
        from: &from,
        cseq: r.cseq,
        call_id: &call_id,
        user_agent: b"",
        headers: &headers,
        body: &r.body,
    });
    Message::parse(text.into()).map_err(|_| SendError::BadRequest)
}

fn transaction(cx: &Context, id: u64, on_complete: Option<OnComplete>) -> Transaction {
    let kind = match cx.message.method() {
        Some(sipc_sip::Method::Invite) => machine::Kind::Invite,
        _ => machine::Kind::Other,
    };
    let settings = cx.shared().transactions().settings.timers;
    Transaction {
        id,
        request: cx.message.clone(),
        received: cx.received,
        to_tag: Bytes::new(),
        script: Mutex::new(ScriptState { target: cx.target.clone(), ..ScriptState::default() }),
        core: Mutex::new(Core {
            machine: machine::Transaction::local(kind, settings),
            branches: Vec::new(),
            last_reply: None,
            upstream: None,
            relayed_branch: None,
            armed_at: None,
            replied_here: false,
            forwarded_while_deciding: false,
        }),
        on_complete: Mutex::new(on_complete),
    }
}

/// A reply that would go upstream ends here: provisional ones are ignored, the final one is reported.
pub(super) fn completed(
    worker: &Rc<Worker>,
    t: &Arc<Transaction>,
    code: u16,
    reply: Option<&Message>,
) -> Actions {
    let mut actions = Actions::new();
    t.core.lock().machine.relayed(code, false, worker.now(), &mut actions);
    if code >= 200 {
        worker.shared.transactions().statistics.count_final(code);
        if let Some(done) = t.on_complete.lock().take() {
            done(worker, code, reply);
        }
    }
    actions
}
