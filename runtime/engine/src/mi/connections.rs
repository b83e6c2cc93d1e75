//! Commands of the group `tcp`: the connections of all transports over streams.

use serde_json::{Value as Json, json};
use sipc_sip::{Host, Transport};

use super::{Command, MiError, Params};
use crate::address;
use crate::send::plain_target;
use crate::shared::Shared;
use crate::streams::{Listed, Which};

pub(super) const COMMANDS: &[Command] =
    &[Command { name: "tcp:list", handler: list }, Command { name: "tcp:close", handler: close }];

/// Reads `[transport:]address:port`, or the number of a connection.
pub(crate) fn which(text: &[u8]) -> Option<Which> {
    if !text.contains(&b':') {
        return std::str::from_utf8(text).ok()?.trim().parse().ok().map(Which::Id);
    }
    let target = plain_target(text)?;
    let over_tcp = target.transport.is_none_or(|t| !matches!(t, Transport::Udp | Transport::Sctp));
    let ip = Host::of(&target.host).ip().filter(|_| over_tcp)?;
    let port = target.port.filter(|port| *port > 0)?;
    Some(Which::To(std::net::SocketAddr::new(ip, port), target.transport))
}

fn list(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let wanted = match params.text("proto") {
        Some(name) if !name.eq_ignore_ascii_case("any") => {
            Some(Transport::of(name.as_bytes()).ok_or(MiError::new(400, "Bad protocol"))?)
        }
        _ => None,
    };
    let all = shared.connections.get().map(|c| c.list()).unwrap_or_default();
    let listed = all.iter().filter(|c| wanted.is_none_or(|t| t == c.transport));
    Ok(json!({ "Connections": listed.map(|c| shown(shared, c)).collect::<Vec<_>>() }))
}

fn shown(shared: &Shared, c: &Listed) -> Json {
    let local = shared.socket(c.socket).address;
    let ends = i64::try_from(shared.unix_now().saturating_add(c.left)).unwrap_or(i64::MAX);
    let ends = chrono::DateTime::from_timestamp(ends, 0).map(|t| t.with_timezone(&chrono::Local));
    let at = |a: std::net::SocketAddr| format!("{}:{}", address::text(a.ip()), a.port());
    let mut item = json!({
        "ID": c.id,
        "Type": c.transport.lower_name(),
        "State": i32::from(!c.is_open),
        "Remote": at(c.peer),
        "Local": at(local),
        "Lifetime": ends.map(|t| t.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default(),
    });
    // OpenSIPS gives one member of that name per alias, of which JSON readers keep the last
    if let Some(port) = c.aliases.last() {
        item["Alias port"] = json!(port);
    }
    item
}

fn close(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let text = params.text("ipport").unwrap_or_default();
    let which = which(text.as_bytes()).ok_or(MiError::new(400, "Bad tcp connection"))?;
    let closed = shared.connections.get().is_some_and(|c| c.close(which));
    Ok(if closed { json!("OK") } else { Json::Null })
}
