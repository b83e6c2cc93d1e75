//! Requests made here: module functions and MI commands send them through transactions of their own.

use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::Mutex;
use sipc_interface::RouteKind;
use sipc_sip::{Message, compose};
use sipc_transaction::{self as machine, Actions};
use smallvec::SmallVec;

use super::table::branch_text;
use super::{BranchData, Core, RelayFlags, ScriptState, Transaction, perform, watch};
use crate::Context;
use crate::context::Target;
use crate::network::{Received, SocketId};
use crate::send::{self, Hop, Hops, Keeps, SendError};
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
    /// Its tag; made when empty.
    pub from_tag: Bytes,
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
    /// Max-Forwards, if it is to be another than usual.
    pub max_forwards: Option<u32>,
    /// Who makes it acknowledges a 2xx too.
    pub own_ack: bool,
    /// How many requests made by routes that saw a request being made led to this one.
    pub depth: u32,
}

/// Attaches something to the request before its local route runs.
pub type Prepare = Box<dyn FnOnce(&mut Context)>;

/// Sends a request through a transaction of its own, after the local route.
pub async fn send(
    worker: &Rc<Worker>,
    request: Request,
    on_complete: Option<OnComplete>,
) -> Result<(), SendError> {
    send_prepared(worker, request, on_complete, Box::new(|_| ())).await
}

/// The same; what `prepare` attaches belongs to the transaction.
pub async fn send_prepared(
    worker: &Rc<Worker>,
    request: Request,
    on_complete: Option<OnComplete>,
    prepare: Prepare,
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
    let received = Received::new(socket, source);
    let mut cx = Context::new(worker.clone(), message, received, RouteKind::Local);
    cx.target.dst_uri = request.next_hop.clone();
    cx.target.socket = request.socket;
    cx.branches_locked = true;
    cx.event_depth = request.depth;
    for (name, value) in request.avps {
        if let Some(name) = worker.shared.avp_names.intern(&name) {
            cx.avps(|avps| avps.push(name, value));
        }
    }
    prepare(&mut cx);
    let key = table.key(&cx.message).ok_or(SendError::BadRequest)?;
    let id = table.new_id(key, || worker.random());
    let t = Arc::new(transaction(&cx, id, on_complete, request.own_ack));
    if let Some(route) = worker.program.unnamed(RouteKind::Local) {
        cx.run_route(RouteKind::Local, route).await;
    }
    t.script.lock().extensions.absorb(std::mem::take(&mut cx.extensions));
    let hops = hops(&mut cx, &t).await?;
    if let Some(first) = hops.first() {
        watch::request(worker, first.socket, &first.sent, cx.event_depth);
    }
    start(&cx, &t, key, hops, RelayFlags::default())
}

/// The servers of the next hop, each with the request as it is sent there.
async fn hops(cx: &mut Context, t: &Arc<Transaction>) -> Result<Hops, SendError> {
    let hop = cx.target.next_hop().clone();
    let found = send::destinations(&cx.worker, &hop, false).await?;
    let branch = branch_text(t.id, 0);
    let mut hops = Hops::with_capacity(found.len());
    for to in found {
        let Ok(socket) = send::socket_for(cx, &to) else { continue };
        let sent = match hops.last().filter(|h| h.socket == socket) {
            Some(like) => like.sent.clone(),
            None => build_first(cx, socket, to.transport, &branch),
        };
        hops.push(Hop { socket, to, sent });
    }
    if hops.is_empty() { Err(SendError::NoSocket) } else { Ok(hops) }
}

