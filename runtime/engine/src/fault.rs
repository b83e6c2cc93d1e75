//! A fault in this program (a panic) ends the step it happened in and nothing else: it is logged with the line of
//! the script, counted (`core:faults`), and a request that has no answer yet gets 500, its branches CANCEL.
//!
//! Locks held when it happens are released, not poisoned; what the step had changed stays changed.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::{Message, Method};

use crate::Context;
use crate::log::Level;
use crate::network::Received;
use crate::receive;
use crate::script::LocalFuture;
use crate::send::{self, LocalReply};
use crate::tm::{self, Found};
use crate::worker::Worker;

thread_local! {
    /// Where in the source the last panic of this thread was.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Makes panics on this process' workers lines of its log instead of text on stderr. Called once, at start.
pub fn note_places() {
    let other = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let worker = std::thread::current().name().is_some_and(|n| n.starts_with("worker"));
        match info.location() {
            Some(place) if worker => PLACE.set(Some(format!("{}:{}", place.file(), place.line()))),
            _ => other(info),
        }
    }));
}

/// Does one step; `None` after a fault, which is logged.
pub fn contained<R>(worker: &Worker, step: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(result) => Some(result),
        Err(payload) => {
            report(worker, payload.as_ref());
            None
        }
    }
}

fn report(worker: &Worker, payload: &(dyn Any + Send)) {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no text");
    let place = PLACE.take().unwrap_or_else(|| "unknown place".to_owned());
    let file = &worker.shared.configuration.file;
    let line = worker.line.get();
    worker.shared.core_statistics.faults.increment();
    worker.shared.log.message(
        Level::Critical,
        "fault",
        format_args!("a fault of the server itself at {file}:{line} ({place}: {text}); please report it"),
    );
}

/// The future, each step of it contained; after a fault it is dropped and `after` runs.
pub fn guarded(
    worker: Rc<Worker>,
    future: LocalFuture<'static, ()>,
    after: impl FnOnce(&Rc<Worker>) + 'static,
) -> LocalFuture<'static, ()> {
    let mut future = Some(future);
    let mut after = Some(after);
    let mut line = worker.line.get();
    Box::pin(std::future::poll_fn(move |cx| {
        let Some(running) = future.as_mut() else { return Poll::Ready(()) };
        // the line belongs to the message, and other messages run between two steps
        worker.line.set(line);
        let step = contained(&worker, || running.as_mut().poll(cx));
        line = worker.line.get();
        if step == Some(Poll::Pending) {
            return Poll::Pending;
        }
        // dropping what a panic left behind is the panic's business too
        contained(&worker, || future = None);
        if step.is_none()
            && let Some(after) = after.take()
        {
            contained(&worker, || after(&worker));
        }
        Poll::Ready(())
    }))
}

/// The future, each step of it contained; `None` after a fault. It stays where it is pinned: routes are large futures.
pub(crate) fn survived<F: Future>(
    worker: &Worker,
    mut future: Pin<&mut F>,
) -> impl Future<Output = Option<F::Output>> {
    std::future::poll_fn(move |cx| match contained(worker, || future.as_mut().poll(cx)) {
        Some(Poll::Pending) => Poll::Pending,
        Some(Poll::Ready(result)) => Poll::Ready(Some(result)),
        None => Poll::Ready(None),
    })
}

/// Answers what a fault left without an answer: a request gets 500, a reply is dropped; both are counted. Transactions
/// that a fault left waiting for nothing end.
pub(crate) fn answer(worker: &Rc<Worker>, (bytes, received): (Bytes, Received)) {
    let statistics = &worker.shared.core_statistics;
    let Ok(message) = Message::parse(bytes) else { return };
    let message = receive::known_as(worker, message);
    let kind = if message.is_request() { RouteKind::Request } else { RouteKind::Reply };
    let mut cx = Context::new(worker.clone(), message, received, kind);
    if !cx.is_request() {
        statistics.err_replies.increment();
        if let Some((t, _)) = tm::replied_to(&cx) {
            tm::recover(worker, &t);
        }
        return;
    }
    statistics.err_requests.increment();
    let table = worker.shared.transactions();
    match cx.message.method() {
        Some(Method::Ack) => return,
        Some(Method::Cancel) => table.find_cancelled(&cx.message).iter().for_each(|t| tm::recover(worker, t)),
        _ => {}
    }
    const REASON: &[u8] = b"Server Internal Error";
    if let Found::Own(t) = table.find(&cx.message) {
        if t.status() < 200 {
            tm::cancel_branches(worker, &t, sipc_transaction::CancelCause::Other, |_| true);
            cx.transaction = Some(t.clone());
            tm::reply(&mut cx, 500, REASON);
        }
        return tm::recover(worker, &t);
    }
    send::reply_stateless(&cx, &LocalReply { code: 500, reason: REASON, ..LocalReply::default() });
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::testing::{OPTIONS, worker};

    fn bytes() -> Bytes {
        Bytes::from(OPTIONS.replace('\n', "\r\n"))
    }

    fn received() -> Received {
        let source = "192.0.2.9:5070".parse().expect("an address");
        Received::new(crate::network::SocketId(0), source)
    }

    #[test]
    fn a_fault_ends_its_step_only() {
        let worker = worker();
        assert_eq!(contained(&worker, || 7), Some(7));
        assert_eq!(contained(&worker, || -> i32 { panic!("on purpose") }), None);
        let after = Rc::new(Cell::new(0));
        let seen = after.clone();
        worker
            .start_then(Box::pin(async { panic!("on purpose") }), &seen, |_, seen| seen.set(seen.get() + 1));
        worker.start_then(Box::pin(async {}), &(), |_, ()| panic!("runs after faults only"));
        assert_eq!(after.get(), 1);
    }

    #[test]
    fn a_request_is_answered_and_counted() {
        let worker = worker();
        answer(&worker, (bytes(), received()));
        assert_eq!(worker.shared.core_statistics.err_requests.get(), 1);
    }
}
