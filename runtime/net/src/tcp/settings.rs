//! What a script sets about TCP, with OpenSIPS' defaults.

use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit};
use sipc_engine::setup::{Configuration, Setting};

/// Descriptors that are left to everything else.
const DESCRIPTORS_KEPT: u64 = 128;

/// The settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `tcp_connect_timeout`.
    pub connect: Duration,
    /// `tcp_connection_lifetime`.
    pub idle: Duration,
    /// `tcp_max_msg_time`.
    pub message: Duration,
    /// `tcp_max_connections`, or fewer if the system allows fewer open files.
    pub connections_max: usize,
    /// `tcp_socket_backlog`.
    pub backlog: i32,
    /// `tcp_keepalive` with `tcp_keepidle`, `tcp_keepinterval` and `tcp_keepcount`; `None`: off.
    pub probes: Option<Probes>,
    /// `tos`.
    pub tos: Option<u32>,
    /// `tcp_crlf_pingpong` of proto_tcp.
    pub answers_pings: bool,
}

/// How the system watches connections; what is not set is as the system has it.
#[derive(Debug, Clone, Default)]
pub struct Probes {
    /// Silence before the first probe.
    pub idle: Option<Duration>,
    /// Time between probes.
    pub interval: Option<Duration>,
    /// Probes until a connection counts as dead.
    pub count: Option<u32>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings::of(&Configuration::default())
    }
}

impl Settings {
    /// Reads what the script sets.
    pub fn of(c: &Configuration) -> Settings {
        let set = |name: &str| c.globals.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| v.int());
        let number = |name: &str, default: u32| set(name).map_or(default, |n| u32::try_from(n).unwrap_or(0));
        let some = |name: &str| Some(number(name, 0)).filter(|n| *n > 0);
        // nothing could ever arrive within no time at all
        let seconds = |name: &str, default| Duration::from_secs(u64::from(number(name, default).max(1)));
        let second = |n: u32| Duration::from_secs(u64::from(n));
        let pings = c.modparams.iter().rev().find(|(m, n, _)| m == "proto_tcp" && n == "tcp_crlf_pingpong");
        Settings {
            connect: Duration::from_millis(u64::from(number("tcp_connect_timeout", 100))),
            idle: seconds("tcp_connection_lifetime", 120),
            message: seconds("tcp_max_msg_time", 4),
            connections_max: possible(number("tcp_max_connections", 2048)),
            backlog: i32::try_from(number("tcp_socket_backlog", 10)).unwrap_or(i32::MAX),
            probes: (number("tcp_keepalive", 1) != 0).then(|| Probes {
                idle: some("tcp_keepidle").map(second),
                interval: some("tcp_keepinterval").map(second),
                count: some("tcp_keepcount"),
            }),
            tos: set("tos").and_then(|n| u32::try_from(n).ok()),
            answers_pings: pings.and_then(|(.., v)| Setting::int(v)).is_none_or(|n| n != 0),
        }
    }
}

/// As many connections as wanted, or as the system has descriptors for.
fn possible(wanted: u32) -> usize {
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let open = getrlimit(Resource::RLIMIT_NOFILE).map_or(u64::MAX, |(soft, _)| soft);
    usize::try_from(open.saturating_sub(DESCRIPTORS_KEPT)).unwrap_or(usize::MAX).min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_counts_and_the_last_one_wins() {
        let set = |name: &str, n| (name.to_owned(), Setting::Int(n));
        let globals =
            vec![set("tcp_max_msg_time", 9), set("tcp_max_msg_time", 7), set("tcp_connection_lifetime", 0)];
        let modparams = vec![("proto_tcp".to_owned(), "tcp_crlf_pingpong".to_owned(), Setting::Int(0))];
        let s = Settings::of(&Configuration { globals, modparams, ..Configuration::default() });
        assert_eq!(
            (s.message, s.idle, s.answers_pings),
            (Duration::from_secs(7), Duration::from_secs(1), false)
        );
        let defaults = Settings::default();
        assert_eq!((defaults.connect, defaults.answers_pings), (Duration::from_millis(100), true));
        assert!(defaults.probes.is_some());
    }
}
