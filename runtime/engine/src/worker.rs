//! What belongs to one worker thread: script variables, clock, timers, randomness, network.

use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use sipc_transaction::Time;

use crate::Value;
use crate::entrance::Entrances;
use crate::fault;
use crate::local::Local;
use crate::network::Network;
use crate::script::{LocalFuture, Program};
use crate::shared::Shared;
use crate::timers::Timers;
use crate::tm::{self, Transaction};

/// How much is asked for at once to write messages in, bytes: some messages, which the caches of a processor hold.
const ROOM: usize = 4096;

/// One worker thread's state; never shared.
pub struct Worker {
    /// Number of the worker, from 0.
    pub number: usize,
    /// The process.
    pub shared: Arc<Shared>,
    /// The script.
    pub program: Rc<dyn Program>,
    /// How messages enter it.
    pub(crate) entrances: Entrances,
    /// The network.
    pub network: Box<dyn Network>,
    /// `$var(name)` by slot: one storage per worker, kept between messages.
    pub variables: RefCell<Vec<Value>>,
    /// What expressions and variables keep.
    pub local: Local,
    /// Timers of this worker.
    pub timers: RefCell<Timers<Arc<Transaction>>>,
    /// Those whose time has come, while they are looked at.
    due: RefCell<Vec<Arc<Transaction>>>,
    now: Cell<Time>,
    unix_us: Cell<u64>,
    random: RefCell<Random>,
    messages: Cell<u32>,
    /// Where messages are written that leave.
    room: RefCell<BytesMut>,
    /// What modules keep, one value per type.
    kept: RefCell<Vec<(TypeId, Rc<dyn Any>)>>,
    /// Line of the script that runs; tells where a fault was.
    pub(crate) line: Cell<u32>,
}

impl Worker {
    /// A worker with a seed for tags, branches and Call-IDs.
    pub fn new(
        number: usize,
        shared: Arc<Shared>,
        program: Rc<dyn Program>,
        network: Box<dyn Network>,
        seed: u64,
    ) -> Worker {
        let slots = shared.configuration.script_vars.len();
        Worker {
            number,
            shared,
            entrances: program.entrances(),
            program,
            network,
            variables: RefCell::new(vec![Value::Null; slots]),
            local: Local::default(),
            timers: RefCell::default(),
            due: RefCell::default(),
            now: Cell::new(Time(0)),
            unix_us: Cell::new(0),
            random: RefCell::new(Random(seed | 1)),
            messages: Cell::new(0),
            room: RefCell::default(),
            kept: RefCell::default(),
            line: Cell::new(0),
        }
    }

    /// What a module keeps on this worker, made on first use.
    pub fn kept<T: Any + Default>(&self) -> Rc<T> {
        let mut kept = self.kept.borrow_mut();
        let known = kept.iter().find(|(id, _)| *id == TypeId::of::<T>()).map(|(_, value)| value.clone());
        if let Some(Ok(found)) = known.map(Rc::downcast) {
            return found;
        }
        let made = Rc::new(T::default());
        kept.push((TypeId::of::<T>(), made.clone()));
        made
    }

    /// The time of the event at hand.
    pub fn now(&self) -> Time {
        self.now.get()
    }

    /// Unix time of the event at hand, microseconds.
    pub fn unix_us(&self) -> u64 {
        self.unix_us.get()
    }

    /// Tells the time; the driver does it for each batch of events.
    pub fn set_time(&self, now: Time, unix_us: u64) {
        self.now.set(now);
        self.unix_us.set(unix_us);
    }

    /// The next pseudo-random number (xorshift; seeded from the system by the driver).
    pub fn random(&self) -> u64 {
        self.random.borrow_mut().next()
    }

    /// Starts a future: polled at once, parked only when it really waits. A fault in it ends it alone.
    pub fn start(self: &Rc<Worker>, future: LocalFuture<'static, ()>) {
        self.start_then(future, &(), |_, ()| ());
    }

