//! What arrives: messages are indexed, checked and handed to the script or to their transaction.

use std::rc::Rc;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::{Message, Method, ParseErrorKind};

use crate::context::ErrorClass;
use crate::core_functions;
use crate::entrance::Arrived;
use crate::fault;
use crate::flow::Ending;
use crate::log::Level;
use crate::network::Received;
use crate::send::{self, LocalReply};
use crate::tm::{self, Found};
use crate::worker::Worker;
use crate::{Context, Flow};

/// Handles one datagram or one message of a stream. Returns when it is handled or waits for something.
///
/// A fault while it is handled harms no other message, see [`fault`].
pub fn receive(worker: &Rc<Worker>, bytes: Bytes, received: Received) {
    if is_keepalive(&bytes) {
        return;
    }
    let kept = (bytes, received);
    worker.line.set(0);
    if fault::contained(worker, || take(worker, &kept)).is_none() {
        fault::contained(worker, || fault::answer(worker, kept));
    }
}

fn take(worker: &Rc<Worker>, kept: &(Bytes, Received)) {
    let (bytes, received) = (kept.0.clone(), kept.1);
    match Message::parse(bytes) {
        Ok(message) => match message.sanity() {
            Ok(()) => dispatch(worker, known_as(worker, message), kept),
            Err(kind) => broken(worker, Some(message), kind, received),
        },
        Err(e) => broken(worker, e.partial, e.kind, received),
    }
}

/// The message under the Call-ID that it has here: topology hiding shows another one to some.
pub(crate) fn known_as(worker: &Worker, message: Message) -> Message {
    let shared = &worker.shared;
    let call_id = shared.hooks.call_id.iter().find_map(|hook| hook(shared, &message));
    call_id.and_then(|c| message.with_call_id(&c)).unwrap_or(message)
}

/// Line ends and zeros keep NAT bindings open (RFC 5626 4.4.1); they are no messages.
fn is_keepalive(bytes: &[u8]) -> bool {
    bytes.len() <= 4 && bytes.iter().all(|b| matches!(b, b'\r' | b'\n' | 0))
}

fn dispatch(worker: &Rc<Worker>, message: Message, kept: &(Bytes, Received)) {
    let received = kept.1;
    if message.is_request() {
        worker.shared.core_statistics.rcv_requests.increment();
        worker.entrances.requests.enter(Arrived { worker: worker.clone(), message, received }, kept);
    } else {
        worker.shared.core_statistics.rcv_replies.increment();
        worker.entrances.replies.enter(Arrived { worker: worker.clone(), message, received }, kept);
    }
}

/// Whether a message passes the screens of the modules.
async fn passes_screens(cx: &mut Context) -> bool {
    let worker = cx.worker.clone();
    let shared = &worker.shared;
    for screen in &shared.hooks.screens {
        let Some(route) = cx.worker.program.find(RouteKind::Request, &screen.route) else { continue };
        if cx.run_route(RouteKind::Request, route).await.has(Ending::DROP) {
            continue;
        }
        if !(screen.check)(&cx.worker, cx.received.source.ip()) {
            return false;
        }
    }
    true
}

/// Handles a request. The context is large: it is made where the future lies, and does not move.
pub(crate) async fn request(arrived: Arrived, main: Option<impl AsyncFn(&mut Context) -> Flow>) {
    let Arrived { worker, message, received } = arrived;
    let mut cx = Context::new(worker.clone(), message, received, RouteKind::Request);
    core_functions::accept_alias(&cx);
    let shared = &worker.shared;
    'handled: {
        if !shared.hooks.screens.is_empty() && !passes_screens(&mut cx).await {
            shared.core_statistics.drop_requests.increment();
            break 'handled;
        }
        if refuses_new(&cx) {
            break 'handled;
        }
        let Some(main) = main else {
            shared.core_statistics.drop_requests.increment();
            break 'handled;
        };
        if !shared.hooks.before_request.iter().all(|hook| hook(&mut cx)) {
            break 'handled;
        }
        cx.run_unnamed(RouteKind::Request, main).await;
        for hook in &shared.hooks.after_request {
            hook(&mut cx);
        }
    }
    // any of these routes may have made a transaction
    tm::finish(&cx);
}