fn start(
    cx: &Context,
    t: &Arc<Transaction>,
    key: u64,
    mut hops: Hops,
    flags: RelayFlags,
) -> Result<(), SendError> {
    let worker = &cx.worker;
    let table = worker.shared.transactions();
    if table.insert(key, t.clone()).is_err() {
        return Err(SendError::Bug);
    }
    {
        // a reply may be there, on another worker, before this is done: it waits
        let mut core = t.core.lock();
        let taken = first_taken(worker, &mut hops, !flags.no_failover);
        let Hop { socket, to: destination, sent } = taken.inspect_err(|_| table.remove(t))?;
        table.statistics.uac.increment();
        core.machine.branch_sent(worker.now(), destination.transport.is_reliable());
        core.branches.push(Box::new(BranchData {
            target: cx.target.clone(),
            sent,
            socket,
            destination,
            alternatives: if flags.no_failover { Vec::new() } else { hops.into_vec() },
            reply: None,
            cancel: None,
            on_reply: None,
            replied_from: None,
        }));
    }
    perform::arm(worker, t);
    Ok(())
}

/// Sends to the first server that can be sent to; what follows it stays in the list.
fn first_taken(worker: &Worker, hops: &mut Hops, fails_over: bool) -> Result<Hop, SendError> {
    let fails_over = fails_over && worker.shared.globals.dns_failover;
    loop {
        let hop = hops.remove(0);
        match worker.network.send(hop.socket, hop.to, hop.sent.clone()) {
            Ok(()) => return Ok(hop),
            Err(why) if hops.is_empty() || !fails_over => return Err(why.into()),
            Err(_) => {}
        }
    }
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
        let t = Arc::new(transaction(cx, table.new_id(key, || cx.worker.random()), None, false));
        let sent = hops(cx, &t).await.and_then(|hops| start(cx, &t, key, hops, flags));
        cx.target = own;
        result = result.or(sent);
    }
    result
}

/// A request made here has no Via yet: ours is the first.
fn build_first(cx: &Context, socket: SocketId, transport: sipc_sip::Transport, branch: &[u8]) -> Bytes {
    send::build_request(cx, socket, transport, branch, Keeps::Long)
}

fn build(worker: &Worker, r: &Request) -> Result<Message, SendError> {
    let tag = match r.from_tag.is_empty() {
        true => Bytes::from(format!("{:016x}", worker.random())),
        false => r.from_tag.clone(),
    };
    let from = [&r.from[..], b";tag=", &tag].concat();
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
        max_forwards: r.max_forwards,
    });
    Message::parse(text.into()).map_err(|_| SendError::BadRequest)
}

fn transaction(cx: &Context, id: u64, on_complete: Option<OnComplete>, own_ack: bool) -> Transaction {
    let kind = match cx.message.method() {
        Some(sipc_sip::Method::Invite) => machine::Kind::Invite,
        _ => machine::Kind::Other,
    };
    let settings = cx.shared().transactions().settings.timers;
    Transaction {
        id,
        request: cx.message.clone(),
        received: cx.received,
        to_tag: OnceLock::from(Bytes::new()),
        own_ack,
        kind,
        local: true,
        script: Mutex::new(ScriptState { target: cx.target.clone(), ..ScriptState::default() }),
        core: Mutex::new(Core {
            machine: machine::Transaction::local(kind, settings),
            branches: SmallVec::new(),
            last_reply: None,
            upstream: None,
            relayed_branch: None,
            armed_at: None,
            replied_here: false,
            forwarded_while_deciding: false,
            recovered: false,
        }),
        on_complete: Mutex::new(on_complete),
    }
}

/// Sends the ACK of a 2xx to a request made here (RFC 3261 13.2.2.4); no transaction waits for anything.
pub async fn acknowledge(worker: &Rc<Worker>, ack: Request) -> Result<(), SendError> {
    let hop = ack.next_hop.clone().unwrap_or(ack.uri.clone());
    let found = send::destinations(worker, &hop, false).await?;
    let fitting = || worker.shared.socket_for(found[0].transport, found[0].address.ip());
    let socket = ack.socket.or_else(fitting).ok_or(SendError::NoSocket)?;
    let received = Received::new(socket, worker.shared.socket(socket).address);
    let mut cx = Context::new(worker.clone(), build(worker, &ack)?, received, RouteKind::Local);
    cx.target.dst_uri = ack.next_hop;
    cx.target.socket = ack.socket;
    send::forward_stateless(&mut cx, None).await
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
