//! Following the Route set (RFC 3261 16.4, 16.12): loose routers, and strict ones of RFC 2543 before
//! and after us.

use sipc_engine::context::request_uri;
use sipc_engine::log::Level;
use sipc_engine::network::SocketId;
use sipc_engine::{Context, Text};
use sipc_sip::Uri;

use crate::record::socket_of;
use crate::route_set::RouteSet;
use crate::{RouteParams, parameters};

/// How the previous and the next hop route; other modules ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// Loose to loose.
    LooseLoose,
    /// Loose to strict.
    LooseStrict,
    /// Strict to loose.
    StrictLoose,
    /// Strict to strict.
    StrictStrict,
}

/// What a request inside a dialog says of the rest of its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The remote target: where the request goes in the end.
    pub target: Text,
    /// The routers before it.
    pub routes: Vec<Text>,
}

/// The rest of the way, once `loose_route` has followed the Route set.
pub fn way(cx: &Context) -> Option<&Way> {
    cx.extensions.get::<Way>()
}

/// Notes the rest of the way: entries `from` to `to`, behind a strict router if there is one.
fn note_way(cx: &mut Context, set: &RouteSet, strict: Option<&Text>, from: usize, to: usize, target: Text) {
    let rest = set.entries.iter().take(to).skip(from).map(|e| e.uri.clone());
    let routes = strict.cloned().into_iter().chain(rest).collect();
    cx.extensions.insert(Way { target, routes });
}

/// Follows the Route set. Returns 1 when it decides where the request goes, else -1.
pub fn loose_route(cx: &mut Context) -> i32 {
    let before = cx.extensions.remove::<RouteParams>();
    let found = follow(cx);
    match cx.extensions.get::<RouteParams>().cloned() {
        Some(RouteParams(params)) => tell_modules(cx, &params),
        None => drop(before.map(|b| cx.extensions.insert(b))),
    }
    if found == Some(true) { 1 } else { -1 }
}

/// Modules may have put parameters into the Route that was ours.
fn tell_modules(cx: &mut Context, params: &[u8]) {
    let worker = cx.worker.clone();
    worker.shared.hooks.route_taken.iter().for_each(|f| f(cx, params));
}

/// `None` on a broken message, `Some(false)` when the Route set does not say where to go.
fn follow(cx: &mut Context) -> Option<bool> {
    let set = RouteSet::of(cx)?;
    if set.entries.is_empty() {
        return None;
    }
    let ruri = cx.target.uri.to_text();
    let uri = Uri::parse(&ruri).ok()?;
    if !cx.message.has_good_to() {
        return None;
    }
    let preloaded = cx.message.to_tag().is_none_or(<[u8]>::is_empty);
    if !preloaded && is_mine(cx, &uri) && !uri.params().has(b"gr") {
        after_strict(cx, &set, &ruri)
    } else {
        after_loose(cx, &set, preloaded)
    }
}

fn is_mine(cx: &Context, uri: &Uri<'_>) -> bool {
    let host = uri.maddr().unwrap_or(uri.host_text());
    cx.shared().is_myself(host, uri.port_or_default(), Some(uri.transport_or_default()))
}

fn is_double(uri: &Uri<'_>) -> bool {
    uri.params().has(b"r2")
}

fn note_params(cx: &mut Context, uri: &Uri<'_>) {
    let params = Text::copy_from_slice(uri.params().text());
    cx.extensions.insert(RouteParams(params));
}

/// The previous hop is a loose router, or this is the first hop.
fn after_loose(cx: &mut Context, set: &RouteSet, preloaded: bool) -> Option<bool> {
    let first = set.entries.first()?.uri.clone();
    let first_uri = Uri::parse(&first).ok()?;
    if !is_mine(cx, &first_uri) {
        return to_next(cx, set, 0);
    }
    note_params(cx, &first_uri);
    let mut ours = 1;
    let mut socket = Some(cx.received.socket);
    if parameters(cx).double
        && is_double(&first_uri)
        && let Some(second) = set.entries.get(1)
    {
        ours = 2;
        let uri = Uri::parse(&second.uri).ok()?;
        socket = second_socket(cx, &uri);
    }
    if ours >= set.entries.len() {
        set.consume(cx, ours);
        cx.extensions.insert(Routing::LooseLoose);
        let target = request_uri(&cx.message);
        note_way(cx, set, None, ours, ours, target);
        force(cx, socket, preloaded && ours == 1);
        return Some(!preloaded);
    }
    let result = to_next(cx, set, ours);
    force(cx, socket, preloaded && ours == 1);
    result
}