/// While draining, or when the table is full, new work gets 503; what is in progress goes on.
fn refuses_new(cx: &Context) -> bool {
    let shared = cx.shared();
    let table = shared.transactions();
    let draining = shared.draining.load(std::sync::atomic::Ordering::Relaxed);
    if !draining && !table.is_full() {
        return false;
    }
    // a BYE that is refused leaves a call standing, so requests within dialogs have a reserve
    if cx.message.to_tag().is_some() && !table.is_overfull() {
        return false;
    }
    let known = match cx.message.method() {
        Some(Method::Ack) => true,
        Some(Method::Cancel) => table.find_cancelled(&cx.message).is_some(),
        _ => matches!(table.find(&cx.message), Found::Own(_)),
    };
    if known {
        return false;
    }
    shared.core_statistics.drop_requests.increment();
    let reply = LocalReply {
        code: 503,
        reason: b"Service Unavailable",
        headers: b"Retry-After: 5\r\n",
        ..LocalReply::default()
    };
    send::reply_stateless(cx, &reply);
    true
}

/// Handles a reply.
pub(crate) async fn reply(arrived: Arrived, route: Option<impl AsyncFn(&mut Context) -> Flow>) {
    let Arrived { worker, message, received } = arrived;
    let mut cx = Context::new(worker.clone(), message, received, RouteKind::Reply);
    let shared = &worker.shared;
    let code = cx.message.code().unwrap_or(0);
    cx.reply_code = code;
    if !shared.hooks.screens.is_empty() && !passes_screens(&mut cx).await {
        shared.core_statistics.drop_replies.increment();
        return;
    }
    if shared.globals.check_via && !via_is_ours(&cx) {
        shared.core_statistics.drop_replies.increment();
        return;
    }
    if let Some(route) = route {
        let ending = cx.run_unnamed(RouteKind::Reply, route).await;
        if ending.has(Ending::DROP) && code < 200 {
            tm::dropped(&cx);
            shared.core_statistics.drop_replies.increment();
            return;
        }
    }
    for hook in &shared.hooks.before_reply {
        if !hook(&mut cx) {
            return;
        }
    }
    if !tm::reply_received(&mut cx).await && !send::forward_reply(&cx).await {
        shared.core_statistics.drop_replies.increment();
    }
}

fn via_is_ours(cx: &Context) -> bool {
    match cx.message.via() {
        Some(Ok(via)) => cx.shared().is_myself(via.host_text, via.port.unwrap_or(5060), via.transport),
        _ => false,
    }
}

/// A message that does not parse: counted, logged, offered to the error route if it is a request.
fn broken(worker: &Rc<Worker>, message: Option<Message>, kind: ParseErrorKind, received: Received) {
    let shared = &worker.shared;
    let statistics = &shared.core_statistics;
    shared.log.message(
        Level::Info,
        "receive_msg",
        format_args!("{} from {}: dropped", kind.text(), received.source),
    );
    match &message {
        Some(m) if !m.is_request() => statistics.err_replies.increment(),
        _ => statistics.err_requests.increment(),
    }
    let Some(message) = message else {
        // no route can run, but floods of such are to be seen
        shared.hooks.screens.iter().for_each(|screen| {
            (screen.check)(worker, received.source.ip());
        });
        return;
    };
    let route = worker.program.unnamed(RouteKind::Error).filter(|_| message.is_request());
    if route.is_none() && shared.hooks.screens.is_empty() {
        return;
    }
    let mut cx = Box::new(Context::new(worker.clone(), message, received, RouteKind::Error));
    worker.start(Box::pin(async move {
        let passes = passes_screens(&mut cx).await;
        tm::finish(&cx);
        let Some(route) = route.filter(|_| passes) else { return };
        let outer = cx.error.clone();
        debug_assert!(!outer.is_pending(), "a new context has no error");
        cx.run_error_entry(route, ErrorClass::Parser, kind).await;
    }));
}
