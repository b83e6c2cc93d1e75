//! What a worker reads: a task for each socket of the shares that it serves.
//!
//! Messages of one flow come in order: the kernel gives a flow to one socket, one worker reads it at a time, and each
//! message is handled before the next is looked at. A socket changes hands between two batches only.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use sipc_engine::network::SocketId;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use crate::shares::{Order, Shares};
use crate::udp::{BATCH, Left, Reader, Room};

/// Batches that a worker takes in a row before its timers and connections get their turn.
const LINGER_MAX: usize = 8;
/// How long to wait before a socket that could not be watched is tried again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long receiving rests while the system has nothing but errors.
const REST: Duration = Duration::from_millis(50);
/// One of so many of them is told.
const TOLD_EVERY: u32 = 200;
/// How long a share that changes hands waits for full sockets, and how often.
const FULL: Duration = Duration::from_millis(1);
const LOOKS_MAX: usize = 20;

/// What is done with datagrams.
pub trait Handle {
    /// Some are about to come.
    fn begin(&self);
    /// One came.
    fn take(&self, socket: SocketId, source: SocketAddr, bytes: Bytes);
    /// That was all for now.
    fn end(&self);
    /// Whether all that was to be sent has left.
    fn has_left(&self) -> bool;
    /// A socket cannot be read for now.
    fn failed(&self, socket: SocketId, error: &io::Error);
}

/// The sockets that a worker reads.
pub struct Inlets {
    number: usize,
    handle: Box<dyn Handle>,
    shares: Arc<Shares>,
    room: RefCell<Room>,
    served: RefCell<Vec<Served>>,
    /// Shares of others that this worker wants to serve.
    wanted: RefCell<Vec<usize>>,
    /// The two that datagrams came from last, the later first: a call's messages come from two sides.
    latest: RefCell<[Option<Rc<Inlet>>; 2]>,
    /// Somebody should help this worker.
    pub crowded: Notify,
}

struct Served {
    share: usize,
    tasks: Vec<JoinHandle<()>>,
}

/// One socket.
struct Inlet {
    share: usize,
    id: SocketId,
    reader: Reader,
    /// Whole batches in a row.
    whole: Cell<usize>,
}

impl Inlets {
    /// Those of a worker, none yet.
    pub fn new(number: usize, shares: Arc<Shares>, handle: Box<dyn Handle>) -> Rc<Inlets> {
        Rc::new(Inlets {
            number,
            handle,
            shares,
            room: RefCell::new(Room::new()),
            served: RefCell::default(),
            wanted: RefCell::default(),
            latest: RefCell::default(),
            crowded: Notify::new(),
        })
    }

    /// The number of the worker.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The process' shares.
    pub fn shares(&self) -> &Shares {
        &self.shares
    }

    /// Serves the shares of all workers, or this worker's only.
    pub fn begin(self: &Rc<Self>, all: bool) {
        let shares = if all { 0..self.shares.workers() } else { self.number..self.number + 1 };
        self.wanted.borrow_mut().extend(shares.clone());
        shares.for_each(|share| self.serve(share));
    }

    /// Asks for a share that its own worker serves.
    pub fn fetch(&self, share: usize) {
        self.wanted.borrow_mut().push(share);
        self.shares.tell(share, Order::Give(share, self.number));
    }

    /// Gives a share back to its own worker, at once or as soon as it comes.
    pub async fn release(&self, share: usize) {
        self.wanted.borrow_mut().retain(|wanted| *wanted != share);
        self.give(share, share).await;
    }

    /// Takes the datagrams of a share, or sends it home when it is wanted no longer.
    fn serve(self: &Rc<Self>, share: usize) {
        if share != self.number && !self.wanted.borrow().contains(&share) {
            return self.shares.tell(share, Order::Serve(share));
        }
        let sockets = self.shares.sockets(share).iter().cloned();
        let tasks = sockets.map(|socket| tokio::task::spawn_local(watch(self.clone(), share, socket)));
        let tasks = tasks.collect();
        self.served.borrow_mut().push(Served { share, tasks });
    }

    /// Leaves a share to another worker, if it is served here.
    async fn give(&self, share: usize, to: usize) {
        let at = self.served.borrow().iter().position(|s| s.share == share);
        let Some(at) = at else { return };
        let served = self.served.borrow_mut().remove(at);
        for task in served.tasks {
            // it waits for the socket or for its turn: no datagram is in its hands
            task.abort();
            let _ = task.await;
        }
        self.latest.borrow_mut().iter_mut().for_each(|inlet| drop(inlet.take()));
        self.wait_for_room().await;
        self.shares.tell(to, Order::Serve(share));
    }

