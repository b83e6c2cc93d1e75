//! `bench-sip`: all servers of a scenario run side by side, idle but for the one whose turn it is.
//!
//! Turns alternate (A B C A B C), so that what else the machine does meets all of them. What a call costs is the processor
//! time of the server's processes; how long the load took does not count.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fault;
use crate::args::Options;
use crate::build;
use crate::limits::{self, Highest};
use crate::load::{Plan, Work, run};
use crate::memory;
use crate::peer::{Binaries, KINDS, Kind, Server, configure, free_address};
use crate::process::{self, Cpu, Taken};
use crate::report;
use crate::scenario::{Called, Scenario, Transport};
use crate::sipp::{self, Callee, Load, Seen};
use crate::tunnel::{self, Tunnel};

/// How much memory servers get that must be told, megabytes.
const SHARED: u64 = 2048;
/// Calls before those that are measured, a part of them.
const WARM_UP: u64 = 10;
/// How long a load lasts when not told otherwise, seconds.
const SECONDS: u64 = 4;
/// How long idle servers are watched.
const IDLE: Duration = Duration::from_secs(2);
/// How many users a second register.
const REGISTERED: f64 = 5000.0;
/// How often those try whose registrations are lost.
const TRIES: usize = 5;
/// How long the light load lasts for response times, seconds.
const WATCHED: f64 = 5.0;
/// Rates at which the cost of a call is looked at, calls a second, below the highest.
const RATES: [f64; 6] = [100.0, 300.0, 1000.0, 3000.0, 10_000.0, 30_000.0];
/// How many users there are then.
const POPULATIONS: [u64; 4] = [1000, 10_000, 100_000, 1_000_000];

/// One turn of one server.
pub struct Run {
    /// Of the server, per call, while the load lasted.
    pub cpu: Cpu,
    /// What the callers saw.
    pub caller: Seen,
    /// What the called saw.
    pub callee: Seen,
}

/// What was measured of one server in one scenario.
#[derive(Default)]
pub struct Measured {
    /// The server.
    pub kind: Kind,
    /// Its turns.
    pub runs: Vec<Run>,
    /// It ended in one of them; what it gave there is no figure.
    pub ended: bool,
    /// Response times of the light load, microseconds: the middle, and all but one of a hundred.
    pub response: Option<(f64, f64)>,
    /// The highest rate without a failed call.
    pub highest: Option<Highest>,
    /// Memory per open call, bytes.
    pub memory: Option<f64>,
    /// The cost of a call at rates.
    pub rates: Vec<(f64, f64)>,
    /// The cost of a call with so many users.
    pub populations: Vec<(u64, f64)>,
    /// Of the server, per call, from the first call until nothing was left of the last; without what it takes when idle.
    pub whole: Option<f64>,
}

/// One scenario over one transport.
pub struct Table {
    /// The scenario.
    pub scenario: &'static Scenario,
    /// How messages travelled.
    pub transport: Transport,
    /// Calls a second.
    pub rate: u64,
    /// Calls of a turn.
    pub calls: u64,
    /// The servers.
    pub rows: Vec<Measured>,
}

/// Measures all that was asked for and writes the report.
pub fn bench_sip(options: &Options) -> Result<(), Fault> {
    let binaries = Binaries {
        sipc: options.sipc.clone().map_or_else(build::sipc, Ok)?,
        kamailio: options.kamailio.clone(),
        opensips: options.opensips.clone(),
        opensips_modules: options.opensips_modules.clone(),
        megabytes: options.memory.map_or(SHARED, memory::megabytes),
    };
    let dir = build::target().join("bench-sip");
    fs::create_dir_all(&dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    if let Some(entries) = options.memory {
        return memory::measure(entries, options, &binaries, &dir);
    }
    let mut tables = Vec::new();
    for scenario in &options.scenarios {
        for transport in transports(options, scenario) {
            if transport == Transport::Tls {
                tunnel::certificate(&dir)?;
            }
            let table = measure(scenario, transport, options, &binaries, &dir)?;
            println!("\n{}", report::table(&table));
            tables.push(table);
            // what is measured stays measured, whatever comes next
            report::write(&tables, options)?;
        }
    }
    Ok(())
}

/// What a scenario runs over.
fn transports(options: &Options, scenario: &Scenario) -> Vec<Transport> {
    match (&options.transports[..], scenario.letter) {
        ([], 'B') if tunnel::is_there() => vec![Transport::Udp, Transport::Tcp, Transport::Tls],
        ([], 'B') => {
            println!("TLS is left out: there is no stunnel (the Debian package is stunnel4)");
            vec![Transport::Udp, Transport::Tcp]
        }
        ([], _) => vec![Transport::Udp],
        (told, _) => told.to_vec(),
    }
}

/// A server with what its turns have given.
struct Subject<'a> {
    field: Field<'a>,
    server: Server,
    script: PathBuf,
    measured: Measured,
    calls: u64,
    start: Taken,
    started: Instant,
    idle: Cpu,
}

