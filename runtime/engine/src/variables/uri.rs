//! The request URI, the same as received, and the next hop.

use std::borrow::Cow;

use sipc_sip::{Decimal, OwnedUri, Scheme, Transport, Uri, UriParts};

use crate::context::RequestUri;
use crate::log::Level;
use crate::place::{Assign, Place};
use crate::texts::Piece;
use crate::uri_edit::{self, Part};
use crate::{Context, Text, Value};

use super::unsigned;

/// The request URI as received; `None` in replies.
pub(crate) fn original(cx: &Context) -> Option<Text> {
    cx.message.request_line().map(|line| cx.message.share(line.uri))
}

/// The request URI as it stands now; `None` in replies.
pub(crate) fn current_ruri(cx: &Context) -> Option<Text> {
    if cx.is_request() && !cx.target.uri.is_empty() { Some(cx.target.uri.to_text()) } else { original(cx) }
}

/// Replaces the request URI: its q value is forgotten. An empty text brings back the received one.
pub(crate) fn replace_ruri(cx: &mut Context, uri: Text) {
    if uri.is_empty() {
        revert_ruri(cx);
    } else {
        cx.target.uri = uri.into();
        cx.target.q = None;
    }
}

/// Takes back all changes of the request URI.
pub(crate) fn revert_ruri(cx: &mut Context) {
    if let Some(uri) = original(cx) {
        cx.target.uri = uri.into();
    }
}

/// Changes a part of the request URI; `false` when it does not parse or gets too long.
pub(crate) fn rewrite_ruri(cx: &mut Context, part: Part<'_>) -> bool {
    if current(cx).is_none() {
        return refused(cx);
    }
    let Some(parts) = &mut cx.read_ruri.parts else { return refused(cx) };
    if cx.other_uri.is_none()
        && let Some(text) = cx.target.uri.shared()
    {
        // scripts ask for parts of the received URI when they have changed it
        cx.other_uri = Some(parts.keep(text.clone()));
    }
    let text = cx.target.uri.own();
    if uri_edit::splice(parts, text, part) {
        cx.read_ruri.changed = Some(place(text));
        return true;
    }
    match uri_edit::changed_parts(&parts.with(text), part) {
        Some(uri) => {
            cx.target.uri = uri.into();
            true
        }
        None => refused(cx),
    }
}

#[cold]
fn refused(cx: &Context) -> bool {
    cx.log(Level::Error, "rewrite_ruri", format_args!("bad uri, or one that gets too long"));
    false
}

/// The request URI as it was read last: scripts ask for its parts one after the other, and change them.
#[derive(Debug, Default)]
pub(crate) struct Ruri {
    /// The text that was read; it is held here, so that no other can come to be in its place.
    read: Text,
    /// Where the request URI's own text is, since a part of that was changed.
    changed: Option<(usize, usize)>,
    parts: Option<UriParts>,
}

impl Ruri {
    /// What is known of a request URI, if it is the one that was read.
    #[inline]
    fn of(&self, uri: &RequestUri) -> Option<&UriParts> {
        let known = match uri.shared() {
            Some(text) => self.changed.is_none() && same(text, &self.read),
            None => self.changed == Some(place(uri)),
        };
        self.parts.as_ref().filter(|_| known)
    }

    /// Forgets what was read: another message's URI comes in its place.
    pub(crate) fn forget(&mut self) {
        self.parts = None;
    }
}

/// Where a text is.
#[inline]
fn place(text: &[u8]) -> (usize, usize) {
    (text.as_ptr() as usize, text.len())
}

/// A URI that was read, and who holds its text.
#[derive(Clone, Copy)]
pub(super) struct Read<'a> {
    /// Who holds the text, if others may hold it too.
    whole: Option<&'a Text>,
    text: &'a [u8],
    parts: &'a UriParts,
}

