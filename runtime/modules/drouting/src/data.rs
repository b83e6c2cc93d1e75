//! Gateways, carriers and rules, and what changes about them between two loads.

use std::collections::{HashMap, HashSet};

use parking_lot::{Mutex, RwLock};
use sipc_engine::gateways::Address;
use sipc_engine::network::SocketId;
use sipc_engine::{Text, recurrence};

/// When a gateway is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probing {
    /// Never.
    Never,
    /// While it is out of use.
    WhenFailed,
    /// Always.
    Always,
}

/// Whether a gateway is in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// It is.
    #[default]
    Active,
    /// Until somebody says otherwise.
    Disabled,
    /// Until a probe is answered.
    Failed,
}

impl State {
    /// As the table has it.
    pub fn number(self) -> i64 {
        match self {
            State::Active => 0,
            State::Disabled => 1,
            State::Failed => 2,
        }
    }

    /// Of a number of the table.
    pub fn of(number: i64) -> Option<State> {
        [State::Active, State::Disabled, State::Failed].into_iter().find(|s| s.number() == number)
    }
}

/// A gateway as the table has it.
#[derive(Debug)]
pub struct Gateway {
    /// Its name.
    pub id: Text,
    /// Any number.
    pub kind: i64,
    /// Host, port and parameters.
    pub address: Text,
    /// Bytes that are taken off the start of the user.
    pub strip: usize,
    /// What is put there instead.
    pub prefix: Text,
    /// For the script.
    pub attributes: Text,
    /// When it is probed.
    pub probing: Probing,
    /// The socket to send from.
    pub socket: Option<SocketId>,
    /// Its addresses, once they are known.
    pub addresses: RwLock<Vec<Address>>,
}

/// What changes about a gateway.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing {
    /// Whether it is in use.
    pub state: State,
    /// The state differs from the table's.
    pub dirty: bool,
    /// Its name is not known, and that matters.
    pub unknown: bool,
}

impl Standing {
    /// Whether requests may go there.
    pub fn is_usable(&self) -> bool {
        self.state == State::Active && !self.unknown
    }
}

/// A member of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// What it is.
    pub place: Place,
    /// Its share of the traffic.
    pub weight: u32,
}

/// A gateway or a carrier, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A gateway.
    Gateway(usize),
    /// A carrier.
    Carrier(usize),
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As written.
    Written,
    /// By chance, by their weights.
    Weights,
}

/// A carrier as the table has it.
#[derive(Debug)]
pub struct Carrier {
    /// Its name.
    pub id: Text,
    /// Only its first gateway that is in use is used.
    pub first_only: bool,
    /// The order of its gateways.
    pub order: Order,
    /// Its gateways.
    pub members: Vec<Member>,
    /// For the script.
    pub attributes: Text,
}

/// What changes about a carrier.
#[derive(Debug, Clone, Copy, Default)]
pub struct CarrierStanding {
    /// It is out of use.
    pub off: bool,
    /// The state differs from the table's.
    pub dirty: bool,
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its number.
    pub id: i32,
    /// The greatest comes first.
    pub priority: i64,
    /// When it is in use; always without.
    pub times: Option<Text>,
    /// The route of the script that is run for it.
    pub route: Option<Text>,
    /// The order of its list.
    pub order: Order,
    /// Gateways and carriers.
    pub members: Vec<Member>,
    /// For the script.
    pub attributes: Text,
}

impl Rule {
    fn applies(&self, unix: i64) -> bool {
        self.times.as_ref().is_none_or(|t| recurrence::matches(t, unix) == Ok(true))
    }
}

/// All of one partition.
#[derive(Debug, Default)]
pub struct Data {
    /// By their names.
    pub gateways: Vec<Gateway>,
    /// What changes about them, by place.
    pub standings: Mutex<Vec<Standing>>,
    /// By their names.
    pub carriers: Vec<Carrier>,
    /// What changes about them, by place.
    pub carrier_standings: Mutex<Vec<CarrierStanding>>,
    /// In no order.
    pub rules: Vec<Rule>,
    /// Places of rules by group and prefix, the greatest priority first.
    index: HashMap<(u32, Box<[u8]>), Vec<usize>>,
    /// Beginnings of prefixes that others go on from.
    inner: HashSet<Box<[u8]>>,
    /// Characters of prefixes besides digits.
    extra: Box<[u8]>,
    /// When it was read, Unix seconds.
    pub read_at: u64,
}

/// A rule that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Its place.
    pub rule: usize,
    /// Bytes of the number that matched.
    pub length: usize,
    /// Where to go on under the same prefix; 0: nowhere.
    pub next: usize,
}