fn measure(
    scenario: &'static Scenario,
    transport: Transport,
    options: &Options,
    binaries: &Binaries,
    dir: &Path,
) -> Result<Table, Fault> {
    let rate = options.rate.unwrap_or(scenario.rate);
    let calls = options.calls.unwrap_or(rate * SECONDS);
    println!("{}: {}, over {}", scenario.letter, scenario.title, transport.name());
    let mut subjects = Vec::new();
    for kind in kinds(options, scenario, transport) {
        // each has a called side of its own: what a server sends again after its turn meets nobody, not the next one's
        let field = Field::new(scenario, transport, free_address()?, options.users, dir, rate)?;
        match start(kind, field, options, binaries) {
            Ok(subject) => subjects.push(subject),
            // asked for by name it must be there
            Err(fault) if options.peers.contains(&kind) => return Err(fault),
            Err(fault) => println!("  {} is left out: {fault}", kind.title()),
        }
    }
    watch_idle(&mut subjects);
    for run in 0..options.runs {
        for subject in subjects.iter_mut().filter(|s| !s.measured.ended) {
            subject.turn(calls)?;
            subject.tell(run);
        }
    }
    settle(&mut subjects, options.settle);
    if transport == Transport::Udp {
        for subject in subjects.iter_mut().filter(|s| !s.measured.ended) {
            subject.explore(options, binaries)?;
        }
    }
    let rows = subjects.into_iter().map(|s| s.measured).collect();
    Ok(Table { scenario, transport, rate, calls, rows })
}

/// What is measured, and who takes part besides the server.
pub struct Field<'a> {
    /// What is measured.
    pub scenario: &'static Scenario,
    /// Where the called are.
    pub called: SocketAddr,
    /// The user part of a call.
    pub user: Box<dyn Fn(u64) -> String>,
    transport: Transport,
    users: PathBuf,
    population: u64,
    dir: &'a Path,
    rate: u64,
}

impl<'a> Field<'a> {
    /// Writes down who is called.
    pub fn new(
        scenario: &'static Scenario,
        transport: Transport,
        called: SocketAddr,
        population: u64,
        dir: &'a Path,
        rate: u64,
    ) -> Result<Field<'a>, Fault> {
        let users = dir.join(format!("{}.csv", scenario.script));
        let lines: String = (0..population).map(|n| (scenario.user)(n) + "\n").collect();
        fs::write(&users, format!("SEQUENTIAL\n{lines}")).map_err(|e| format!("{}: {e}", users.display()))?;
        let user = Box::new(move |n| (scenario.user)(n % population));
        Ok(Field { scenario, called, user, transport, users, population, dir, rate })
    }

    /// Registers users from a number on, so many a second; those whose message was lost once more.
    pub fn register(&self, server: &Server, from: u64, count: u64, rate: f64) -> Result<(), Fault> {
        let mut users: Vec<u64> = (from..from + count).collect();
        for _ in 0..TRIES {
            let user = |n: u64| (self.user)(users.get(n as usize).copied().unwrap_or_default());
            let plan = limits::plan(self, Work::Register, server, users.len() as u64, rate);
            let missing = run(&Plan { user: &user, ..plan })?.missing;
            users = missing.into_iter().filter_map(|n| users.get(n as usize).copied()).collect();
            if users.is_empty() {
                return Ok(());
            }
        }
        Err(format!("{} of {count} users could not register", users.len()))
    }

    fn register_all(&self, server: &Server) -> Result<(), Fault> {
        self.register(server, 0, self.population, REGISTERED)
    }

    /// What an address needs behind it to be reached so.
    fn suffix(&self) -> &'static str {
        match self.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
        }
    }

    fn load(&self, scenario: &'static str, server: SocketAddr, calls: u64) -> Load<'_> {
        let target = if self.scenario.called == Called::Address { self.called } else { server };
        let (transport, rate) = (self.transport, self.rate);
        let target = format!("{target}{}", self.suffix());
        Load { scenario, server, target, called: self.called, users: &self.users, calls, rate, transport }
    }
}

