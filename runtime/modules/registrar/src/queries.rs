//! Questions about who is registered, and with what.

use std::net::IpAddr;

use sipc_engine::log::Level;
use sipc_engine::place::{Index, IndexRef, VarRef};
use sipc_engine::{Context, Text, Value};
use sipc_mod_usrloc::{Contact, Record};
use sipc_sip::{HeaderKind, Host, Method, NameAddr, Uri};

use crate::State;
use crate::aor;

/// Addresses that one question may name.
const VALUES_MAX: i32 = 1_000;

/// Looks at the record of a user: the one given, else of To for a REGISTER, of From for any other request.
/// `None` when the address of record is missing or broken.
fn with_record<R>(
    cx: &Context,
    table: &Text,
    aor: Option<Text>,
    f: impl FnOnce(Option<&Record>, u64) -> R,
) -> Option<R> {
    let state = cx.worker.shared.state::<State>()?;
    let uri = aor.or_else(|| {
        let address = match cx.message.method() {
            Some(Method::Register) => cx.message.to(),
            _ => cx.message.from(),
        };
        address.and_then(Result::ok).map(|a| cx.message.share(a.uri_text))
    })?;
    let user = aor::key(state, &uri).ok()?;
    let now = cx.worker.unix_us() / 1_000_000;
    Some(state.locations.read(table, &user, |record| f(record, now)))
}

fn answer(found: Option<bool>) -> i32 {
    if found == Some(true) { 1 } else { -1 }
}

/// Whether a user has a contact. The attribute of the first one goes into `attr_avp`.
pub fn is_registered(cx: &mut Context, domain: Text, aor: Option<Text>) -> i32 {
    let first = with_record(cx, &domain, aor, |record, now| {
        let contacts = record.map(|r| r.contacts.as_slice()).unwrap_or_default();
        contacts.iter().find(|c| c.is_valid(now)).map(|c| c.attr.clone())
    });
    let Some(Some(attr)) = first else { return -1 };
    let name = cx.worker.shared.state::<State>().and_then(|s| s.attr_avp.clone());
    if let (Some(name), Some(attr)) = (name, attr)
        && let Some(number) = cx.shared().avp_names.intern(name.as_bytes())
    {
        cx.avps(|avps| avps.append(number, Value::Text(attr)));
    }
    1
}

/// Whether a user has a contact with a URI, with a Call-ID, or with both; without either, the first contact of
/// the message that is not to be removed.
pub fn is_contact_registered(
    cx: &mut Context,
    domain: Text,
    aor: Option<Text>,
    contact: Option<Text>,
    call_id: Option<Text>,
) -> i32 {
    let contact = match (contact, &call_id) {
        (None, None) => match first_contact(cx) {
            Some(uri) => Some(uri),
            None => {
                let text = format_args!("neither contact nor callid given, and no contact in the message");
                cx.log(Level::Warning, "is_contact_registered", text);
                return -1;
            }
        },
        (given, _) => given,
    };
    answer(with_record(cx, &domain, aor, |record, _| {
        let same = |c: &Contact| {
            contact.as_ref().is_none_or(|uri| c.uri == *uri)
                && call_id.as_ref().is_none_or(|id| c.call_id == *id)
        };
        record.is_some_and(|r| r.contacts.iter().any(same))
    }))
}

/// The first Contact whose lifetime is not 0.
fn first_contact(cx: &Context) -> Option<Text> {
    let general = cx.message.expires().and_then(Result::ok);
    for header in cx.message.find_all(HeaderKind::Contact) {
        for contact in NameAddr::contacts(header.value()).flatten() {
            let own = contact.param(b"expires").and_then(|p| sipc_sip::number(p.value_or_empty()));
            if own.or(general) != Some(0) {
                return Some(cx.contact_uri(&contact));
            }
        }
    }
    None
}

