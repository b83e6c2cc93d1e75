//! Lists of destinations that nothing is sent to (LANGUAGE 2.6).
//!
//! A message has a set of active lists, at first those with the flag `default`. A destination is blocked
//! when a rule of an active list holds for it.

use std::net::IpAddr;

use parking_lot::RwLock;

use crate::network::Destination;
use crate::setup::BlacklistSpec;

mod rule;

pub use rule::Rule;

/// Rules that one list may have.
const RULES_MAX: usize = 65_536;

/// The name of the list of servers that failed, as in OpenSIPS.
const FAILURES: &str = "dns";
/// How long they are left alone.
const FAILURE_SECONDS: u64 = 240;

/// A set of lists, by bits.
pub type Active = u32;

/// All lists, in the order of the script.
#[derive(Debug, Default)]
pub struct Blacklists {
    lists: Vec<List>,
    default: Active,
    /// Which of them has the servers that failed.
    failures: Option<usize>,
}

/// One list.
#[derive(Debug)]
pub struct List {
    /// Its name.
    pub name: String,
    /// Its rules stay as the script has them.
    pub readonly: bool,
    /// Its rules may expire.
    pub expires: bool,
    /// It is active for every message.
    pub default: bool,
    rules: RwLock<Vec<Rule>>,
}

/// What is looked up.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Address.
    pub address: IpAddr,
    /// Port.
    pub port: u16,
    /// Protocol in lower case; empty when it is not known, and then only rules for any match.
    pub protocol: &'a str,
    /// The message.
    pub text: &'a [u8],
}

impl Blacklists {
    /// The lists of a script; rules that cannot be read were refused when it was checked.
    pub fn new(specs: &[BlacklistSpec]) -> Blacklists {
        let mut default = 0;
        let lists = specs.iter().take(Active::BITS as usize).enumerate().map(|(at, spec)| {
            default |= Active::from(spec.default) << at;
            let rules = spec.rules.iter().filter_map(|text| Rule::parse(text.as_bytes())).collect();
            List {
                name: spec.name.clone(),
                readonly: spec.readonly,
                expires: spec.expires,
                default: spec.default,
                rules: RwLock::new(rules),
            }
        });
        let lists = lists.collect();
        Blacklists { lists, default, failures: None }
    }

    /// Adds the list of servers that failed, which is active for every message.
    pub fn with_failures(mut self) -> Blacklists {
        if self.lists.len() < Active::BITS as usize {
            self.default |= 1 << self.lists.len();
            self.failures = Some(self.lists.len());
            self.lists.push(List {
                name: FAILURES.to_owned(),
                readonly: false,
                expires: true,
                default: true,
                rules: RwLock::default(),
            });
        }
        self
    }

    /// A server was silent, overloaded or could not be reached: nothing is sent to it for some minutes.
    pub fn note_failure(&self, to: &Destination, now: u64) {
        let Some(list) = self.failures.and_then(|at| self.lists.get(at)) else { return };
        let protocol = Some(to.transport.lower_name().to_owned());
        // a full list takes no more until some have ended
        let _ = list.add(Rule::of_server(protocol, to.address), FAILURE_SECONDS, now);
    }

    /// The lists that are active for a message at first.
    pub fn default(&self) -> Active {
        self.default
    }

    /// All lists.
    pub fn all(&self) -> &[List] {
        &self.lists
    }

    /// A list with its bit.
    pub fn find(&self, name: &[u8]) -> Option<(&List, Active)> {
        let at = self.lists.iter().position(|l| l.name.as_bytes() == name)?;
        Some((&self.lists[at], 1 << at))
    }

    /// Whether a candidate is on an active list.
    pub fn blocks(&self, active: Active, candidate: &Candidate<'_>, now: u64) -> bool {
        let is_active = |at: usize| active & (1 << at) != 0;
        self.lists.iter().enumerate().any(|(at, l)| is_active(at) && l.matching(candidate, now).is_some())
    }

    /// Whether a message may go to a destination.
    pub fn allows(&self, active: Active, to: &Destination, text: &[u8], now: u64) -> bool {
        let protocol = to.transport.lower_name();
        let candidate = Candidate { address: to.address.ip(), port: to.address.port(), protocol, text };
        active == 0 || !self.blocks(active, &candidate, now)
    }
}

/// Why a list stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is read-only.
    ReadOnly,
    /// Its rules do not expire.
    NoExpiry,
    /// It is full.
    Full,
    /// There is no such rule.
    NoSuchRule,
}

impl Refused {
    /// In words.
    pub const fn text(self) -> &'static str {
        match self {
            Refused::ReadOnly => "the blacklist is read-only",
            Refused::NoExpiry => "the rules of the blacklist do not expire",
            Refused::Full => "the blacklist is full",
            Refused::NoSuchRule => "there is no such rule",
        }
    }
}

