//! Via, advertised addresses and sockets.

use crate::log::Level;
use crate::network::SocketId;
use crate::{Context, Text};

use super::result;

/// Notes the source port in the received Via.
pub fn force_rport(cx: &mut Context) -> i32 {
    cx.via.force_rport = true;
    1
}

/// Asks for rport in our own Via.
pub fn add_local_rport(cx: &mut Context) -> i32 {
    cx.via.add_local_rport = true;
    1
}

/// Reuses the connection for later requests to a port of the sender, that of its Via if none is given; of no
/// effect over UDP.
pub fn force_tcp_alias(cx: &mut Context, port: Option<i32>) -> i32 {
    match port.map(u16::try_from) {
        Some(Ok(port)) => alias(cx, Some(port)),
        Some(Err(_)) => return -1,
        None => alias(cx, None),
    }
    1
}

/// Requests to that port of the sender, or the port of its Via, take the connection the message came over.
fn alias(cx: &Context, port: Option<u16>) {
    let Some(connection) = cx.received.connection else { return };
    let Some(Ok(via)) = cx.message.via() else { return };
    let transport = cx.shared().socket(cx.received.socket).transport;
    let port = port.or(via.port).unwrap_or(transport.default_port());
    cx.worker.network.alias(connection, port);
}

/// What `tcp_accept_aliases` says about a request that has come.
pub(crate) fn accept_alias(cx: &Context) {
    let asked = || matches!(cx.message.via(), Some(Ok(via)) if via.known.alias.is_some());
    match cx.shared().globals.tcp_accept_aliases {
        0 => {}
        1 if !asked() => {}
        _ => alias(cx, None),
    }
}

/// Sets how Via is handled, by words with commas between them.
pub fn set_via_handling(cx: &mut Context, flags: Text) -> i32 {
    let mut via = cx.via;
    for word in flags.split(|c| *c == b',').map(<[u8]>::trim_ascii) {
        match word {
            b"force-rport" => via.force_rport = true,
            b"add-local-rport" => via.add_local_rport = true,
            b"reply-to-via" => via.reply_to_via = true,
            b"force-tcp-alias" => alias(cx, None),
            _ => return -1,
        }
    }
    cx.via = via;
    1
}

/// The address that this message's Via and Record-Route show.
pub fn set_advertised_address(cx: &mut Context, address: Text) -> i32 {
    cx.advertised_host = Some(address).filter(|a| !a.is_empty());
    1
}

/// The port that this message's Via and Record-Route show.
pub fn set_advertised_port(cx: &mut Context, port: Text) -> i32 {
    let number = std::str::from_utf8(&port).ok().and_then(|p| p.parse().ok());
    cx.advertised_port = number;
    result(number.is_some())
}

/// Sends from a listening socket, given as `proto:host:port`; the transport may be left out.
pub fn force_send_socket(cx: &mut Context, socket: Text) -> i32 {
    if force_socket(cx, &socket) {
        return 1;
    }
    let Some(found) = socket_named(cx, &socket) else {
        let socket = String::from_utf8_lossy(&socket);
        cx.log(Level::Error, "fixup_f_send_sock", format_args!("not listening on {socket}"));
        return -1;
    };
    (cx.target.socket, cx.target.bond) = (Some(found), None);
    1
}

/// Forces a socket or a bond by its full name; `false` when there is none.
pub(crate) fn force_socket(cx: &mut Context, name: &[u8]) -> bool {
    let (socket, bond) = (cx.shared().socket_named(name), cx.shared().bond_named(name));
    if socket.is_none() && bond.is_none() {
        return false;
    }
    (cx.target.socket, cx.target.bond) = (socket, bond);
    true
}

/// Whether a listening socket is a member of a bond; the bond's name stands alone.
pub fn socket_belongs_to_bond(cx: &mut Context, socket: Text, bond: Text) -> i32 {
    let Some(bond) = cx.shared().bonds.iter().find(|b| b.name.as_bytes() == bond) else {
        let bond = String::from_utf8_lossy(&bond);
        cx.log(Level::Error, "fixup_bond_sock", format_args!("there is no bond {bond}"));
        return -1;
    };
    result(socket_named(cx, &socket).is_some_and(|s| bond.members.contains(&s)))
}

fn socket_named(cx: &Context, text: &[u8]) -> Option<SocketId> {
    cx.shared().socket_of_any_transport(text)
}

/// Whether host and port are ours.
pub fn is_myself(cx: &mut Context, host: Text, port: Option<i32>) -> i32 {
    let Ok(port) = u16::try_from(port.unwrap_or(0)) else { return -1 };
    result(cx.shared().is_myself(&host, port, None))
}
