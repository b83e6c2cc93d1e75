//! Start, signals, drain.

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sipc_engine::log::{Level, Log};
use sipc_engine::network::{Socket, SocketId, Transport};
use sipc_engine::script::Program;
use sipc_engine::setup::{Configuration, Linked, Setting, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::status_report;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};

use crate::gather::Role;
use crate::logs::{self, Consumers, Writer};
use crate::options::{HELP, Options};
use crate::processors;
use crate::raw::RawSocket;
use crate::shares::{Shares, Sockets};
use crate::{daemon, overrides, sockets, tcp, udp, worker};

/// How long transactions in flight may take after SIGTERM, unless `--drain` says otherwise.
const DRAIN_MS: u64 = 3_000;

/// One site: what its script sets and does, and the modules linked with it.
pub struct Site {
    /// What the script sets.
    pub configuration: Configuration,
    /// The modules linked; those that the script loads are started.
    pub modules: Vec<Linked>,
    /// Makes a worker's executor of the script.
    pub program: Arc<dyn Fn() -> Rc<dyn Program> + Send + Sync>,
    /// What `--manifest` prints.
    pub manifest: String,
}

/// The whole program of a site binary.
pub fn main(site: Site) -> ExitCode {
    match Options::parse(std::env::args_os().skip(1)) {
        Ok(Options { argument: Some(path), .. }) => {
            eprintln!("error: unexpected argument {}\n\n{HELP}", path.display());
            ExitCode::FAILURE
        }
        Ok(options) => run(site, options),
        Err(text) => {
            eprintln!("error: {text}\n\n{HELP}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a site until it is told to end.
pub fn run(site: Site, options: Options) -> ExitCode {
    if options.help {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if options.version {
        println!("version: sipc {} (x86_64/linux), OpenSIPS 4.0 compatible", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    if options.manifest {
        println!("{}", site.manifest);
        return ExitCode::SUCCESS;
    }
    if !options.define.is_empty() {
        eprintln!("error: -D NAME=VALUE fills in a script when it is built; here it is built already");
        return ExitCode::FAILURE;
    }
    if options.check {
        let mut configuration = site.configuration;
        if let Err(text) = overrides::apply(&mut configuration, &options) {
            eprintln!("error: {text}");
            return ExitCode::FAILURE;
        }
        println!("config file ok, exiting...");
        return ExitCode::SUCCESS;
    }
    sipc_engine::fault::note_places();
    match start_and_serve(site, &options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn start_and_serve(mut site: Site, options: &Options) -> Result<(), String> {
    overrides::apply(&mut site.configuration, options)?;
    apply_options(&mut site.configuration, options);
    let set = text(&site.configuration, "wdir").map(PathBuf::from);
    if let Some(dir) = options.directory.clone().or(set) {
        std::env::set_current_dir(&dir).map_err(|e| format!("cannot change to {}: {e}", dir.display()))?;
    }
    let debug = options.debug || flag(&site.configuration, "debug_mode");
    if !options.foreground && !debug && !options.detached {
        return daemon::detach();
    }
    let workers = worker_count(&site.configuration, options);
    let sockets = sockets::expand(&site.configuration.sockets, |t| port_of(&site.configuration, t))?;
    if sockets.is_empty() {
        return Err("nothing to listen on: add socket=udp:ADDRESS:PORT to the script, or use -l".into());
    }
    let bound = bind(&sockets, workers, &site.configuration)?;
    let (log, writer) = start_log(&site.configuration, options, debug)?;
    let result = serve(site, options, sockets, bound, log);
    writer.stop();
    result
}

fn apply_options(c: &mut Configuration, options: &Options) {
    c.sockets.extend(options.listen.iter().cloned());
    if let Some(address) = &options.advertised {
        c.globals.push(("advertised_address".into(), Setting::Text(address.clone())));
    }
    if options.more_logging > 0 {
        let level = int(c, "log_level").unwrap_or(2) + options.more_logging;
        c.globals.push(("log_level".into(), Setting::Int(level)));
    }
}

fn int(c: &Configuration, name: &str) -> Option<i32> {
    c.globals.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| v.int())
}

fn text(c: &Configuration, name: &str) -> Option<String> {
    c.globals.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| v.text()).map(str::to_owned)
}

fn flag(c: &Configuration, name: &str) -> bool {
    int(c, name).is_some_and(|n| n != 0)
}

/// One worker per processor, or fewer when the script asks for fewer: unlike OpenSIPS' processes they
/// never block, so more would only compete.
fn worker_count(c: &Configuration, options: &Options) -> usize {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let asked = int(c, "udp_workers").and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    options.workers.unwrap_or(processors.min(asked.unwrap_or(processors))).max(1)
}

/// The port of sockets that name none: that of the transport, or what its module was told.
fn port_of(c: &Configuration, transport: Transport) -> u16 {
    let name = transport.lower_name();
    let (module, param) = (format!("proto_{name}"), format!("{name}_port"));
    let set = c.modparams.iter().rev().find(|(m, n, _)| *m == module && *n == param);
    let port = set.and_then(|(.., v)| v.int()).and_then(|n| u16::try_from(n).ok());
    port.filter(|n| *n > 0).unwrap_or(transport.default_port())
}

/// A worker's share of each socket.
#[derive(Default)]
struct Share {
    udp: Sockets,
    tcp: Vec<(SocketId, std::net::TcpListener)>,
}

/// Binds all sockets.
fn bind(sockets: &[Socket], workers: usize, c: &Configuration) -> Result<Vec<Share>, String> {
    let number = |name: &str| int(c, name).and_then(|n| u32::try_from(n).ok());
    let how = udp::How {
        shared: false,
        tos: number("tos"),
        multicast_ttl: number("mcast_ttl"),
        multicast_loop: flag(c, "mcast_loopback"),
    };
    let backlog = tcp::Settings::of(c).backlog;
    let mut shares: Vec<Share> = (0..workers).map(|_| Share::default()).collect();
    for socket in sockets {
        let name = String::from_utf8_lossy(&socket.uri).into_owned();
        let how = udp::How { shared: socket.reuse_port, tos: socket.tos.or(how.tos), ..how };
        match socket.transport {
            Transport::Udp => {
                let bound = udp::bind(socket.address, workers, how).map_err(|e| why_not(&name, &e))?;
                shares
                    .iter_mut()
                    .zip(bound)
                    .for_each(|(share, one)| share.udp.push((socket.id, Arc::new(one))));
            }
            Transport::Sctp => return Err(format!("cannot listen on {name}: this build has no SCTP")),
            transport if c.modules.iter().any(|m| *m == format!("proto_{}", transport.lower_name())) => {
                let bound = tcp::bind(socket.address, workers, how.shared, how.tos, backlog);
                let bound = bound.map_err(|e| why_not(&name, &e))?;
                shares.iter_mut().zip(bound).for_each(|(share, one)| share.tcp.push((socket.id, one)));
            }
            transport => {
                let module = transport.lower_name();
                return Err(format!("cannot listen on {name}: the script does not load proto_{module}.so"));
            }
        }
    }
    Ok(shares)
}

fn why_not(name: &str, e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::AddrInUse => format!("cannot listen on {name}: another program uses the port"),
        std::io::ErrorKind::PermissionDenied => {
            format!("cannot listen on {name}: permission denied (ports below 1024 need CAP_NET_BIND_SERVICE)")
        }
        std::io::ErrorKind::AddrNotAvailable => {
            format!("cannot listen on {name}: no interface has this address")
        }
        _ => format!("cannot listen on {name}: {e}"),
    }
}

fn start_log(c: &Configuration, options: &Options, debug: bool) -> Result<(Arc<Log>, Writer), String> {
    let facility_name = text(c, "syslog_facility").unwrap_or_else(|| "LOG_DAEMON".into());
    let stderr = options.stderr || debug || int(c, "stderror_enabled").is_none_or(|n| n != 0);
    let consumers = Consumers {
        stderr_format: logs::Format::of(&text(c, "stderror_log_format").unwrap_or_default()),
        syslog_format: logs::Format::of(&text(c, "syslog_log_format").unwrap_or_default()),
        prefix: text(c, "log_prefix").unwrap_or_default(),
        facility: logs::facility(&facility_name)
            .ok_or_else(|| format!("syslog_facility: no such facility: {facility_name}"))?,
        name: text(c, "syslog_name").unwrap_or_else(|| "sipc".into()),
    };
    let (queue, writer) = logs::start(consumers).map_err(|e| format!("cannot start the log: {e}"))?;
    let level = if debug { 4 } else { int(c, "log_level").unwrap_or(2) };
    let xlog_level = int(c, "xlog_level").unwrap_or(2);
    let log = Log::new(level, xlog_level, Box::new(queue));
    let filter = |name: &str| int(c, name).unwrap_or(0);
    log.consumers.stderr.set(filter("stderror_level_filter"), !stderr);
    log.consumers.syslog.set(filter("syslog_level_filter"), debug || !flag(c, "syslog_enabled"));
    Ok((log, writer))
}

fn serve(
    site: Site,
    options: &Options,
    sockets: Vec<Socket>,
    bound: Vec<Share>,
    log: Arc<Log>,
) -> Result<(), String> {
    let shared = set_up(&site, sockets, log)?;
    // before privileges are dropped
    let raw = shared.sends_raw.then(RawSocket::open).transpose()?.map(Arc::new);
    let set = text(&site.configuration, "chroot").map(PathBuf::from);
    if let Some(root) = options.root.clone().or(set) {
        daemon::change_root(&root)?;
    }
    daemon::drop_privileges(options)?;
    write_ids(options)?;
    let result = run_workers(&site, options, &shared, (bound, raw));
    remove_ids(options);
    result
}

fn run_workers(
    site: &Site,
    options: &Options,
    shared: &Arc<Shared>,
    sockets: (Vec<Share>, Option<Arc<RawSocket>>),
) -> Result<(), String> {
    for service in &shared.hooks.services {
        service(shared)?;
    }
    let (go, _) = watch::channel(false);
    let ready = Arc::new(AtomicBool::new(false));
    let pinned = if options.pin { processors::allowed()? } else { Vec::new() };
    let ends = Arc::new(Notify::new());
    let threads = start_workers(site, shared, sockets, (&pinned, options.spread), &go, &ready, &ends)?;
    wait_until_ready(&threads, &ready)?;
    // who gets an answer, or reads that the server is up, may end it at once
    let signals = Signals::watch()?;
    // no receiver left means that every worker has ended, which the joins below report
    let _ = go.send(true);
    announce(shared, options);
    status_report::set_status(shared, "core", status_report::MAIN, status_report::READY, Some("running"));
    let tell = ends.clone();
    shared.when_asked_to_end(Box::new(move || tell.notify_one()));
    signals.wait(shared, options.drain_ms.unwrap_or(DRAIN_MS), &ends);
    drop(go);
    let ended = join(threads);
    let kept = shut_down(shared);
    ended.and(kept)
}

/// Waits for all workers; the first that did not end well decides.
fn join(threads: Threads) -> Result<(), String> {
    let ended =
        |thread: JoinHandle<_>| thread.join().map_err(|_| "a worker ended with a panic".to_owned())?;
    threads.into_iter().map(ended).fold(Ok(()), Result::and)
}

/// What modules keep is kept, whatever else went wrong, and a fault of one takes nothing from another.
fn shut_down(shared: &Shared) -> Result<(), String> {
    let mut result = Ok(());
    // what others build on ends last
    for hook in shared.hooks.shutdown.iter().rev() {
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| hook(shared))).is_err() {
            result = Err("a module could not keep what it has: a fault".to_owned());
        }
    }
    result
}

fn set_up(site: &Site, sockets: Vec<Socket>, log: Arc<Log>) -> Result<Arc<Shared>, String> {
    let mut setup = Setup::new(site.configuration.clone(), sockets);
    crate::memory::register(&setup.statistics);
    for name in site.configuration.start_order() {
        let linked = site.modules.iter().find(|m| m.name == *name);
        let linked = linked.ok_or_else(|| format!("module {name} is not linked into this program"))?;
        (linked.init)(&mut setup).map_err(|e| format!("module {name}: {e}"))?;
    }
    let started = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let arguments = std::env::args().collect();
    let secret = u32::from_ne_bytes(random_bytes()?);
    let shared = Shared::new(setup, log, started, secret, arguments);
    shared.check_sockets()?;
    let shared = Arc::new(shared);
    sipc_engine::events::raise_log_lines(&shared);
    Ok(shared)
}

fn random_bytes<const N: usize>() -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut f| f.read_exact(&mut bytes))
        .map_err(|e| format!("no randomness: {e}"))?;
    Ok(bytes)
}

/// Tells that a worker has ended, however it did.
struct Ended(Arc<Notify>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

type Threads = Vec<JoinHandle<Result<(), String>>>;

fn start_workers(
    site: &Site,
    shared: &Arc<Shared>,
    (bound, raw): (Vec<Share>, Option<Arc<RawSocket>>),
    (pinned, spread): (&[usize], bool),
    go: &watch::Sender<bool>,
    ready: &Arc<AtomicBool>,
    ends: &Arc<Notify>,
) -> Result<Threads, String> {
    let epoch = Instant::now();
    let secret = u32::from_ne_bytes(random_bytes()?);
    let pool = Arc::new(tcp::Pool::new(tcp::Settings::of(&shared.configuration), secret));
    // set here only, once
    let _ = shared.connections.set(pool.clone());
    shared.workers.store(bound.len(), Ordering::Relaxed);
    let (sockets, listeners): (Vec<_>, Vec<_>) =
        bound.into_iter().map(|share| (share.udp, share.tcp)).unzip();
    let (shares, orders) = Shares::new(sockets);
    let mut threads = Vec::new();
    for (number, (orders, listeners)) in orders.into_iter().zip(listeners).enumerate() {
        let start = worker::Start {
            number,
            processor: pinned.get(number % pinned.len().max(1)).copied(),
            shared: shared.clone(),
            program: site.program.clone(),
            shares: shares.clone(),
            orders,
            role: Role::of(number, shares.workers(), spread),
            listeners,
            raw: raw.clone(),
            pool: pool.clone(),
            epoch,
            seed: u64::from_ne_bytes(random_bytes()?),
            go: go.subscribe(),
            ready: ready.clone(),
        };
        let ended = Ended(ends.clone());
        let thread = std::thread::Builder::new()
            .name(format!("worker {number}"))
            .spawn(move || {
                let _ended = ended;
                worker::run(start)
            })
            .map_err(|e| format!("cannot start a worker: {e}"))?;
        threads.push(thread);
    }
    Ok(threads)
}

/// Waits for the startup route to finish, or for a worker to give up.
fn wait_until_ready(threads: &Threads, ready: &AtomicBool) -> Result<(), String> {
    while !ready.load(Ordering::Acquire) {
        if threads.iter().any(JoinHandle::is_finished) {
            return Err("a worker did not start".into());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn announce(shared: &Shared, options: &Options) {
    for s in &shared.sockets {
        let name = String::from_utf8_lossy(&s.uri);
        shared.log.message(Level::Notice, "main", format_args!("listening on {name}"));
    }
    if options.detached {
        println!("{}", daemon::READY);
    }
}

fn write_ids(options: &Options) -> Result<(), String> {
    let pid = i32::try_from(std::process::id()).unwrap_or(0);
    if let Some(path) = &options.pid_file {
        daemon::write_pid(path, pid)?;
    }
    if let Some(path) = &options.group_file {
        daemon::write_pid(path, nix::unistd::getpgrp().as_raw())?;
    }
    Ok(())
}

fn remove_ids(options: &Options) {
    for path in [&options.pid_file, &options.group_file].into_iter().flatten() {
        // someone else may have removed it, or we may not be allowed to any more
        let _ = std::fs::remove_file(path);
    }
}

/// The signals that mean something here, watched from when this is made.
struct Signals {
    runtime: tokio::runtime::Runtime,
    term: Signal,
    int: Signal,
    hup: Signal,
    usr1: Signal,
}

impl Signals {
    fn watch() -> Result<Signals, String> {
        let failed = |e| format!("cannot watch signals: {e}");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let watch = |kind| {
            let _inside = runtime.enter();
            signal(kind).map_err(failed)
        };
        let (term, int) = (watch(SignalKind::terminate())?, watch(SignalKind::interrupt())?);
        let (hup, usr1) = (watch(SignalKind::hangup())?, watch(SignalKind::user_defined1())?);
        Ok(Signals { runtime, term, int, hup, usr1 })
    }

    /// Returns after SIGTERM or SIGINT, when what was in flight has ended, the bound is over, or another such signal
    /// has come; or, told by `ends`, after `core:kill` or when a worker is lost, for whoever started this to start it anew.
    fn wait(self, shared: &Shared, drain_ms: u64, ends: &Notify) {
        let Signals { runtime, mut term, mut int, mut hup, mut usr1 } = self;
        runtime.block_on(async {
            loop {
                tokio::select! {
                    _ = term.recv() => break,
                    _ = int.recv() => break,
                    // terminals that close and log rotation send these; neither ends a server
                    _ = hup.recv() => shared.log.message(Level::Notice, "main", format_args!("SIGHUP ignored")),
                    _ = usr1.recv() => {}
                    () = ends.notified() => break,
                }
            }
            tokio::select! {
                () = drain(shared, drain_ms) => {}
                _ = term.recv() => told_again(shared),
                _ = int.recv() => told_again(shared),
            }
        });
    }
}

fn told_again(shared: &Shared) {
    shared.log.message(Level::Notice, "main", format_args!("told to end again: what is in flight is left"));
}

async fn drain(shared: &Shared, bound_ms: u64) {
    shared.draining.store(true, Ordering::Relaxed);
    status_report::set_status(shared, "core", status_report::MAIN, -2, Some("shutting down"));
    let end = Instant::now() + Duration::from_millis(bound_ms);
    let in_flight = || (shared.transactions().active(), shared.parked.load(Ordering::Relaxed));
    let say = |level, text: std::fmt::Arguments<'_>| shared.log.message(level, "main", text);
    match in_flight() {
        (0, 0) => return,
        (0, parked) => {
            say(Level::Notice, format_args!("ending: {parked} messages in flight may take {bound_ms} ms"));
        }
        (active, _) => {
            say(
                Level::Notice,
                format_args!("ending: {active} transactions in flight may take {bound_ms} ms"),
            );
        }
    }
    loop {
        match in_flight() {
            (0, 0) => return,
            (active, parked) if Instant::now() >= end => {
                let text = format_args!("{active} transactions did not end within {bound_ms} ms");
                let other = format_args!("{parked} messages did not end within {bound_ms} ms");
                return say(Level::Warning, if active > 0 { text } else { other });
            }
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