impl<'a> Read<'a> {
    #[inline]
    pub(super) fn of(uri: &'a OwnedUri) -> Read<'a> {
        Read { whole: Some(uri.text()), text: uri.text(), parts: uri.parts() }
    }

    /// A part of the text.
    #[inline]
    fn piece(self, part: &'a [u8]) -> Piece<'a> {
        Piece::within(self.whole, part)
    }

    #[inline]
    fn view(self) -> Uri<'a> {
        self.parts.with(self.text)
    }
}

/// The request URI as it stands now, read.
#[inline]
fn current(cx: &mut Context) -> Option<Read<'_>> {
    if !cx.is_request() || cx.read_ruri.of(&cx.target.uri).is_none() {
        read_current(cx)?;
    }
    let uri = &cx.target.uri;
    cx.read_ruri.parts.as_ref().map(|parts| Read { whole: uri.shared(), text: uri, parts })
}

/// Reads the request URI.
#[inline(never)]
fn read_current(cx: &mut Context) -> Option<()> {
    if !cx.is_request() || cx.target.uri.is_empty() {
        cx.target.uri = original(cx)?.into();
    }
    let uri = &cx.target.uri;
    let parts = UriParts::parse(uri).ok()?;
    match uri.shared() {
        Some(text) if same(text, &cx.read_ruri.read) => cx.read_ruri.changed = None,
        Some(text) => (cx.read_ruri.read, cx.read_ruri.changed) = (text.clone(), None),
        None => cx.read_ruri.changed = Some(place(uri)),
    }
    cx.read_ruri.parts = Some(parts);
    Some(())
}

/// Whether it is one text in one place.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    one.as_ptr() == other.as_ptr() && one.len() == other.len()
}

/// A URI, read now or, if it is the one that was read last, before: scripts ask for its parts one after the other, and for
/// those of the received URI when they have changed it.
fn read<'a>(cx: &'a mut Context, text: &Text) -> Option<Read<'a>> {
    if cx.read_ruri.changed.is_none() && cx.read_ruri.parts.is_some() && same(text, &cx.read_ruri.read) {
        let Ruri { read, parts, .. } = &cx.read_ruri;
        return parts.as_ref().map(|parts| Read { whole: Some(read), text: read, parts });
    }
    if !cx.other_uri.as_ref().is_some_and(|uri| same(uri.text(), text)) {
        cx.other_uri = Some(OwnedUri::parse(text.clone()).ok()?);
    }
    cx.other_uri.as_ref().map(Read::of)
}

