//! The report: a page in Markdown and a chart.

use std::fmt::Write;
use std::fs;

use crate::Fault;
use crate::args::Options;
use crate::bench::{Measured, Run, Table};
use crate::chart;
use crate::statistics::median;

/// The middle of what the turns gave.
pub fn middle(row: &Measured, what: impl Fn(&Run) -> f64) -> f64 {
    median(&row.runs.iter().map(what).collect::<Vec<f64>>())
}

/// The sum of what the turns gave.
fn sum(row: &Measured, what: impl Fn(&Run) -> u64) -> u64 {
    row.runs.iter().map(what).sum()
}

/// Writes page and chart.
pub fn write(tables: &[Table], options: &Options) -> Result<(), Fault> {
    let page = page(tables, options);
    fs::create_dir_all(&options.out).map_err(|e| format!("{}: {e}", options.out.display()))?;
    for (name, text) in [("bench-sip.md", page), ("bench-sip.svg", chart::draw(tables))] {
        let path = options.out.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

fn page(tables: &[Table], options: &Options) -> String {
    let mut out = String::from(
        "# Servers under SIP load\n\nWritten by `cargo xtask bench-sip`; docs/benchmarks.md says how it measures.\n\n",
    );
    let runs = options.runs;
    writeln!(
        out,
        "{}. Medians of {runs} alternating runs. Microseconds are processor time of the server's processes per call; \
         their sum is exact, user and system are told apart by clock ticks, of which short runs have few.\n\n\
         ![Processor time per call](bench-sip.svg)\n",
        machine()
    )
    .expect("strings grow");
    for table in tables {
        out.push_str(&self::table(table));
        out.push('\n');
    }
    out
}

/// What it was measured on.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|l| l.strip_prefix("model name")?.split(':').nth(1)).unwrap_or(" a machine");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{count} processors,{model}, Linux {}", kernel.trim())
}

/// One scenario.
pub fn table(table: &Table) -> String {
    let scenario = table.scenario;
    let mut out = format!(
        "## {}: {}, {}\n\n{} calls a run at {}/s.\n\n\
         | | us/call | user | system | with what follows | ratio | failed | sent again | out of order |\n\
         |---|---|---|---|---|---|---|---|---|\n",
        scenario.letter,
        scenario.title,
        table.transport.name().to_uppercase(),
        table.calls,
        table.rate,
    );
    let first = table.rows.first().map_or(f64::NAN, |row| middle(row, |r| r.cpu.total()));
    for row in &table.rows {
        if row.ended {
            line(
                &mut out,
                format_args!("| {} | ended by itself | - | - | - | - | - | - | - |", row.kind.title()),
            );
            continue;
        }
        let total = middle(row, |r| r.cpu.total());
        let whole = row.whole.map_or("-".into(), |cpu| format!("{cpu:.1}"));
        line(
            &mut out,
            format_args!(
                "| {} | {total:.1} | {:.1} | {:.1} | {whole} | {:.2} | {} | {} | {} |",
                row.kind.title(),
                middle(row, |r| r.cpu.user),
                middle(row, |r| r.cpu.system),
                first / total,
                sum(row, |r| r.caller.failed + r.callee.failed),
                sum(row, |r| r.caller.retransmissions + r.callee.retransmissions),
                sum(row, |r| r.caller.disorder + r.callee.disorder),
            ),
        );
    }
    limits(&mut out, table);
    sweep(&mut out, table);
    out
}

fn line(out: &mut String, text: std::fmt::Arguments) {
    writeln!(out, "{text}").expect("strings grow");
}

/// What the light load found.
fn limits(out: &mut String, table: &Table) {
    if table.rows.iter().all(|row| row.response.is_none()) {
        return;
    }
    out.push_str("\n| | p50 us | p99 us | highest calls/s | bytes per open call |\n|---|---|---|---|---|\n");
    for row in &table.rows {
        let (p50, p99) = row.response.unwrap_or((f64::NAN, f64::NAN));
        let highest = row.highest.map_or("-".into(), |h| {
            format!("{}{:.0}", if h.of_the_load { "more than " } else { "" }, h.rate)
        });
        let memory = row.memory.map_or("-".into(), |bytes| format!("{bytes:.0}"));
        line(out, format_args!("| {} | {p50:.0} | {p99:.0} | {highest} | {memory} |", row.kind.title()));
    }
}

/// The cost of a call at several rates and with several numbers of users.
fn sweep(out: &mut String, table: &Table) {
    for row in table.rows.iter().filter(|row| !row.rates.is_empty()) {
        let rates: Vec<String> =
            row.rates.iter().map(|(rate, cpu)| format!("{rate:.0}/s {cpu:.1}")).collect();
        line(out, format_args!("\n{}, us/call at rates: {}.", row.kind.title(), rates.join(", ")));
        let users: Vec<String> =
            row.populations.iter().map(|(users, cpu)| format!("{users} users {cpu:.1}")).collect();
        if !users.is_empty() {
            line(out, format_args!("With so many users: {}.", users.join(", ")));
        }
    }
}
