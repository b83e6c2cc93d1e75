//! Calls through a bad network: a whole site on a virtual clock, phones that follow RFC 3261, and datagrams that are lost,
//! doubled, delayed and reordered; phones lose power, the clock of the server jumps, and it sleeps. After each step the rules hold, and
//! in the end nothing is left.
//!
//! `WEATHER_SEEDS=5000 cargo test --release --test weather` runs so many; `WEATHER_SEED=n` runs one and prints what it did.

mod phone;
mod rules;
mod weather;

use std::net::SocketAddr;
use std::rc::Rc;

use phone::{Outcome, Phone, Wish};
use rules::Rules;
use sipc_compiler::driver::check_file;
use sipc_compiler::source::Disk;
use sipc_engine::tm::Found;
use sipc_interpreter::{Interpreter, configuration, modules};
use sipc_test_support::message::Message;
use sipc_test_support::network::What;
use sipc_test_support::{Subject, VirtualSite};
use weather::{Agenda, Weather};

/// Calls of one seed begin within this time.
const BEGIN_MS: u64 = 20_000;
/// And everything they do is over by then: 30 s of ringing twice, 32 s of repeating, 20 s of talk, delays.
const OVER_MS: u64 = 240_000;
/// Calls of one seed.
const CALLS: u64 = 6;

/// splitmix64: small, and any seed is good.
pub struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below another.
    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    /// Whether something happens.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// What comes at a time.
enum Next {
    ToProxy(usize, Vec<u8>),
    ToPhone(usize, Vec<u8>),
    Wish(usize, Wish),
    Call(usize),
    Restart(usize),
    /// The server's clock is faster for so many milliseconds.
    Jump(u64),
    /// The server was asleep for so long.
    Leap(u64),
}

struct World {
    random: Random,
    weather: Weather,
    site: VirtualSite,
    phones: Vec<Phone>,
    agenda: Agenda<Next>,
    rules: Rules,
    /// How far the server's clock is ahead.
    ahead: u64,
    trace: Option<Vec<String>>,
}

impl World {
    fn new(seed: u64, trace: bool) -> World {
        let mut random = Random(seed);
        let weather = Weather::any(&mut random);
        let hosts = ["10.0.0.1", "10.0.0.2", "10.0.0.101", "10.0.0.102", "10.0.0.103"];
        let mut agenda = Agenda::new();
        for _ in 0..CALLS {
            let caller = random.below(2) as usize;
            agenda.add(random.below(BEGIN_MS), Next::Call(caller));
        }
        if random.chance(30) {
            agenda.add(random.below(60_000), Next::Restart(random.below(5) as usize));
        }
        if random.chance(30) {
            agenda.add(random.below(60_000), Next::Jump(1_000 + random.below(10_000)));
        }
        if random.chance(30) {
            let longest = [2_000, 60_000, 3_600_000][random.below(3) as usize];
            agenda.add(random.below(60_000), Next::Leap(1 + random.below(longest)));
        }
        World {
            random,
            weather,
            site: VirtualSite::start(subject(), None).expect("the site starts"),
            phones: hosts.iter().map(|h| Phone::new(h)).collect(),
            agenda,
            rules: Rules::default(),
            ahead: 0,
            trace: trace.then(Vec::new),
        }
    }

    fn run(&mut self) -> Result<(), String> {
        while let Some((at, next)) = self.agenda.next_before(OVER_MS) {
            self.until(at)?;
            self.step(at, next)?;
            self.collect(at)?;
            self.rules.settled()?;
        }
        self.until(OVER_MS)?;
        self.nothing_is_left()
    }

    /// The server's time passes up to that of the world; what it sends by itself is taken as it is sent.
    fn until(&mut self, at: u64) -> Result<(), String> {
        loop {
            let behind = (at + self.ahead).saturating_sub(self.site.now());
            if behind == 0 {
                return Ok(());
            }
            self.site.advance(behind.min(50));
            self.collect(self.site.now().saturating_sub(self.ahead))?;
        }
    }

