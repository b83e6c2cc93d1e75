//! The network and the clock as the engine sees them: what is sent is recorded, names are found in a
//! table, waiting futures are polled whenever time has moved.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value as Json;
use sipc_engine::log::{Level, Sink, Targets};
use sipc_engine::mi::MiError;
use sipc_engine::network::{
    Destination, NetError, Network, Outlet, Printed, ShellCommand, SocketId, Target, Transport,
};
use sipc_engine::script::LocalFuture;

/// Something that the outside can see.
#[derive(Debug, Clone)]
pub struct Event {
    /// When, milliseconds since the start.
    pub at: u64,
    /// What.
    pub what: What,
}

/// What the outside can see.
#[derive(Debug, Clone)]
pub enum What {
    /// A datagram left.
    Sent {
        /// From this socket.
        socket: usize,
        /// To this address.
        to: SocketAddr,
        /// Its content.
        payload: Bytes,
    },
    /// A datagram left that seems to come from elsewhere.
    SentAs {
        /// From there.
        from: SocketAddrV4,
        /// To this address.
        to: SocketAddrV4,
        /// Its content.
        payload: Bytes,
    },
    /// A command was run.
    Ran(ShellCommand),
    /// The answer of a management command that took its time.
    Answered(String),
    /// A text was written for another program.
    Wrote(Outlet, Bytes),
    /// A line was logged.
    Logged {
        /// Its level.
        level: Level,
        /// `module:function` for lines of the program; empty for those of the script.
        origin: String,
        /// Its text.
        text: String,
    },
}

/// The clock and what happened so far, in order.
#[derive(Debug, Default)]
pub struct Record {
    now: AtomicU64,
    events: Mutex<Vec<Event>>,
}

impl Record {
    /// Milliseconds since the start.
    pub fn now(&self) -> u64 {
        self.now.load(Ordering::Relaxed)
    }

    /// Moves the clock.
    pub fn set_now(&self, ms: u64) {
        self.now.store(ms, Ordering::Relaxed);
    }

    /// Notes an event.
    pub fn note(&self, what: What) {
        self.events.lock().push(Event { at: self.now(), what });
    }

    /// Takes out what happened since the last time.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut *self.events.lock())
    }
}

/// A log that goes into the record.
pub struct Lines(pub Arc<Record>);

impl Sink for Lines {
    fn line(&self, _to: Targets, level: Level, origin: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        self.0.note(What::Logged { level, origin: origin.to_owned(), text });
    }
}

/// Servers of a name, and how long it takes to find them.
pub type Answer = (u64, Vec<SocketAddr>);

/// The state of a virtual network, shared with the test.
pub struct State {
    /// What happened.
    pub record: Arc<Record>,
    /// Names that resolve.
    pub names: RefCell<HashMap<String, Answer>>,
    /// What commands print, and how long that takes; others print nothing.
    pub commands: RefCell<HashMap<String, (u64, Vec<String>)>>,
    /// Addresses that cannot be sent to.
    pub unreachable: RefCell<HashSet<SocketAddr>>,
    tasks: RefCell<Vec<LocalFuture<'static, ()>>>,
}

impl State {
    /// An empty network.
    pub fn new(record: Arc<Record>) -> Rc<State> {
        let (names, commands, unreachable, tasks) = Default::default();
        Rc::new(State { record, names, commands, unreachable, tasks })
    }

    /// Whether a future waits.
    pub fn has_tasks(&self) -> bool {
        !self.tasks.borrow().is_empty()
    }

    /// Polls what waits; nothing here wakes anybody, so each is asked.
    pub fn poll_tasks(&self) {
        let mut cx = Context::from_waker(Waker::noop());
        let mut waiting = Vec::new();
        loop {
            let tasks = std::mem::take(&mut *self.tasks.borrow_mut());
            if tasks.is_empty() {
                break;
            }
            for mut task in tasks {
                if task.as_mut().poll(&mut cx).is_pending() {
                    waiting.push(task);
                }
            }
        }
        *self.tasks.borrow_mut() = waiting;
    }
}