/// The servers that are measured.
pub fn kinds(options: &Options, scenario: &Scenario, transport: Transport) -> Vec<Kind> {
    let chosen = if options.peers.is_empty() { &KINDS[..] } else { &options.peers };
    let there = |kind: &Kind| *kind != Kind::Optimised || options.profile.is_some();
    let fits = |kind: &Kind| !kind.is_floor() || scenario.has_floor() && transport == Transport::Udp;
    chosen.iter().copied().filter(there).filter(fits).collect()
}

fn start<'a>(
    kind: Kind,
    field: Field<'a>,
    options: &Options,
    binaries: &Binaries,
) -> Result<Subject<'a>, Fault> {
    let modules = binaries.opensips_modules.as_deref().filter(|_| kind == Kind::OpenSips);
    let script = configure(kind, field.scenario, field.transport, modules, field.dir)?;
    match kind {
        Kind::Compiled => build::site(&binaries.sipc, &script, options.lto, None)?,
        Kind::Optimised => build::site(&binaries.sipc, &script, true, options.profile.as_deref())?,
        _ => {}
    }
    let server = Server::start(kind, binaries, &script, field.transport, field.called)?;
    if field.scenario.called == Called::User {
        field.register_all(&server)?;
    }
    let measured = Measured { kind, runs: Vec::new(), ..Measured::default() };
    let (start, started, idle) = (Taken::default(), Instant::now(), Cpu::default());
    Ok(Subject { field, server, script, measured, calls: 0, start, started, idle })
}

