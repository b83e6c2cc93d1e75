//! Requests: the first of a call, and those inside it.

use std::sync::Arc;

use sipc_engine::dialogs::{Dialog, DialogEvent, DialogHook, Party};
use sipc_engine::log::Level;
use sipc_engine::{Context, Text, Value};
use sipc_sip::{HeaderKind, NameAddr, Uri};

use crate::code::Info;
use crate::reply::{Replies, kept};
use crate::{Parameters, call_id, contact, flag};

/// Users that are shown: to the caller and to the callee, with a call.
#[derive(Default)]
struct Users {
    caller: Text,
    callee: Text,
}

/// Hides in the first request of a call, and in its replies.
pub fn topology_hiding(cx: &mut Context, flags: Option<Text>, users: Option<Text>) -> i32 {
    if cx.message.to_tag().is_some() {
        cx.log(Level::Warning, "topology_hiding", format_args!("called for a request inside a call"));
        return -1;
    }
    let (flags, users) = (read_flags(&flags.unwrap_or_default()), read_users(&users.unwrap_or_default()));
    let worker = cx.worker.clone();
    let Some(parameters) = worker.shared.state::<Parameters>() else { return -1 };
    let done = match dialog(cx, parameters) {
        Err(()) => None,
        Ok(Some(dialog)) => first_of_call(cx, parameters, &dialog, (flags, users)),
        Ok(None) => first_alone(cx, parameters, flags, users),
    };
    if done.is_some() { 1 } else { -1 }
}

fn read_flags(text: &[u8]) -> u32 {
    let bit = |c: &u8| match c {
        b'U' => flag::KEEP_USER,
        b'C' => flag::HIDE_CALL_ID,
        b'D' => flag::NAME_IN_USER,
        b'a' => flag::KEEP_FOR_CALLER,
        b'A' => flag::KEEP_FOR_CALLEE,
        _ => 0,
    };
    text.iter().map(bit).fold(0, |all, bit| all | bit)
}

/// `USER`, or `/CALLER/CALLEE`.
fn read_users(text: &[u8]) -> Users {
    let own = |t: &[u8]| Text::copy_from_slice(t.trim_ascii());
    let text = text.trim_ascii();
    let Some(both) = text.strip_prefix(b"/") else { return Users { caller: own(text), callee: own(text) } };
    let mut parts = both.splitn(2, |c| *c == b'/');
    let mut next = || own(parts.next().unwrap_or_default());
    Users { caller: next(), callee: next() }
}

/// The call of the request; one is made if that is wanted.
fn dialog(cx: &mut Context, parameters: &Parameters) -> Result<Option<Arc<dyn Dialog>>, ()> {
    let worker = cx.worker.clone();
    let Some(dialogs) = &worker.shared.dialogs else { return Ok(None) };
    match dialogs.current(cx) {
        None if parameters.force_dialog => dialogs.create(cx).map(Some).ok_or(()),
        found => Ok(found),
    }
}

fn first_alone(cx: &mut Context, parameters: &Parameters, flags: u32, users: Users) -> Option<()> {
    if flags & (flag::HIDE_CALL_ID | flag::NAME_IN_USER) != 0 {
        cx.log(Level::Warning, "topology_hiding", format_args!("flags C and D need a call of module dialog"));
    }
    show_alone(cx, parameters, flags, &users.caller)?;
    leave_no_trail(cx);
    let user = if flags & flag::KEEP_USER == 0 { users.callee } else { Text::new() };
    // in Contacts of callees OpenSIPS has that flag alone
    let flags = flags & flag::KEEP_USER;
    mark(cx, Replies::Alone { first: true, flags, routes: Text::new(), user });
    Some(())
}

