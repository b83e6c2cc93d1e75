//! Via, advertised addresses and sockets.

use crate::log::Level;
use crate::network::{SocketId, Transport};
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

/// Reuses the connection for later requests to the sender; of no effect over UDP.
pub fn force_tcp_alias(cx: &mut Context, _port: Option<i32>) -> i32 {
    cx.via.force_tcp_alias = cx.received.connection.is_some();
    1
}

/// Sets how Via is handled, by words with commas between them.
pub fn set_via_handling(cx: &mut Context, flags: Text) -> i32 {
    let mut via = cx.via;
    for word in flags.split(|c| *c == b',').map(<[u8]>::trim_ascii) {
        match word {
            b"force-rport" => via.force_rport = true,
            b"add-local-rport" => via.add_local_rport = true,
            b"reply-to-via" => via.reply_to_via = true,
            b"force-tcp-alias" => via.force_tcp_alias = cx.received.connection.is_some(),
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
    let Some(found) = socket_named(cx, &socket) else {
        let socket = String::from_utf8_lossy(&socket);
        cx.log(Level::Error, "fixup_f_send_sock", format_args!("not listening on {socket}"));
        return -1;
    };
    cx.target.socket = Some(found);
    1
}

fn socket_named(cx: &Context, text: &[u8]) -> Option<SocketId> {
    let with = |t: &Transport| cx.shared().socket_named(&[t.lower_name().as_bytes(), b":", text].concat());
    cx.shared().socket_named(text).or_else(|| Transport::ALL.iter().find_map(with))
}

/// Whether host and port are ours.
pub fn is_myself(cx: &mut Context, host: Text, port: Option<i32>) -> i32 {
    let Ok(port) = u16::try_from(port.unwrap_or(0)) else { return -1 };
    result(cx.shared().is_myself(&host, port, None))
}
