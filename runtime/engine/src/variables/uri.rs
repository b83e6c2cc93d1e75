//! The request URI, the same as received, and the next hop.

use sipc_sip::{OwnedUri, Scheme, Transport, Uri};

use crate::log::Level;
use crate::place::{Assign, Place};
use crate::uri_edit::{self, Part};
use crate::{Context, Text, Value};

use super::unsigned;

/// The request URI as received; `None` in replies.
pub(crate) fn original(cx: &Context) -> Option<Text> {
    cx.message.request_line().map(|line| cx.message.share(line.uri))
}

/// The request URI as it stands now; `None` in replies.
pub(crate) fn current_ruri(cx: &Context) -> Option<Text> {
    if cx.is_request() && !cx.target.uri.is_empty() { Some(cx.target.uri.clone()) } else { original(cx) }
}

/// Replaces the request URI: its q value is forgotten. An empty text brings back the received one.
pub(crate) fn replace_ruri(cx: &mut Context, uri: Text) {
    if uri.is_empty() {
        revert_ruri(cx);
    } else {
        cx.target.uri = uri;
        cx.target.q = None;
    }
}

/// Takes back all changes of the request URI.
pub(crate) fn revert_ruri(cx: &mut Context) {
    if let Some(uri) = original(cx) {
        cx.target.uri = uri;
    }
}

/// Changes a part of the request URI; `false` when it does not parse or gets too long.
pub(crate) fn rewrite_ruri(cx: &mut Context, part: Part<'_>) -> bool {
    let changed = current_ruri(cx).and_then(|text| uri_edit::changed_parts(&read(cx, &text)?.view(), part));
    match changed {
        Some(uri) => {
            cx.target.uri = uri;
            true
        }
        None => {
            cx.log(Level::Error, "rewrite_ruri", format_args!("bad uri, or one that gets too long"));
            false
        }
    }
}

/// A URI, read now or, if the same text was the last one, before: scripts ask for its parts one after the other.
fn read<'a>(cx: &'a mut Context, text: &Text) -> Option<&'a OwnedUri> {
    let same = |uri: &OwnedUri| uri.text().as_ptr() == text.as_ptr() && uri.text().len() == text.len();
    if !cx.read_uri.as_ref().is_some_and(same) {
        cx.read_uri = Some(OwnedUri::parse(text.clone()).ok()?);
    }
    cx.read_uri.as_ref()
}

