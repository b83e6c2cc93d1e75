//! Strangers who know the rules and break them: requests, ACKs and CANCELs of others' calls with few identifiers between
//! them, replies to whatever the site sent with other codes, methods, branches and tags, its own messages sent back to it,
//! bytes changed at random. No fault may happen, and in the end nothing may be left.
//!
//! `HOSTILE_SEEDS=5000 cargo test --release --test hostile` runs so many; `HOSTILE_SEED=n` runs one.

use std::net::SocketAddr;
use std::rc::Rc;

use bytes::Bytes;
use sipc_compiler::driver::check_file;
use sipc_compiler::source::Disk;
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_test_support::network::What;
use sipc_test_support::{Subject, VirtualSite};
use std::sync::atomic::Ordering;

/// Messages of one seed.
const STEPS: usize = 250;
/// By then everything is over: rounds of failure routes, each with a branch that waits for 20 s.
const OVER_MS: u64 = 1_500_000;

const METHODS: [&str; 9] =
    ["INVITE", "INVITE", "INVITE", "CANCEL", "CANCEL", "ACK", "BYE", "MESSAGE", "PRACK"];
const USERS: [&str; 11] =
    ["one", "all", "answered", "refused", "nothing", "later", "parked", "name", "here", "stateless", "other"];
const CODES: [u16; 22] = [
    0, 42, 100, 180, 180, 181, 182, 183, 199, 200, 200, 202, 301, 401, 404, 408, 486, 487, 503, 603, 699, 999,
];
const HOSTS: [&str; 3] = ["10.0.0.1:5060", "10.0.0.2:5060", "10.0.0.3:5060"];

/// splitmix64: small, and any seed is good.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

struct Strangers {
    random: Random,
    site: VirtualSite,
    /// What the site sent.
    seen: Vec<String>,
}

impl Strangers {
    fn new(seed: u64) -> Strangers {
        let site = VirtualSite::start(subject(), None).expect("the site starts");
        let slow = (450, vec![address(HOSTS[2]), address(HOSTS[1])]);
        site.network.names.borrow_mut().insert("slow.example".into(), slow);
        Strangers { random: Random(seed), site, seen: Vec::new() }
    }

    fn run(&mut self) {
        for _ in 0..STEPS {
            self.step();
            self.look();
        }
        self.site.network.unreachable.borrow_mut().clear();
        while self.site.now() < OVER_MS && !self.is_over() {
            self.site.advance(1_000);
            self.look();
        }
    }

    fn is_over(&self) -> bool {
        let parked = self.site.shared().parked.load(Ordering::Relaxed);
        self.site.shared().transactions().is_empty() && parked == 0 && !self.site.network.has_tasks()
    }

    fn step(&mut self) {
        match self.random.below(10) {
            0..4 => {
                let text = self.request();
                self.send(text);
            }
            4..8 => {
                if let Some(text) = self.reply() {
                    self.send(text);
                }
            }
            8 => {
                if let Some(text) = self.any_seen() {
                    self.send(text);
                }
            }
            _ => {
                let ms = [1, 50, 600, 5_000][self.random.below(4)];
                self.site.advance(ms);
            }
        }
        if self.random.chance(2) {
            let host = address(self.random.pick(&HOSTS));
            let mut down = self.site.network.unreachable.borrow_mut();
            if !down.remove(&host) {
                down.insert(host);
            }
        }
    }

    fn any_seen(&mut self) -> Option<String> {
        // mostly of what came last
        let recent = self.seen.len().saturating_sub(if self.random.chance(80) { 12 } else { usize::MAX });
        let at = recent + self.random.below(self.seen.len() - recent);
        self.seen.get(at).cloned()
    }

