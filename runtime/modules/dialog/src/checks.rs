//! Whether a request inside a call is what the call expects, and bringing one on its way.

use sipc_engine::dialogs::State;
use sipc_engine::log::Level;
use sipc_engine::{Context, Text};
use sipc_sip::{HeaderKind, Method, Uri};

use crate::create::loads_rr;
use crate::current::{attached, current};
use crate::leg::{self, uri_of};

/// A faulty script, or a broken message.
const ERROR: i32 = -4;

/// Compares CSeq, remote target and Route set with what is known: -1, -2, -3 name what differs.
pub fn validate(cx: &mut Context) -> i32 {
    let (Some(call), Some(to)) = (current(cx), attached(cx).and_then(|c| c.to)) else {
        cx.log(Level::Error, "dlg_validate_dialog", format_args!("called before the call is known"));
        return ERROR;
    };
    let Some(number) = leg::cseq(&cx.message) else { return ERROR };
    let inner = call.inner.lock();
    let (Some(leg), Some(from)) = (inner.legs.get(to), inner.legs.get(inner.other(to))) else { return ERROR };
    let good = match cx.message.method() {
        Some(Method::Ack) => number == from.invite_cseq,
        _ => number > leg.cseq_before.unwrap_or(leg.cseq),
    };
    if !good {
        return -1;
    }
    if inner.hides_topology.is_some() || !loads_rr(cx) || inner.state() <= State::Early {
        return 1;
    }
    let way = sipc_mod_rr::way(cx);
    if let Some(contact) = &leg.contact {
        let target = way.map(|w| w.target.clone());
        let target = target.unwrap_or_else(|| sipc_engine::context::request_uri(&cx.message));
        if !same(&target, contact) {
            return -2;
        }
    }
    let known: Vec<Text> = leg.routes.iter().filter_map(uri_of).collect();
    if !cx.message.has(HeaderKind::Route) {
        return if known.is_empty() { 1 } else { -3 };
    }
    let Some(way) = way else { return ERROR };
    let alike = way.routes.len() == known.len() && way.routes.iter().zip(&known).all(|(a, b)| same(a, b));
    if alike { 1 } else { -3 }
}

fn same(a: &Text, b: &Text) -> bool {
    match (Uri::parse(a), Uri::parse(b)) {
        (Ok(a), Ok(b)) => a.is_equivalent(&b),
        _ => a == b,
    }
}

/// Request URI, Route headers and destination as the call remembers them.
pub fn fix_route(cx: &mut Context) -> Option<()> {
    let (call, to) = (current(cx)?, attached(cx)?.to?);
    let (contact, routes) = {
        let inner = call.inner.lock();
        let leg = inner.legs.get(to)?;
        (leg.contact.clone(), leg.routes.clone())
    };
    let message = cx.message.clone();
    for header in message.find_all(HeaderKind::Route) {
        if !cx.edits.removes(&header) {
            cx.edits.remove_header(&header);
        }
    }
    cx.target.dst_uri = None;
    let strict = routes.first().and_then(uri_of).filter(|uri| !Uri::parse(uri).is_ok_and(|u| u.is_loose()));
    let Some(first) = strict else {
        if let Some(contact) = contact {
            cx.target.uri = contact.into();
        }
        if let Some(next) = routes.first().and_then(uri_of) {
            cx.edits.prepend_header(&message, [b"Route: ", &routes.join(&b","[..])[..], b"\r\n"].concat());
            cx.target.dst_uri = Some(next);
        }
        return Some(());
    };
    cx.target.uri = first.into();
    let last = contact.map(|c| Text::from([b"<", &c[..], b">"].concat()));
    let rest: Vec<Text> = routes.into_iter().skip(1).chain(last).collect();
    if !rest.is_empty() {
        cx.edits.prepend_header(&message, [b"Route: ", &rest.join(&b","[..])[..], b"\r\n"].concat());
    }
    Some(())
}
