//! Contacts that are shown: this server, and what tells it where requests go from here.

use std::sync::Arc;

use sipc_engine::context::Leaving;
use sipc_engine::dialogs::{Dialog, Party};
use sipc_engine::network::{Socket, SocketId};
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text};
use sipc_sip::{Edits, HeaderKind, Insert, Message, NameAddr, Params, Uri};

use crate::code::Info;
use crate::{Parameters, flag};

/// A Contact that is shown, apart from the address of this server.
pub struct Shown {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Shown {
    fn with(&self, socket: &Socket, host: &[u8], port: u16) -> Vec<u8> {
        let mut text = self.before.clone();
        text.extend_from_slice(host);
        socket.put_port_and_transport(&mut text, port);
        text.extend_from_slice(&self.after);
        text
    }

    /// Puts it into a request: the address is that of the socket that it leaves from.
    pub fn put_into_request(self, cx: &mut Context) {
        let number = cx.add_late(Arc::new(move |leaving: &Leaving<'_>| {
            self.with(leaving.shared.socket(leaving.sent_from), leaving.host, leaving.port).into()
        }));
        let message = cx.message.clone();
        put(&message, &mut cx.edits, Insert::Late(number));
    }

    /// Puts it into a reply: the address is that of the socket that the request came in on.
    pub fn put_into_reply(&self, shared: &Shared, socket: SocketId, reply: &Message, edits: &mut Edits) {
        let (host, port) = shared.public_address(socket);
        put(reply, edits, self.with(shared.socket(socket), &host, port).into());
    }
}

/// The first Contact gets another value, further ones go.
fn put(message: &Message, edits: &mut Edits, text: Insert) {
    let mut headers = message.find_all(HeaderKind::Contact);
    if let Some(first) = headers.next() {
        edits.replace_all(first.value_range(), text);
    }
    headers.for_each(|header| edits.remove_header(&header));
}

/// A whole Contact header, as it was shown before.
pub fn put_header(message: &Message, edits: &mut Edits, header: &Text) {
    let mut headers = message.find_all(HeaderKind::Contact);
    if let Some(first) = headers.next() {
        let end: &[u8] = if header.ends_with(b"\n") { b"" } else { b"\r\n" };
        edits.replace_all(first.range(), [&header[..], end].concat());
    }
    headers.for_each(|header| edits.remove_header(&header));
}

/// Why no Contact can be made.
pub struct Broken;

/// The one Contact of a message; `None` when it has no such header.
fn only(message: &Message) -> Result<Option<NameAddr<'_>>, Broken> {
    if !message.has(HeaderKind::Contact) {
        return Ok(None);
    }
    let mut all = message.addresses(HeaderKind::Contact);
    match (all.next(), all.next()) {
        (Some(Ok(contact)), None) => Ok(Some(contact)),
        _ => Err(Broken),
    }
}

/// What is shown without a call: the Contact itself is hidden in it, with the Route set and the socket towards it.
pub fn alone(
    parameters: &Parameters,
    message: &Message,
    (flags, routes, user): (u32, &Text, &Text),
    socket: &Socket,
) -> Result<Option<Shown>, Broken> {
    let Some(contact) = only(message)? else { return Ok(None) };
    let info = Info {
        routes: if routes.is_empty() { recorded(message).into() } else { routes.clone() },
        contact: Text::copy_from_slice(contact.uri_text),
        flags,
        socket: socket.uri.clone(),
    };
    let hidden = info.encode(parameters.scheme, parameters.info_password.as_bytes()).ok_or(Broken)?;
    let kept =
        Uri::parse(contact.uri_text).ok().and_then(|u| u.user()).filter(|_| flags & flag::KEEP_USER != 0);
    let user = if user.is_empty() { kept.unwrap_or_default() } else { &user[..] };
    let mut before = b"<sip:".to_vec();
    if !user.is_empty() {
        before.extend_from_slice(&[user, b"@"].concat());
    }
    let mut after = [b";", parameters.info_param.as_bytes(), b"=", &hidden[..]].concat();
    put_passed(parameters, Some(contact), &mut after);
    Ok(Some(Shown { before, after }))
}

/// The Record-Route entries as the other side uses them.
fn recorded(message: &Message) -> Vec<u8> {
    let entries = message.addresses(HeaderKind::RecordRoute).filter_map(Result::ok);
    let mut entries: Vec<&[u8]> = entries.map(|e| e.whole).collect();
    if !message.is_request() {
        entries.reverse();
    }
    entries.join(&b","[..])
}

/// What is shown of a call: its name.
pub fn of_call(
    parameters: &Parameters,
    name: &str,
    message: &Message,
    (dialog, to): (&dyn Dialog, Party),
) -> Option<Shown> {
    if !message.has(HeaderKind::Contact) {
        return None;
    }
    let how = dialog.hides_topology()?;
    let contact = only(message).ok().flatten();
    let id = dialog.id().text();
    let mut user = Vec::new();
    if how & flag::KEEP_USER != 0 {
        let wanted = dialog.value(parameters.user_value(to).as_bytes()).and_then(|v| v.text());
        let own = || Uri::parse(contact?.uri_text).ok()?.user().map(Text::copy_from_slice);
        user = wanted.or_else(own).unwrap_or_default().to_vec();
    }
    let mut after = Vec::new();
    if how & flag::NAME_IN_USER != 0 {
        if user.is_empty() {
            user.push(b'X');
        }
        user.extend_from_slice(format!(".{name}.{id}").as_bytes());
    } else {
        after = format!(";{name}={id}").into_bytes();
    }
    put_passed(parameters, contact, &mut after);
    let at: &[u8] = if user.is_empty() { b"" } else { b"@" };
    Some(Shown { before: [b"<sip:", &user[..], at].concat(), after })
}

/// The parameters that are shown, and the end of the URI between them.
fn put_passed(parameters: &Parameters, contact: Option<NameAddr<'_>>, text: &mut Vec<u8>) {
    let uri = contact.and_then(|c| Uri::parse(c.uri_text).ok());
    put_params(&parameters.uri_params, uri.map(|u| u.params()), text);
    text.push(b'>');
    put_params(&parameters.header_params, contact.map(|c| c.params), text);
}

fn put_params(names: &[String], params: Option<Params<'_>>, text: &mut Vec<u8>) {
    let Some(params) = params else { return };
    for name in names {
        for param in params.into_iter().filter(|p| p.name == name.as_bytes()) {
            text.extend_from_slice(&[b";", param.name].concat());
            let quote: &[u8] = if param.quoted { b"\"" } else { b"" };
            if let Some(value) = param.value.filter(|v| !v.is_empty()) {
                text.extend_from_slice(&[b"=", quote, value, quote].concat());
            }
        }
    }
}
