//! Contact headers of clients behind NAT: the address they were reached from in place of the one they believe to have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sipc_engine::log::Level;
use sipc_engine::uri_edit::{Part, changed};
use sipc_engine::{Context, Text, Value};
use sipc_interface::modules::nathelper::{CONTACT_FLAGS, flags};
use sipc_sip::{Contacts, NameAddr, Transport, Uri};

use crate::State;

/// The parameter that keeps the original host and port, in base64.
const ORIGINAL: &[u8] = b"org";

/// Puts the source address into every Contact URI, and `params` behind it.
///
/// Contacts behind one that cannot be read stay as they are; -1 when it was done before for this message.
pub fn fix_nated_contact(cx: &mut Context, params: Option<Text>, options: Option<Text>) -> i32 {
    let Some(options) = options.map_or(Some(0), |o| flags(&o, CONTACT_FLAGS)) else { return -1 };
    let message = cx.message.clone();
    let Ok(Contacts::List(list)) = message.contacts() else { return 1 };
    for contact in &list {
        let Some(range) = message.range_of(contact.uri_text) else { return -1 };
        let Some(fixed) = fixed(cx, contact, params.as_deref().unwrap_or_default(), options != 0) else {
            break;
        };
        if cx.edits.replacement(&range).is_some() {
            cx.log(
                Level::Error,
                "nathelper",
                format_args!("fix_nated_contact: the Contact was changed before"),
            );
            return -1;
        }
        cx.edits.replace(range, fixed);
    }
    1
}

/// The URI with the source address; without brackets around it, brackets are added when there are parameters.
fn fixed(cx: &Context, contact: &NameAddr<'_>, params: &[u8], keep: bool) -> Option<Vec<u8>> {
    let text = contact.uri_text;
    let uri = Uri::parse(text).ok().filter(|u| !u.host_text().is_empty())?;
    let host = uri.host_range();
    let end = if uri.port().is_some() { uri.port_range().end } else { host.end };
    let brackets = !contact.bracketed && !params.is_empty();
    let mut out = Vec::with_capacity(text.len() + params.len() + 32);
    out.extend_from_slice(if brackets { b"<" } else { b"" });
    out.extend_from_slice(text.get(..host.start)?);
    out.extend_from_slice(cx.received.source.to_string().as_bytes());
    out.extend_from_slice(params);
    if keep {
        out.extend_from_slice(&[b";", ORIGINAL, b"="].concat());
        out.extend_from_slice(STANDARD.encode(text.get(host.start..end)?).as_bytes());
    }
    let maddr = uri.param(b"maddr").and_then(|p| p.value).map(|v| offset(text, v));
    match maddr {
        // `;maddr=` goes, with its value
        Some(value) => {
            let start = value.start.saturating_sub(b";maddr=".len()).max(end);
            out.extend_from_slice(text.get(end..start)?);
            out.extend_from_slice(text.get(value.end..)?);
        }
        None => out.extend_from_slice(text.get(end..)?),
    }
    out.extend_from_slice(if brackets { b">" } else { b"" });
    Some(out)
}

/// Where `part` is in `text`, of which it is a part.
fn offset(text: &[u8], part: &[u8]) -> std::ops::Range<usize> {
    let start = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    start..start + part.len()
}

/// Sends a request for a Contact that was changed with `preserve-uri` to the changed address, with the original one in
/// the request URI.
pub fn restore_nated_ruri(cx: &mut Context) -> i32 {
    match restored(&cx.target.uri.to_text()) {
        Some((next_hop, uri)) => {
            cx.target.dst_uri = Some(next_hop);
            cx.target.uri = uri.into();
            1
        }
        None => -1,
    }
}

/// The URI without the parameter, and that with the original host and port.
fn restored(text: &Text) -> Option<(Text, Text)> {
    let uri = Uri::parse(text).ok()?;
    let param = uri.param(ORIGINAL)?;
    let value = param.value.filter(|v| !v.is_empty())?;
    let original = STANDARD.decode(value).ok().filter(|o| !o.is_empty())?;
    let (name, value) = (offset(text, param.name), offset(text, value));
    let hop = Text::from([text.get(..name.start.checked_sub(1)?)?, text.get(value.end..)?].concat());
    let uri = changed(&hop, Part::HostPort(&original))?;
    Uri::parse(&uri).ok()?;
    Some((hop, uri))
}

/// Where the message came from, as a URI.
fn received_uri(cx: &Context) -> String {
    let transport = cx.shared().socket(cx.received.socket).transport;
    let plain = format!("sip:{}", cx.received.source);
    match transport {
        Transport::Udp => plain,
        other => format!("{plain};transport={}", other.lower_name()),
    }
}

/// Puts where the message came from into the AVP `received_avp`; without that parameter it does nothing.
pub fn fix_nated_register(cx: &mut Context) -> i32 {
    let worker = cx.worker.clone();
    let Some(name) = worker.shared.state::<State>().and_then(|s| s.received_avp.as_ref()) else { return 1 };
    let Some(number) = cx.shared().avp_names.intern(name.as_bytes()) else { return -1 };
    let uri = received_uri(cx);
    cx.avps(|avps| avps.push(number, Value::Text(uri.into())));
    1
}

/// Adds `;received="…"` to every Contact, or to its URI when `in_uri` is above 0; -1 without a Contact that can be
/// read.
pub fn add_rcv_param(cx: &mut Context, in_uri: Option<i32>) -> i32 {
    let text = format!(";received=\"{}\"", received_uri(cx));
    let message = cx.message.clone();
    let Ok(contacts) = message.contacts() else { return -1 };
    let Contacts::List(list) = contacts else { return 1 };
    for contact in &list {
        let place = if in_uri.is_some_and(|n| n > 0) { contact.uri_text } else { contact.whole };
        let Some(range) = message.range_of(place) else { return -1 };
        cx.edits.insert(range.end, text.clone());
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_host_comes_back() {
        let original = STANDARD.encode("192.168.1.5:5066");
        let uri = Text::from(format!("sip:a@203.0.113.9:40000;org={original};ob"));
        let (hop, uri) = restored(&uri).unwrap_or_default();
        assert_eq!(hop, "sip:a@203.0.113.9:40000;ob");
        assert_eq!(uri, "sip:a@192.168.1.5:5066;ob");
    }

    #[test]
    fn what_is_no_base64_changes_nothing() {
        for uri in ["sip:a@b;org=%%", "sip:a@b;org", "sip:a@b;org=", "sip:a@b", "x"] {
            assert_eq!(restored(&Text::from_static(uri.as_bytes())), None, "{uri}");
        }
    }
}
