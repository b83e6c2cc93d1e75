//! Adding Record-Route headers. Host and port of the sending side are known only when the message
//! leaves, so the header is a late text.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use sipc_engine::context::{Late, Leaving};
use sipc_engine::network::{Socket, SocketId};
use sipc_engine::{Context, Text};
use sipc_interface::RouteKind;
use sipc_sip::{Insert, Uri};

use crate::{Parameters, parameters};

/// What the context remembers.
#[derive(Default)]
struct Recorded {
    /// A Record-Route was added.
    done: bool,
    /// Parameters for it, also those that are added later.
    extra: Arc<Mutex<Vec<u8>>>,
    /// How much of `extra` was there when the header was added.
    early: usize,
    /// The headers are left out after all.
    dropped: Arc<AtomicBool>,
}

impl Recorded {
    fn add(&self, params: &[u8]) {
        let mut extra = self.extra.lock();
        let at = if self.done { self.early } else { extra.len() };
        extra.splice(at..at, params.iter().copied());
    }
}

/// Adds a Record-Route header; two when the request leaves by another address than it came in.
///
/// Returns 1, or -1 when one was added before or the request has no usable From.
pub fn record_route(cx: &mut Context, params: Option<Text>) -> i32 {
    let Some((extra, dropped)) = begin(cx) else { return -1 };
    let p = parameters(cx);
    let Some((user, tag)) = user_and_tag(cx, p) else { return -1 };
    let mut suffix = b";lr".to_vec();
    if let Some(tag) = tag {
        suffix.extend_from_slice(&[b";ftag=", &tag[..]].concat());
    }
    suffix.extend_from_slice(&params.unwrap_or_default());
    let line = header(user, suffix, extra, p.double);
    prepend(cx, dropped, line);
    1
}

/// Puts a header before all others, unless it is left out when the message leaves.
fn prepend(cx: &mut Context, dropped: Arc<AtomicBool>, line: Late) {
    let late: Late = Arc::new(move |leaving: &Leaving<'_>| match dropped.load(Ordering::Relaxed) {
        true => Text::new(),
        false => line(leaving),
    });
    let number = cx.add_late(late);
    let message = cx.message.clone();
    cx.edits.prepend_header(&message, Insert::Late(number));
}

/// Leaves out the Record-Route headers that were added to the request at hand.
pub fn drop_added(cx: &mut Context) {
    if let Some(recorded) = cx.extensions.get::<Recorded>() {
        recorded.dropped.store(true, Ordering::Relaxed);
    } else if let Some(t) = &cx.transaction
        && let Some(recorded) = t.script.lock().extensions.get::<Recorded>()
    {
        recorded.dropped.store(true, Ordering::Relaxed);
    }
}

/// Parameters that may come later, and whether the header is left out after all.
type Shared = (Arc<Mutex<Vec<u8>>>, Arc<AtomicBool>);

fn begin(cx: &mut Context) -> Option<Shared> {
    let in_branch = cx.route_kind == RouteKind::Branch;
    let recorded = cx.extensions.get_or_default::<Recorded>();
    if recorded.done && !in_branch {
        return None;
    }
    recorded.done |= !in_branch;
    recorded.early = recorded.extra.lock().len();
    Some((recorded.extra.clone(), recorded.dropped.clone()))
}

/// The user for the URI, and the From tag, as the parameters want them; `None` on a broken message.
fn user_and_tag(cx: &Context, p: Parameters) -> Option<(Text, Option<Text>)> {
    let user = if p.add_username { user(cx)? } else { Text::new() };
    let tag = if p.append_fromtag {
        cx.message.from()?.ok()?;
        cx.message.from_tag().map(|t| cx.message.share(t))
    } else {
        None
    };
    Some((user, tag))
}

/// The user of the received request URI, or of the present one when that has none.
fn user(cx: &Context) -> Option<Text> {
    let of = |text: &[u8]| Some(Uri::parse(text).ok()?.user().map(Text::copy_from_slice).unwrap_or_default());
    let received = of(&sipc_engine::context::request_uri(&cx.message))?;
    if received.is_empty() { of(&cx.target.uri) } else { Some(received) }
}

fn header(user: Text, suffix: Vec<u8>, extra: Arc<Mutex<Vec<u8>>>, double: bool) -> Late {
    Arc::new(move |leaving: &Leaving<'_>| {
        let shared = leaving.shared;
        let (out, inward) = (shared.socket(leaving.sent_from), shared.socket(leaving.received_on));
        let two = double && out.id != inward.id;
        let mut text = Vec::with_capacity(160);
        let extra = extra.lock();
        let mut line = |socket: &Socket, host: &Text, port: u16| {
            text.extend_from_slice(b"Record-Route: <sip:");
            if !user.is_empty() {
                text.extend_from_slice(&[&user[..], b"@"].concat());
            }
            text.extend_from_slice(host);
            socket.put_port_and_transport(&mut text, port);
            let r2: &[u8] = if two { b";r2=on" } else { b"" };
            text.extend_from_slice(&[r2, &suffix, &extra, b">\r\n"].concat());
        };
        line(out, leaving.host, leaving.port);
        if two {
            line(inward, inward.public_host(), inward.public_port());
        }
        text.into()
    })
}

/// Adds a Record-Route header with this host and port, and a second one if given.
pub fn record_route_preset(cx: &mut Context, address: Text, second: Option<Text>) -> i32 {
    let Some((_, dropped)) = begin(cx) else { return -1 };
    let p = parameters(cx);
    let Some((user, tag)) = user_and_tag(cx, p) else { return -1 };
    for address in [Some(address), second].into_iter().flatten() {
        let mut line = b"Record-Route: <sip:".to_vec();
        if !user.is_empty() {
            line.extend_from_slice(&[&user[..], b"@"].concat());
        }
        line.extend_from_slice(&address);
        if let Some(tag) = &tag {
            line.extend_from_slice(&[b";ftag=", &tag[..]].concat());
        }
        line.extend_from_slice(b";lr>\r\n");
        let line = Text::from(line);
        prepend(cx, dropped.clone(), Arc::new(move |_: &Leaving<'_>| line.clone()));
    }
    1
}

/// Adds parameters to our Record-Route URI: at the end while it is to come, before those that were added since it
/// was made.
pub fn add_rr_param(cx: &mut Context, params: Text) -> i32 {
    match &cx.transaction {
        // in a failure route: the header was added before the request had a transaction
        Some(t) if cx.extensions.get::<Recorded>().is_none() => {
            t.script.lock().extensions.get_or_default::<Recorded>().add(&params);
        }
        _ => cx.extensions.get_or_default::<Recorded>().add(&params),
    }
    1
}

/// The socket that a Route URI of ours names.
pub(crate) fn socket_of(cx: &Context, uri: &Uri<'_>) -> Option<SocketId> {
    let shared = cx.shared();
    let transport = uri.transport_or_default();
    let host = uri.host_text();
    let matches = |s: &&Socket| {
        s.transport == transport
            && (s.address.port() == uri.port_or_default() || s.public_port() == uri.port_or_default())
            && (s.host.eq_ignore_ascii_case(host)
                || s.public_host().eq_ignore_ascii_case(host)
                || s.name.as_bytes().eq_ignore_ascii_case(host))
    };
    shared.sockets.iter().find(matches).map(|s| s.id)
}