    /// Waits until full sockets have taken what was to be sent: the next worker sends by others, and would overtake it. One
    /// that stays full keeps nobody waiting for long.
    async fn wait_for_room(&self) {
        for _ in 0..LOOKS_MAX {
            if self.handle.has_left() {
                return;
            }
            tokio::time::sleep(FULL).await;
        }
    }

    /// Reads what one socket has.
    fn read(&self, inlet: &Rc<Inlet>) -> io::Result<Left> {
        let mut taken = 0;
        self.handle.begin();
        let left = inlet.reader.receive(&self.room, |source, bytes| {
            taken += 1;
            self.handle.take(inlet.id, source, bytes);
        });
        self.handle.end();
        self.shares.count(inlet.share, taken);
        inlet.whole.set(if taken == BATCH { inlet.whole.get() + 1 } else { 0 });
        left
    }

    /// What an error leaves to the others on this worker: one of an earlier datagram (ICMP) the system tells once, one of
    /// its own as long as it lasts.
    async fn rest(&self, inlet: &Inlet, error: &io::Error, in_a_row: u32) {
        if in_a_row == 1 {
            return tokio::task::yield_now().await;
        }
        if in_a_row % TOLD_EVERY == 2 {
            self.handle.failed(inlet.id, error);
        }
        tokio::time::sleep(REST).await;
    }

    /// Looks once more before the worker sleeps, after whoever waits for the processor: what was just sent often
    /// has its answer by then, and to sleep and be woken costs more than all else that is done for a message. On a
    /// processor without other work this is a few short calls of the system.
    fn linger(&self, here: &Rc<Inlet>) {
        let other = self.came(here);
        for _ in 0..LINGER_MAX {
            std::thread::yield_now();
            let taken = self.look_again(here) + other.as_ref().map_or(0, |inlet| self.look_again(inlet));
            if taken == 0 {
                return;
            }
            self.handle.end();
        }
    }

    /// Notes where datagrams came from; where they came from before, if that was elsewhere.
    fn came(&self, here: &Rc<Inlet>) -> Option<Rc<Inlet>> {
        let [latest, before] = &mut *self.latest.borrow_mut();
        if !latest.as_ref().is_some_and(|inlet| Rc::ptr_eq(inlet, here)) {
            *before = latest.replace(here.clone());
        }
        before.clone()
    }

    fn look_again(&self, inlet: &Inlet) -> usize {
        let mut told = false;
        let taken = inlet.reader.receive_more(&self.room, |source, bytes| {
            if !std::mem::replace(&mut told, true) {
                self.handle.begin();
            }
            self.handle.take(inlet.id, source, bytes);
        });
        self.shares.count(inlet.share, taken);
        taken
    }
}

/// Receives from a socket as long as the worker serves it. One that the system does not watch yet keeps no other waiting.
async fn watch(inlets: Rc<Inlets>, share: usize, (id, socket): (SocketId, Arc<UdpSocket>)) {
    let reader = loop {
        match Reader::new(socket.clone()) {
            Ok(reader) => break reader,
            Err(e) => inlets.handle.failed(id, &e),
        }
        tokio::time::sleep(AGAIN).await;
    };
    receive(inlets, Rc::new(Inlet { share, id, reader, whole: Cell::new(0) })).await;
}

/// Receives as long as the worker serves the socket.
async fn receive(inlets: Rc<Inlets>, inlet: Rc<Inlet>) {
    let mut errors = 0;
    while inlet.reader.readable().await.is_ok() {
        match inlets.read(&inlet) {
            Ok(Left::Nothing) => inlets.linger(&inlet),
            Ok(Left::Perhaps) => {
                if inlet.whole.get() >= inlet.reader.crowd() {
                    inlets.crowded.notify_one();
                }
                // others get their turn between two full batches
                tokio::task::yield_now().await;
            }
            Err(e) => {
                errors += 1;
                inlets.rest(&inlet, &e, errors).await;
                continue;
            }
        }
        errors = 0;
    }
}

/// Follows the orders of a worker, as long as the process lives.
pub async fn attend(inlets: Rc<Inlets>, mut orders: UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        match order {
            Order::Serve(share) => inlets.serve(share),
            Order::Give(share, to) => inlets.give(share, to).await,
        }
    }
}

#[cfg(test)]
mod tests;
