//! Statistics of the group `shmem`: how much memory the process has. Its size has no bound that is known
//! beforehand, so the total is the most that it ever had.

use std::sync::Arc;

use sipc_engine::statistics::Statistics;

/// Registers the statistics.
pub(crate) fn register(statistics: &Statistics) {
    let used = || status("VmRSS:");
    let most = || status("VmHWM:");
    statistics.gauge("shmem", "total_size", Arc::new(most));
    statistics.gauge("shmem", "max_used_size", Arc::new(most));
    // the two are read one after the other, and the process may grow in between
    statistics.gauge("shmem", "free_size", Arc::new(move || most().saturating_sub(used()).max(0)));
    statistics.gauge("shmem", "used_size", Arc::new(used));
    statistics.gauge("shmem", "real_used_size", Arc::new(used));
}

/// A field of the process' status, bytes; 0 when the system does not tell.
fn status(field: &str) -> i64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|l| l.trim().strip_suffix("kB")?.trim().parse::<i64>().ok());
    kilobytes.map_or(0, |k| k.saturating_mul(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory() {
        let statistics = Statistics::default();
        register(&statistics);
        let value = |name| statistics.find("shmem", name).map(|s| s.value(0)).unwrap_or_default();
        // the system may take back pages of the program itself, and counts in batches; not what was just written
        let held = std::hint::black_box(vec![1u8; 8 << 20]);
        assert!(value("used_size") > 4 << 20, "{}", value("used_size"));
        assert!(value("total_size") >= value("used_size") / 2);
        assert!(value("free_size") >= 0);
        drop(held);
    }
}
