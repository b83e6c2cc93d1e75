//! SIP over WebSocket, with TLS and without: frames, registered browsers, relaying to and from UDP; IPv6.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};

use tungstenite::client::IntoClientRequest;
use tungstenite::http::HeaderValue;
use tungstenite::{Message, WebSocket};

use crate::certificates::{Authority, Folder, client, set};
use crate::support::{ANSWERS, Peer, Server, answer, datagram, options, patient, request, udp};

/// A browser's side.
struct Browser<S: Read + Write>(WebSocket<S>);

impl<S: Read + Write> Browser<S> {
    fn new(stream: S) -> Browser<S> {
        let mut asks = "ws://x.test/".into_client_request().expect("a URI");
        let headers = asks.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", HeaderValue::from_static("sip"));
        headers.insert("Origin", HeaderValue::from_static("https://x.test"));
        match tungstenite::client(asks, stream) {
            Ok((socket, _)) => Browser(socket),
            Err(e) => panic!("no WebSocket: {e}"),
        }
    }

    fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).expect("the server reads");
    }

    /// The next SIP message; what is no message is answered on the way.
    fn receive(&mut self) -> String {
        loop {
            match self.0.read().expect("a message in time") {
                Message::Text(text) => return text.to_string(),
                Message::Binary(bytes) => return String::from_utf8_lossy(&bytes).into_owned(),
                Message::Close(_) => panic!("closed"),
                _ => {}
            }
        }
    }
}

/// A request as a browser sends it: it has no address to show.
fn from_browser(method: &str, transport: &str, id: &str) -> String {
    let nowhere = "192.0.2.9:1".parse().expect("an address");
    request(method, transport, id, nowhere).replace("192.0.2.9:1", "x.invalid")
}

#[test]
fn one_message_of_either_kind_is_one_sip_message() {
    let server = Server::start("ws", &["ws", "udp"], &[], ANSWERS);
    let mut browser = Browser::new(patient(server.connect(0)));
    browser.send(&from_browser("OPTIONS", "WS", "text"));
    assert!(browser.receive().starts_with("SIP/2.0 200 ws ws\r\n"));
    // no length is needed here
    let short = from_browser("OPTIONS", "WS", "binary").replace("Content-Length: 0\r\n", "");
    browser.0.send(Message::binary(short)).expect("the server reads");
    assert!(browser.receive().contains("Call-ID: binary\r\n"));
    browser.0.send(Message::Ping("still there?".into())).expect("the server reads");
    assert!(
        matches!(browser.0.read().expect("an answer"), Message::Pong(text) if &text[..] == b"still there?")
    );
    browser.send("\r\n\r\n");
    assert_eq!(browser.receive(), "\r\n");
    browser.0.close(None).expect("the server reads");
    while browser.0.read().is_ok() {}
    assert!(!browser.0.can_read(), "the end was answered");
}

