//! How the descriptors that the system allows are shared out, so that nothing takes those of something else.

use nix::sys::resource::{Resource, getrlimit};

/// Left to sockets, files and programs.
const KEPT: u64 = 128;
/// For questions to name servers, however many there are.
const QUESTIONS_MAX: u64 = 2048;

/// For connections: as many as wanted, or as there are.
pub fn connections(wanted: u32) -> usize {
    let left = allowed().saturating_sub(KEPT).saturating_sub(questions_of(allowed()));
    number(left.min(u64::from(wanted)))
}

/// For the sockets of questions to name servers.
pub fn questions() -> usize {
    number(questions_of(allowed()))
}

/// A quarter of the descriptors.
fn questions_of(allowed: u64) -> u64 {
    (allowed / 4).clamp(1, QUESTIONS_MAX)
}

fn allowed() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft)
}

fn number(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
