//! One site with one worker, driven event by event on a virtual clock. The same seed, secret and start
//! time each time: the same events give the same bytes.

use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use sipc_engine::hooks::Periodic;
use sipc_engine::log::Log;
use sipc_engine::mi::Pending;
use sipc_engine::network::{Network, Received, Socket, SocketId, Transport};
use sipc_engine::script::Program;
use sipc_engine::setup::{Configuration, Linked, Setting, Setup, SocketSpec};
use sipc_engine::shared::Shared;
use sipc_engine::status_report;
use sipc_engine::timers::TICK_MS;
use sipc_engine::worker::Worker;
use sipc_interface::RouteKind;
use sipc_transaction::Time;

use crate::network::{Event, Lines, Net, Record, State, What, answered};

/// Unix time of every start: 2023-11-14 22:13:20 UTC.
pub const STARTED_UNIX: u64 = 1_700_000_000;
/// Where a script without `socket` listens.
const DEFAULT_HOST: &str = "10.0.0.9";
const SEED: u64 = 0x5eed;
const SECRET: u32 = 0x51bc_51bc;

/// What is tested: a script with the executor that runs it.
pub struct Subject {
    /// What the script sets.
    pub configuration: Configuration,
    /// The modules linked.
    pub modules: Vec<Linked>,
    /// The executor.
    pub program: Rc<dyn Program>,
}

/// Work that is repeated.
#[derive(Clone, Copy)]
enum Repeated {
    Hook(Periodic),
    Route(u16),
}

/// A running site.
pub struct VirtualSite {
    /// Its only worker.
    pub worker: Rc<Worker>,
    /// Its network.
    pub network: Rc<State>,
    /// Interval and next time of what is repeated, milliseconds.
    repeated: Vec<(u64, u64, Repeated)>,
}

impl VirtualSite {
    /// Sets a site up as `sipc-net` does and runs its startup route. `transactions_max` replaces the bound of
    /// the transaction table.
    ///
    /// # Errors
    /// What a module says when it refuses to start.
    pub fn start(subject: Subject, transactions_max: Option<usize>) -> Result<VirtualSite, String> {
        let record = Arc::new(Record::default());
        let shared = Arc::new(set_up(subject.configuration, &subject.modules, transactions_max, &record)?);
        shared.check_sockets()?;
        sipc_engine::events::raise_log_lines(&shared);
        let network = State::new(record);
        let worker = Worker::new(0, shared, subject.program, Box::new(Net(network.clone())), SEED);
        let mut site = VirtualSite { worker: Rc::new(worker), network, repeated: Vec::new() };
        site.set_time(0);
        site.begin();
        Ok(site)
    }

    /// Milliseconds since the start.
    pub fn now(&self) -> u64 {
        self.network.record.now()
    }

    /// The process.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.worker.shared
    }

    /// A datagram arrives.
    pub fn receive(&self, socket: usize, source: SocketAddr, bytes: Bytes) {
        let socket = SocketId(u16::try_from(socket).unwrap_or(0));
        sipc_engine::receive::receive(&self.worker, bytes, Received::new(socket, source));
        self.network.poll_tasks();
    }

    /// Time passes, tick by tick; when nothing can happen it jumps.
    pub fn advance(&mut self, ms: u64) {
        let end = self.now() + ms;
        while self.now() < end {
            let busy = self.network.has_tasks() || !self.worker.timers.borrow().is_empty();
            let tick = (self.now() / TICK_MS + 1) * TICK_MS;
            let repeated = self.repeated.iter().map(|(_, next, _)| *next).min().unwrap_or(u64::MAX);
            self.set_time(if busy { tick } else { repeated.max(self.now() + 1) }.min(end));
            self.worker.run_timers();
            self.run_repeated();
            self.run_jobs();
            self.network.poll_tasks();
        }
    }

    /// The clock leaps, as when a machine was asleep: what was due meanwhile is late, all at once.
    pub fn leap(&mut self, ms: u64) {
        self.set_time(self.now() + ms);
        self.worker.run_timers();
        self.run_repeated();
        self.run_jobs();
        self.network.poll_tasks();
    }

    /// Does what management commands left for the worker.
    pub fn run_jobs(&self) {
        for job in self.shared().take_jobs() {
            job(&self.worker);
        }
        self.network.poll_tasks();
    }

    /// Waits for the answer of a command, which is noted when it is there, and does what it asks for.
    pub fn await_answer(&self, answer: Pending) {
        let record = self.network.record.clone();
        let noted = async move { record.note(What::Answered(answered(&answer.await))) };
        Net(self.network.clone()).spawn(Box::pin(noted));
        self.run_jobs();
        self.network.poll_tasks();
    }

    /// From now on new requests are refused.
    pub fn drain(&self) {
        self.shared().draining.store(true, Ordering::Relaxed);
    }

    /// Takes out what happened since the last time.
    pub fn take(&self) -> Vec<Event> {
        self.network.record.take()
    }

    fn set_time(&self, ms: u64) {
        self.network.record.set_now(ms);
        self.shared().virtual_unix.store(STARTED_UNIX + ms / 1_000, Ordering::Relaxed);
        self.worker.set_time(Time(ms), STARTED_UNIX * 1_000_000 + ms * 1_000);
    }

    fn begin(&mut self) {
        let shared = self.shared().clone();
        for hook in &shared.hooks.worker_start {
            hook(&self.worker);
        }
        let worker = self.worker.clone();
        self.worker.start(Box::pin(async move { sipc_engine::dummy::run_startup(&worker).await }));
        self.network.poll_tasks();
        status_report::set_status(
            &shared,
            "core",
            status_report::MAIN,
            status_report::READY,
            Some("running"),
        );
        for (interval, hook) in &shared.hooks.periodic {
            self.repeated.push((*interval.max(&1), *interval.max(&1), Repeated::Hook(*hook)));
        }
        for (index, route) in self.worker.program.routes(RouteKind::Timer).iter().enumerate() {
            let interval = u64::from(route.interval.max(1)) * 1000;
            self.repeated.push((interval, interval, Repeated::Route(u16::try_from(index).unwrap_or(0))));
        }
    }

    fn run_repeated(&mut self) {
        let now = self.now();
        for (interval, next, what) in &mut self.repeated {
            if *next > now {
                continue;
            }
            *next += *interval;
            match *what {
                Repeated::Hook(hook) => hook(&self.worker),
                Repeated::Route(index) => {
                    let worker = self.worker.clone();
                    let run = async move { sipc_engine::dummy::run_timer(&worker, index).await };
                    self.worker.start(Box::pin(run));
                }
            }
        }
    }
}

