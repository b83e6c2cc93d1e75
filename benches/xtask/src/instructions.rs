//! `instructions`: what the processor is told to do on each path, counted by callgrind, against a ledger.
//!
//! The count is the same on any machine, but for what the C library chooses by processor, so a rise of 2 % is one of the code.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Fault;
use crate::build;

/// How often is counted before a rise is believed.
const TRIES: usize = 4;

/// By how many parts of a thousand a count may rise.
const ALLOWED: u64 = 20;

/// A path and how many instructions it takes.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    name: String,
    count: u64,
}

/// Counts, and compares with `tests/instructions.txt`, or writes it when `UPDATE` is set.
pub fn run() -> Result<(), Fault> {
    let dir = build::target().join("instructions");
    let binary = build::binary("sipc-bench-sites", "instructions")?;
    let mut counts = count(&binary, &dir)?;
    let path = build::sources().join("tests/instructions.txt");
    let update = std::env::var_os("UPDATE").is_some();
    let made = fs::read_to_string(&path).unwrap_or_default();
    let (made_by, written) = made.split_once('\n').unwrap_or_default();
    let written = parse(written)?;
    // where the allocator has to fetch more differs from run to run: what every run takes is what counts
    for _ in 1..TRIES {
        if !update && compare(&counts, &written).is_empty() {
            break;
        }
        let again = count(&binary, &dir)?;
        counts.iter_mut().zip(again).for_each(|(least, other)| least.count = least.count.min(other.count));
    }
    let text = format!("{}\n{}", toolchain()?, ledger(&counts));
    println!("{text}");
    if update {
        return fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()));
    }
    let faults = compare(&counts, &written);
    match faults.is_empty() {
        true => Ok(()),
        false => {
            Err(format!("{}\nUPDATE=1 writes the ledger anew; it was made by {made_by}", faults.join("\n")))
        }
    }
}

/// Runs the paths under callgrind.
fn count(binary: &Path, dir: &Path) -> Result<Vec<Counted>, Fault> {
    // what an earlier run has left
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).map_err(|e| format!("{}: {e}", dir.display()))?;
    let out = dir.join("counts");
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind", "--collect-atstart=no", "--toggle-collect=*counted_work*"]);
    command
        .arg("--dump-before=*path_ends*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        // the allocator gives memory back by the clock, and looks through what threads keep after so many bytes, which would
        // be counted now and then
        .env("_RJEM_MALLOC_CONF", "dirty_decay_ms:-1,muzzy_decay_ms:-1,tcache_gc_incr_bytes:1073741824")
        .arg(binary);
    let output = command.output().map_err(|e| format!("valgrind: {e} (the Debian package is valgrind)"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    said.lines().zip(1..).map(|(line, part)| read(line, &dir.join(format!("counts.{part}")))).collect()
}

/// What callgrind wrote of one path: `line` says how often it was gone, and its name.
fn read(line: &str, part: &Path) -> Result<Counted, Fault> {
    let text = fs::read_to_string(part).map_err(|e| format!("{}: {e}", part.display()))?;
    let total = text.lines().rev().find_map(|l| l.strip_prefix("totals:")?.trim().parse::<u64>().ok());
    let (times, name) = line.split_once(' ').unwrap_or_default();
    match (times.parse::<u64>(), total) {
        (Ok(times), Some(total)) if times > 0 && total > 0 => {
            Ok(Counted { name: name.into(), count: total / times })
        }
        _ => Err(format!("{}: nothing was counted of {name:?}", part.display())),
    }
}

fn toolchain() -> Result<String, Fault> {
    let output = Command::new("rustc").arg("--version").output().map_err(|e| format!("rustc: {e}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn ledger(counts: &[Counted]) -> String {
    counts.iter().map(|p| format!("{:<32} {:>8}\n", p.name, p.count)).collect()
}

fn parse(text: &str) -> Result<Vec<Counted>, Fault> {
    let line = |line: &str| {
        let (name, count) = line.rsplit_once(' ')?;
        Some(Counted { name: name.trim().into(), count: count.parse().ok()? })
    };
    text.lines().map(|l| line(l).ok_or_else(|| format!("tests/instructions.txt: {l:?}"))).collect()
}

/// What is more than it was, or is in one of both only.
fn compare(counts: &[Counted], written: &[Counted]) -> Vec<String> {
    let mut faults = Vec::new();
    for now in counts {
        match written.iter().find(|then| then.name == now.name) {
            None => faults.push(format!("{} is not in the ledger", now.name)),
            Some(then) if now.count * 1000 > then.count * (1000 + ALLOWED) => {
                faults.push(format!("{}: {} instructions, were {}", now.name, now.count, then.count));
            }
            Some(_) => {}
        }
    }
    let gone = written.iter().filter(|then| counts.iter().all(|now| now.name != then.name));
    faults.extend(gone.map(|then| format!("{} is in the ledger and was not counted", then.name)));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str, count: u64) -> Counted {
        Counted { name: name.into(), count }
    }

    #[test]
    fn a_ledger_is_read_as_it_was_written() {
        let counts = vec![path("parse INVITE", 3000), path("a whole call", 123_456)];
        assert_eq!(parse(&ledger(&counts)), Ok(counts));
    }

    #[test]
    fn only_what_rises_is_a_fault() {
        let written = [path("a", 1000), path("b", 1000)];
        assert!(compare(&[path("a", 1020), path("b", 1)], &written).is_empty());
        assert_eq!(
            compare(&[path("a", 1021), path("b", 1000)], &written),
            ["a: 1021 instructions, were 1000"]
        );
        assert_eq!(compare(&[path("a", 1000)], &written), ["b is in the ledger and was not counted"]);
        assert_eq!(
            compare(&[path("c", 1), path("a", 1), path("b", 1)], &written),
            ["c is not in the ledger"]
        );
    }
}
