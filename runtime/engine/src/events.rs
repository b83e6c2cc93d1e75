//! Events: what parts of the server and scripts raise, and the event routes that subscribe to it
//! (LANGUAGE 3.8, 8.4).
//!
//! An event route never runs inside of what raised the event: it is queued on the worker that raised it,
//! and the queue has a bound. Events that nobody subscribed to cost a look-up.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::context::Named;
use crate::dummy;
use crate::log::{self, Level};
use crate::script::RouteIndex;
use crate::setup::{Configuration, Setting};
use crate::shared::Shared;
use crate::worker::Worker;
use crate::{Text, Value};
use sipc_interface::RouteKind;

/// Event routes waiting on one worker; more are refused.
const WAITING_MAX: u32 = 65_536;
/// Events raised by event routes that events of event routes started, and so on.
const DEPTH_MAX: u32 = 100;
/// Names that scripts can make.
const EVENTS_MAX: usize = 4096;

/// The events of the core, in the order of their numbers.
const CORE: &[&str] = &[
    "E_CORE_SR_STATUS_CHANGED",
    "E_CORE_THRESHOLD",
    "E_CORE_SHM_THRESHOLD",
    "E_CORE_PKG_THRESHOLD",
    "E_CORE_PROC_AUTO_SCALE",
    "E_CORE_TCP_DISCONNECT",
    "E_CORE_LOG",
];

/// The number of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub usize);

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its name.
    pub name: Text,
    /// The event routes that run when it is raised, by name, the newest first.
    pub subscribers: Vec<Text>,
}

/// All events of the process.
#[derive(Debug, Default)]
pub struct Events {
    list: RwLock<Vec<Event>>,
    /// Names of event routes.
    routes: Vec<Text>,
}

impl Events {
    /// Those of the core, of the script's event routes, and those that its calls name. Each route
    /// subscribes to the event of its name.
    pub fn new(configuration: &Configuration) -> Events {
        let text = |name: &String| Text::copy_from_slice(name.as_bytes());
        let routes: Vec<Text> = configuration.event_routes.iter().map(text).collect();
        let events = Events { list: RwLock::default(), routes };
        for name in CORE {
            events.publish(name.as_bytes());
        }
        events
    }

    /// What the script names comes behind what modules publish.
    pub(crate) fn publish_script(&self, configuration: &Configuration) {
        for route in &self.routes {
            self.publish(route);
            self.subscribe(route, &[b"route:", &route[..]].concat());
        }
        for name in &configuration.events {
            self.publish(name.as_bytes());
        }
    }

    /// The number of an event, which is made when new; `None` when there are too many.
    pub fn publish(&self, name: &[u8]) -> Option<EventId> {
        if let Some(id) = self.find(name) {
            return Some(id);
        }
        let mut list = self.list.write();
        if let Some(at) = list.iter().position(|e| e.name == name) {
            return Some(EventId(at));
        }
        if list.len() >= EVENTS_MAX {
            return None;
        }
        list.push(Event { name: Text::copy_from_slice(name), subscribers: Vec::new() });
        Some(EventId(list.len() - 1))
    }

    /// The number of an event.
    pub fn find(&self, name: &[u8]) -> Option<EventId> {
        self.list.read().iter().position(|e| e.name == name).map(EventId)
    }

    /// All events, in the order of their numbers.
    pub fn all(&self) -> Vec<Event> {
        self.list.read().clone()
    }

    /// Whether raising the event leads to anything.
    pub fn is_wanted(&self, id: EventId) -> bool {
        self.list.read().get(id.0).is_some_and(|e| !e.subscribers.is_empty())
    }

    /// The event route that a socket `route:name` names; no other transport is built.
    pub fn route_of(&self, socket: &[u8]) -> Option<&Text> {
        let name = socket.strip_prefix(b"route:")?;
        self.routes.iter().find(|r| r[..] == *name)
    }

    /// Subscribes to an event; again is no second subscription. `false` when event or socket are unknown.
    pub fn subscribe(&self, event: &[u8], socket: &[u8]) -> bool {
        let Some(route) = self.route_of(socket) else { return false };
        let mut list = self.list.write();
        let Some(event) = list.iter_mut().find(|e| e.name == event) else { return false };
        if !event.subscribers.contains(route) {
            event.subscribers.insert(0, route.clone());
        }
        true
    }