/// A getter's way into a URI; NULL when there is none or it does not parse.
#[inline]
fn of(cx: &mut Context, uri: Option<Text>, find: impl FnOnce(&Uri<'_>, &Text) -> Value) -> Value {
    let uri = uri.and_then(|text| read(cx, &text));
    uri.map_or(Value::Null, |uri| find(&uri.view(), uri.text()))
}

fn whole(cx: &mut Context, uri: Option<Text>) -> Value {
    of(cx, uri, |_, text| Value::Text(text.clone()))
}

fn user(cx: &mut Context, uri: Option<Text>) -> Value {
    let found = |uri: &Uri<'_>| uri.user_range().filter(|u| !u.is_empty());
    of(cx, uri, |uri, text| found(uri).map(|u| text.slice(u)).into())
}

fn domain(cx: &mut Context, uri: Option<Text>) -> Value {
    let found = |uri: &Uri<'_>| Some(uri.host_range()).filter(|h| !h.is_empty());
    of(cx, uri, |uri, text| found(uri).map(|h| text.slice(h)).into())
}

/// An explicit port is a text with a number beside it; the default one is a number.
fn port(cx: &mut Context, uri: Option<Text>) -> Value {
    of(cx, uri, |uri, text| match uri.port_text() {
        b"" => unsigned(u64::from(transport(uri).map_or(0, Transport::default_port))),
        port => Value::TextInt(text.slice_ref(port), i32::from(uri.port().unwrap_or(0))),
    })
}

fn protocol(cx: &mut Context, uri: Option<Text>) -> Value {
    of(cx, uri, |uri, text| {
        let transport = transport(uri);
        let name = match (uri.transport_text(), transport) {
            (Some(written), _) => text.slice_ref(written),
            (None, Some(default)) => Text::from_static(default.lower_name().as_bytes()),
            (None, None) => return Value::Null,
        };
        Value::TextInt(name, transport.map_or(NUMBER_OF_OTHER, number))
    })
}

/// The transport of a URI; `None` when its parameter names an unknown one.
fn transport(uri: &Uri<'_>) -> Option<Transport> {
    match uri.transport_text() {
        Some(written) => Transport::of(written),
        None if uri.scheme() == Scheme::Sips => Some(Transport::Tls),
        None => Some(Transport::Udp),
    }
}

/// The number of a transport that is none of ours.
const NUMBER_OF_OTHER: i32 = 0;

/// The numbers that OpenSIPS gives the transports.
fn number(transport: Transport) -> i32 {
    match transport {
        Transport::Udp => 1,
        Transport::Tcp => 2,
        Transport::Tls => 3,
        Transport::Sctp => 4,
        Transport::Ws => 5,
        Transport::Wss => 6,
    }
}

/// `$ru`
pub fn ru(cx: &mut Context, _at: &Place) -> Value {
    let uri = current_ruri(cx);
    whole(cx, uri)
}

/// `$ru = text`
pub fn set_ru(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let Some(text) = value.text() else { return false };
    replace_ruri(cx, text);
    true
}

/// `$rU`
pub fn ruri_user(cx: &mut Context, _at: &Place) -> Value {
    let uri = current_ruri(cx);
    user(cx, uri)
}

/// `$rU = text`; NULL removes the user, a bare number is refused.
pub fn set_ruri_user(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    match text_or_empty(&value) {
        Some(user) => rewrite_ruri(cx, Part::User(&user)),
        None => false,
    }
}

/// `$rd`
pub fn rd(cx: &mut Context, _at: &Place) -> Value {
    let uri = current_ruri(cx);
    domain(cx, uri)
}

/// `$rd = text`
pub fn set_rd(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    match value.text() {
        Some(host) => rewrite_ruri(cx, Part::Host(&host)),
        None => false,
    }
}

/// `$rp`
pub fn rp(cx: &mut Context, _at: &Place) -> Value {
    let uri = current_ruri(cx);
    port(cx, uri)
}

/// `$rp = text or number`; NULL removes it.
pub fn set_rp(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    rewrite_ruri(cx, Part::Port(&printed(&value)))
}

/// `$rP`
pub fn ruri_protocol(cx: &mut Context, _at: &Place) -> Value {
    let uri = current_ruri(cx);
    protocol(cx, uri)
}

/// `$ru_q`: -1 when unspecified.
pub fn ru_q(cx: &mut Context, _at: &Place) -> Value {
    if cx.is_request() { Value::Int(cx.target.q.map_or(-1, i32::from)) } else { Value::Null }
}

/// `$ru_q = n`: at most 1000; below 0 it is unspecified.
pub fn set_ru_q(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let Some(q) = value.number() else { return false };
    cx.target.q = thousandths(q);
    true
}

/// A q value from a number of the script.
pub(crate) fn thousandths(q: i32) -> Option<u16> {
    u16::try_from(q.min(1000)).ok()
}

/// `$ou`
pub fn ou(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    whole(cx, uri)
}

/// `$oU`
pub fn ouri_user(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    user(cx, uri)
}

/// `$od`
pub fn od(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    domain(cx, uri)
}

/// `$op`
pub fn op(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    port(cx, uri)
}

/// `$oP`
pub fn ouri_protocol(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    protocol(cx, uri)
}

/// `$du`: as it was set, whether or not it parses.
pub fn du(cx: &mut Context, _at: &Place) -> Value {
    cx.target.dst_uri.clone().into()
}

/// `$du = text`; NULL clears it, a bare number is refused.
pub fn set_du(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let Some(uri) = text_or_empty(&value) else { return false };
    cx.target.dst_uri = Some(uri).filter(|u| !u.is_empty());
    true
}

/// `$dd`
pub fn dd(cx: &mut Context, _at: &Place) -> Value {
    let uri = cx.target.dst_uri.clone();
    domain(cx, uri)
}

/// `$dd = text`
pub fn set_dd(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    match value.text().filter(|host| !host.is_empty()) {
        Some(host) => rewrite_next_hop(cx, Part::HostOnly(&host)),
        None => false,
    }
}

/// `$dp`
pub fn dp(cx: &mut Context, _at: &Place) -> Value {
    let uri = cx.target.dst_uri.clone();
    port(cx, uri)
}

/// `$dp = text or number`; NULL removes it.
pub fn set_dp(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    rewrite_next_hop(cx, Part::Port(&printed(&value)))
}

/// `$dP`
pub fn duri_protocol(cx: &mut Context, _at: &Place) -> Value {
    let uri = cx.target.dst_uri.clone();
    protocol(cx, uri)
}

fn rewrite_next_hop(cx: &mut Context, part: Part<'_>) -> bool {
    let new = cx.target.dst_uri.as_ref().and_then(|uri| uri_edit::changed(uri, part));
    let done = new.is_some();
    if done {
        cx.target.dst_uri = new;
    } else {
        cx.log(Level::Error, "set_dst_host_port", format_args!("no destination uri, or a bad one"));
    }
    done
}

/// `$path`
pub fn path(cx: &mut Context, _at: &Place) -> Value {
    cx.target.path.clone().into()
}

/// The text; empty for NULL; `None` for a number without text.
fn text_or_empty(value: &Value) -> Option<Text> {
    if value.is_null() { Some(Text::new()) } else { value.text() }
}

/// The text, a number without one printed; empty for NULL.
fn printed(value: &Value) -> Text {
    let number = || value.number().map(|n| Text::from((n as u32).to_string()));
    value.text().or_else(number).unwrap_or_default()
}
