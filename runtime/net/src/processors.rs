//! Which processor a worker runs on. With `--pin` each has one for itself, and what it keeps in the caches of that one stays
//! there; without, the system moves workers about, which is better where other programs want the processors too.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The processors that this process may use, in order.
///
/// # Errors
/// One line for the user, when the system does not tell.
pub fn allowed() -> Result<Vec<usize>, String> {
    let set =
        sched_getaffinity(Pid::from_raw(0)).map_err(|e| format!("--pin: no list of processors: {e}"))?;
    Ok((0..CpuSet::count()).filter(|number| set.is_set(*number).unwrap_or(false)).collect())
}

/// Keeps the thread that asks on one processor.
///
/// # Errors
/// One line for the user, when the system refuses.
pub fn stay_on(processor: usize) -> Result<(), String> {
    let mut set = CpuSet::new();
    let refused = |e| format!("--pin: cannot stay on processor {processor}: {e}");
    set.set(processor).map_err(refused)?;
    sched_setaffinity(Pid::from_raw(0), &set).map_err(refused)
}