#[test]
fn who_speaks_something_else_is_let_go() {
    let script = format!("modparam(\"proto_ws\", \"require_origin\", 0)\n{ANSWERS}");
    let server = Server::start("wsbad", &["ws", "udp"], &[], &script);
    for text in
        [options("plain", server.at[0]), "GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "x".repeat(9000)]
    {
        let mut peer = Peer::new(server.connect(0));
        // the end may come while it is still being written
        let _ = peer.0.get_mut().write_all(text.as_bytes());
        assert!(peer.is_closed());
    }
    let mut peer = Peer::new(server.connect(0));
    let upgrade = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Protocol: sip\r\n\r\n";
    peer.send(upgrade);
    assert!(peer.receive().starts_with("HTTP/1.1 101 "), "Origin is not asked for");
}

/// A site whose browsers register.
const REGISTRAR: &str = "modparam(\"usrloc\", \"nat_bflag\", \"NAT\")\n\
    modparam(\"registrar|nathelper\", \"received_avp\", \"$avp(received)\")\n\
    route {\n\
        force_rport();\n\
        if (is_method(\"REGISTER\")) { setbflag(\"NAT\"); fix_nated_register(); save(\"location\"); exit; }\n\
        if (!lookup(\"location\")) { sl_send_reply(404, \"Not Found\"); exit; }\n\
        record_route(); t_relay();\n\
    }\n";
const REGISTRAR_MODULES: &[&str] = &["signaling", "usrloc", "registrar", "nathelper"];

fn register(transport: &str) -> String {
    let contact = "CSeq: 1 REGISTER\r\nContact: <sip:b@x.invalid;transport=ws>\r\n";
    let text = from_browser("REGISTER", transport, "reg").replace("CSeq: 1 REGISTER\r\n", contact);
    text.replace("REGISTER sip:b@example.com", "REGISTER sip:example.com")
}

/// Calls a browser that has registered, from UDP.
fn is_called<S: Read + Write>(browser: &mut Browser<S>, server: &Server, transport: &str) {
    browser.send(&register(transport));
    assert!(browser.receive().starts_with("SIP/2.0 200 OK"));
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    for id in ["c1", "c2"] {
        caller.send_to(request("MESSAGE", "UDP", id, here).as_bytes(), server.at[1]).expect("loopback");
        let got = browser.receive();
        // Record-Route stands before Via
        assert!(got.starts_with("MESSAGE sip:b@x.invalid;transport=ws SIP/2.0\r\n"), "{got}");
        assert!(got.contains(&format!("Via: SIP/2.0/{transport} {}", server.at[0])), "{got}");
        assert_eq!(got.matches("Record-Route: ").count(), 2, "{got}");
        browser.send(&answer(&got));
        let (got, _) = datagram(&caller);
        assert!(got.starts_with("SIP/2.0 200 OK") && got.contains(id), "{got}");
    }
}

#[test]
fn registered_browsers_are_called_over_their_connection() {
    let server = Server::start("wsreg", &["ws", "udp"], REGISTRAR_MODULES, REGISTRAR);
    let mut browser = Browser::new(patient(server.connect(0)));
    is_called(&mut browser, &server, "WS");
}

#[test]
fn registered_browsers_are_called_over_tls_too() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("wssreg"));
    let modules = [REGISTRAR_MODULES, &["tls_openssl", "tls_mgm"]].concat();
    let script = folder.server_domain("d", &ca.sign("x.test")) + &set("verify_cert", "d", "0") + REGISTRAR;
    let server = Server::start("wssreg", &["wss", "udp"], &modules, &script);
    let tls = client(server.connect(0), "x.test", &ca, None).expect("a handshake");
    let mut browser = Browser::new(tls.0.into_inner());
    is_called(&mut browser, &server, "WSS");
}

#[test]
fn a_websocket_is_opened_where_the_script_wants_one() {
    let callee = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = callee.local_addr().expect("bound");
    let script = format!(
        "modparam(\"proto_ws\", \"ws_resource\", \"/sip\")\n\
         route {{ $du = \"sip:{there};transport=ws\"; t_relay(); }}\n"
    );
    let server = Server::start("wsout", &["ws", "udp"], &[], &script);
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    caller.send_to(request("OPTIONS", "UDP", "out", here).as_bytes(), server.at[1]).expect("loopback");
    let (stream, _) = callee.accept().expect("it connects");
    // the size of an error is the library's choice
    #[allow(clippy::result_large_err)]
    let accepted = tungstenite::accept_hdr(patient(stream), |asked: &Asked, mut answer: Answer| {
        assert_eq!(asked.uri().path(), "/sip");
        answer.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("sip"));
        Ok(answer)
    });
    let mut browser = Browser(accepted.expect("a handshake"));
    let got = browser.receive();
    assert!(got.starts_with("OPTIONS ") && got.contains("Via: SIP/2.0/WS "), "{got}");
    browser.send(&answer(&got));
    assert!(datagram(&caller).0.starts_with("SIP/2.0 200 OK"));
}

type Asked = tungstenite::handshake::server::Request;
type Answer = tungstenite::handshake::server::Response;

#[test]
fn all_transports_work_over_ipv6() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("six"));
    let domain = folder.server_domain("d", &ca.sign("x.test")) + &set("verify_cert", "d", "0");
    let script = domain + "route { sl_send_reply(200, \"$proto $socket_in(af)\"); }\n";
    let modules = ["tls_openssl", "tls_mgm"];
    let server = Server::start_on("::1", "six", &["tcp", "tls", "ws", "wss"], &modules, &script);
    let six: SocketAddr = "[::1]:9".parse().expect("an address");
    let mut tcp = Peer::new(server.connect(0));
    tcp.send(&options("six", six));
    assert!(tcp.receive().starts_with("SIP/2.0 200 tcp INET6\r\n"));
    let mut tls = client(server.connect(1), "x.test", &ca, None).expect("a handshake");
    tls.send(&options("six", six));
    assert!(tls.receive().starts_with("SIP/2.0 200 tls INET6\r\n"));
    let mut ws = Browser::new(patient(server.connect(2)));
    ws.send(&options("six", six));
    assert!(ws.receive().starts_with("SIP/2.0 200 ws INET6\r\n"));
    let tls = client(server.connect(3), "x.test", &ca, None).expect("a handshake");
    let mut wss = Browser::new(tls.0.into_inner());
    wss.send(&options("six", six));
    assert!(wss.receive().starts_with("SIP/2.0 200 wss INET6\r\n"));
}