/// A getter's way into a URI; NULL when there is none or it does not parse.
#[inline]
fn of(cx: &mut Context, uri: Option<Text>, find: fn(Read<'_>) -> Value) -> Value {
    uri.as_ref().and_then(|text| read(cx, text)).map_or(Value::Null, find)
}

fn whole(uri: Read<'_>) -> Value {
    Value::Text(uri.piece(uri.text).to_text())
}

fn user(uri: Read<'_>) -> Value {
    user_of(uri).into()
}

fn domain(uri: Read<'_>) -> Value {
    domain_of(uri).into()
}

/// The user of a URI, when it has one.
#[inline]
pub(super) fn user_of(uri: Read<'_>) -> Option<Piece<'_>> {
    let user = uri.view().user().filter(|user| !user.is_empty());
    user.map(|user| uri.piece(user))
}

/// The host of a URI, when it has one.
#[inline]
pub(super) fn domain_of(uri: Read<'_>) -> Option<Piece<'_>> {
    Some(uri.view().host_text()).filter(|host| !host.is_empty()).map(|host| uri.piece(host))
}

/// The whole text of a URI.
#[inline]
pub(super) fn whole_of(uri: Read<'_>) -> Piece<'_> {
    uri.piece(uri.text)
}

/// `$ru`, where it is.
pub fn ru_piece(cx: &mut Context) -> Option<Piece<'_>> {
    current(cx).map(whole_of)
}

/// `$rU`, where it is.
pub fn ruri_user_piece(cx: &mut Context) -> Option<Piece<'_>> {
    current(cx).and_then(user_of)
}

/// `$rd`, where it is.
pub fn rd_piece(cx: &mut Context) -> Option<Piece<'_>> {
    current(cx).and_then(domain_of)
}

/// An explicit port is a text with a number beside it; the default one is a number.
fn port(read: Read<'_>) -> Value {
    let uri = read.view();
    match uri.port_text() {
        b"" => unsigned(u64::from(transport(&uri).map_or(0, Transport::default_port))),
        port => Value::TextInt(read.piece(port).to_text(), i32::from(uri.port().unwrap_or(0))),
    }
}

fn protocol(read: Read<'_>) -> Value {
    let uri = read.view();
    let transport = transport(&uri);
    let name = match (uri.transport_text(), transport) {
        (Some(written), _) => read.piece(written).to_text(),
        (None, Some(default)) => Text::from_static(default.lower_name().as_bytes()),
        (None, None) => return Value::Null,
    };
    Value::TextInt(name, transport.map_or(NUMBER_OF_OTHER, number))
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
    current(cx).map_or(Value::Null, whole)
}

/// `$ru = text`
pub fn set_ru(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let Some(text) = value.text() else { return false };
    replace_ruri(cx, text);
    true
}

/// `$rU`
pub fn ruri_user(cx: &mut Context, _at: &Place) -> Value {
    current(cx).map_or(Value::Null, user)
}

/// `$rU = text`; NULL removes the user, a bare number is refused.
pub fn set_ruri_user(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let user = if value.is_null() { Some(Cow::default()) } else { value.as_text() };
    match user {
        Some(user) => rewrite_ruri(cx, Part::User(&user)),
        None => false,
    }
}

/// `$rd`
pub fn rd(cx: &mut Context, _at: &Place) -> Value {
    current(cx).map_or(Value::Null, domain)
}

/// `$rd = text`
pub fn set_rd(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    match value.as_text() {
        Some(host) => rewrite_ruri(cx, Part::Host(&host)),
        None => false,
    }
}

/// `$rp`
pub fn rp(cx: &mut Context, _at: &Place) -> Value {
    current(cx).map_or(Value::Null, port)
}

/// `$rp = text or number`; NULL removes it.
pub fn set_rp(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    with_printed(&value, |port| rewrite_ruri(cx, Part::Port(port)))
}

/// `$rP`
pub fn ruri_protocol(cx: &mut Context, _at: &Place) -> Value {
    current(cx).map_or(Value::Null, protocol)
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
    of(cx, uri, whole)
}

/// `$ou`, where it is.
pub fn ou_piece(cx: &mut Context) -> Option<Piece<'_>> {
    let uri = cx.message.request_line()?.uri;
    if !cx.other_uri.as_ref().is_some_and(|read| same(read.text(), uri)) {
        let uri = original(cx)?;
        read(cx, &uri)?;
    }
    let uri = cx.message.request_line()?.uri;
    Some(Piece::new(cx.message.bytes(), uri))
}

/// `$oU`
pub fn ouri_user(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    of(cx, uri, user)
}

/// `$od`
pub fn od(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    of(cx, uri, domain)
}

/// `$op`
pub fn op(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    of(cx, uri, port)
}

/// `$oP`
pub fn ouri_protocol(cx: &mut Context, _at: &Place) -> Value {
    let uri = original(cx);
    of(cx, uri, protocol)
}

/// `$du`: as it was set, whether or not it parses.
pub fn du(cx: &mut Context, _at: &Place) -> Value {
    cx.target.dst_uri.clone().into()
}

/// `$du = text`; NULL clears it, a bare number is refused.
pub fn set_du(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    let uri = match value {
        Value::Text(uri) => uri,
        other if other.is_null() => Text::new(),
        other => match other.text() {
            Some(uri) => uri,
            None => return false,
        },
    };
    cx.target.dst_uri = Some(uri).filter(|u| !u.is_empty());
    true
}

/// `$dd`
pub fn dd(cx: &mut Context, _at: &Place) -> Value {
    let uri = cx.target.dst_uri.clone();
    of(cx, uri, domain)
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
    of(cx, uri, port)
}

/// `$dp = text or number`; NULL removes it.
pub fn set_dp(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    with_printed(&value, |port| rewrite_next_hop(cx, Part::Port(port)))
}

/// `$dP`
pub fn duri_protocol(cx: &mut Context, _at: &Place) -> Value {
    let uri = cx.target.dst_uri.clone();
    of(cx, uri, protocol)
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

/// Looks at the text, a number without one printed; empty for NULL.
fn with_printed<R>(value: &Value, look: impl FnOnce(&[u8]) -> R) -> R {
    match value {
        Value::BareInt(n) => look(Decimal::of(u64::from(*n as u32)).text()),
        other => look(&other.as_text().unwrap_or_default()),
    }
}
