//! What scripts ask.

use std::net::IpAddr;

use sipc_engine::address;
use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::{Context, Text, Value, VarRef};
use sipc_sip::{Contacts, HeaderKind, Uri};

use crate::State;
use crate::addresses::{Sought, protocol};
use crate::files::{Files, Pair};
use crate::partitions::{DEFAULT, Partition};
use crate::rules::EXPRESSION_MAX;

/// The value when there is no such group.
const NO_GROUP: i32 = -2;

fn log(cx: &Context, text: std::fmt::Arguments<'_>) {
    cx.log(Level::Error, "permissions", text);
}

/// Does something with the partition that a call names.
fn with_partition<R>(cx: &Context, name: Option<&Text>, f: impl FnOnce(&Partition) -> R) -> Option<R> {
    let name = name.map_or(DEFAULT.into(), |n| String::from_utf8_lossy(n));
    let found = cx.shared().state::<State>().and_then(|s| s.partitions.named(&name)).map(f);
    if found.is_none() {
        log(cx, format_args!("invoked partition <{name}> not defined"));
    }
    found
}

fn look(
    cx: &mut Context,
    group: i32,
    sought: &Sought<'_>,
    info: Option<&VarRef>,
    partition: Option<&Text>,
) -> i32 {
    // negative numbers are large ones, as in OpenSIPS
    let group = group as u32;
    let found = with_partition(cx, partition, |p| {
        p.addresses.get().find(group, sought).map(|found| found.map(|a| a.info.clone()))
    });
    match found {
        None | Some(Ok(None)) => -1,
        Some(Err(_)) => NO_GROUP,
        Some(Ok(Some(text))) => match info.is_none_or(|v| v.write(cx, Assign::Set, Value::Text(text))) {
            true => 1,
            false => -1,
        },
    }
}

/// Whether an address is in a group.
#[allow(clippy::too_many_arguments)]
pub fn check_address(
    cx: &mut Context,
    group: i32,
    ip: Text,
    port: i32,
    proto: Text,
    info: Option<&VarRef>,
    pattern: Option<Text>,
    partition: Option<Text>,
) -> i32 {
    let Some(address) = address::parse(&ip) else {
        log(cx, format_args!("invalid ip address <{}>", String::from_utf8_lossy(&ip)));
        return -1;
    };
    let Some(protocol) = protocol(&proto) else {
        log(cx, format_args!("unknown protocol <{}>", String::from_utf8_lossy(&proto)));
        return -1;
    };
    let sought = Sought { ip: address, port: port as u32, protocol, pattern: pattern.as_deref() };
    look(cx, group, &sought, info, partition.as_ref())
}

/// The address and port that the message came from.
fn source(cx: &Context) -> (IpAddr, u32) {
    (cx.received.source.ip().to_canonical(), u32::from(cx.received.source.port()))
}

/// Whether the source of the message is in a group.
pub fn check_source_address(
    cx: &mut Context,
    group: i32,
    info: Option<&VarRef>,
    pattern: Option<Text>,
    partition: Option<Text>,
) -> i32 {
    let (ip, port) = source(cx);
    let protocol = cx.shared().socket(cx.received.socket).transport.lower_name();
    let sought = Sought { ip, port, protocol: Some(protocol), pattern: pattern.as_deref() };
    look(cx, group, &sought, info, partition.as_ref())
}

/// The first group of the source of the message.
pub fn get_source_group(cx: &mut Context, group: &VarRef, partition: Option<Text>) -> i32 {
    let (ip, port) = source(cx);
    let found = with_partition(cx, partition.as_ref(), |p| p.addresses.get().group_of(ip, port));
    let Some(number) = found.flatten() else { return -1 };
    if group.write(cx, Assign::Set, Value::Int(number as i32)) { 1 } else { -1 }
}