/// What servers take when nobody calls, a second.
fn watch_idle(subjects: &mut [Subject<'_>]) {
    sleep(Duration::from_secs(1));
    let before: Vec<Taken> = subjects.iter().map(Subject::taken).collect();
    sleep(IDLE);
    for (subject, before) in subjects.iter_mut().zip(before) {
        subject.start = subject.taken();
        subject.started = Instant::now();
        subject.idle = subject.start.since(before).per(IDLE.as_secs_f64());
    }
}

/// Waits until nothing is left of the calls, and counts what that took.
fn settle(subjects: &mut [Subject<'_>], seconds: u64) {
    if seconds == 0 {
        return;
    }
    println!("  {seconds} s until nothing is left of the calls");
    sleep(Duration::from_secs(seconds));
    for subject in subjects {
        let waited = subject.started.elapsed().as_secs_f64();
        let all = subject.taken().since(subject.start).total();
        subject.measured.whole = Some((all - subject.idle.total() * waited) / subject.calls as f64);
    }
}

impl Subject<'_> {
    fn taken(&self) -> Taken {
        process::taken(&process::tree(self.server.pid()))
    }

    /// A load; a shorter one before the first, so that tables and caches have their size.
    fn turn(&mut self, calls: u64) -> Result<(), Fault> {
        let field = &self.field;
        let tunnel = match field.transport {
            Transport::Tls => Some(Tunnel::start(self.server.address, field.called, field.dir)?),
            Transport::Udp | Transport::Tcp => None,
        };
        let server = tunnel.as_ref().map_or(self.server.address, |tunnel| tunnel.entry);
        let called = tunnel.as_ref().map_or(field.called, |tunnel| tunnel.exit);
        let contact = format!("{}{}", field.called, field.suffix());
        let callee = field
            .scenario
            .callee
            .map(|scenario| Callee::start(scenario, called, &contact, field.transport, field.dir))
            .transpose()?;
        if self.measured.runs.is_empty() {
            let warm_up = (calls / WARM_UP).max(1);
            field.load(field.scenario.caller, server, warm_up).run(field.dir)?;
            self.calls += warm_up;
        }
        let before = self.taken();
        let caller = field.load(field.scenario.caller, server, calls).run(field.dir)?;
        let cpu = self.taken().since(before).per(calls as f64);
        let callee = callee.map(Callee::end).transpose()?.unwrap_or_default();
        self.calls += calls;
        self.measured.ended = self.server.has_ended();
        if self.measured.ended {
            return Ok(());
        }
        if caller.failed + callee.failed + caller.retransmissions + callee.retransmissions > 0 {
            let (name, turn) = (self.script.file_stem(), self.measured.runs.len());
            sipp::keep_errors(field.dir, &format!("{}-{turn}", name.unwrap_or_default().display()));
        }
        self.measured.runs.push(Run { cpu, caller, callee });
        Ok(())
    }

    /// What the light load tells.
    fn explore(&mut self, options: &Options, binaries: &Binaries) -> Result<(), Fault> {
        let field = &self.field;
        let kind = self.measured.kind;
        if options.limits {
            let (outcome, _) = limits::cost(field, &self.server, field.rate as f64, WATCHED)?;
            self.measured.response = Some(outcome.response());
            let highest = limits::highest(field, &self.server)?;
            println!(
                "  {:<18} at most {:.0}/s, {:.0} us at the middle",
                kind.title(),
                highest.rate,
                outcome.response().0
            );
            self.measured.highest = Some(highest);
            if !kind.is_floor() && matches!(field.scenario.work, Work::Call | Work::Register) {
                let fresh = Server::start(kind, binaries, &self.script, field.transport, field.called)?;
                if field.scenario.called == Called::User {
                    field.register_all(&fresh)?;
                }
                let memory = limits::memory(field, &fresh)?;
                println!("  {:<18} {memory:.0} bytes per open call", kind.title());
                self.measured.memory = Some(memory);
            }
        }
        if options.sweep {
            self.sweep(binaries)?;
        }
        Ok(())
    }

    /// The cost of a call at other rates and with other numbers of users.
    fn sweep(&mut self, binaries: &Binaries) -> Result<(), Fault> {
        let field = &self.field;
        let kind = self.measured.kind;
        let most = self.measured.highest.map_or(f64::INFINITY, |highest| highest.rate);
        for rate in RATES.into_iter().filter(|rate| *rate <= most) {
            // as many calls at any rate, within reason
            let (outcome, cpu) = limits::cost(field, &self.server, rate, (2000.0 / rate).clamp(3.0, 20.0))?;
            println!(
                "  {:<18} {rate:>6.0}/s: {cpu:.1} us a call, {} of {} good",
                kind.title(),
                outcome.good,
                outcome.begun
            );
            self.measured.rates.push((rate, cpu));
        }
        if field.scenario.called != Called::User {
            return Ok(());
        }
        for users in POPULATIONS {
            let field =
                Field::new(field.scenario, field.transport, field.called, users, field.dir, field.rate)?;
            let server = Server::start(kind, binaries, &self.script, field.transport, field.called)?;
            field.register_all(&server)?;
            let (_, cpu) = limits::cost(&field, &server, field.rate as f64, WATCHED)?;
            println!("  {:<18} {users:>7} users: {cpu:.1} us a call", kind.title());
            self.measured.populations.push((users, cpu));
        }
        Ok(())
    }

    fn tell(&self, turn: usize) {
        if self.measured.ended {
            return println!("  {turn} {} has ended by itself", self.measured.kind.title());
        }
        let Some(run) = self.measured.runs.last() else { return };
        println!(
            "  {turn} {:<18} {:>7.1} us a call ({:.1} user, {:.1} system), {:.0}/s, {} failed, {} sent again, {} in disorder",
            self.measured.kind.title(),
            run.cpu.total(),
            run.cpu.user,
            run.cpu.system,
            run.caller.rate,
            run.caller.failed + run.callee.failed,
            run.caller.retransmissions + run.callee.retransmissions,
            run.caller.disorder + run.callee.disorder,
        );
        // progress; nothing is lost where nobody looks
        let _ = std::io::stdout().flush();
    }
}
