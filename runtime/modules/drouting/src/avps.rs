//! What waits in AVPs: gateways for the next attempt, and what the next rule needs.

use sipc_engine::avp::AvpName;
use sipc_engine::core_functions::seturi;
use sipc_engine::gateways::send_from;
use sipc_engine::{Context, Text, Value};
use sipc_sip::Uri;

use crate::data::{Carrier, Gateway};
use crate::partitions::{Avps, Partition};

fn name(cx: &Context, text: &Text) -> Option<AvpName> {
    cx.shared().avp_names.intern(text)
}

/// Puts a value on top.
pub fn push(cx: &mut Context, avp: &Text, value: Value) {
    if let Some(name) = name(cx, avp) {
        cx.avps(|all| all.push(name, value));
    }
}

/// Adds a value as the oldest.
pub fn append(cx: &mut Context, avp: &Text, value: Text) {
    if let Some(name) = name(cx, avp) {
        cx.avps(|all| all.append(name, Value::Text(value)));
    }
}

/// The newest value.
pub fn newest(cx: &mut Context, avp: &Text) -> Option<Value> {
    let name = name(cx, avp)?;
    cx.avps(|all| all.newest(name).cloned())
}

/// The newest value that is a text; others on top of it are removed.
pub fn newest_text(cx: &mut Context, avp: &Text) -> Option<Text> {
    let name = name(cx, avp)?;
    cx.avps(|all| {
        while let Some(value) = all.newest(name).cloned() {
            if let Some(text) = value.into_only_text() {
                return Some(text);
            }
            all.remove_at(name, 0);
        }
        None
    })
}

/// Takes the newest value that is a text out.
pub fn pop_text(cx: &mut Context, avp: &Text) -> Option<Text> {
    let text = newest_text(cx, avp)?;
    let name = name(cx, avp)?;
    cx.avps(|all| all.remove_at(name, 0));
    Some(text)
}

/// Puts a value in place of the newest.
pub fn replace(cx: &mut Context, avp: &Text, value: Value) {
    if let Some(name) = name(cx, avp) {
        cx.avps(|all| all.replace_at(name, 0, value));
    }
}

/// Removes all values.
pub fn remove(cx: &mut Context, avp: &Text) {
    if let Some(name) = name(cx, avp) {
        cx.avps(|all| all.remove_all(name));
    }
}

/// Forgets what an earlier choice left.
pub fn forget(cx: &mut Context, avps: &Avps) {
    let always = [
        &avps.uri,
        &avps.gateway,
        &avps.socket,
        &avps.rule_attributes,
        &avps.gateway_attributes,
        &avps.carrier_attributes,
    ];
    let others = [&avps.carrier, &avps.gateway_prefix, &avps.rule, &avps.rule_prefix];
    for avp in always.into_iter().chain(others.into_iter().flatten()) {
        remove(cx, avp);
    }
}

/// The request URI for a gateway: its host in place of the other, the user without what is stripped and with its prefix.
fn uri_for(gateway: &Gateway, uri: &Uri<'_>) -> Text {
    let user = uri.user().unwrap_or_default();
    let user = user.get(gateway.strip.min(user.len())..).unwrap_or_default();
    let password = uri.password().filter(|p| !p.is_empty());
    let mut out = [b"sip:", &gateway.prefix[..], user].concat();
    if let Some(password) = password {
        out.push(b':');
        out.extend_from_slice(password);
    }
    if password.is_some() || !user.is_empty() || !gateway.prefix.is_empty() {
        out.push(b'@');
    }
    out.extend_from_slice(&gateway.address);
    for (mark, part) in [(b';', uri.params().text()), (b'?', uri.headers().text())] {
        if !part.is_empty() {
            out.push(mark);
            out.extend_from_slice(part);
        }
    }
    out.into()
}

/// Goes to a gateway if it is the first, else lets it wait.
pub fn use_gateway(
    cx: &mut Context,
    partition: &Partition,
    gateway: &Gateway,
    carrier: Option<&Carrier>,
    uri: &Uri<'_>,
    first: bool,
) {
    let avps = &partition.avps;
    let new = uri_for(gateway, uri);
    if first {
        seturi(cx, new);
        send_from(cx, gateway.socket);
    } else {
        append(cx, &avps.uri, new);
        let socket = gateway.socket.map(|id| cx.shared().socket(id).uri.clone()).unwrap_or_default();
        append(cx, &avps.socket, socket);
    }
    append(cx, &avps.gateway, gateway.id.clone());
    append(cx, &avps.gateway_attributes, gateway.attributes.clone());
    if let Some(avp) = &avps.gateway_prefix {
        append(cx, avp, gateway.prefix.clone());
    }
    if let Some(avp) = &avps.carrier {
        append(cx, avp, carrier.map(|c| c.id.clone()).unwrap_or_default());
    }
    append(cx, &avps.carrier_attributes, carrier.map(|c| c.attributes.clone()).unwrap_or_default());
}