    fn step(&mut self, at: u64, next: Next) -> Result<(), String> {
        match next {
            Next::ToProxy(phone, bytes) => {
                self.note(at, phone, "->", &bytes);
                let table = self.site.shared().transactions();
                self.rules.reaches(&Message::parse(&bytes), |b| table.by_branch(b.as_bytes()).is_some());
                let bytes = bytes::Bytes::from(bytes);
                let request = sipc_sip::Message::parse(bytes.clone()).expect("phones write messages");
                if request.method() == Some(sipc_sip::Method::Invite)
                    && matches!(table.find(&request), Found::Nothing)
                {
                    self.rules.begins(Message::parse(&bytes).call_id());
                }
                self.site.receive(0, address(&self.phones[phone]), bytes);
            }
            Next::ToPhone(phone, bytes) => {
                self.note(at, phone, "<-", &bytes);
                let outcome = self.phones[phone].receive(&Message::parse(&bytes), at, &mut self.random);
                self.does(phone, at, outcome);
            }
            Next::Wish(phone, wish) => {
                let outcome = self.phones[phone].wish(wish, at);
                self.does(phone, at, outcome);
            }
            Next::Call(phone) => {
                let user = ["one", "all", "next"][self.random.below(3) as usize];
                let (call, outcome) = self.phones[phone].call(user, at);
                self.does(phone, at, outcome);
                if self.random.chance(30) {
                    let when = at + 500 + self.random.below(15_000);
                    self.agenda.add(when, Next::Wish(phone, Wish::Cancel { call }));
                }
            }
            Next::Restart(phone) => self.phones[phone].restart(),
            Next::Leap(ms) => {
                self.ahead += ms;
                self.site.leap(ms);
            }
            Next::Jump(ms) => {
                self.ahead += ms;
                return self.until(at);
            }
        }
        Ok(())
    }

    fn does(&mut self, phone: usize, at: u64, outcome: Outcome) {
        for bytes in outcome.send {
            for when in self.weather.arrivals(at, &mut self.random) {
                self.agenda.add(when, Next::ToProxy(phone, bytes.clone()));
            }
        }
        for (when, wish) in outcome.later {
            self.agenda.add(when.max(at + 1), Next::Wish(phone, wish));
        }
    }

    /// Gives what the server sent to the weather.
    fn collect(&mut self, at: u64) -> Result<(), String> {
        for event in self.site.take() {
            let What::Sent { to, payload, .. } = event.what else { continue };
            self.rules.sent(&to.to_string(), &payload)?;
            let Some(phone) = self.phones.iter().position(|p| address(p) == to) else {
                return Err(format!("something was sent to {to}, where nobody is"));
            };
            for when in self.weather.arrivals(at, &mut self.random) {
                self.agenda.add(when, Next::ToPhone(phone, payload.to_vec()));
            }
        }
        Ok(())
    }

    fn nothing_is_left(&mut self) -> Result<(), String> {
        let worker = &self.site.worker;
        let left = worker.shared.transactions().len();
        if left > 0 {
            return Err(format!("{left} transactions are left"));
        }
        if self.site.network.has_tasks() {
            return Err("something still waits".into());
        }
        // a timer is not cancelled, it finds its owner gone
        self.site.advance(120_000);
        if !self.site.worker.timers.borrow().is_empty() {
            return Err("timers are left".into());
        }
        let faults = self.site.shared().statistics.list().into_iter().find(|s| s.name == "faults");
        match faults.map_or(0, |s| s.value(0)) {
            0 => Ok(()),
            n => Err(format!("{n} faults")),
        }
    }

    fn note(&mut self, at: u64, phone: usize, way: &str, bytes: &[u8]) {
        if let Some(trace) = &mut self.trace {
            let m = Message::parse(bytes);
            let via = m.header("Via").unwrap_or_default();
            trace.push(format!(
                "{at:>7} {} {way} {} ({}) {via}",
                self.phones[phone].host,
                m.first,
                m.call_id()
            ));
        }
    }
}

fn address(phone: &Phone) -> SocketAddr {
    format!("{}:5060", phone.host).parse().expect("an address")
}

fn subject() -> Subject {
    let checked = check_file(&Disk, concat!(env!("CARGO_MANIFEST_DIR"), "/tests/weather/site.cfg"));
    assert!(checked.is_good(), "the script is good");
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
fn calls_survive_any_weather() {
    if let Some(seed) = number("WEATHER_SEED") {
        let mut world = World::new(seed, true);
        let result = world.run();
        println!("{:?}\n{}", world.weather, world.trace.unwrap_or_default().join("\n"));
        assert_eq!(result, Ok(()), "WEATHER_SEED={seed}");
        return;
    }
    for seed in 0..number("WEATHER_SEEDS").unwrap_or(200) {
        let result = World::new(seed, false).run();
        assert_eq!(result, Ok(()), "WEATHER_SEED={seed}");
    }
}
