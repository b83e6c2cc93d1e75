//! Functions that use, look into and change blacklists.

use crate::blacklists::{Candidate, List, Refused, Rule};
use crate::log::Level;
use crate::{Context, Text, address};

use super::result;

/// Destinations on the list are blocked for this message; `all` stands for every list.
pub fn use_blacklist(cx: &mut Context, list: Text) -> i32 {
    mark(cx, &list, |active, bits| active | bits)
}

/// The list is no longer used for this message; `all` stands for every list.
pub fn unuse_blacklist(cx: &mut Context, list: Text) -> i32 {
    mark(cx, &list, |active, bits| active & !bits)
}

fn mark(cx: &mut Context, name: &[u8], change: fn(u32, u32) -> u32) -> i32 {
    let found = cx.shared().blacklists.find(name).map(|(_, bit)| bit);
    let bits = if is_all(name) { Some(u32::MAX) } else { found };
    match bits {
        Some(bits) => cx.blacklists = change(cx.blacklists, bits),
        None => unknown(cx, name),
    }
    result(bits.is_some())
}

/// Whether a destination is on a list, or with `all` on one that is in use.
pub fn check_blacklist_rule(
    cx: &mut Context,
    list: Text,
    ip: Text,
    port: Option<i32>,
    protocol: Option<Text>,
    pattern: Option<Text>,
) -> i32 {
    let Some(address) = address::parse(&ip) else { return -1 };
    let protocol = String::from_utf8_lossy(&protocol.unwrap_or_default()).to_ascii_lowercase();
    let text = pattern.unwrap_or_default();
    let candidate = Candidate { address, port: port_of(port), protocol: &protocol, text: &text };
    let shared = cx.shared();
    let now = shared.unix_now();
    if is_all(&list) {
        return result(shared.blacklists.blocks(cx.blacklists, &candidate, now));
    }
    match shared.blacklists.find(&list) {
        Some((found, _)) => result(found.matching(&candidate, now).is_some()),
        None => {
            unknown(cx, &list);
            -1
        }
    }
}

/// Adds a rule to a list that is not read-only.
pub fn add_blacklist_rule(
    cx: &mut Context,
    list: Text,
    network: Text,
    port: Option<i32>,
    protocol: Option<Text>,
    pattern: Option<Text>,
    expire: Option<i32>,
) -> i32 {
    let Some(rule) = rule(&network, port, protocol, pattern) else { return -1 };
    let seconds = u64::try_from(expire.unwrap_or(0)).unwrap_or(0);
    let now = cx.shared().unix_now();
    change(cx, &list, |found| found.add(rule, seconds, now))
}

/// Removes a rule from a list that is not read-only.
pub fn del_blacklist_rule(
    cx: &mut Context,
    list: Text,
    network: Text,
    port: Option<i32>,
    protocol: Option<Text>,
    pattern: Option<Text>,
) -> i32 {
    let Some(rule) = rule(&network, port, protocol, pattern) else { return -1 };
    change(cx, &list, |found| found.remove(&rule))
}

fn change(cx: &mut Context, name: &[u8], f: impl FnOnce(&List) -> Result<(), Refused>) -> i32 {
    let Some((list, _)) = cx.shared().blacklists.find(name) else {
        unknown(cx, name);
        return -1;
    };
    if let Err(why) = f(list) {
        cx.log(Level::Error, "blacklist", format_args!("{}: {}", list.name, why.text()));
        return -1;
    }
    1
}

/// A rule by its parts.
fn rule(network: &[u8], port: Option<i32>, protocol: Option<Text>, pattern: Option<Text>) -> Option<Rule> {
    let mut rule = Rule::parse(network)?;
    rule.port = port_of(port);
    rule.protocol = protocol
        .map(|p| String::from_utf8_lossy(&p).to_ascii_lowercase())
        .filter(|p| !p.is_empty() && p != "any");
    rule.pattern = pattern.filter(|p| !p.is_empty()).map(|p| p.to_vec());
    Some(rule)
}

/// Ports have 16 bits, whatever the script says.
fn port_of(port: Option<i32>) -> u16 {
    port.unwrap_or(0) as u16
}

fn is_all(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"all")
}

fn unknown(cx: &Context, name: &[u8]) {
    let name = String::from_utf8_lossy(name);
    cx.log(Level::Error, "fixup_blacklist_name", format_args!("blacklist {name} not configured"));
}