/// Puts a Contact into a request that stands for the one it has.
fn show_alone(cx: &mut Context, parameters: &Parameters, flags: u32, user: &Text) -> Option<()> {
    let message = cx.message.clone();
    let worker = cx.worker.clone();
    let socket = worker.shared.socket(cx.received.socket);
    match contact::alone(parameters, &message, (flags, &Text::new(), user), socket) {
        Ok(Some(shown)) => shown.put_into_request(cx),
        Ok(None) => {}
        Err(contact::Broken) => {
            cx.log(Level::Error, "topology_hiding", format_args!("the Contact is broken or too long"));
            return None;
        }
    }
    Some(())
}

/// Leaves out Vias and Record-Routes.
fn leave_no_trail(cx: &mut Context) {
    let message = cx.message.clone();
    for kind in [HeaderKind::Via, HeaderKind::RecordRoute] {
        for header in message.find_all(kind) {
            if !cx.edits.removes(&header) {
                cx.edits.remove_header(&header);
            }
        }
    }
    sipc_mod_rr::drop_added(cx);
}

/// Notes how replies are treated.
fn mark(cx: &mut Context, replies: Replies) {
    match &cx.transaction {
        Some(t) => t.script.lock().extensions.insert(replies),
        None => cx.extensions.insert(replies),
    }
}

fn first_of_call(
    cx: &mut Context,
    parameters: &Parameters,
    dialog: &Arc<dyn Dialog>,
    (flags, users): (u32, Users),
) -> Option<()> {
    if let Some(before) = dialog.hides_topology() {
        dialog.hide_topology(before | flags);
        return Some(());
    }
    for (to, user) in [(Party::Caller, users.caller), (Party::Callee, users.callee)] {
        let name = parameters.user_value(to).as_bytes();
        if !user.is_empty() && !dialog.set_value(name, Some(Value::Text(user))) {
            return None;
        }
    }
    dialog.hide_topology(flags);
    leave_no_trail(cx);
    show_call(cx, parameters, &**dialog, Party::Callee);
    if flags & flag::HIDE_CALL_ID != 0 {
        let shown = call_id::shown(parameters, &**dialog);
        dialog.show_call_id(shown.clone());
        replace_call_id(cx, shown);
    }
    mark(cx, Replies::OfCall { first: true, dialog: dialog.clone(), to: Party::Caller });
    Some(())
}

fn show_call(cx: &mut Context, parameters: &Parameters, dialog: &dyn Dialog, to: Party) {
    let (message, worker) = (cx.message.clone(), cx.worker.clone());
    let name = worker.shared.dialogs.as_ref().map(|d| d.parameter()).unwrap_or_default();
    if let Some(shown) = contact::of_call(parameters, name, &message, (dialog, to)) {
        shown.put_into_request(cx);
    }
}

fn replace_call_id(cx: &mut Context, shown: Text) {
    let range = cx.message.call_id().and_then(|c| cx.message.range_of(c));
    if let Some(range) = range {
        cx.edits.replace_again(range, shown);
    }
}

/// Brings a request inside a call on its way, and hides in it and its replies.
pub fn topology_hiding_match(cx: &mut Context, mode: Option<Text>) -> i32 {
    let worker = cx.worker.clone();
    let found = worker.shared.dialogs.as_ref().and_then(|d| d.find(cx, mode));
    let done = match found {
        Some(_) => Some(()),
        None => within_alone(cx),
    };
    if done.is_some() { 1 } else { -1 }
}

/// A request of a call passes.
pub fn on_dialog(hook: &mut DialogHook<'_>) {
    if !matches!(hook.event, DialogEvent::RequestWithin | DialogEvent::Terminated) {
        return;
    }
    let (Some(to), Some(how)) = (hook.to, hook.dialog.hides_topology()) else { return };
    let Some(cx) = hook.context.as_deref_mut() else { return };
    let shared = hook.worker.shared.clone();
    let (Some(parameters), Some(dialogs)) = (shared.state::<Parameters>(), &shared.dialogs) else { return };
    let dialog = hook.dialog;
    leave_no_trail(cx);
    if !dialogs.fix_route(cx) {
        return cx.log(Level::Error, "topology_hiding", format_args!("the call does not know the way"));
    }
    cx.target.socket = dialog.side(to).socket.or(cx.target.socket);
    match kept(&**dialog, to) {
        Some(header) => {
            let message = cx.message.clone();
            contact::put_header(&message, &mut cx.edits, &header);
        }
        None => show_call(cx, parameters, &**dialog, to),
    }
    if how & flag::HIDE_CALL_ID != 0 && to == Party::Callee {
        replace_call_id(cx, call_id::shown(parameters, &**dialog));
    }
    mark(cx, Replies::OfCall { first: false, dialog: dialog.clone(), to: to.other() });
}

