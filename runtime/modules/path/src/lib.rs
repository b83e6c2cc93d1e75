//! `path`: puts this proxy on the way back to a registered user (RFC 3327). The registrar stores the Path headers, a
//! lookup makes Route headers of them, and `loose_route` here sends on to where the REGISTER came from.
#![forbid(unsafe_code)]

use std::net::SocketAddr;
use std::sync::Arc;

use sipc_engine::context::{Late, Leaving};
use sipc_engine::network::{Socket, Transport};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::{Context, Text};
use sipc_sip::{HeaderKind, Insert, Params};

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "path", init };

sipc_engine::bindings! { sipc_interface::modules::path::MODULE;
    plain { add_path(Option<Text>), add_path_received(Option<Text>) }
    waiting {}
}

/// `enable_double_path`.
struct Double(bool);

fn init(setup: &mut Setup) -> InitResult {
    setup.share(Arc::new(Double(setup.int("path", "enable_double_path", 1) != 0)));
    if setup.int("path", "use_received", 0) != 0 {
        if !setup.configuration.modules.iter().any(|m| m == "rr") {
            return Err("use_received needs module rr".into());
        }
        setup.hooks.route_taken.push(send_to_received);
    }
    Ok(())
}

/// Adds a Path header before those there are; two when the request leaves by another socket than it came in on.
pub fn add_path(cx: &mut Context, user: Option<Text>) -> i32 {
    add(cx, user, None)
}

/// As [`add_path`], with the source address as parameter `received`.
pub fn add_path_received(cx: &mut Context, user: Option<Text>) -> i32 {
    let from = source(cx.received.source, cx.shared().socket(cx.received.socket).transport);
    add(cx, user, Some(from))
}

fn add(cx: &mut Context, user: Option<Text>, received: Option<String>) -> i32 {
    let double = cx.shared().state::<Double>().is_none_or(|d| d.0);
    let number = cx.add_late(header(user.filter(|u| !u.is_empty()), received, double));
    let message = cx.message.clone();
    match message.find(HeaderKind::Path) {
        Some(first) => cx.edits.insert_before(&first, Insert::Late(number)),
        None => cx.edits.append_header(&message, Insert::Late(number)),
    }
    1
}

/// `sip:host:port`, and the transport in escaped form unless it is UDP.
fn source(address: SocketAddr, transport: Transport) -> String {
    let plain = format!("sip:{address}");
    match transport {
        Transport::Udp => plain,
        other => format!("{plain}%3btransport%3d{}", other.lower_name()),
    }
}

/// The side that the request leaves by comes first; `received` stands in the header of the side it came in on.
fn header(user: Option<Text>, received: Option<String>, double: bool) -> Late {
    Arc::new(move |leaving: &Leaving<'_>| {
        let (out, inward) =
            (leaving.shared.socket(leaving.sent_from), leaving.shared.socket(leaving.received_on));
        let two = double && out.id != inward.id;
        let mut text = Vec::with_capacity(128);
        let mut line = |socket: &Socket, host: &Text, port: u16, received: Option<&String>| {
            text.extend_from_slice(b"Path: <sip:");
            if let Some(user) = &user {
                text.extend_from_slice(&[&user[..], b"@"].concat());
            }
            text.extend_from_slice(host);
            socket.put_port_and_transport(&mut text, port);
            text.extend_from_slice(if two { b";r2=on;lr" } else { b";lr" });
            if let Some(received) = received {
                text.extend_from_slice(format!(";received={received}").as_bytes());
            }
            text.extend_from_slice(b">\r\n");
        };
        line(out, leaving.host, leaving.port, received.as_ref().filter(|_| !two));
        if two {
            line(inward, inward.public_host(), inward.public_port(), received.as_ref());
        }
        text.into()
    })
}

/// The `received` of our Route says where the client is.
fn send_to_received(cx: &mut Context, params: &[u8]) {
    let Some(received) = Params::of_uri(params).value(b"received").filter(|r| !r.is_empty()) else { return };
    cx.target.dst_uri = Some(Text::from(sipc_sip::unescape(received).into_owned()));
}