    /// A request with few identifiers, so that many are of one call, and some of one transaction.
    fn request(&mut self) -> String {
        let method = self.random.pick(&METHODS);
        let user = self.random.pick(&USERS);
        let (call, number, branch, tag) =
            (self.random.below(3), self.random.below(2), self.random.below(4), self.random.below(2));
        let cookie = if self.random.chance(85) { "z9hG4bK" } else { "" };
        let host = self.random.pick(&HOSTS);
        let to_tag = if self.random.chance(20) { format!(";tag=t{tag}") } else { String::new() };
        let route = if self.random.chance(10) { "Route: <sip:10.0.0.9;lr>\r\n" } else { "" };
        format!(
            "{method} sip:{user}@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP {host};branch={cookie}{branch}\r\n{route}\
             Max-Forwards: 5\r\nFrom: <sip:a@x>;tag=f{tag}\r\nTo: <sip:{user}@x>{to_tag}\r\nCall-ID: c{call}\r\n\
             CSeq: {number} {method}\r\nContact: <sip:a@{host}>\r\nContent-Length: 0\r\n\r\n"
        )
    }

    /// A reply to something that the site sent, or nearly.
    fn reply(&mut self) -> Option<String> {
        let request = self.any_seen()?;
        let mut lines: Vec<String> = request.split("\r\n").map(str::to_owned).collect();
        let code = CODES[self.random.below(CODES.len())];
        lines[0] = format!("SIP/2.0 {code:03} So");
        for line in &mut lines {
            if line.starts_with("To:") && !line.contains("tag=") && code != 100 {
                *line += &format!(";tag=r{}", self.random.below(3));
            }
            if line.starts_with("CSeq:") && self.random.chance(10) {
                *line = format!("CSeq: 1 {}", self.random.pick(&METHODS));
            }
            if line.starts_with("Via: SIP/2.0/UDP 10.0.0.9") && self.random.chance(10) {
                let end = line.rfind('.').map_or(line.len(), |at| at + 1);
                *line = format!("{}{:x}", &line[..end], self.random.below(300));
            }
        }
        if self.random.chance(5) {
            lines.retain(|line| !line.starts_with("Via: SIP/2.0/UDP 10.0.0.1"));
        }
        Some(lines.join("\r\n"))
    }

    fn send(&mut self, text: String) {
        let mut bytes = text.into_bytes();
        while self.random.chance(4) {
            let at = self.random.below(bytes.len());
            match self.random.below(3) {
                0 => bytes.truncate(at),
                1 => bytes[at] = self.random.below(256) as u8,
                _ => drop(bytes.drain(at..(at + 9).min(bytes.len()))),
            }
            if bytes.is_empty() {
                return;
            }
        }
        let source = address(self.random.pick(&HOSTS));
        self.site.receive(0, source, Bytes::from(bytes));
    }

    /// What the site did; what it sends to itself arrives.
    fn look(&mut self) {
        for _ in 0..20 {
            let mut own = Vec::new();
            for event in self.site.take() {
                if let What::Sent { to, payload, .. } = event.what {
                    self.seen.push(String::from_utf8_lossy(&payload).into_owned());
                    if to == address("10.0.0.9:5060") {
                        own.push(payload);
                    }
                }
            }
            if own.is_empty() {
                break;
            }
            own.into_iter().for_each(|payload| self.site.receive(0, address("10.0.0.9:5060"), payload));
        }
        assert_eq!(self.site.shared().core_statistics.faults.get(), 0, "a fault");
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("the addresses above are good")
}

fn subject() -> Subject {
    let checked = check_file(&Disk, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hostile/site.cfg"));
    assert!(checked.is_good(), "{:?}", checked.diagnostics);
    let program = Interpreter::new(&checked.program).expect("the script runs");
    Subject {
        configuration: configuration(&checked.program),
        modules: modules::linked(),
        program: Rc::new(program),
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn strangers_leave_nothing_behind() {
    let one = number("HOSTILE_SEED");
    for seed in one.map_or(0..number("HOSTILE_SEEDS").unwrap_or(60), |seed| seed..seed + 1) {
        let mut strangers = Strangers::new(seed);
        strangers.run();
        let left = strangers.site.shared().transactions().len();
        assert!(strangers.is_over(), "HOSTILE_SEED={seed}: {left} transactions are left");
    }
}
