//! One worker thread: its runtime, its share of each socket, its timers.

use std::net::{IpAddr, SocketAddr, SocketAddrV4};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use sipc_engine::fault;
use sipc_engine::hooks::Periodic;
use sipc_engine::log::Level;
use sipc_engine::network::{
    Destination, NetError, Network, Outlet, Printed, Proxied, Received, ShellCommand, SocketId, Target,
};
use sipc_engine::script::{LocalFuture, Program};
use sipc_engine::shared::Shared;
use sipc_engine::worker::Worker;
use sipc_interface::RouteKind;
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Notify, watch};

use crate::driver::{Driver, tell_time};
use crate::gather::{Gathering, Role, govern};
use crate::inlets::{Handle, Inlets, attend};
use crate::proxy_header::{self, Header};
use crate::raw::RawSocket;
use crate::resolver::Resolver;
use crate::routes::Routes;
use crate::shares::{Order, Shares};
use crate::tcp::{Local, Pool, Tcp};
use crate::udp::{Udp, flush};
use crate::unsent::Unsent;

/// Turns that the others have when a worker ends: a connection writes what waits for it within two.
const LAST_TURNS: usize = 8;

/// What a worker thread is started with.
pub struct Start {
    /// Its number.
    pub number: usize,
    /// The processor it stays on, if it is to stay on one.
    pub processor: Option<usize>,
    /// The process.
    pub shared: Arc<Shared>,
    /// Makes the worker's own executor of the script.
    pub program: Arc<dyn Fn() -> Rc<dyn Program> + Send + Sync>,
    /// The UDP sockets of all workers.
    pub shares: Arc<Shares>,
    /// What it is told about them.
    pub orders: UnboundedReceiver<Order>,
    /// Which of them it serves.
    pub role: Role,
    /// Its share of each TCP socket.
    pub listeners: Vec<(SocketId, std::net::TcpListener)>,
    /// For datagrams that seem to come from elsewhere, if the script has such.
    pub raw: Option<Arc<RawSocket>>,
    /// The connections of the process.
    pub pool: Arc<Pool>,
    /// When the process started.
    pub epoch: Instant,
    /// Seed of tags, branches and Call-IDs.
    pub seed: u64,
    /// Tells when to start (`true`) and when to end (the sender is gone).
    pub go: watch::Receiver<bool>,
    /// Set once the first worker has run the startup route.
    pub ready: Arc<AtomicBool>,
}

/// Runs a worker to its end.
pub fn run(start: Start) -> Result<(), String> {
    if let Some(processor) = start.processor {
        crate::processors::stay_on(processor)?;
    }
    sipc_engine::statistics::count_as(start.number);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| format!("cannot start a worker: {e}"))?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, serve(start))
}

/// What datagrams of this worker leave by: its own share, whichever it reads.
fn senders(start: &Start) -> Vec<(SocketId, Rc<Udp>)> {
    let sender = |(id, socket): &(SocketId, Arc<std::net::UdpSocket>)| {
        let shared = start.shared.clone();
        let unsent = Unsent::new(move |line| shared.log.message(Level::Error, "udp", line));
        (*id, Rc::new(Udp::new(socket.clone(), unsent)))
    };
    start.shares.sockets(start.number).iter().map(sender).collect()
}

async fn serve(mut start: Start) -> Result<(), String> {
    let sockets: Vec<(SocketId, Rc<Udp>)> = senders(&start);
    let wake = Rc::new(Notify::new());
    let resolver = Resolver::from_system(&start.shared, start.seed);
    let all: Rc<[Rc<Udp>]> = sockets.iter().map(|(_, udp)| udp.clone()).collect();
    let driver = Rc::new(Driver::new(all.clone(), start.epoch));
    let (tcp, listeners) = tcp_side(&mut start, driver.clone())?;
    let sends = |s: &sipc_engine::network::Socket| s.sends_proxy_header.then_some(s.address);
    let proxy_sources = start.shared.sockets.iter().map(sends).collect();
    let net = Net {
        proxy_sources,
        sockets: by_id(&sockets),
        tcp: tcp.clone(),
        driver: driver.clone(),
        resolver,
        raw: start.raw.take(),
        routes: Routes::default(),
        wake: wake.clone(),
    };
    let program = (start.program)();
    let worker = Rc::new(Worker::new(start.number, start.shared.clone(), program, Box::new(net), start.seed));
    driver.attach(&worker);
    tell_time(&worker, start.epoch);
    begin(&worker, &start).await;
    if !wait_for_go(&mut start.go).await {
        return Ok(());
    }
    for (id, listener) in listeners {
        let transport = start.shared.socket(id).transport;
        tokio::task::spawn_local(tcp.clone().accept(id, transport, listener));
    }
    let handle = Box::new(Datagrams { worker: worker.clone(), all: all.clone(), epoch: start.epoch });
    let inlets = Inlets::new(start.number, start.shares.clone(), handle);
    receive(inlets, start.orders, start.role);
    tokio::task::spawn_local(run_timers(worker.clone(), wake, all.clone(), start.epoch));
    // ends when the main thread lets go
    while start.go.changed().await.is_ok() {}
    // what was queued last leaves: those that write it have their turns
    for _ in 0..LAST_TURNS {
        flush(&all);
        tokio::task::yield_now().await;
    }
    Ok(())
}

