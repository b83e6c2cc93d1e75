//! What a script sets about TCP, with OpenSIPS' defaults.

use std::time::Duration;

use crate::descriptors;
use sipc_engine::network::Transport;
use sipc_engine::setup::{Configuration, Setting};

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
    pub tcp_pings: bool,
    /// `tls_crlf_pingpong` of proto_tls.
    pub tls_pings: bool,
    /// How long TLS and WebSocket may take until the first message can pass.
    pub handshake: Duration,
    /// `cert_check_on_conn_reusage` of proto_tls and of proto_wss.
    pub domain_checks: (bool, bool),
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
    /// Whether pings are answered.
    pub fn answers_pings(&self, transport: Transport) -> bool {
        match transport {
            Transport::Tls => self.tls_pings,
            Transport::Tcp => self.tcp_pings,
            _ => true,
        }
    }

    /// Whether a connection that was opened here is used again only for messages that would open one alike.
    pub fn checks_domain(&self, transport: Transport) -> bool {
        match transport {
            Transport::Tls => self.domain_checks.0,
            Transport::Wss => self.domain_checks.1,
            _ => false,
        }
    }

    /// Reads what the script sets.
    pub fn of(c: &Configuration) -> Settings {
        let set = |name: &str| c.globals.iter().rev().find(|(n, _)| n == name).and_then(|(_, v)| v.int());
        let number = |name: &str, default: u32| set(name).map_or(default, |n| u32::try_from(n).unwrap_or(0));
        let some = |name: &str| Some(number(name, 0)).filter(|n| *n > 0);
        // nothing could ever arrive within no time at all
        let seconds = |name: &str, default| Duration::from_secs(u64::from(number(name, default).max(1)));
        let second = |n: u32| Duration::from_secs(u64::from(n));
        let param = |module: &str, name: &str| {
            let set = c.modparams.iter().rev().find(|(m, n, _)| m == module && n == name);
            set.and_then(|(.., v)| Setting::int(v))
        };
        let message = seconds("tcp_max_msg_time", 4);
        Settings {
            connect: Duration::from_millis(u64::from(number("tcp_connect_timeout", 100))),
            idle: seconds("tcp_connection_lifetime", 120),
            message,
            connections_max: descriptors::connections(number("tcp_max_connections", 2048)),
            backlog: i32::try_from(number("tcp_socket_backlog", 10)).unwrap_or(i32::MAX),
            probes: (number("tcp_keepalive", 1) != 0).then(|| Probes {
                idle: some("tcp_keepidle").map(second),
                interval: some("tcp_keepinterval").map(second),
                count: some("tcp_keepcount"),
            }),
            tos: set("tos").and_then(|n| u32::try_from(n).ok()),
            tcp_pings: param("proto_tcp", "tcp_crlf_pingpong").is_none_or(|n| n != 0),
            tls_pings: param("proto_tls", "tls_crlf_pingpong").is_none_or(|n| n != 0),
            handshake: message.max(Duration::from_millis(HANDSHAKES.iter().fold(
                0,
                |most, (module, name)| {
                    most.max(param(module, name).and_then(|n| u64::try_from(n).ok()).unwrap_or(0))
                },
            ))),
            domain_checks: (
                param("proto_tls", "cert_check_on_conn_reusage").is_some_and(|n| n != 0),
                param("proto_wss", "cert_check_on_conn_reusage").is_some_and(|n| n != 0),
            ),
        }
    }
}

/// Parameters that may allow a handshake more time than a message has, in milliseconds.
const HANDSHAKES: &[(&str, &str)] = &[
    ("proto_tls", "tls_handshake_timeout"),
    ("proto_ws", "ws_handshake_timeout"),
    ("proto_wss", "wss_handshake_timeout"),
    ("proto_wss", "wss_tls_handshake_timeout"),
];

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
        assert_eq!((s.message, s.idle, s.tcp_pings), (Duration::from_secs(7), Duration::from_secs(1), false));
        let defaults = Settings::default();
        assert_eq!(
            (defaults.connect, defaults.answers_pings(Transport::Tcp)),
            (Duration::from_millis(100), true)
        );
        assert!(defaults.probes.is_some());
    }
}