/// Without a call: the request URI is a Contact that was shown.
fn within_alone(cx: &mut Context) -> Option<()> {
    let worker = cx.worker.clone();
    let parameters = worker.shared.state::<Parameters>()?;
    let info = info(cx, parameters)?;
    show_alone(cx, parameters, info.flags, &Text::new())?;
    leave_no_trail(cx);
    route(cx, &info);
    if let Some(socket) = worker.shared.socket_named(&info.socket) {
        cx.target.socket = Some(socket);
    } else {
        cx.log(
            Level::Warning,
            "topology_hiding",
            format_args!("no socket of ours in a Contact that was shown"),
        );
    }
    let Info { routes, flags, .. } = info;
    mark(cx, Replies::Alone { first: false, flags, routes, user: Text::new() });
    Some(())
}

/// What the request URI stands for.
fn info(cx: &Context, parameters: &Parameters) -> Option<Info> {
    if cx.message.has(HeaderKind::Route) {
        return None;
    }
    let uri = Uri::parse(&cx.target.uri).ok()?;
    if !cx.shared().is_myself(uri.host_text(), uri.port_or_default(), None) {
        return None;
    }
    let name = parameters.info_param.as_bytes();
    let hidden = uri.params().into_iter().find(|p| p.name == name)?.value_or_empty();
    let info = Info::decode(hidden, parameters.scheme, parameters.info_password.as_bytes());
    let good =
        info.filter(|i| Uri::parse(&i.contact).is_ok() && NameAddr::routes(&i.routes).all(|r| r.is_ok()));
    if good.is_none() {
        cx.log(Level::Error, "topology_hiding", format_args!("{} is broken", parameters.info_param));
    }
    good
}

/// Request URI, Route header and next hop: a strict router takes the request URI.
fn route(cx: &mut Context, info: &Info) {
    let entries: Vec<NameAddr<'_>> = NameAddr::routes(&info.routes).filter_map(Result::ok).collect();
    let message = cx.message.clone();
    cx.target.dst_uri = None;
    let header = |entries: &[&[u8]]| [b"Route: ", &entries.join(&b","[..])[..], b"\r\n"].concat();
    let Some(first) = entries.first() else {
        cx.target.uri = info.contact.clone().into();
        return;
    };
    let next = info.routes.slice_ref(first.uri_text);
    if Uri::parse(&next).is_ok_and(|u| u.is_loose()) {
        cx.target.uri = info.contact.clone().into();
        cx.target.dst_uri = Some(next);
        cx.edits.prepend_header(&message, header(&[&info.routes]));
        return;
    }
    cx.target.uri = next.into();
    let last = [b"<", &info.contact[..], b">"].concat();
    let rest: Vec<&[u8]> = entries.iter().skip(1).map(|e| e.whole).chain([&last[..]]).collect();
    cx.edits.prepend_header(&message, header(&rest));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_for_both_or_one() {
        let both = |text: &[u8]| {
            let users = read_users(text);
            (users.caller, users.callee)
        };
        let text = Text::from_static;
        assert_eq!(both(b" x "), (text(b"x"), text(b"x")));
        assert_eq!(both(b"/a"), (text(b"a"), text(b"")));
        assert_eq!(both(b"//b"), (text(b""), text(b"b")));
        assert_eq!(both(b"/a/b"), (text(b"a"), text(b"b")));
        assert_eq!(both(b""), (text(b""), text(b"")));
    }
}
