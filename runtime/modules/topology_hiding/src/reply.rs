//! Replies: whoever sent the request gets its own Vias and Record-Routes back, and a Contact of this server.

use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::dialogs::{Dialog, Party};
use sipc_engine::hooks::Relayed;
use sipc_engine::log::Level;
use sipc_engine::tm::Transaction;
use sipc_sip::{HeaderKind, Message, Via};

use crate::{Parameters, contact, flag};

/// How replies to a request are treated; belongs to its transaction.
#[derive(Clone)]
pub enum Replies {
    /// Without a call.
    Alone {
        /// It is the first request.
        first: bool,
        /// Flags of `topology_hiding`.
        flags: u32,
        /// The Route set of who replies, if it is known already.
        routes: Text,
        /// The user that is shown.
        user: Text,
    },
    /// Within a call.
    OfCall {
        /// It is the first request.
        first: bool,
        /// The call.
        dialog: Arc<dyn Dialog>,
        /// Who gets them.
        to: Party,
    },
}

impl Replies {
    fn is_first(&self) -> bool {
        match self {
            Replies::Alone { first, .. } | Replies::OfCall { first, .. } => *first,
        }
    }
}

/// A reply is about to be relayed.
pub fn on_relayed(hook: &mut Relayed<'_>) {
    let t = hook.transaction;
    if let Some(call_id) = t.request.sender_call_id()
        && let Some(range) = hook.message.call_id().and_then(|c| hook.message.range_of(c))
    {
        hook.edits.replace_all(range, call_id.clone());
    }
    let Some(replies) = t.script.lock().extensions.get::<Replies>().cloned() else { return };
    let redirects = hook.message.code().is_some_and(|c| (300..400).contains(&c));
    if !(redirects && replies.is_first()) {
        put_contact(hook, &replies);
    }
    for kind in [HeaderKind::Via, HeaderKind::RecordRoute] {
        hook.message.find_all(kind).for_each(|header| hook.edits.remove_header(&header));
    }
    hook.edits.prepend_header(hook.message, vias(t));
    let routes = if replies.is_first() { recorded(&t.request) } else { Vec::new() };
    if !routes.is_empty() {
        hook.edits.prepend_header(hook.message, [b"Record-Route: ", &routes[..], b"\r\n"].concat());
    }
}

fn put_contact(hook: &mut Relayed<'_>, replies: &Replies) {
    let shared = hook.worker.shared.clone();
    let Some(parameters) = shared.state::<Parameters>() else { return };
    let (t, reply) = (hook.transaction, hook.message);
    let shown = match replies {
        Replies::Alone { flags, routes, user, .. } => {
            let socket = t.replied_on(hook.branch).unwrap_or(t.received.socket);
            let socket = shared.socket(socket);
            contact::alone(parameters, reply, (*flags, routes, user), socket).unwrap_or_else(|_| {
                let text = format_args!("the Contact of a reply is broken or too long: it stays");
                shared.log.message(Level::Error, "topology_hiding", text);
                None
            })
        }
        Replies::OfCall { first, dialog, to } => {
            if !first && let Some(header) = kept(&**dialog, *to) {
                return contact::put_header(reply, hook.edits, &header);
            }
            let name = shared.dialogs.as_ref().map(|d| d.parameter()).unwrap_or_default();
            contact::of_call(parameters, name, reply, (&**dialog, *to))
        }
    };
    if let Some(shown) = shown {
        shown.put_into_reply(&shared, t.received.socket, reply, hook.edits);
    }
}

/// The Contact header that a party is always shown, if that is wanted.
pub fn kept(dialog: &dyn Dialog, to: Party) -> Option<Text> {
    let wanted = if to == Party::Caller { flag::KEEP_FOR_CALLER } else { flag::KEEP_FOR_CALLEE };
    let keeps = dialog.hides_topology()? & wanted != 0;
    keeps.then(|| dialog.side(to).shown_contact).flatten()
}

/// The Via headers of the request; the first with `received` and `rport` if that was asked for.
fn vias(t: &Transaction) -> Vec<u8> {
    let request = &t.request;
    let mut out = Vec::new();
    for (number, header) in request.find_all(HeaderKind::Via).enumerate() {
        let whole = request.bytes().get(header.range()).unwrap_or_default();
        match Via::parse(header.value()) {
            Ok(via) if number == 0 => put_top(&mut out, t, whole, &via),
            _ => out.extend_from_slice(whole),
        }
    }
    out
}

fn put_top(out: &mut Vec<u8>, t: &Transaction, whole: &[u8], via: &Via<'_>) {
    let forced = t.script.lock().via.force_rport;
    let offset = (via.whole.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
    let (Some(source), Some((before, behind))) = (
        (forced || via.known.rport.is_some()).then_some(t.received.source),
        whole.split_at_checked(offset + via.sent_by_end()),
    ) else {
        return out.extend_from_slice(whole);
    };
    out.extend_from_slice(before);
    out.extend_from_slice(format!(";received={};rport={}", source.ip(), source.port()).as_bytes());
    let behind = behind.get(behind.len().min(via.whole.len() - via.sent_by_end())..).unwrap_or_default();
    for param in via.params {
        if !param.is_named(b"received") && !param.is_named(b"rport") {
            out.extend_from_slice(&[b";", param.whole].concat());
        }
    }
    if !via.comment.is_empty() {
        out.extend_from_slice(&[b" (", via.comment, b")"].concat());
    }
    out.extend_from_slice(behind);
}

/// The Record-Route entries of a request.
fn recorded(request: &Message) -> Vec<u8> {
    let entries = request.addresses(HeaderKind::RecordRoute).filter_map(Result::ok);
    entries.map(|e| e.whole).collect::<Vec<_>>().join(&b","[..])
}
