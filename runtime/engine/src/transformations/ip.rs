//! `{ip.…}`: addresses as text and as bytes.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::address::{self, Network};
use crate::place::TransformArg;
use crate::{Context, Text, Value};

use super::{some_text, text_arg};

fn is(value: &Value, parse: fn(&[u8]) -> Option<IpAddr>) -> Value {
    some_text(value).map_or(Value::Null, |text| Value::from(parse(&text).is_some()))
}

/// `{ip.isip}`
pub fn ip_isip(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    is(&value, address::parse)
}

/// `{ip.isip4}`
pub fn ip_isip4(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    is(&value, address::parse_v4)
}

/// `{ip.isip6}`
pub fn ip_isip6(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    is(&value, address::parse_v6)
}

/// `{ip.pton}`
pub fn ip_pton(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let bytes = some_text(&value).and_then(|text| address::parse(&text)).map(|ip| match ip {
        IpAddr::V4(ip) => Text::copy_from_slice(&ip.octets()),
        IpAddr::V6(ip) => Text::copy_from_slice(&ip.octets()),
    });
    bytes.into()
}

/// `{ip.resolve}`: what was found before the statement ran.
pub fn ip_resolve(cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let Some(name) = some_text(&value) else { return Value::Null };
    let found = address::parse(&name).or_else(|| cx.names.get(&name));
    found.map(|address| Text::from(address.to_string())).into()
}

/// The address that 4 or 16 bytes stand for.
fn from_bytes(value: &Value) -> Option<IpAddr> {
    let bytes = some_text(value)?;
    let v4 = <[u8; 4]>::try_from(&bytes[..]).ok().map(|b| IpAddr::V4(Ipv4Addr::from(b)));
    v4.or_else(|| <[u8; 16]>::try_from(&bytes[..]).ok().map(|b| IpAddr::V6(Ipv6Addr::from(b))))
}

/// `{ip.ntop}`
pub fn ip_ntop(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    from_bytes(&value).map(|ip| Text::from(address::text(ip))).into()
}

/// `{ip.family}`
pub fn ip_family(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    match from_bytes(&value) {
        Some(IpAddr::V4(_)) => Value::literal(b"INET"),
        Some(IpAddr::V6(_)) => Value::literal(b"INET6"),
        None => Value::Null,
    }
}

/// Private (RFC 1918), shared (RFC 6598) and loopback networks.
const PRIVATE: [(Ipv4Addr, u32); 5] = [
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
];

/// `{ip.isprivate}`
pub fn ip_isprivate(_cx: &mut Context, value: Value, _args: &[TransformArg]) -> Value {
    let Some(text) = some_text(&value) else { return Value::Null };
    let inside = |ip: IpAddr| {
        let networks =
            PRIVATE.iter().filter_map(|(net, length)| Network::with_prefix(IpAddr::V4(*net), *length));
        networks.into_iter().any(|net| net.contains(ip) == Some(true))
    };
    Value::from(address::parse_v4(&text).is_some_and(inside))
}

/// `{ip.matches,network/length}`: NULL when the families differ.
pub fn ip_matches(_cx: &mut Context, value: Value, args: &[TransformArg]) -> Value {
    let ip = some_text(&value).and_then(|text| address::parse(&text));
    let network = text_arg(args, 0).and_then(|text| network(text));
    let inside = ip.zip(network).and_then(|(ip, network)| network.contains(ip));
    inside.map_or(Value::Null, Value::from)
}

fn network(text: &[u8]) -> Option<Network> {
    let slash = memchr::memchr(b'/', text)?;
    let length = sipc_sip::number(text.get(slash + 1..)?)?;
    Network::with_prefix(address::parse(text.get(..slash)?)?, length)
}