fn force(cx: &mut Context, socket: Option<SocketId>, not: bool) {
    if !not && socket.is_some() {
        cx.target.socket = socket;
    }
}

/// The socket of the second of two entries of ours: the side that the request leaves by.
fn second_socket(cx: &Context, uri: &Uri<'_>) -> Option<SocketId> {
    let found = socket_of(cx, uri);
    if found.is_none() && parameters(cx).warn_mismatch {
        let host = String::from_utf8_lossy(uri.host_text()).into_owned();
        cx.log(
            Level::Warning,
            "rr:loose_route",
            format_args!("no socket matches the second Route entry {host}"),
        );
    }
    found
}

/// Sends to entry `n`, the ones before it being ours.
fn to_next(cx: &mut Context, set: &RouteSet, n: usize) -> Option<bool> {
    let next = set.entries.get(n)?.uri.clone();
    let uri = Uri::parse(&next).ok()?;
    let hop = with_maddr(&next, &uri);
    let (target, all) = (request_uri(&cx.message), set.entries.len());
    if uri.is_loose() {
        cx.extensions.insert(Routing::LooseLoose);
        note_way(cx, set, None, n, all, target);
        cx.target.dst_uri = Some(hop);
        set.consume(cx, n);
    } else {
        cx.extensions.insert(Routing::LooseStrict);
        note_way(cx, set, Some(&hop), n + 1, all, target);
        let message = cx.message.clone();
        let received = request_uri(&message);
        cx.edits.append_header(&message, [b"Route: <", &received[..], b">\r\n"].concat());
        cx.target.uri = hop.into();
        set.consume(cx, n + 1);
    }
    Some(true)
}

/// The previous hop is a strict router: it put our entry into the request URI.
fn after_strict(cx: &mut Context, set: &RouteSet, ruri: &Text) -> Option<bool> {
    let ours_uri = Uri::parse(ruri).ok()?;
    let first = set.entries.first()?.uri.clone();
    let first_uri = Uri::parse(&first).ok()?;
    let mut n = 0;
    if parameters(cx).double && is_double(&first_uri) && is_mine(cx, &first_uri) {
        n = 1;
        let socket = second_socket(cx, &first_uri);
        force(cx, socket, false);
    } else {
        let socket = second_socket(cx, &ours_uri);
        force(cx, socket, false);
    }
    let Some(next) = set.entries.get(n) else {
        set.consume(cx, n);
        return Some(false);
    };
    let next = next.uri.clone();
    let uri = Uri::parse(&next).ok()?;
    let hop = with_maddr(&next, &uri);
    if uri.is_loose() {
        cx.extensions.insert(Routing::StrictLoose);
        cx.target.dst_uri = Some(hop);
        set.consume(cx, n);
        let last = set.entries.last()?.uri.clone();
        let target = with_maddr(&last, &Uri::parse(&last).ok()?);
        note_way(cx, set, None, n, set.entries.len() - 1, target.clone());
        cx.target.uri = target.into();
        set.remove_last(cx, n);
    } else {
        cx.extensions.insert(Routing::StrictStrict);
        let last = set.entries.last()?.uri.clone();
        let target = with_maddr(&last, &Uri::parse(&last).ok()?);
        note_way(cx, set, Some(&hop), n + 1, set.entries.len() - 1, target);
        cx.target.uri = hop.into();
        set.consume(cx, n + 1);
    }
    let now = cx.target.uri.to_text();
    note_params(cx, &Uri::parse(&now).ok()?);
    Some(true)
}

/// A URI with `maddr` stands for `sip:MADDR[:PORT]`.
fn with_maddr(text: &Text, uri: &Uri<'_>) -> Text {
    match uri.maddr() {
        None => text.clone(),
        Some(maddr) => {
            let mut out = [b"sip:", maddr].concat();
            if !uri.port_text().is_empty() {
                out.extend_from_slice(&[b":", uri.port_text()].concat());
            }
            out.into()
        }
    }
}
