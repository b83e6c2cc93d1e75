//! What is measured: scripts that do the same work in every server, and the load that goes with them.

use crate::load::Work;

/// How messages travel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// One connection from the callers, one to the called.
    Tcp,
    /// The same, encrypted: stunnel stands between SIPp, which cannot, and the server.
    Tls,
}

impl Transport {
    /// By its name on the command line.
    pub fn named(name: &str) -> Option<Transport> {
        match name {
            "udp" => Some(Transport::Udp),
            "tcp" => Some(Transport::Tcp),
            "tls" => Some(Transport::Tls),
            _ => None,
        }
    }

    /// Its name in scripts and addresses.
    pub fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        }
    }
}

/// Who is called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Called {
    /// Nobody: the server answers.
    Server,
    /// Whom the request names, by address.
    Address,
    /// A user who has registered.
    User,
}

/// One kind of load and the script for it.
#[derive(Debug)]
pub struct Scenario {
    /// As on the command line.
    pub letter: char,
    /// The script `benches/sip/NAME.cfg` and its sibling `NAME.kamailio.cfg`.
    pub script: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// What the light load asks.
    pub work: Work,
    /// The side that calls, of `benches/sip/load`.
    pub caller: &'static str,
    /// The side that is called.
    pub callee: Option<&'static str>,
    /// Where requests go.
    pub called: Called,
    /// Calls a second when not told otherwise.
    pub rate: u64,
    /// User parts of those who are called, one per call in turn.
    pub user: fn(u64) -> String,
}

impl Scenario {
    /// By its letter on the command line.
    pub fn named(letter: &str) -> Option<&'static Scenario> {
        SCENARIOS.iter().find(|s| letter.eq_ignore_ascii_case(s.letter.encode_utf8(&mut [0; 4])))
    }

    /// Whether a forwarder that reads nothing can stand for the server.
    pub fn has_floor(&self) -> bool {
        self.called == Called::Address && self.script != "numbers"
    }
}

fn user(n: u64) -> String {
    format!("user{n}")
}

/// A number as people write it.
fn number(n: u64) -> String {
    format!("030-{:02}.{:02}({:02})", n / 100 % 100, n % 100, n % 89 + 10)
}

/// All of them.
pub const SCENARIOS: [Scenario; 7] = [
    Scenario {
        letter: 'O',
        script: "options",
        title: "OPTIONS answered without state",
        work: Work::Options,
        caller: "options",
        callee: None,
        called: Called::Server,
        rate: 4000,
        user,
    },
    Scenario {
        letter: 'S',
        script: "stateless",
        title: "MESSAGE forwarded without state",
        work: Work::Message,
        caller: "message",
        callee: Some("message-uas"),
        called: Called::Address,
        rate: 4000,
        user,
    },
    Scenario {
        letter: 'A',
        script: "relay",
        title: "call relayed with transactions",
        work: Work::Call,
        caller: "call",
        callee: Some("call-uas"),
        called: Called::Address,
        rate: 3000,
        user,
    },
    Scenario {
        letter: 'B',
        script: "routing",
        title: "call relayed with record and loose routing",
        work: Work::Call,
        caller: "call",
        callee: Some("call-uas"),
        called: Called::Address,
        rate: 3000,
        user,
    },
    Scenario {
        letter: 'D',
        script: "lookup",
        title: "call to a registered user, with accounting",
        work: Work::Call,
        caller: "call",
        callee: Some("call-uas"),
        called: Called::User,
        rate: 2000,
        user,
    },
    Scenario {
        letter: 'R',
        script: "register",
        title: "registration kept",
        work: Work::Register,
        caller: "register",
        callee: None,
        called: Called::Server,
        rate: 4000,
        user,
    },
    Scenario {
        letter: 'H',
        script: "numbers",
        title: "call through 300 lines of string work",
        work: Work::Call,
        caller: "call",
        callee: Some("call-uas"),
        called: Called::Address,
        rate: 1000,
        user: number,
    },
];