/// Asks the rules of a file: `None` when there are none, and all is allowed.
fn with_rules(cx: &mut Context, name: Option<&Text>, f: impl FnOnce(&Context, &Pair, bool) -> bool) -> i32 {
    let name = name.map(|n| String::from_utf8_lossy(n).into_owned());
    let worker = cx.worker.clone();
    let Some(state) = worker.shared.state::<State>() else { return -1 };
    let files: &Files = &state.files;
    let Some(pair) = files.named(name.as_deref()) else { return -1 };
    if pair.is_empty() || f(cx, pair, state.all_branches) { 1 } else { -1 }
}

/// The URI of a header with an address, if it is not too long.
fn uri_of(cx: &Context, kind: HeaderKind) -> Option<Text> {
    let address = cx.message.address(kind)?.ok()?;
    let text = Text::copy_from_slice(address.uri_text);
    if text.len() > EXPRESSION_MAX {
        log(cx, format_args!("a URI is too long: {} bytes", text.len()));
        return None;
    }
    Some(text)
}

/// `sip:user@host` of a URI.
fn plain(uri: &[u8]) -> Option<Vec<u8>> {
    let uri = Uri::parse(uri).ok()?;
    let mut out = b"sip:".to_vec();
    if let Some(user) = uri.user().filter(|u| !u.is_empty()) {
        out.extend_from_slice(user);
        out.push(b'@');
    }
    out.extend_from_slice(uri.host_text());
    (out.len() <= EXPRESSION_MAX).then_some(out)
}

/// The same of the request URI; the `@` stands even without user.
fn plain_request_uri(uri: &[u8]) -> Option<Vec<u8>> {
    let parsed = Uri::parse(uri).ok()?;
    let out = [b"sip:", parsed.user().unwrap_or_default(), b"@", parsed.host_text()].concat();
    (out.len() <= EXPRESSION_MAX).then_some(out)
}

/// Whether the rules allow the caller the request URI and all branches.
pub fn allow_routing(cx: &mut Context, basename: Option<Text>) -> i32 {
    with_rules(cx, basename.as_ref(), |cx, rules, all_branches| {
        let Some(from) = uri_of(cx, HeaderKind::From) else { return false };
        let Some(uri) = plain_request_uri(&cx.ruri()) else { return false };
        if rules.allow.has(&from, &uri) {
            return !all_branches || branches_allowed(cx, rules, &from);
        }
        if rules.deny.has(&from, &uri) {
            return false;
        }
        !all_branches || branches_allowed(cx, rules, &from)
    })
}

fn branches_allowed(cx: &Context, rules: &Pair, from: &[u8]) -> bool {
    cx.branches.iter().all(|branch| {
        plain(&branch.uri).is_some_and(|uri| rules.allow.has(from, &uri) || !rules.deny.has(from, &uri))
    })
}

/// Whether the rules allow the user of To the contacts.
pub fn allow_register(cx: &mut Context, basename: Text) -> i32 {
    with_rules(cx, Some(&basename), |cx, rules, all| {
        if !cx.message.has(HeaderKind::Contact) {
            return cx.message.has(HeaderKind::To);
        }
        let list = match cx.message.contacts() {
            Ok(Contacts::Star) => return true,
            Ok(Contacts::List(list)) => list,
            Err(_) => return false,
        };
        let Some(to) = uri_of(cx, HeaderKind::To) else { return false };
        list.iter().all(|contact| {
            let Some(uri) = plain(contact.uri_text) else { return false };
            (rules.allow.has(&to, &uri) && all) || !rules.deny.has(&to, &uri)
        })
    })
}

/// Whether the rules allow the caller a URI.
pub fn allow_uri(cx: &mut Context, basename: Text, uri: Text) -> i32 {
    with_rules(cx, Some(&basename), |cx, rules, _| {
        let Some(from) = uri_of(cx, HeaderKind::From) else { return false };
        if uri.len() > EXPRESSION_MAX {
            log(cx, format_args!("a URI is too long: {} bytes", uri.len()));
            return false;
        }
        rules.allow.has(&from, &uri) || !rules.deny.has(&from, &uri)
    })
}
