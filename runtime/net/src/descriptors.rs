//! How the descriptors that the system allows are shared out, so that nothing takes those of something else.

use nix::sys::resource::{Resource, getrlimit};

/// Left to sockets, files and programs.
const KEPT: u64 = 128;
/// A question to a name server that does not answer is repeated, each time from a socket of its own.
const PER_QUESTION: u64 = 3;
/// Questions under way, however many descriptors there are.
const QUESTIONS_MAX: u64 = 512;

/// For connections: as many as wanted, or as there are.
pub fn connections(wanted: u32) -> usize {
    let left = allowed().saturating_sub(KEPT).saturating_sub(questions_of(allowed()) * PER_QUESTION);
    number(left.min(u64::from(wanted)))
}

/// Questions to name servers that may be under way at a time, in the whole process.
pub fn questions() -> usize {
    number(questions_of(allowed()))
}

/// A quarter of the descriptors.
fn questions_of(allowed: u64) -> u64 {
    (allowed / 4 / PER_QUESTION).clamp(1, QUESTIONS_MAX)
}

fn allowed() -> u64 {
    getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft)
}

fn number(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
