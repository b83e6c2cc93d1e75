//! Where the message came from and where it is sent from.

use sipc_sip::IpText;

use crate::core_functions::force_socket;
use crate::log::Level;
use crate::network::SocketId;
use crate::place::{Assign, Place};
use crate::texts::Piece;
use crate::{Context, Inner, Text, Value};

use super::{name, unsigned};

/// `$si`
pub fn si(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(Text::copy_from_slice(IpText::of(cx.received.source.ip()).text()))
}

/// `$sp`
pub fn sp(cx: &mut Context, _at: &Place) -> Value {
    unsigned(u64::from(cx.received.source.port()))
}

/// `$socket_in`
pub fn socket_in(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(cx.shared().socket(cx.received.socket).uri.clone())
}

/// `$socket_in(field)`
pub fn socket_in_field(cx: &mut Context, at: &Place) -> Value {
    field(cx, cx.received.socket, name(at))
}

/// `$socket_in(ip)`, where it is.
pub fn socket_in_ip_piece(cx: &mut Context) -> Option<Piece<'_>> {
    let host = &cx.shared().socket(cx.received.socket).host;
    Some(Piece::new(host, host))
}

/// `$socket_out`
pub fn socket_out(cx: &mut Context, _at: &Place) -> Value {
    Value::Text(cx.shared().socket(cx.socket_out()).uri.clone())
}

/// `$socket_out(field)`
pub fn socket_out_field(cx: &mut Context, at: &Place) -> Value {
    match (name(at), cx.target.socket) {
        (b"forced", None) => Value::Null,
        (field_name, _) => field(cx, cx.socket_out(), field_name),
    }
}

/// `$socket_out = socket`: a text that names no socket only logs a warning.
pub fn set_socket_out(cx: &mut Context, _at: &Place, _how: Assign, value: Value) -> bool {
    if value.is_null() {
        (cx.target.socket, cx.target.bond) = (None, None);
        return true;
    }
    let Some(text) = value.text().filter(|t| !t.is_empty()) else { return false };
    if !force_socket(cx, &text) {
        let text = String::from_utf8_lossy(&text);
        cx.log(Level::Warning, "pv_set_force_sock", format_args!("no socket found to match [{text}]"));
    }
    true
}

fn field(cx: &Context, id: SocketId, name: &[u8]) -> Value {
    let socket = cx.shared().socket(id);
    match name {
        b"ip" => Value::Text(socket.host.clone()),
        b"port" => unsigned(u64::from(socket.address.port())),
        b"proto" => Value::literal(socket.transport.lower_name().as_bytes()),
        b"advertised_ip" => socket.advertised_host.clone().into(),
        b"advertised_port" => socket.advertised_port.map_or(Value::Null, |p| unsigned(u64::from(p))),
        b"tag" => socket.tag.as_ref().map(|tag| Text::copy_from_slice(tag.as_bytes())).into(),
        b"anycast" => Value::Int(i32::from(socket.anycast)),
        b"af" if socket.address.is_ipv4() => Value::literal(b"INET"),
        b"af" => Value::literal(b"INET6"),
        b"forced" => Value::Text(socket.uri.clone()),
        _ => Value::Null,
    }
}

/// `$proxy_protocol(field)`: what the PROXY header in front of the message told.
pub fn proxy_protocol(cx: &mut Context, at: &Place) -> Value {
    let (Some(told), Inner::Name(name)) = (cx.received.proxied, &at.inner) else { return Value::Null };
    let ip = |a: std::net::SocketAddr| Value::Text(Text::from(crate::address::text(a.ip())));
    let port = |a: std::net::SocketAddr| unsigned(u64::from(a.port()));
    match &name.to_ascii_lowercase()[..] {
        b"src_ip" => ip(told.source),
        b"src_port" => port(told.source),
        b"dst_ip" => ip(told.destination),
        b"dst_port" => port(told.destination),
        b"af" if told.source.is_ipv4() => Value::literal(b"INET"),
        b"af" => Value::literal(b"INET6"),
        _ => Value::Null,
    }
}
