//! What a server and the processes it started have taken: processor time and memory.

use std::collections::HashMap;
use std::fs;
/// Processor time, microseconds.
#[derive(Clone, Copy, Default, Debug, PartialEq)]
pub struct Cpu {
    /// In the program.
    pub user: f64,
    /// In the kernel, for the program.
    pub system: f64,
}

impl Cpu {
    /// Both.
    pub fn total(self) -> f64 {
        self.user + self.system
    }

    /// Of each of so many.
    pub fn per(self, count: f64) -> Cpu {
        Cpu { user: self.user / count, system: self.system / count }
    }
}

/// What processes have taken until some moment, microseconds.
#[derive(Clone, Copy, Default, Debug)]
pub struct Taken {
    /// As the scheduler counts, to the nanosecond.
    exact: f64,
    /// As the kernel's clock divides it.
    user: f64,
    system: f64,
}

impl Taken {
    /// What was taken since an earlier moment: the sum is the scheduler's, its parts are the clock's.
    pub fn since(self, before: Taken) -> Cpu {
        let (user, system) = (self.user - before.user, self.system - before.system);
        let total = self.exact - before.exact;
        let share = if user + system > 0.0 { user / (user + system) } else { 0.5 };
        Cpu { user: total * share, system: total * (1.0 - share) }
    }
}

/// A process and all that descend from it.
pub fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // after the name, which may contain anything: state, parent
        if let Some(parent) = stat(pid).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(pid);
        }
    }
    let mut found = vec![root];
    let mut at = 0;
    while let Some(pid) = found.get(at) {
        found.extend(children.remove(pid).unwrap_or_default());
        at += 1;
    }
    found
}

/// The fields of a process behind its name: state first.
fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = text.rsplit_once(')')?;
    Some(fields.split_whitespace().map(str::to_owned).collect())
}

/// Processor time of processes until now.
pub fn taken(pids: &[u32]) -> Taken {
    pids.iter().filter_map(|pid| taken_by(*pid)).fold(Taken::default(), |sum, one| Taken {
        exact: sum.exact + one.exact,
        user: sum.user + one.user,
        system: sum.system + one.system,
    })
}

fn taken_by(pid: u32) -> Option<Taken> {
    let fields = stat(pid)?;
    // a tick is 10 ms on every Linux of today
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok().map(|ticks| ticks * 10_000.0);
    let (user, system) = (ticks(11)?, ticks(12)?);
    Some(Taken { exact: scheduled(pid).unwrap_or(user + system), user, system })
}

/// What the scheduler says that a process' threads ran, microseconds.
fn scheduled(pid: u32) -> Option<f64> {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).ok()?;
    let ran = threads.flatten().filter_map(|thread| {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split_whitespace().next()?.parse::<f64>().ok()
    });
    Some(ran.sum::<f64>() / 1000.0)
}

/// Memory of processes, bytes: what they share is counted once.
pub fn memory(pids: &[u32]) -> f64 {
    pids.iter().filter_map(|pid| proportional(*pid)).sum::<f64>() * 1024.0
}

fn proportional(pid: u32) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
