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
    for (name, text) in [("bench-sip.md", page), ("bench-sip.svg", chart::draw(tables))] {
        let path = options.out.join(name);
        fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        println!("{} is written", path.display());
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
        "{}. Medians of {runs} alternating runs. Microseconds are processor time of the server's processes per call.\n\n\
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

fn machine() -> String {
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
         | | us/call | user | system | with what follows | ratio | p50 ms | p99 ms | failed | sent again | out of order |\n\
         |---|---|---|---|---|---|---|---|---|---|---|\n",
        scenario.letter,
        scenario.title,
        table.transport.name().to_uppercase(),
        table.calls,
        table.rate,
    );
    let first = table.rows.first().map_or(f64::NAN, |row| middle(row, |r| r.cpu.total()));
    for row in &table.rows {
        let total = middle(row, |r| r.cpu.total());
        let whole = row.whole.map_or("-".into(), |cpu| format!("{cpu:.1}"));
        writeln!(
            out,
            "| {} | {total:.1} | {:.1} | {:.1} | {whole} | {:.2} | {:.1} | {:.1} | {} | {} | {} |",
            row.kind.title(),
            middle(row, |r| r.cpu.user),
            middle(row, |r| r.cpu.system),
            first / total,
            middle(row, |r| r.median),
            middle(row, |r| r.p99),
            sum(row, |r| r.caller.failed + r.callee.failed),
            sum(row, |r| r.caller.retransmissions + r.callee.retransmissions),
            sum(row, |r| r.caller.disorder + r.callee.disorder),
        )
        .expect("strings grow");
    }
    out
}