    /// The same; after a fault, `after` runs. It gets a copy of `kept`, which is made only when the future waits.
    pub(crate) fn start_then<T: Clone + 'static>(
        self: &Rc<Worker>,
        mut future: LocalFuture<'static, ()>,
        kept: &T,
        after: fn(&Rc<Worker>, T),
    ) {
        let step = self.first_step(|task| future.as_mut().poll(task));
        if step == Some(Poll::Pending) {
            return self.park(future, kept.clone(), after);
        }
        // dropping what a panic left behind is the panic's business too
        fault::contained(self, || drop(future));
        if step.is_none() {
            fault::contained(self, || after(self, kept.clone()));
        }
    }

    /// Polls what begins; `None` after a fault.
    pub(crate) fn first_step(
        &self,
        poll: impl FnOnce(&mut std::task::Context<'_>) -> Poll<()>,
    ) -> Option<Poll<()>> {
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        self.line.set(0);
        fault::contained(self, || poll(&mut task))
    }

    /// What waits goes on when it can: it is polled again, so that the real waker is known.
    pub(crate) fn park<T: 'static>(
        self: &Rc<Worker>,
        future: LocalFuture<'static, ()>,
        kept: T,
        after: fn(&Rc<Worker>, T),
    ) {
        let parked = Parked::new(&self.shared);
        let after = move |worker: &Rc<Worker>| {
            drop(parked);
            after(worker, kept);
        };
        self.network.spawn(fault::guarded(self.clone(), future, after));
    }

    /// Starts a future when what is at hand is done. A fault in it ends it alone.
    pub fn later(self: &Rc<Worker>, future: LocalFuture<'static, ()>) {
        self.network.spawn(fault::guarded(self.clone(), future, |_| ()));
    }

    /// Arms a timer for a transaction.
    pub(crate) fn arm(&self, deadline: Time, transaction: Arc<Transaction>) {
        let mut timers = self.timers.borrow_mut();
        timers.skip_to(self.now());
        let earlier = timers.at(self.now(), deadline, transaction);
        drop(timers);
        if earlier {
            self.network.wake_timers();
        }
    }

    /// Runs the timers that are due.
    pub fn run_timers(self: &Rc<Worker>) {
        // the list stays here for the next time; nobody else takes it meanwhile
        let mut due = self.due.take();
        self.timers.borrow_mut().due(self.now(), &mut due);
        for transaction in due.drain(..) {
            self.line.set(0);
            if fault::contained(self, || tm::fire(self, &transaction)).is_none() {
                fault::contained(self, || tm::recover(self, &transaction));
            }
        }
        self.due.replace(due);
    }

    /// A message that is written to be kept: in memory of its own, no more than it needs.
    pub(crate) fn write(&self, write: impl FnOnce(&mut BytesMut)) -> Bytes {
        self.write_in_room(write, |room| {
            let bytes = Bytes::copy_from_slice(room);
            room.clear();
            bytes
        })
    }

    /// A message that is gone when it is sent: in memory that serves the next ones then. What is kept so holds the
    /// memory of its neighbours, too.
    pub(crate) fn write_passing(&self, write: impl FnOnce(&mut BytesMut)) -> Bytes {
        self.write_in_room(write, |room| room.split().freeze())
    }

    fn write_in_room(
        &self,
        write: impl FnOnce(&mut BytesMut),
        take: impl FnOnce(&mut BytesMut) -> Bytes,
    ) -> Bytes {
        // who writes while another writes finds none and makes its own
        let mut room = self.room.take();
        if room.capacity() == 0 {
            // made so, it asks for as much again when what it has is kept by somebody
            room = BytesMut::with_capacity(ROOM);
        }
        write(&mut room);
        let bytes = take(&mut room);
        self.room.replace(room);
        bytes
    }

    /// Counts a message; the number is `$mi`.
    pub fn next_message_number(&self) -> u32 {
        self.messages.set(self.messages.get().wrapping_add(1));
        self.messages.get()
    }
}

/// Counts one message that waits, until it is done.
struct Parked(Arc<Shared>);

impl Parked {
    fn new(shared: &Arc<Shared>) -> Parked {
        shared.parked.fetch_add(1, Ordering::Relaxed);
        Parked(shared.clone())
    }
}

impl Drop for Parked {
    fn drop(&mut self) {
        self.0.parked.fetch_sub(1, Ordering::Relaxed);
    }
}

/// xorshift64*: fast, seeded, good enough for tags; secrets come from elsewhere.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        let mut x = self.0;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        self.0 = x;
        x.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }
}