type Listeners = Vec<(SocketId, TcpListener)>;

/// The worker's side of TCP, and the listeners whose connections it takes.
fn tcp_side(start: &mut Start, driver: Rc<Driver>) -> Result<(Rc<Tcp>, Listeners), String> {
    let mut listeners = Vec::new();
    for (id, listener) in start.listeners.drain(..) {
        let listener = TcpListener::from_std(listener).map_err(|e| format!("cannot use a socket: {e}"))?;
        listeners.push((id, listener));
    }
    let local = |(id, _): &(SocketId, TcpListener)| {
        let socket = start.shared.socket(*id);
        Local {
            socket: *id,
            ip: socket.address.ip(),
            tos: socket.tos.or(start.pool.settings.tos),
            reads_proxy_header: socket.reads_proxy_header,
            sends_proxy_header: socket.sends_proxy_header,
        }
    };
    let locals = listeners.iter().map(local).collect();
    let protocols = start.shared.protocols.clone();
    Ok((Tcp::new(start.pool.clone(), driver, protocols, locals), listeners))
}

fn by_id(sockets: &[(SocketId, Rc<Udp>)]) -> Vec<Option<Rc<Udp>>> {
    let mut table = Vec::new();
    for (id, udp) in sockets {
        let at = usize::from(id.0);
        if table.len() <= at {
            table.resize(at + 1, None);
        }
        table[at] = Some(udp.clone());
    }
    table
}

/// Worker start callbacks; the first worker also runs the startup route and owns periodic work.
async fn begin(worker: &Rc<Worker>, start: &Start) {
    for hook in &worker.shared.hooks.worker_start {
        hook(worker);
    }
    if start.number != 0 {
        return;
    }
    sipc_engine::dummy::run_startup(worker).await;
    start.ready.store(true, Ordering::Release);
    let calls = Arc::new(Notify::new());
    let wake = calls.clone();
    worker.shared.set_wake(Box::new(move || wake.notify_one()));
    tokio::task::spawn_local(run_jobs(worker.clone(), calls, start.epoch));
    for (interval, hook) in worker.shared.hooks.periodic.clone() {
        worker.network.spawn(Box::pin(periodic(worker.clone(), interval, hook)));
    }
    for (index, route) in worker.program.routes(RouteKind::Timer).to_vec().into_iter().enumerate() {
        let seconds = u64::from(route.interval.max(1));
        worker.network.spawn(Box::pin(timer_route(worker.clone(), index as u16, seconds)));
    }
}

async fn wait_for_go(go: &mut watch::Receiver<bool>) -> bool {
    while !*go.borrow_and_update() {
        if go.changed().await.is_err() {
            return false;
        }
    }
    true
}

/// Does what other threads want of a worker.
async fn run_jobs(worker: Rc<Worker>, calls: Arc<Notify>, epoch: Instant) {
    loop {
        calls.notified().await;
        tell_time(&worker, epoch);
        for job in worker.shared.take_jobs() {
            let w = worker.clone();
            let step = Box::pin(async move { job(&w) });
            worker.network.spawn(fault::guarded(worker.clone(), step, |_| ()));
        }
    }
}

async fn periodic(worker: Rc<Worker>, interval_ms: u64, hook: Periodic) {
    let mut clock = tokio::time::interval(Duration::from_millis(interval_ms.max(1)));
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    clock.tick().await;
    loop {
        clock.tick().await;
        fault::contained(&worker, || hook(&worker));
    }
}

async fn timer_route(worker: Rc<Worker>, index: u16, seconds: u64) {
    let mut clock = tokio::time::interval(Duration::from_secs(seconds));
    // a machine that was asleep has nothing to catch up with
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    clock.tick().await;
    loop {
        clock.tick().await;
        let w = worker.clone();
        let run = Box::pin(async move { sipc_engine::dummy::run_timer(&w, index).await });
        fault::guarded(worker.clone(), run, |_| ()).await;
    }
}

/// A datagram without its PROXY header; `None` when that cannot be read.
fn unwrapped(worker: &Worker, id: SocketId, bytes: Bytes) -> Option<(Bytes, Option<Proxied>)> {
    let shared = &worker.shared;
    if !shared.socket(id).reads_proxy_header {
        return Some((bytes, None));
    }
    let header = fault::contained(worker, || proxy_header::read(&bytes)).unwrap_or(Header::Bad);
    match header {
        Header::Whole(length, told) => Some((bytes.slice(length.min(bytes.len())..), told)),
        Header::None => Some((bytes, None)),
        // line ends may be the beginning of one, and keep bindings open
        Header::More => Some((bytes, None)).filter(|(b, _)| b.len() <= 4),
        Header::Bad => {
            shared.log.message(Level::Error, "udp", format_args!("the PROXY header cannot be read"));
            None
        }
    }
}

