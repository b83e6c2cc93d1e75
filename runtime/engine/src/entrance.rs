//! How messages that were received enter the routes: each as one future, which lies in memory that an earlier one has
//! left. A message that waits for nothing asks for none.

use std::cell::RefCell;
use std::future::{Future, Ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::Message;

use crate::fault;
use crate::network::Received;
use crate::receive;
use crate::script::{Program, Run};
use crate::worker::Worker;
use crate::{Context, Flow};

/// How many places are kept for messages to come. Some are handled within others, few.
const PLACES_MAX: usize = 8;

/// The ways in of one worker.
pub struct Entrances {
    pub(crate) requests: Box<dyn Enter>,
    pub(crate) replies: Box<dyn Enter>,
}

/// Stands for a route that a script does not have.
pub const NO_ROUTE: Option<fn(&mut Context) -> Ready<Flow>> = None;

impl Entrances {
    /// Ways into the main route and the default reply route.
    pub fn new(
        main: Option<impl AsyncFn(&mut Context) -> Flow + Copy + 'static>,
        reply: Option<impl AsyncFn(&mut Context) -> Flow + Copy + 'static>,
    ) -> Entrances {
        Entrances {
            requests: Box::new(Entrance::new(move |arrived| receive::request(arrived, main))),
            replies: Box::new(Entrance::new(move |arrived| receive::reply(arrived, reply))),
        }
    }

    /// Ways into routes that the program starts.
    pub fn started_by(program: &(impl Program + ?Sized)) -> Entrances {
        let has = |kind| program.unnamed(kind).is_some();
        let main = async |cx: &mut Context| started(cx, RouteKind::Request).await;
        let reply = async |cx: &mut Context| started(cx, RouteKind::Reply).await;
        Entrances::new(has(RouteKind::Request).then_some(main), has(RouteKind::Reply).then_some(reply))
    }
}

async fn started(cx: &mut Context, kind: RouteKind) -> Flow {
    let program = cx.worker.program.clone();
    let Some(index) = program.unnamed(kind) else { return Flow::Continue(1) };
    match program.start(kind, index, cx) {
        Run::Done(flow) => flow,
        Run::Waits(future) => future.await,
    }
}

/// A message that was received.
pub(crate) struct Arrived {
    pub(crate) worker: Rc<Worker>,
    pub(crate) message: Message,
    pub(crate) received: Received,
}

/// A way in.
pub(crate) trait Enter {
    /// Handles a message, at once as far as it does not wait. `kept` is what was received, for after a fault.
    fn enter(&self, arrived: Arrived, kept: &(Bytes, Received));
}

struct Entrance<S, F> {
    handle: S,
    /// Places for futures, those used last behind.
    places: RefCell<Vec<Place<F>>>,
}

type Place<F> = Pin<Box<Option<F>>>;

impl<S: Fn(Arrived) -> F, F: Future<Output = ()> + 'static> Entrance<S, F> {
    fn new(handle: S) -> Entrance<S, F> {
        Entrance { handle, places: RefCell::default() }
    }

    fn leave(&self, place: Place<F>) {
        let mut places = self.places.borrow_mut();
        if places.len() < PLACES_MAX {
            places.push(place);
        }
    }
}

impl<S: Fn(Arrived) -> F, F: Future<Output = ()> + 'static> Enter for Entrance<S, F> {
    fn enter(&self, arrived: Arrived, kept: &(Bytes, Received)) {
        let worker = arrived.worker.clone();
        let mut place = self.places.borrow_mut().pop().unwrap_or_else(|| Box::pin(None));
        place.set(Some((self.handle)(arrived)));
        match worker.first_step(|task| step(&mut place, task)) {
            Some(Poll::Ready(())) => {
                // dropping what a message leaves is its own business, too
                if fault::contained(&worker, || place.set(None)).is_some() {
                    self.leave(place);
                }
            }
            Some(Poll::Pending) => {
                let waits = Box::pin(std::future::poll_fn(move |task| step(&mut place, task)));
                worker.park(waits, kept.clone(), fault::answer);
            }
            None => {
                fault::contained(&worker, || drop(place));
                fault::contained(&worker, || fault::answer(&worker, kept.clone()));
            }
        }
    }
}

fn step<F: Future<Output = ()>>(place: &mut Place<F>, task: &mut std::task::Context<'_>) -> Poll<()> {
    place.as_mut().as_pin_mut().map_or(Poll::Ready(()), |future| future.poll(task))
}