fn set_up(
    configuration: Configuration,
    linked: &[Linked],
    transactions_max: Option<usize>,
    record: &Arc<Record>,
) -> Result<Shared, String> {
    let level = |name: &str| {
        let set = configuration.globals.iter().rev().find(|(n, _)| n == name);
        set.and_then(|(_, v)| v.int()).unwrap_or(2)
    };
    let log = Log::new(level("log_level"), level("xlog_level"), Box::new(Lines(record.clone())));
    let mut setup = Setup::new(configuration.clone(), sockets(&configuration.sockets));
    for name in configuration.start_order() {
        let found = linked.iter().find(|m| m.name == *name);
        let found = found.ok_or_else(|| format!("module {name} is not linked"))?;
        (found.init)(&mut setup).map_err(|e| format!("module {name}: {e}"))?;
    }
    if let Some(max) = transactions_max {
        setup.transactions.transactions_max = max;
    }
    // no test may depend on the version
    for (name, line) in [("server_header", "Server: sipc"), ("user_agent_header", "User-Agent: sipc")] {
        setup.configuration.globals.insert(0, (name.into(), Setting::Text(line.into())));
    }
    Ok(Shared::new(setup, log, STARTED_UNIX, SECRET, Vec::new()))
}

fn sockets(specs: &[SocketSpec]) -> Vec<Socket> {
    let default =
        [SocketSpec { transport: "udp".into(), host: DEFAULT_HOST.into(), ..SocketSpec::default() }];
    let specs = if specs.is_empty() { &default } else { specs };
    let ports = |s: &SocketSpec| if s.ports.is_empty() { vec![5060] } else { s.ports.clone() };
    let all = specs.iter().flat_map(|s| ports(s).into_iter().enumerate().map(move |(i, port)| (s, i, port)));
    all.enumerate().map(|(id, (spec, i, port))| socket(id, spec, i, port)).collect()
}

fn socket(id: usize, spec: &SocketSpec, nth: usize, port: u16) -> Socket {
    // names, interfaces and `*` stand for addresses of the machine, which is none here
    let default = || IpAddr::from([10, 0, 0, 9]);
    let host = spec.host.trim_matches(['[', ']']);
    let ip = host.parse().ok().filter(|ip: &IpAddr| !ip.is_unspecified()).unwrap_or_else(default);
    let transport = Transport::of(spec.transport.as_bytes()).unwrap_or(Transport::Udp);
    Socket {
        id: SocketId(u16::try_from(id).unwrap_or(0)),
        transport,
        address: SocketAddr::new(ip, port),
        name: spec.host.clone(),
        host: Bytes::from(if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() }),
        advertised_host: spec.advertised_host.clone().map(Bytes::from),
        advertised_port: spec.advertised_ports.get(nth).copied(),
        tag: spec.tag.clone(),
        anycast: spec.anycast,
        reads_proxy_header: spec.reads_proxy_header,
        sends_proxy_header: spec.sends_proxy_header,
        accept_subdomain: spec.accept_subdomain,
        reuse_port: spec.reuse_port,
        tos: spec.tos,
        uri: Bytes::from(format!("{}:{ip}:{port}", transport.lower_name())),
    }
}
