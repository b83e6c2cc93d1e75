//! The table of addresses and networks, in groups.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use sipc_engine::Text;
use sipc_engine::address::{self, Network};
use sipc_engine::database::DbValue;
use sipc_engine::glob::glob;
use sipc_interface::modules::permissions::PROTOCOLS;

/// The group that stands for all.
pub const ANY_GROUP: u32 = 0;

/// One row.
#[derive(Debug, Clone)]
pub struct Address {
    /// Addresses of this network.
    pub network: Network,
    /// How many bits of it count.
    pub length: u32,
    /// The source port; 0: any.
    pub port: u32,
    /// The protocol in lower case; `None`: any.
    pub protocol: Option<&'static str>,
    /// What the text of the script must match, if it gives one.
    pub pattern: Option<Text>,
    /// What the script gets.
    pub info: Text,
}

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'a> {
    /// An address.
    pub ip: IpAddr,
    /// A port; 0: any.
    pub port: u32,
    /// A protocol; `None`: any.
    pub protocol: Option<&'a str>,
    /// A text for the patterns.
    pub pattern: Option<&'a [u8]>,
}

/// One group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// In the order of the table.
    all: Vec<Address>,
    /// Places by the first address of the network.
    by_base: HashMap<IpAddr, Vec<usize>>,
    /// The same of networks, by the number of bits that count; of IPv4 and of IPv6.
    networks: [BTreeMap<u32, HashMap<IpAddr, Vec<usize>>>; 2],
}

/// All groups by their numbers.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    groups: BTreeMap<u32, Group>,
}

/// The protocol of a word; `Some(None)` for any, `None` when there is none of this name.
pub fn protocol(word: &[u8]) -> Option<Option<&'static str>> {
    if word.is_empty() {
        return Some(None);
    }
    let known = PROTOCOLS.iter().find(|p| p.as_bytes().eq_ignore_ascii_case(word))?;
    Some((*known != "any").then_some(*known))
}

impl Address {
    /// Reads a row: address, group, prefix length, port, protocol, pattern, information. The error says why it
    /// is left out.
    pub fn read(row: &[DbValue]) -> Result<(u32, Address), &'static str> {
        let [ip, group, mask, port, proto, pattern, info, ..] = row else {
            return Err("columns are missing");
        };
        let number = |v: &DbValue| v.int().and_then(|n| u32::try_from(n).ok());
        let ip = ip.text().and_then(|t| address::parse(&t)).ok_or("ip is no address")?;
        let group = number(group).ok_or("grp is no group")?;
        let length = number(mask).ok_or("mask is no prefix length")?;
        let network = Network::with_prefix(ip, length).ok_or("mask is too long")?;
        let port = number(port).ok_or("port is no port")?;
        let protocol = proto.text().and_then(|t| protocol(&t)).ok_or("proto is no protocol")?;
        let pattern = pattern.some_text();
        let info = info.text().unwrap_or_default();
        Ok((group, Address { network, length, port, protocol, pattern, info }))
    }

    fn is_host(&self) -> bool {
        self.length == bits(self.network.address())
    }

    fn matches(&self, sought: &Sought<'_>) -> bool {
        let protocol =
            self.protocol.is_none() || sought.protocol.is_none() || self.protocol == sought.protocol;
        protocol
            && (self.port == 0 || sought.port == 0 || self.port == sought.port)
            && self.network.contains(sought.ip) == Some(true)
            && match (&self.pattern, sought.pattern) {
                (Some(pattern), Some(text)) => matches_pattern(pattern, text),
                _ => true,
            }
    }
}

/// A dot at the start of the text must be written in the pattern.
fn matches_pattern(pattern: &[u8], text: &[u8]) -> bool {
    let dotted = text.first() == Some(&b'.') && !pattern.starts_with(b".") && !pattern.starts_with(b"\\.");
    !dotted && glob(pattern, text)
}

/// How many bits an address has.
fn bits(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// The first address of the network of an address.
fn base(ip: IpAddr, length: u32) -> Option<IpAddr> {
    match (ip, Network::with_prefix(ip, length)?.mask()) {
        (IpAddr::V4(ip), IpAddr::V4(mask)) => Some(IpAddr::V4((ip.to_bits() & mask.to_bits()).into())),
        (IpAddr::V6(ip), IpAddr::V6(mask)) => Some(IpAddr::V6((ip.to_bits() & mask.to_bits()).into())),
        _ => None,
    }
}

impl Group {
    fn add(&mut self, address: Address) {
        let ip = address.network.address();
        let (place, length) = (self.all.len(), address.length);
        let Some(base) = base(ip, length) else { return };
        self.by_base.entry(base).or_default().push(place);
        if !address.is_host() {
            let networks = &mut self.networks[usize::from(ip.is_ipv6())];
            networks.entry(length).or_default().entry(base).or_default().push(place);
        }
        self.all.push(address);
    }

    /// The first match: entries of the very address, then networks, the widest first; of equals the last of the table.
    fn find(&self, sought: &Sought<'_>) -> Option<&Address> {
        let matching = |places: &Vec<usize>| {
            let newest_first = places.iter().rev().filter_map(|at| self.all.get(*at));
            newest_first.into_iter().find(|a| a.matches(sought))
        };
        let exact = self.by_base.get(&sought.ip).and_then(matching);
        exact.or_else(|| {
            let networks = &self.networks[usize::from(sought.ip.is_ipv6())];
            networks.iter().find_map(|(length, of)| matching(of.get(&base(sought.ip, *length)?)?))
        })
    }
}

impl Addresses {
    /// Adds a row.
    pub fn add(&mut self, group: u32, address: Address) {
        self.groups.entry(group).or_default().add(address);
    }

    /// The entry that matches; `Err` when there is no such group.
    pub fn find(&self, group: u32, sought: &Sought<'_>) -> Result<Option<&Address>, NoGroup> {
        if group == ANY_GROUP {
            return Ok(self.groups.values().find_map(|g| g.find(sought)));
        }
        self.groups.get(&group).map(|g| g.find(sought)).ok_or(NoGroup)
    }

    /// The first group that has an address.
    pub fn group_of(&self, ip: IpAddr, port: u32) -> Option<u32> {
        let sought = Sought { ip, port, protocol: None, pattern: None };
        self.groups.iter().find(|(_, group)| group.find(&sought).is_some()).map(|(number, _)| *number)
    }

    /// Every single address, or every network, with its group.
    pub fn each(&self, networks: bool) -> impl Iterator<Item = (u32, &Address)> {
        let all = self.groups.iter().flat_map(|(number, group)| group.all.iter().map(|a| (*number, a)));
        all.filter(move |(_, a)| a.is_host() != networks)
    }
}

/// There is no such group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoGroup;
