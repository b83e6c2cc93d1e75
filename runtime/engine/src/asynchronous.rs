//! `async` and `launch`: a function that goes on while its route does not wait for it (LANGUAGE 4.11).
//!
//! `async` ends the script at once. Who started the route then runs the function, and the resume route as
//! a run of its own ([`Context::run_route`]): a resume route that suspends again and again nests nothing.
//! `launch` goes on, and the function runs on the dummy request.

use std::cell::Cell;
use std::rc::Rc;

use sipc_interface::RouteKind;

use crate::context::Named;
use crate::dummy;
use crate::flow::Ending;
use crate::log::Level;
use crate::script::{LocalFuture, RouteRef};
use crate::tm::{self, Created};
use crate::worker::Worker;
use crate::{Context, Text, Value};

/// More launched functions than this do not run beside each other on one worker.
const LAUNCHED_MAX: u32 = 65_536;

/// A call whose arguments are evaluated.
pub type Operation = Box<dyn for<'a> FnOnce(&'a mut Context) -> LocalFuture<'a, i32>>;

/// What follows when the script has ended with `async`.
pub struct Suspended {
    /// The call; `None` when it cannot be made, and then its value is -1.
    pub(crate) operation: Option<Operation>,
    /// The route that goes on.
    pub(crate) resume: RouteRef,
}

/// `async(call, resume)`: makes the transaction if there is none, and ends the script.
///
/// A retransmission ends it too, with nothing to follow.
pub fn suspend(
    cx: &mut Context,
    operation: impl for<'a> FnOnce(&'a mut Context) -> LocalFuture<'a, i32> + 'static,
    resume: RouteRef,
) -> i32 {
    cx.ending.set(Ending::SUSPENDED);
    let operation: Option<Operation> = match keep(cx) {
        Kept::Over => return 0,
        Kept::Failed => {
            cx.log(Level::Error, "t_handle_async", format_args!("could not create a new transaction"));
            None
        }
        Kept::Ready => Some(Box::new(operation)),
    };
    cx.suspended = Some(Suspended { operation, resume });
    0
}

/// Whether a message can be kept while its script is suspended.
enum Kept {
    Ready,
    /// It has no transaction and cannot have one.
    Failed,
    /// It was dealt with before.
    Over,
}

fn keep(cx: &mut Context) -> Kept {
    if let Some(t) = cx.transaction.clone() {
        if cx.route_kind == RouteKind::Request {
            tm::snapshot(cx, &t);
        }
        return Kept::Ready;
    }
    if !cx.is_request() {
        return Kept::Failed;
    }
    if cx.route_kind != RouteKind::Request {
        return Kept::Ready;
    }
    match tm::create(cx) {
        Created::New(_) | Created::Ack(_) => Kept::Ready,
        Created::Retransmission => Kept::Over,
        Created::Impossible(_) => Kept::Failed,
    }
}

/// `launch(call, report, parameter)`: starts the call and goes on; -1 when too many are under way.
///
/// The call and the report route see the dummy request and AVPs of their own.
pub fn launch(
    cx: &mut Context,
    operation: impl for<'a> FnOnce(&'a mut Context) -> LocalFuture<'a, i32> + 'static,
    report: Option<RouteRef>,
    parameter: Option<Text>,
) -> i32 {
    let worker = cx.worker.clone();
    let Some(running) = Running::begin(&worker) else {
        cx.log(Level::Error, "async_script_launch", format_args!("too many functions are under way"));
        return -1;
    };
    let Some(mut own) = dummy::context(&worker, RouteKind::Request) else { return -1 };
    // not at once: a report route may launch its own function, which must not nest
    worker.later(Box::pin(async move {
        own.asynchronous = true;
        own.rc = operation(&mut own).await;
        own.asynchronous = false;
        if let Some(RouteRef(route)) = report {
            let parameter = parameter.map(|text| Named { name: Text::new(), value: Value::Text(text) });
            own.entry_params = parameter.into_iter().collect();
            own.run_route(RouteKind::Request, route).await;
            tm::finish(&own);
        }
        drop(running);
    }));
    1
}

/// Counts one launched function while it runs, however it ends.
struct Running(Rc<Worker>);

impl Running {
    fn begin(worker: &Rc<Worker>) -> Option<Running> {
        let count = worker.local.launched.get();
        (count < LAUNCHED_MAX).then(|| {
            worker.local.launched.set(count + 1);
            Running(worker.clone())
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let count: &Cell<u32> = &self.0.local.launched;
        count.set(count.get().saturating_sub(1));
    }
}
