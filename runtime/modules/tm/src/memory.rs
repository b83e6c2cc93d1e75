//! How many transactions this machine has memory for: the bound when the script sets none.

use std::fs;
use std::path::{Path, PathBuf};

/// What a transaction takes with its messages, bytes: a ringing INVITE takes five thousand, one with a large body more.
const TRANSACTION: u64 = 6_000;
/// Not more, however large the machine is.
const MOST: u64 = 4_000_000;
/// Not fewer, however small it is.
const FEWEST: u64 = 10_000;

/// As many as half of the memory holds: that of the machine, or what a control group leaves of it.
pub(crate) fn transactions() -> usize {
    let limits = fs::read_to_string("/proc/self/cgroup").map(|text| limit_files(&text)).unwrap_or_default();
    let limits = limits.iter().filter_map(|path| fs::read_to_string(path).ok()?.trim().parse().ok());
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    fitting(limits.chain(machine).min())
}

fn fitting(memory: Option<u64>) -> usize {
    let fit = memory.map_or(MOST, |bytes| (bytes / 2 / TRANSACTION).clamp(FEWEST, MOST));
    usize::try_from(fit).unwrap_or(usize::MAX)
}

/// `MemTotal` of `/proc/meminfo`, bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// Where the limits of the groups in `/proc/self/cgroup` stand, and of those around them: of version 2, and of version
/// 1, where memory has a tree of its own.
fn limit_files(groups: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (fields.next(), fields.next()) else { continue };
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            c if c.split(',').any(|c| c == "memory") => ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            _ => continue,
        };
        let around = Path::new(group).ancestors().map(|g| g.strip_prefix("/").unwrap_or(g).to_owned());
        files.extend(around.map(|group| Path::new(root).join(group).join(file)));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_memory_is_for_transactions() {
        assert_eq!(fitting(Some(2 << 30)), 178_956);
        assert_eq!(fitting(Some(64 << 20)), 10_000);
        assert_eq!(fitting(Some(u64::MAX)), 4_000_000, "a group without a limit may say so");
        assert_eq!(fitting(None), 4_000_000);
        assert!((10_000..=4_000_000).contains(&transactions()));
    }

    #[test]
    fn what_the_system_tells() {
        let text = "MemFree:  1 kB\nMemTotal:       16303428 kB\nMemAvailable: 3 kB\n";
        assert_eq!(total(text), Some(16_303_428 * 1024));
        assert_eq!(total("MemTotal: many\n"), None);
        let files = |text| limit_files(text).iter().map(|p| p.display().to_string()).collect::<Vec<_>>();
        let two = ["/system.slice/memory.max", "/memory.max"].map(|f| format!("/sys/fs/cgroup{f}"));
        assert_eq!(files("0::/system.slice\n"), two);
        let one = "4:cpu:/a\n3:hugetlb,memory:/a\nbroken\n";
        let limits = ["/a/memory.limit_in_bytes", "/memory.limit_in_bytes"];
        assert_eq!(files(one), limits.map(|f| format!("/sys/fs/cgroup/memory{f}")));
    }
}
