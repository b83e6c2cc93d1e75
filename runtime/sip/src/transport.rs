//! The transports SIP runs over, and their names.

use crate::chars::same_name;

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// SCTP.
    Sctp,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS.
    Wss,
}

impl Transport {
    /// Every transport.
    pub const ALL: [Transport; 6] =
        [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Sctp, Transport::Ws, Transport::Wss];

    /// The transport of that name, ignoring case.
    pub fn of(name: &[u8]) -> Option<Transport> {
        let transport = match name {
            [_, _] => Transport::Ws,
            [b'u' | b'U', _, _] => Transport::Udp,
            [b't' | b'T', b'c' | b'C', _] => Transport::Tcp,
            [b't' | b'T', _, _] => Transport::Tls,
            [_, _, _] => Transport::Wss,
            [_, _, _, _] => Transport::Sctp,
            _ => return None,
        };
        same_name(transport.name().as_bytes(), name).then_some(transport)
    }

    /// The name in a Via.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Sctp => "SCTP",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// The name in a URI parameter and in OpenSIPS' socket names.
    pub const fn lower_name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Sctp => "sctp",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    /// The port used when none is given (RFC 3261 section 19.1.2, RFC 7118 section 5.3).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp | Transport::Sctp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// Whether a message needs a Content-Length to be found in it, and retransmission is its own work.
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }
}