    fn subscribers(&self, id: EventId) -> (Text, Vec<Text>) {
        let list = self.list.read();
        list.get(id.0).map(|e| (e.name.clone(), e.subscribers.clone())).unwrap_or_default()
    }
}

/// A parameter with a name.
pub fn named(name: &'static str, value: Value) -> Named {
    Named { name: Text::from_static(name.as_bytes()), value }
}

/// Raises an event on a worker; `false` when its queue is full. `depth` is that of the event route which
/// raises it, if one does.
pub fn raise(worker: &Rc<Worker>, id: EventId, params: &[Named], depth: u32) -> bool {
    let (name, subscribers) = worker.shared.events.subscribers(id);
    let mut taken = true;
    for route in subscribers {
        let Some(index) = worker.program.find(RouteKind::Event, &route) else { continue };
        taken &= queue(worker, index, params.to_vec(), depth + 1);
    }
    if !taken {
        let name = String::from_utf8_lossy(&name);
        worker.shared.log.message(Level::Error, "evi_raise_event", format_args!("{name}: not raised"));
    }
    taken
}

/// Raises an event from another thread, on the first worker.
pub fn raise_from_outside(shared: &Shared, id: EventId, params: Vec<Named>) -> bool {
    !shared.events.is_wanted(id)
        || shared.on_worker(Box::new(move |worker| {
            raise(worker, id, &params, 0);
        }))
}

/// Has log lines raise E_CORE_LOG, as far as the consumer `event` takes them.
pub fn raise_log_lines(shared: &Arc<Shared>) {
    let Some(id) = shared.events.find(b"E_CORE_LOG") else { return };
    let set = |name: &str| shared.configuration.globals.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v);
    let number = |name: &str| set(name).and_then(Setting::int).unwrap_or(0);
    shared.log.consumers.event.set(number("log_event_level_filter"), number("log_event_enabled") == 0);
    let prefix = set("log_prefix").and_then(Setting::text).unwrap_or_default().to_owned();
    let process = Arc::downgrade(shared);
    shared.log.set_on_line(Box::new(move |level, origin, text| {
        let Some(shared) = process.upgrade().filter(|s| s.events.is_wanted(id)) else { return };
        let params = line_params(&shared, &prefix, level, origin, text);
        // when too much is waiting, the event is lost; a line about it would make another one
        let _ = raise_from_outside(&shared, id, params);
    }));
}

fn line_params(shared: &Shared, prefix: &str, level: Level, origin: &str, text: &[u8]) -> Vec<Named> {
    let words = |text: &str| Value::Text(Text::copy_from_slice(text.as_bytes()));
    let unix = i64::try_from(shared.unix_now()).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    let time = unix.map(|t| t.format("%b %e %H:%M:%S").to_string()).unwrap_or_default();
    let pid = Value::Int(std::process::id() as i32);
    let mut params =
        vec![named("time", words(&time)), named("pid", pid), named("level", words(level.word()))];
    if !origin.is_empty() {
        let (module, function) = origin.split_once(':').unwrap_or(("core", origin));
        params.extend([named("module", words(module)), named("function", words(function))]);
    }
    if !prefix.is_empty() {
        params.push(named("prefix", words(&format!("{prefix}:"))));
    }
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    params.push(named("message", Value::Text(Text::copy_from_slice(text))));
    params
}

fn queue(worker: &Rc<Worker>, index: RouteIndex, params: Vec<Named>, depth: u32) -> bool {
    let waiting = worker.local.events.get();
    if waiting >= WAITING_MAX || depth > DEPTH_MAX {
        return false;
    }
    worker.local.events.set(waiting + 1);
    let place = Waiting(worker.clone());
    let mut run = Box::pin(async move {
        let worker = place.0.clone();
        dummy::run_event(&worker, index, params, depth).await;
        drop(place);
    });
    let quiet = std::future::poll_fn(move |cx| log::without_events(|| run.as_mut().poll(cx)));
    worker.later(Box::pin(quiet));
    true
}

/// Counts one event route until it has run, however it ends.
struct Waiting(Rc<Worker>);

impl Drop for Waiting {
    fn drop(&mut self) {
        let count = &self.0.local.events;
        count.set(count.get().saturating_sub(1));
    }
}