/// A worker's view of the network.
pub struct Net(pub Rc<State>);

impl Network for Net {
    /// In each network of 256 addresses the site has the ninth, as its default socket does.
    fn local_address(&self, to: IpAddr) -> Option<IpAddr> {
        match to {
            IpAddr::V4(ip) => Some(IpAddr::from([ip.octets()[0], ip.octets()[1], ip.octets()[2], 9])),
            IpAddr::V6(_) => None,
        }
    }

    fn send(&self, from: SocketId, to: Destination, payload: Bytes) -> Result<(), NetError> {
        if to.transport != Transport::Udp {
            return Err(NetError::NoSocket);
        }
        if self.0.unreachable.borrow().contains(&to.address) {
            return Err(NetError::Send);
        }
        self.0.record.note(What::Sent { socket: usize::from(from.0), to: to.address, payload });
        Ok(())
    }

    fn send_as(&self, from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Result<(), NetError> {
        self.0.record.note(What::SentAs { from, to, payload: Bytes::copy_from_slice(payload) });
        Ok(())
    }

    fn spawn(&self, task: LocalFuture<'static, ()>) {
        self.0.tasks.borrow_mut().push(task);
    }

    fn sleep(&self, ms: u64) -> LocalFuture<'static, ()> {
        let record = self.0.record.clone();
        Box::pin(Until { at: record.now() + ms, record })
    }

    fn wake_timers(&self) {}

    fn resolve(&self, target: Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>> {
        let host = String::from_utf8_lossy(&target.host).to_ascii_lowercase();
        let answer = self.0.names.borrow().get(&host).cloned();
        let sleep = self.sleep(answer.as_ref().map_or(0, |(ms, _)| *ms));
        Box::pin(async move {
            sleep.await;
            let (_, found) = answer.ok_or(NetError::Unresolvable)?;
            let to = |mut address: SocketAddr| {
                address.set_port(target.port.unwrap_or(address.port()));
                Destination::new(target.transport.unwrap_or(Transport::Udp), address)
            };
            Ok(found.into_iter().map(to).collect())
        })
    }

    fn run(&self, command: ShellCommand) -> LocalFuture<'static, Result<Printed, String>> {
        self.0.record.note(What::Ran(command.clone()));
        let text = String::from_utf8_lossy(&command.command).into_owned();
        let (after, all) = self.0.commands.borrow().get(&text).cloned().unwrap_or_default();
        let waits = command.output || command.errors;
        let sleep = self.sleep(if waits { after } else { 0 });
        Box::pin(async move {
            sleep.await;
            let output = lines(&all, command.output, false);
            Ok(Printed { output, errors: lines(&all, command.errors, true) })
        })
    }

    fn write(&self, to: Outlet, text: Bytes, _seconds_max: u64) -> LocalFuture<'static, Result<(), String>> {
        self.0.record.note(What::Wrote(to, text));
        Box::pin(async { Ok(()) })
    }
}

/// The lines of one of the two outputs of a command: those of its errors begin with `2> `.
fn lines(all: &[String], wanted: bool, errors: bool) -> Bytes {
    let of = |line: &'_ String| match (line.strip_prefix("2> "), errors) {
        (Some(rest), true) => Some(format!("{rest}\n")),
        (None, false) => Some(format!("{line}\n")),
        _ => None,
    };
    Bytes::from(if wanted { all.iter().filter_map(of).collect() } else { String::new() })
}

/// Ends when the clock has come there.
struct Until {
    record: Arc<Record>,
    at: u64,
}

impl Future for Until {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        if self.record.now() >= self.at { Poll::Ready(()) } else { Poll::Pending }
    }
}

/// What a management command answered, as text.
pub fn answered(result: &Result<Json, MiError>) -> String {
    match result {
        // a tree of strings and numbers always has a text
        Ok(result) => serde_json::to_string_pretty(result).unwrap_or_default(),
        Err(e) => format!("error {} {}", e.code, e.message),
    }
}