impl List {
    /// The first rule that holds.
    pub fn matching(&self, candidate: &Candidate<'_>, now: u64) -> Option<Rule> {
        self.rules.read().iter().filter(|r| r.is_alive(now)).find(|r| r.holds(candidate)).cloned()
    }

    /// Its rules.
    pub fn rules(&self, now: u64) -> Vec<Rule> {
        self.rules.read().iter().filter(|r| r.is_alive(now)).cloned().collect()
    }

    /// Adds a rule, for some seconds or, with 0, for good. One that is there already stays as it is.
    pub fn add(&self, mut rule: Rule, seconds: u64, now: u64) -> Result<(), Refused> {
        if self.readonly {
            return Err(Refused::ReadOnly);
        }
        if seconds > 0 && !self.expires {
            return Err(Refused::NoExpiry);
        }
        let mut rules = self.rules.write();
        rules.retain(|r| r.is_alive(now));
        if rules.iter().any(|r| r.is_same(&rule)) {
            return Ok(());
        }
        if rules.len() >= RULES_MAX {
            return Err(Refused::Full);
        }
        rule.ends = (seconds > 0).then(|| now.saturating_add(seconds));
        let at = self.place(&rules, rule.ends);
        rules.insert(at, rule);
        Ok(())
    }

    /// In a list with expiry the rules that stay come first, the newest of them in front; the others follow
    /// by their ends.
    fn place(&self, rules: &[Rule], ends: Option<u64>) -> usize {
        match ends {
            None if self.expires => 0,
            None => rules.len(),
            Some(ends) => rules.iter().position(|r| r.ends.is_some_and(|e| e > ends)).unwrap_or(rules.len()),
        }
    }

    /// Puts other rules in the place of all, as many as there is room for.
    pub fn replace(&self, mut rules: Vec<Rule>) {
        rules.truncate(RULES_MAX);
        *self.rules.write() = rules;
    }

    /// Removes a rule.
    pub fn remove(&self, rule: &Rule) -> Result<(), Refused> {
        if self.readonly {
            return Err(Refused::ReadOnly);
        }
        let mut rules = self.rules.write();
        let at = rules.iter().position(|r| r.is_same(rule)).ok_or(Refused::NoSuchRule)?;
        rules.remove(at);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(flags: (bool, bool), rules: &[&str]) -> Blacklists {
        Blacklists::new(&[BlacklistSpec {
            name: "l".into(),
            readonly: flags.0,
            expires: flags.1,
            default: true,
            rules: rules.iter().map(|r| (*r).to_owned()).collect(),
        }])
    }

    fn blocks(lists: &Blacklists, address: &str, port: u16, protocol: &str, now: u64) -> bool {
        let address = address.parse().expect("an address");
        lists.blocks(1, &Candidate { address, port, protocol, text: b"INVITE sip:x" }, now)
    }

    #[test]
    fn a_rule_holds_when_all_of_it_does() {
        let l = list((true, false), &["udp,10.0.0.0/8,5060,INVITE*", "any,2001:db8::/32"]);
        assert!(blocks(&l, "10.1.1.1", 5060, "udp", 0));
        assert!(blocks(&l, "2001:db8::9", 1, "", 0));
        for (address, port, protocol) in
            [("11.1.1.1", 5060, "udp"), ("10.1.1.1", 5061, "udp"), ("10.1.1.1", 5060, "")]
        {
            assert!(!blocks(&l, address, port, protocol, 0), "{address} {port} {protocol}");
        }
        let l = list((true, false), &["!10.0.0.0/255.0.0.0"]);
        assert!(!blocks(&l, "10.1.1.1", 1, "udp", 0) && blocks(&l, "11.1.1.1", 1, "udp", 0));
    }

    #[test]
    fn rules_come_and_go() {
        let rule = |text: &str| Rule::parse(text.as_bytes()).expect("a rule");
        let l = list((false, true), &[]);
        let all = &l.all()[0];
        assert_eq!(all.add(rule("10.0.0.1"), 10, 100), Ok(()));
        assert_eq!(all.add(rule("10.0.0.2"), 5, 100), Ok(()));
        assert_eq!(all.add(rule("10.0.0.3"), 0, 100), Ok(()));
        let shown: Vec<String> = all.rules(100).iter().map(|r| r.network.address().to_string()).collect();
        assert_eq!(shown, ["10.0.0.3", "10.0.0.2", "10.0.0.1"]);
        assert!(blocks(&l, "10.0.0.1", 1, "udp", 109) && !blocks(&l, "10.0.0.1", 1, "udp", 110));
        assert_eq!(all.remove(&rule("10.0.0.3")), Ok(()));
        assert_eq!(all.remove(&rule("10.0.0.3")), Err(Refused::NoSuchRule));
        let fixed = list((true, false), &[]);
        assert_eq!(fixed.all()[0].add(rule("10.0.0.1"), 0, 0), Err(Refused::ReadOnly));
        assert_eq!(list((false, false), &[]).all()[0].add(rule("10.0.0.1"), 1, 0), Err(Refused::NoExpiry));
    }
}