/// Where the datagrams of a worker go.
struct Datagrams {
    worker: Rc<Worker>,
    /// All that answers may leave by.
    all: Rc<[Rc<Udp>]>,
    epoch: Instant,
}

impl Handle for Datagrams {
    fn begin(&self) {
        tell_time(&self.worker, self.epoch);
    }

    fn take(&self, socket: SocketId, source: SocketAddr, bytes: Bytes) {
        let Some((bytes, proxied)) = unwrapped(&self.worker, socket, bytes) else { return };
        let received = Received { proxied, ..Received::new(socket, source) };
        sipc_engine::receive::receive(&self.worker, bytes, received);
    }

    fn end(&self) {
        flush(&self.all);
    }

    fn has_left(&self) -> bool {
        self.all.iter().all(|udp| udp.has_left())
    }

    fn failed(&self, socket: SocketId, error: &std::io::Error) {
        let shared = &self.worker.shared;
        let uri = String::from_utf8_lossy(&shared.socket(socket).uri);
        shared.log.message(Level::Error, "udp", format_args!("cannot receive on {uri}: {error}"));
    }
}

/// Serves the shares that are this worker's to begin with, and follows orders from then on.
fn receive(inlets: Rc<Inlets>, orders: UnboundedReceiver<Order>, role: Role) {
    match role {
        Role::Alone => inlets.begin(false),
        Role::Gathered => {}
        Role::Gatherer => {
            inlets.begin(true);
            let gathering = Gathering::new(inlets.number(), inlets.shares().workers());
            tokio::task::spawn_local(govern(inlets.clone(), gathering));
        }
    }
    tokio::task::spawn_local(attend(inlets, orders));
}

/// Runs timers when one is due, not before: a process with one call that rings has little to do.
async fn run_timers(worker: Rc<Worker>, wake: Rc<Notify>, sockets: Rc<[Rc<Udp>]>, epoch: Instant) {
    loop {
        let next = worker.timers.borrow_mut().next_at();
        let Some(next) = next else {
            wake.notified().await;
            continue;
        };
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep_until((epoch + Duration::from_millis(next.0)).into()) => {
                tell_time(&worker, epoch);
                worker.run_timers();
                flush(&sockets);
            }
        }
    }
}

/// The network of one worker.
struct Net {
    sockets: Vec<Option<Rc<Udp>>>,
    /// The addresses of the sockets that send PROXY headers.
    proxy_sources: Vec<Option<SocketAddr>>,
    tcp: Rc<Tcp>,
    driver: Rc<Driver>,
    resolver: Resolver,
    raw: Option<Arc<RawSocket>>,
    routes: Routes,
    wake: Rc<Notify>,
}

impl Network for Net {
    fn local_address(&self, to: IpAddr) -> Option<IpAddr> {
        self.routes.local_address(to)
    }

    fn send(&self, from: SocketId, to: Destination, payload: Bytes) -> Result<(), NetError> {
        let Some(udp) = self.sockets.get(usize::from(from.0)).and_then(Option::as_ref) else {
            return self.tcp.send(from, &to, payload);
        };
        let payload = match self.proxy_sources.get(usize::from(from.0)).copied().flatten() {
            Some(source) => {
                let own = Proxied { source, destination: to.address };
                Bytes::from([&proxy_header::write(to.proxied.unwrap_or(own))[..], &payload].concat())
            }
            None => payload,
        };
        if udp.queue(to.address, payload) { Ok(()) } else { Err(NetError::Send) }
    }

    fn send_as(&self, from: SocketAddrV4, to: SocketAddrV4, payload: &[u8]) -> Result<(), NetError> {
        let raw = self.raw.as_ref().ok_or(NetError::NoSocket)?;
        raw.send(from, to, payload).map_err(|_| NetError::Send)
    }

    fn alias(&self, connection: u64, port: u16) {
        self.tcp.alias(connection, port);
    }

    fn connection(&self, socket: SocketId, peer: SocketAddr) -> Option<u64> {
        self.tcp.connection(socket, peer)
    }

    fn spawn(&self, mut task: LocalFuture<'static, ()>) {
        let sockets: Vec<Rc<Udp>> = self.sockets.iter().flatten().cloned().collect();
        let driver = self.driver.clone();
        // a step may come long after the one before; what it queued leaves at once, not with the next datagram that comes
        tokio::task::spawn_local(std::future::poll_fn(move |cx| {
            driver.tell_time();
            let step = task.as_mut().poll(cx);
            flush(&sockets);
            step
        }));
    }

    fn sleep(&self, ms: u64) -> LocalFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(ms)))
    }

    fn wake_timers(&self) {
        self.wake.notify_one();
    }

    fn resolve(&self, target: Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>> {
        Box::pin(self.resolver.resolve(target))
    }

    fn run(&self, command: ShellCommand) -> LocalFuture<'static, Result<Printed, String>> {
        Box::pin(crate::process::run(command))
    }

    fn write(&self, to: Outlet, text: Bytes, seconds_max: u64) -> LocalFuture<'static, Result<(), String>> {
        Box::pin(crate::outlet::write(to, text, seconds_max))
    }
}
