//! What tasks of a worker need to hand something to it: its clock told, its messages handled, its datagrams sent.

use std::cell::OnceCell;
use std::fmt::Arguments;
use std::rc::{Rc, Weak};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use sipc_engine::log::Level;
use sipc_engine::network::Received;
use sipc_engine::script::LocalFuture;
use sipc_engine::worker::Worker;
use sipc_engine::{Text, Value, events, fault};
use sipc_transaction::Time;

use crate::tcp::Connection;
use crate::udp::{self, Udp};

/// The way to a worker. It is made before its worker, whose network it belongs to.
pub struct Driver {
    worker: OnceCell<Weak<Worker>>,
    udp: Rc<[Rc<Udp>]>,
    epoch: Instant,
}

impl Driver {
    /// A way to a worker that is not there yet.
    pub fn new(udp: Rc<[Rc<Udp>]>, epoch: Instant) -> Driver {
        Driver { worker: OnceCell::new(), udp, epoch }
    }

    /// The worker is there now; there is one in a driver's life.
    pub fn attach(&self, worker: &Rc<Worker>) {
        let _ = self.worker.set(Rc::downgrade(worker));
    }

    fn worker(&self) -> Option<Rc<Worker>> {
        self.worker.get().and_then(Weak::upgrade)
    }

    /// Tells the worker what time it is.
    pub fn tell_time(&self) {
        if let Some(worker) = self.worker() {
            tell_time(&worker, self.epoch);
        }
    }

    /// A task whose faults are told and counted; after one, `after` is done.
    pub fn guarded(
        &self,
        task: LocalFuture<'static, ()>,
        after: impl FnOnce() + 'static,
    ) -> LocalFuture<'static, ()> {
        match self.worker() {
            Some(worker) => fault::guarded(worker, task, |_| after()),
            None => task,
        }
    }

    /// Handles a message of a stream.
    pub fn receive(&self, message: Bytes, received: Received) {
        let Some(worker) = self.worker() else { return };
        tell_time(&worker, self.epoch);
        sipc_engine::receive::receive(&worker, message, received);
        udp::flush(&self.udp);
    }

    /// A message that was taken for sending could not be sent.
    pub fn unsent(&self, message: Bytes) {
        let Some(worker) = self.worker() else { return };
        tell_time(&worker, self.epoch);
        fault::contained(&worker, || sipc_engine::tm::unsent(&worker, message));
        udp::flush(&self.udp);
    }

    /// A connection that was open has ended.
    pub fn disconnected(&self, connection: &Connection) {
        let Some(worker) = self.worker() else { return };
        let shared = worker.shared.clone();
        let Some(id) = shared.events.find(b"E_CORE_TCP_DISCONNECT").filter(|id| shared.events.is_wanted(*id))
        else {
            return;
        };
        tell_time(&worker, self.epoch);
        let text = |ip| Value::Text(Text::from(sipc_engine::address::text(ip)));
        let (here, there) = (shared.socket(connection.socket).address, connection.peer);
        let protocol = Value::literal(connection.transport.lower_name().as_bytes());
        let params = [
            events::named("src_ip", text(there.ip())),
            events::named("src_port", Value::Int(i32::from(there.port()))),
            events::named("dst_ip", text(here.ip())),
            events::named("dst_port", Value::Int(i32::from(here.port()))),
            events::named("proto", protocol),
        ];
        events::raise(&worker, id, &params, 0);
        udp::flush(&self.udp);
    }

    /// Logs a warning.
    pub fn warn(&self, text: Arguments<'_>) {
        if let Some(worker) = self.worker() {
            worker.shared.log.message(Level::Warning, "tcp", text);
        }
    }
}

/// Tells the worker what time it is.
pub fn tell_time(worker: &Worker, epoch: Instant) {
    let now = Time(u64::try_from(epoch.elapsed().as_millis()).unwrap_or(u64::MAX));
    let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    worker.set_time(now, u64::try_from(unix.as_micros()).unwrap_or(u64::MAX));
}
