//! `bench-sip --memory ENTRIES`: what a ringing INVITE and a registration hold when there are many, as the system counts and,
//! where a server tells, as its own allocator does.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::time::Instant;

use crate::Fault;
use crate::args::Options;
use crate::bench::{Field, kinds};
use crate::build;
use crate::load::Work;
use crate::management;
use crate::peer::{Binaries, Kind, Server, configure, free_address};
use crate::process;
use crate::report;
use crate::scenario::{Scenario, Transport};

/// Entries that are there before the first look, one of so many.
const BEFORE: u64 = 20;
/// How many a second when not told otherwise.
const RATE: u64 = 5000;
/// One of so many calls may be lost on the way.
const LOST: u64 = 200;
/// More than any server needs for an entry, bytes: what those get that want to be told.
const ROOM: u64 = 16 << 10;
/// What is kept: the scenario, the load and what people call it.
const KEPT: [(&str, Work, &str); 2] =
    [("A", Work::Ring, "an INVITE that rings"), ("R", Work::Register, "a registration")];

/// How much shared memory so many entries may need.
pub fn megabytes(entries: u64) -> u64 {
    2048 + ((entries * ROOM) >> 20)
}

/// One server with one kind of entry.
struct Row {
    kind: Kind,
    what: &'static str,
    entries: u64,
    /// Bytes per entry, as the system counts.
    system: f64,
    /// As the server's allocator does.
    own: Option<f64>,
}

/// What is held at one moment.
struct Look {
    system: f64,
    own: Option<f64>,
}

/// Measures all servers and writes the table.
pub fn measure(entries: u64, options: &Options, binaries: &Binaries, dir: &Path) -> Result<(), Fault> {
    let mut rows = Vec::new();
    for (letter, work, what) in KEPT {
        let wanted = options.scenarios.iter().find(|s| s.letter.encode_utf8(&mut [0; 4]) == letter);
        let Some(scenario) = wanted.copied() else { continue };
        for kind in kinds(options, scenario, Transport::Udp).into_iter().filter(|kind| !kind.is_floor()) {
            match one(kind, scenario, work, what, entries, options, binaries, dir) {
                Ok(row) => rows.push(row),
                Err(fault) if options.peers.contains(&kind) => return Err(fault),
                Err(fault) => println!("  {} is left out: {fault}", kind.title()),
            }
            write(&rows, options)?;
        }
    }
    Ok(())
}

#[allow(clippy::too_many_arguments)] // all of them differ from row to row
fn one(
    kind: Kind,
    scenario: &'static Scenario,
    work: Work,
    what: &'static str,
    entries: u64,
    options: &Options,
    binaries: &Binaries,
    dir: &Path,
) -> Result<Row, Fault> {
    let modules = binaries.opensips_modules.as_deref().filter(|_| kind == Kind::OpenSips);
    let plain = configure(kind, scenario, Transport::Udp, modules, dir)?;
    let script = plain.with_file_name(format!("memory-{}-{}.cfg", scenario.script, kind.name()));
    let text = fs::read_to_string(&plain).map_err(|e| format!("{}: {e}", plain.display()))?;
    let fifo = dir.join("memory.fifo");
    let text = if kind == Kind::OpenSips { text + &management::script(&fifo, dir) } else { text };
    fs::write(&script, text).map_err(|e| format!("{}: {e}", script.display()))?;
    if kind == Kind::Compiled {
        build::site(&binaries.sipc, &script, options.lto, None)?;
    }
    let field = Field::new(scenario, Transport::Udp, free_address()?, entries, dir, RATE)?;
    let server = Server::start(kind, binaries, &script, Transport::Udp, field.called)?;
    let look = || -> Result<Look, Fault> {
        let own = if kind == Kind::OpenSips { Some(management::used(&fifo, dir)?) } else { None };
        Ok(Look { system: process::memory(&process::tree(server.pid())), own })
    };
    let rate = options.rate.unwrap_or(RATE) as f64;
    let started = Instant::now();
    let first = fill(&field, work, &server, 0, entries / BEFORE, rate)?;
    let before = look()?;
    let all = first + fill(&field, work, &server, first, entries - first, rate)?;
    let after = look()?;
    let per = |before: f64, after: f64| (after - before) / (all - first) as f64;
    let own = before.own.zip(after.own).map(|(before, after)| per(before, after));
    let row = Row { kind, what, entries: all, system: per(before.system, after.system), own };
    println!("  {:<18} {} ({:.0} s)", kind.title(), line(&row), started.elapsed().as_secs_f64());
    Ok(row)
}

/// Adds entries and tells how many were.
fn fill(field: &Field, work: Work, server: &Server, from: u64, more: u64, rate: f64) -> Result<u64, Fault> {
    if work == Work::Register {
        field.register(server, from, more, rate)?;
        return Ok(more);
    }
    let good = crate::limits::opened(field, work, server, from, more, rate)?;
    match more - good <= more / LOST {
        true => Ok(good),
        false => Err(format!("only {good} of {more} calls ring; a lower --rate may help")),
    }
}

fn line(row: &Row) -> String {
    let own = row.own.map_or("-".into(), |own| format!("{own:.0}"));
    format!("| {} | {} | {} | {:.0} | {own} |", row.what, row.kind.title(), row.entries, row.system)
}

fn write(rows: &[Row], options: &Options) -> Result<(), Fault> {
    let mut out = format!(
        "# Memory of what is kept\n\nWritten by `cargo xtask bench-sip --memory ENTRIES`; docs/benchmarks.md says how it \
         measures.\n\n{}. Bytes per entry: the growth of all the server's processes together, pages that they share \
         counted once; and the growth of what its own allocator has given out.\n\n\
         | | | entries | bytes, the system | bytes, the allocator |\n|---|---|---|---|---|\n",
        report::machine()
    );
    rows.iter().for_each(|row| writeln!(out, "{}", line(row)).expect("strings grow"));
    let path = options.out.join("bench-memory.md");
    fs::create_dir_all(&options.out).map_err(|e| format!("{}: {e}", options.out.display()))?;
    fs::write(&path, out).map_err(|e| format!("{}: {e}", path.display()))
}
