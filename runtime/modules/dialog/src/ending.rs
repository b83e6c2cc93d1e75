//! The end of a call: its time is over, someone wants it ended, or a BYE passed; and looking after all calls.

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::dialogs::{DialogEvent, Party, State};
use sipc_engine::log::Level;
use sipc_engine::script::RouteRef;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, dummy, tm};
use sipc_interface::RouteKind;
use sipc_transaction::{CancelCause, Time};

use crate::call::{CALLER, Call};
use crate::current::Current;
use crate::state::Event;
use crate::{Calls, answers, pings, tell, within};

/// Milliseconds between looks at a call that has ended and is still needed.
const LOOK_MS: u64 = 1000;

/// Tells the table when something is due.
pub fn schedule(calls: &Calls, call: &Call) {
    let next = call.inner.lock().next_due();
    calls.table.schedule(call.id, next);
}

/// The call ends so many seconds from now; before it is answered, so many from the answer.
pub fn set_lifetime(worker: &Worker, calls: &Calls, call: &Call, seconds: u32) {
    {
        let mut inner = call.inner.lock();
        if inner.options.end_on_race && inner.cancelled {
            return;
        }
        inner.lifetime = seconds;
        if inner.is_talking() {
            inner.ends_in(worker, seconds);
        }
    }
    schedule(calls, call);
}

/// Runs a route for a call: at once, as far as it does not wait.
pub fn run_route(worker: &Rc<Worker>, call: &Arc<Call>, route: RouteRef) {
    if let Some(run) = route_run(worker, call, route) {
        worker.start(Box::pin(run));
    }
}

fn route_run(
    worker: &Rc<Worker>,
    call: &Arc<Call>,
    route: RouteRef,
) -> Option<impl Future<Output = ()> + 'static> {
    let mut cx: Context = dummy::context(worker, RouteKind::Request)?;
    cx.extensions.insert(Current { call: call.clone(), to: None, initial: false });
    Some(async move {
        cx.run_route(RouteKind::Request, route.0).await;
        tm::finish(&cx);
    })
}

/// The call has come to its end: it is counted no longer, and forgotten when nobody needs it.
pub fn over(
    worker: &Rc<Worker>,
    calls: &Calls,
    call: &Arc<Call>,
    how: DialogEvent,
    to: Option<Party>,
    cx: Option<&mut Context>,
) {
    calls.profiles.leave_all(call);
    {
        let mut inner = call.inner.lock();
        inner.deadline = None;
        inner.ends = 0;
        let delay = match inner.delete_delay {
            0 => calls.parameters.delete_delay,
            own => own,
        };
        inner.removal = Some(Time(worker.now().0 + u64::from(delay) * 1000));
    }
    schedule(calls, call);
    tell(worker, call, how, to, cx);
}

/// Ends a call: cancelled while it rings, by BYEs to both sides once it is answered. `false` when there is nothing
/// to end any more.
pub fn end(worker: &Rc<Worker>, call: &Arc<Call>, headers: Text) -> bool {
    let Some(calls) = worker.shared.state::<Calls>() else { return false };
    let state = call.inner.lock().state();
    match state {
        State::Unconfirmed | State::Early => {
            let Some(t) = call.transaction() else { return false };
            tm::cancel_branches(worker, &t, CancelCause::Other, |_| true);
            true
        }
        State::Answered | State::Confirmed => {
            let headers = Text::from([&calls.parameters.extra_headers[..], &headers].concat());
            let callee = call.inner.lock().callee();
            within::bye(worker, call, CALLER, headers.clone());
            within::bye(worker, call, callee, headers);
            true
        }
        State::Deleted => false,
    }
}

/// A BYE that was made here is answered, or could not be sent: with the first, the call is over.
pub fn bye_answered(worker: &Rc<Worker>, call: &Arc<Call>) {
    let Some(calls) = worker.shared.state::<Calls>() else { return };
    let (old, new) = call.inner.lock().advance(Event::Bye { stray: false, to_caller: false });
    answers::changed(worker, calls, call, old, new);
    if old == State::Deleted || new != State::Deleted {
        return;
    }
    let hangup = call.inner.lock().routes.hangup;
    if let Some(route) = hangup {
        run_route(worker, call, route);
    }
    calls.statistics.active.add(-1);
    over(worker, calls, call, DialogEvent::Terminated, None, None);
}

/// Once a second: what is due.
pub fn look_after(worker: &Rc<Worker>) {
    let Some(calls) = worker.shared.state::<Calls>() else { return };
    let now = worker.now();
    for call in calls.table.due(now) {
        if call.inner.lock().state() == State::Deleted {
            forget(calls, &call, now);
            continue;
        }
        let over = {
            let mut inner = call.inner.lock();
            let over = inner.deadline.is_some_and(|at| at <= now);
            if over {
                inner.deadline = None;
            }
            over
        };
        if over {
            timed_out(worker, &call);
        } else {
            pings::due(worker, calls, &call, now);
        }
        schedule(calls, &call);
    }
}

/// Forgets a call that has ended, unless a transaction or a script still needs it.
fn forget(calls: &Calls, call: &Arc<Call>, now: Time) {
    // the table has one, and so has the caller
    if Arc::strong_count(call) > 2 {
        calls.table.schedule(call.id, Some(Time(now.0 + LOOK_MS)));
    } else {
        calls.table.remove(call);
    }
}

/// The time of a call is over: its route may give it more.
fn timed_out(worker: &Rc<Worker>, call: &Arc<Call>) {
    let route = call.inner.lock().routes.timeout;
    let run = route.and_then(|route| route_run(worker, call, route));
    let (w, call) = (worker.clone(), call.clone());
    worker.start(Box::pin(async move {
        if let Some(run) = run {
            run.await;
        }
        if call.inner.lock().deadline.is_none() {
            expire(&w, &call);
        }
    }));
}

fn expire(worker: &Rc<Worker>, call: &Arc<Call>) {
    let Some(calls) = worker.shared.state::<Calls>() else { return };
    let (bye, race) = {
        let inner = call.inner.lock();
        (inner.options.bye_on_timeout && inner.is_talking(), inner.race)
    };
    calls.statistics.expired.increment();
    if bye {
        call.inner.lock().ends_because(if race { "SIP Race Condition" } else { "Lifetime Timeout" });
        end(worker, call, Text::new());
        return;
    }
    let (old, new) = call.inner.lock().advance(Event::Bye { stray: false, to_caller: false });
    answers::changed(worker, calls, call, old, new);
    if new == State::Deleted && old != State::Deleted {
        let id = call.id.text();
        worker.shared.log.message(Level::Debug, "dlg_ontimeout", format_args!("the time of {id} is over"));
        calls.statistics.active.add(-1);
        over(worker, calls, call, DialogEvent::Expired, None, None);
    }
}
