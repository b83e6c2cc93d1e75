//! The command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use crate::Fault;
use crate::floor;
use crate::peer::Kind;
use crate::scenario::{SCENARIOS, Scenario, Transport};

/// What `--help` prints.
pub const HELP: &str = "\
cargo xtask instructions           instructions per path against tests/instructions.txt; UPDATE=1 writes it anew
cargo xtask bench-sip [OPTIONS]    load through servers, side by side; what each call cost
  --scenario O,S,A,B,D,R,H         all of them when not told (docs/benchmarks.md says what they are)
  --transport udp,tcp,tls          udp, and for B the others too when not told
  --peer compiled,optimised,interpreted,kamailio,opensips,floor,batched
                                   those that are there; `floor` moves datagrams one by one, `batched` in batches
  --opensips PATH                  the binary of OpenSIPS
  --opensips-modules DIR           its modules, when they are not where it looks itself
  --kamailio PATH                  kamailio
  --runs N                         3; the peers take turns
  --calls N, --rate N              per run; each scenario has its own when not told
  --lto                            the compiled site as `sipc build --lto` makes it
  --pgo-profile FILE               also the site as `sipc build --lto --pgo-profile FILE` makes it (--peer optimised)
  --settle SECONDS                 35: how long what calls leave behind may take to end; 0 leaves it out
  --users N                        10000: who registers and is called
  --no-limits                      neither response times, highest rate nor memory per open call
  --sweep                          the cost of a call at several rates, up to the highest, and from 1,000 users to a million
  --memory ENTRIES                 nothing but what so many ringing calls and registrations hold: bench-memory.md
  --sipc PATH                      the command sipc, built already
  --out DIR                        docs: where bench-sip.md and bench-sip.svg are written
Configurations, logs and statistics stay in target/bench-sip.";

/// What is to be done.
pub enum Task {
    /// Tell how.
    Help,
    /// Count instructions.
    Instructions,
    /// Load through servers.
    BenchSip(Box<Options>),
    /// Be the floor: started by `bench-sip` itself.
    Floor(floor::Options),
}

/// How `bench-sip` runs.
pub struct Options {
    /// In this order.
    pub scenarios: Vec<&'static Scenario>,
    /// In this order; none: UDP, and B over TCP and TLS too.
    pub transports: Vec<Transport>,
    /// In this order; none: all that are there.
    pub peers: Vec<Kind>,
    /// OpenSIPS' binary.
    pub opensips: Option<PathBuf>,
    /// Where its modules are.
    pub opensips_modules: Option<PathBuf>,
    /// Kamailio's binary.
    pub kamailio: PathBuf,
    /// Measurements per peer.
    pub runs: usize,
    /// Calls per run.
    pub calls: Option<u64>,
    /// Calls a second.
    pub rate: Option<u64>,
    /// Optimised across crates.
    pub lto: bool,
    /// What `sipc build --pgo-keep` has kept.
    pub profile: Option<PathBuf>,
    /// Seconds after the last call.
    pub settle: u64,
    /// Where the report goes.
    pub out: PathBuf,
    /// How many users take turns.
    pub users: u64,
    /// Response times, the highest rate, memory.
    pub limits: bool,
    /// The cost at several rates.
    pub sweep: bool,
    /// Only memory, of so many entries.
    pub memory: Option<u64>,
    /// The command `sipc`.
    pub sipc: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            scenarios: SCENARIOS.iter().collect(),
            transports: Vec::new(),
            peers: Vec::new(),
            opensips: None,
            opensips_modules: None,
            kamailio: PathBuf::from("kamailio"),
            runs: 3,
            calls: None,
            rate: None,
            lto: false,
            profile: None,
            settle: 35,
            out: PathBuf::from("docs"),
            users: 10_000,
            limits: true,
            sweep: false,
            memory: None,
            sipc: None,
        }
    }
}

/// Reads the command line, the name of the program first.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Task, Fault> {
    let mut parser = Parser::from_iter(words);
    let task = match parser.next().map_err(text)? {
        Some(Arg::Value(word)) => word,
        _ => return Ok(Task::Help),
    };
    match task.to_str() {
        Some("bench-sip") => bench_sip(&mut parser),
        Some("instructions") => Ok(Task::Instructions),
        Some("floor") => forwarder(&mut parser),
        _ => Err(format!("there is no task {}\n{HELP}", task.display())),
    }
}

fn bench_sip(parser: &mut Parser) -> Result<Task, Fault> {
    let mut o = Options::default();
    while let Some(arg) = parser.next().map_err(text)? {
        let Arg::Long(name) = arg else { return Err(text(arg.unexpected())) };
        match name.to_owned().as_str() {
            "scenario" => o.scenarios = list(parser, Scenario::named)?,
            "transport" => o.transports = list(parser, Transport::named)?,
            "peer" => o.peers = list(parser, Kind::named)?,
            "opensips" => o.opensips = Some(value(parser)?.into()),
            "opensips-modules" => o.opensips_modules = Some(value(parser)?.into()),
            "kamailio" => o.kamailio = value(parser)?.into(),
            "runs" => o.runs = number(parser)?.max(1) as usize,
            "calls" => o.calls = Some(number(parser)?.max(1)),
            "rate" => o.rate = Some(number(parser)?.max(1)),
            "lto" => o.lto = true,
            "pgo-profile" => o.profile = Some(value(parser)?.into()),
            "settle" => o.settle = number(parser)?,
            "out" => o.out = value(parser)?.into(),
            "users" => o.users = number(parser)?.max(1),
            "no-limits" => o.limits = false,
            "sweep" => o.sweep = true,
            "memory" => o.memory = Some(number(parser)?.max(1000)),
            "sipc" => o.sipc = Some(value(parser)?.into()),
            "help" => return Ok(Task::Help),
            other => return Err(format!("there is no option --{other}\n{HELP}")),
        }
    }
    Ok(Task::BenchSip(Box::new(o)))
}

fn forwarder(parser: &mut Parser) -> Result<Task, Fault> {
    let (mut listen, mut called, mut batched) = (None, None, false);
    while let Some(arg) = parser.next().map_err(text)? {
        match arg {
            Arg::Long("listen") => listen = Some(address(parser)?),
            Arg::Long("called") => called = Some(address(parser)?),
            Arg::Long("batched") => batched = true,
            other => return Err(text(other.unexpected())),
        }
    }
    match (listen, called) {
        (Some(listen), Some(called)) => Ok(Task::Floor(floor::Options { listen, called, batched })),
        _ => Err("floor needs --listen ADDRESS and --called ADDRESS".into()),
    }
}

fn text(error: lexopt::Error) -> Fault {
    error.to_string()
}

fn value(parser: &mut Parser) -> Result<OsString, Fault> {
    parser.value().map_err(text)
}

fn number(parser: &mut Parser) -> Result<u64, Fault> {
    value(parser)?.parse().map_err(text)
}

fn address(parser: &mut Parser) -> Result<SocketAddr, Fault> {
    value(parser)?.parse().map_err(text)
}

/// Words between commas.
fn list<T>(parser: &mut Parser, named: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Fault> {
    let words = value(parser)?.string().map_err(text)?;
    words.split(',').map(|word| named(word).ok_or_else(|| format!("{word:?} is not known\n{HELP}"))).collect()
}
