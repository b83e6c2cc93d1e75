//! Commands of the group `blacklists`.

use serde_json::{Map, Value as Json, json};

use super::{Command, MiError, Params};
use crate::address;
use crate::blacklists::{Candidate, List, Refused, Rule};
use crate::shared::Shared;

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "blacklists:list", handler: list },
    Command { name: "blacklists:check_all", handler: check_all },
    Command { name: "blacklists:check", handler: check },
    Command { name: "blacklists:add_rule", handler: add },
    Command { name: "blacklists:del_rule", handler: remove },
];

fn list(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let now = shared.unix_now();
    let Some(name) = params.text("name") else {
        let all: Vec<Json> = shared.blacklists.all().iter().map(|l| shown(l, now)).collect();
        return Ok(json!({ "Lists": all }));
    };
    let found = shared.blacklists.find(name.as_bytes());
    found.map(|(l, _)| shown(l, now)).ok_or_else(|| MiError::new(404, "Unknown name"))
}

fn shown(list: &List, now: u64) -> Json {
    let flags = [("read-only", list.readonly), ("expire", list.expires), ("default", list.default)];
    let flags: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(word, _)| *word).collect();
    let rules: Vec<Json> = list.rules(now).iter().map(|r| rule(r, now)).collect();
    json!({ "name": list.name, "owner": "script", "flags": flags, "Rules": rules })
}

fn rule(rule: &Rule, now: u64) -> Json {
    let mut map = Map::new();
    map.insert("flags".into(), json!(i32::from(rule.negated)));
    let text = |ip| String::from_utf8_lossy(address::text(ip).as_ref()).into_owned();
    map.insert("IP".into(), json!(text(rule.network.address())));
    map.insert("Mask".into(), json!(text(rule.network.mask())));
    map.insert("Proto".into(), json!(rule.protocol.as_deref().unwrap_or("any")));
    map.insert("Port".into(), json!(rule.port));
    if let Some(pattern) = &rule.pattern {
        map.insert("Match".into(), json!(String::from_utf8_lossy(pattern)));
    }
    if let Some(end) = rule.ends {
        map.insert("Expire".into(), json!(end.saturating_sub(now)));
    }
    Json::Object(map)
}

/// What the parameters describe; texts that they own.
struct Asked {
    address: std::net::IpAddr,
    port: u16,
    protocol: String,
    text: String,
}

impl Asked {
    fn read(params: &Params) -> Result<Asked, MiError> {
        let address = params.text("ip").and_then(|ip| address::parse(ip.as_bytes()));
        let address = address.ok_or_else(|| MiError::new(400, "Missing or bad IP"))?;
        let bad = || MiError::new(404, "Bad params");
        let port = match params.has("port") {
            true => params.int("port").and_then(|p| u16::try_from(p).ok()).ok_or_else(bad)?,
            false => 0,
        };
        let protocol = params.text("proto").unwrap_or_default().to_ascii_lowercase();
        let known = protocol.is_empty() || Rule::parse(format!("{protocol},0.0.0.0").as_bytes()).is_some();
        if !known || protocol == "any" {
            return Err(bad());
        }
        Ok(Asked { address, port, protocol, text: params.text("pattern").unwrap_or_default() })
    }

    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            address: self.address,
            port: self.port,
            protocol: &self.protocol,
            text: self.text.as_bytes(),
        }
    }
}

fn check_all(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (asked, now) = (Asked::read(params)?, shared.unix_now());
    let holds = |l: &&List| l.matching(&asked.candidate(), now).is_some();
    Ok(json!(shared.blacklists.all().iter().filter(holds).map(|l| &l.name).collect::<Vec<_>>()))
}

fn check(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (asked, now) = (Asked::read(params)?, shared.unix_now());
    let found = named(shared, params)?.matching(&asked.candidate(), now);
    found.map(|r| rule(&r, now)).ok_or_else(|| MiError::new(404, "Not Matched"))
}

fn named<'a>(shared: &'a Shared, params: &Params) -> Result<&'a List, MiError> {
    let found = params.text("name").and_then(|name| shared.blacklists.find(name.as_bytes()));
    found.map(|(l, _)| l).ok_or_else(|| MiError::new(400, "Missing or bad blacklist name"))
}

/// The list and the rule of a command that changes it.
fn parts<'a>(shared: &'a Shared, params: &Params) -> Result<(&'a List, Rule), MiError> {
    let list = named(shared, params)?;
    if list.readonly {
        return Err(MiError::new(403, "Cannot modify read-only blacklist"));
    }
    let rule = params.text("rule").and_then(|r| Rule::parse(r.as_bytes()));
    Ok((list, rule.ok_or_else(|| MiError::new(404, "Bad rule"))?))
}

fn add(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (list, rule) = parts(shared, params)?;
    let seconds = match params.has("expire") {
        true => params.int("expire").and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0),
        false => Some(0),
    };
    let seconds = seconds.ok_or_else(|| MiError::new(404, "Bad expire value"))?;
    list.add(rule, seconds, shared.unix_now()).map(|()| json!("OK")).map_err(|why| match why {
        Refused::NoExpiry => MiError::new(404, "Blacklist without expire support"),
        _ => MiError::new(500, "the blacklist is full"),
    })
}

fn remove(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (list, rule) = parts(shared, params)?;
    list.remove(&rule).map(|()| json!("OK")).map_err(|_| MiError::new(404, "Rule not found"))
}