impl Data {
    /// Nothing yet; `extra` are characters of prefixes besides digits.
    pub fn new(extra: &[u8]) -> Data {
        Data { extra: extra.into(), ..Data::default() }
    }

    /// A gateway by its name.
    pub fn gateway(&self, id: &[u8]) -> Option<usize> {
        self.gateways.binary_search_by(|g| g.id[..].cmp(id)).ok()
    }

    /// A carrier by its name.
    pub fn carrier(&self, id: &[u8]) -> Option<usize> {
        self.carriers.binary_search_by(|c| c.id[..].cmp(id)).ok()
    }

    /// Adds a rule to groups under a prefix; `false` when the prefix has other characters than may be.
    pub fn add_rule(&mut self, groups: &[u32], prefix: &[u8], rule: Rule) -> bool {
        if !prefix.iter().all(|c| self.is_digit(*c)) {
            return false;
        }
        for end in 1..prefix.len() {
            self.inner.insert(prefix[..end].into());
        }
        let place = self.rules.len();
        for group in groups {
            let rules = &self.rules;
            let list = self.index.entry((*group, prefix.into())).or_default();
            let lower = |at: &usize| rules.get(*at).is_some_and(|r| r.priority < rule.priority);
            let at = list.iter().position(lower).unwrap_or(list.len());
            list.insert(at, place);
        }
        self.rules.push(rule);
        true
    }

    fn is_digit(&self, c: u8) -> bool {
        c.is_ascii_digit() || self.extra.contains(&c)
    }

    /// The first rule of a list, from a place in it on, that is in use now.
    fn in_list(&self, group: u32, prefix: &[u8], from: usize, unix: i64) -> Option<(usize, usize)> {
        let list = self.index.get(&(group, prefix.into()))?;
        let applies = |at: &usize| self.rules.get(*at).is_some_and(|r| r.applies(unix));
        let nth = (from..list.len()).find(|n| list.get(*n).is_some_and(applies))?;
        let next = if nth + 1 < list.len() { nth + 1 } else { 0 };
        Some((*list.get(nth)?, next))
    }

    /// The rule of the longest prefix.
    pub fn by_prefix(&self, group: u32, number: &[u8], from: usize, unix: i64) -> Option<Found> {
        let mut length = 0;
        loop {
            let c = number.get(length)?;
            if !self.is_digit(*c) {
                return None;
            }
            length += 1;
            if length == number.len() || !self.inner.contains(&number[..length]) {
                break;
            }
        }
        (1..=length).rev().find_map(|length| {
            let (rule, next) = self.in_list(group, &number[..length], from, unix)?;
            Some(Found { rule, length, next })
        })
    }

    /// The rule without prefix.
    pub fn without_prefix(&self, group: u32, from: usize, unix: i64) -> Option<Found> {
        let (rule, next) = self.in_list(group, b"", from, unix)?;
        Some(Found { rule, length: 0, next })
    }

    /// Either.
    pub fn find(&self, group: u32, number: &[u8], unix: i64) -> Option<Found> {
        self.by_prefix(group, number, 0, unix).or_else(|| self.without_prefix(group, 0, unix))
    }

    /// The standing of a gateway.
    pub fn standing(&self, gateway: usize) -> Standing {
        self.standings.lock().get(gateway).copied().unwrap_or_default()
    }

    /// Whether a carrier is out of use.
    pub fn is_off(&self, carrier: usize) -> bool {
        self.carrier_standings.lock().get(carrier).is_some_and(|s| s.off)
    }

    /// The first carrier that has a gateway.
    pub fn carrier_of(&self, gateway: usize) -> Option<&Carrier> {
        self.carriers.iter().find(|c| c.members.iter().any(|m| m.place == Place::Gateway(gateway)))
    }

    /// Takes over the states of what was there before.
    pub fn inherit(&self, old: &Data) {
        let mut standings = self.standings.lock();
        for (place, gateway) in self.gateways.iter().enumerate() {
            if let (Some(at), Some(standing)) = (old.gateway(&gateway.id), standings.get_mut(place)) {
                let before = old.standing(at);
                (standing.state, standing.dirty) = (before.state, before.dirty);
            }
        }
        let mut carriers = self.carrier_standings.lock();
        for (place, carrier) in self.carriers.iter().enumerate() {
            let before =
                old.carrier(&carrier.id).and_then(|at| old.carrier_standings.lock().get(at).copied());
            if let (Some(before), Some(standing)) = (before, carriers.get_mut(place)) {
                *standing = before;
            }
        }
    }
}