/// Whether a user has a contact at one of some addresses, and ports when they are given. The address of a contact is
/// where it was received from, if that is known, else that of its URI. `addresses` and `ports` are read with all
/// their values when they are AVPs.
pub fn is_ip_registered(
    cx: &mut Context,
    domain: Text,
    aor: Option<Text>,
    addresses: &VarRef,
    ports: Option<&VarRef>,
) -> i32 {
    let addresses = all_values(cx, addresses);
    let ports = ports.map(|p| all_values(cx, p)).unwrap_or_default();
    let mut wanted = Vec::new();
    for (at, value) in addresses.iter().enumerate() {
        let text = value.text().unwrap_or_default();
        let Some(address) = std::str::from_utf8(&text).ok().and_then(|t| t.parse::<IpAddr>().ok()) else {
            let text = String::from_utf8_lossy(&text).into_owned();
            cx.log(Level::Error, "is_ip_registered", format_args!("`{text}` is no address"));
            continue;
        };
        let port = ports.get(at).and_then(Value::number).and_then(|n| u16::try_from(n).ok());
        wanted.push((address, port.filter(|p| *p != 0)));
    }
    answer(with_record(cx, &domain, aor, |record, _| {
        let contacts = record.map(|r| r.contacts.as_slice()).unwrap_or_default();
        contacts.iter().any(|c| {
            let Some((address, port)) = place_of(c) else { return false };
            wanted.iter().any(|(ip, p)| *ip == address && p.is_none_or(|p| p == port))
        })
    }))
}

/// All values of an AVP, newest first; the value of any other variable, which has the same one at every index.
fn all_values(cx: &mut Context, variable: &VarRef) -> Vec<Value> {
    let mut values = vec![variable.read(cx)];
    for index in 1..VALUES_MAX {
        let at = VarRef { index: IndexRef::Constant(Index::At(index)), ..variable.clone() };
        match at.read(cx) {
            value if value.is_null() || value.text() == values[0].text() => break,
            value => values.push(value),
        }
    }
    values
}

/// Address and port of where a contact was seen, or of its URI when that has an address.
fn place_of(c: &Contact) -> Option<(IpAddr, u16)> {
    let uri = Uri::parse(c.received.as_ref().unwrap_or(&c.uri)).ok()?;
    address(&uri)
}

fn address(uri: &Uri<'_>) -> Option<(IpAddr, u16)> {
    match uri.host() {
        Host::V4(address) => Some((address.into(), uri.port_or_default())),
        Host::V6(address) => Some((address.into(), uri.port_or_default())),
        Host::Name(_) => None,
    }
}

/// Removes the contacts whose next hop is an address and port: of one user, or of all. Next hops that are names are
/// not looked up.
pub fn remove_ip_port(cx: &mut Context, ip: Text, port: i32, domain: Text, aor: Option<Text>) -> i32 {
    let worker = cx.worker.clone();
    let Some(state) = worker.shared.state::<State>() else { return -1 };
    let wanted = std::str::from_utf8(&ip).ok().and_then(|t| t.parse::<IpAddr>().ok());
    let (Some(ip), Ok(port)) = (wanted, u16::try_from(port)) else { return -1 };
    let there = |c: &Contact| next_hop(c) == Some((ip, port));
    match aor.map(|aor| aor::key(state, &aor)) {
        Some(Ok(user)) => state.locations.change(&domain, &user, |r| r.contacts.retain(|c| !there(c))),
        Some(Err(_)) => return -1,
        None => state.locations.remove_contacts(&domain, there),
    }
    1
}

/// The first hop of the path, where the contact was seen, or its URI.
fn next_hop(c: &Contact) -> Option<(IpAddr, u16)> {
    let first_hop = c.path.as_ref().and_then(|p| NameAddr::routes(p).next()?.ok());
    match first_hop {
        Some(hop) => address(&Uri::parse(hop.uri_text).ok()?),
        None => place_of(c),
    }
}

/// Adds a header with the socket that the request came in on, for other servers that share the registrations.
pub fn add_sock_hdr(cx: &mut Context, name: Text) -> i32 {
    let Some(socket) = cx.shared().sockets.get(usize::from(cx.received.socket.0)) else { return -1 };
    let transport = socket.transport.name();
    let line = [&name[..], b": ", transport.as_bytes(), b":", socket.public_host(), b":"].concat();
    let line = [line, socket.public_port().to_string().into_bytes(), b"\r\n".to_vec()].concat();
    let message = cx.message.clone();
    cx.edits.append_header(&message, line);
    1
}
