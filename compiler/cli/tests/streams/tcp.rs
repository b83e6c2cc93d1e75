//! SIP over TCP: framing, keep-alive, bounds, and relaying to and from UDP.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::process::Command;
use std::time::Instant;

use crate::support::{
    ANSWERS, PATIENCE, Server, answer, command, datagram, free_address, options, request, udp,
};

type Peer = crate::support::Peer<TcpStream>;

/// A server that listens on UDP and TCP.
fn start(name: &str, script: &str) -> Server {
    Server::start(name, &["tcp", "udp"], &[], script)
}

fn connect(server: &Server) -> Peer {
    Peer::new(server.connect(0))
}

#[test]
fn messages_may_come_in_single_bytes_and_many_at_once() {
    let server = start("framing", ANSWERS);
    let mut peer = connect(&server);
    let here = peer.here();
    for byte in options("split", here).chars() {
        peer.send(&byte.to_string());
    }
    assert!(peer.receive().starts_with("SIP/2.0 200 tcp tcp\r\n"));
    let all =
        ["\r\n", &options("one", here), "\r\n\r\n", &options("two", here), "\r\n", &options("three", here)];
    peer.send(&all.concat());
    for wanted in ["Call-ID: one\r\n", "\r\n", "Call-ID: two\r\n", "Call-ID: three\r\n"] {
        let got = peer.receive();
        assert!(got.contains(wanted) && (got == "\r\n") == (wanted == "\r\n"), "{wanted:?}: {got}");
    }
}

#[test]
fn pings_are_not_answered_when_the_script_says_so() {
    let server = start("ping", &format!("modparam(\"proto_tcp\", \"tcp_crlf_pingpong\", 0)\n{ANSWERS}"));
    let mut peer = connect(&server);
    let text = format!("\r\n\r\n{}", options("behind", peer.here()));
    peer.send(&text);
    assert!(peer.receive().starts_with("SIP/2.0 200"));
}

#[test]
fn who_ends_sending_still_gets_the_answers() {
    let server = start("half", ANSWERS);
    let mut peer = connect(&server);
    let text = options("last", peer.here());
    peer.send(&text);
    peer.0.get_ref().shutdown(std::net::Shutdown::Write).expect("connected");
    assert!(peer.receive().starts_with("SIP/2.0 200"));
    assert!(peer.is_closed());
}

#[test]
fn idle_connections_and_half_sent_messages_are_closed_in_time() {
    let server = start("idle", &format!("tcp_connection_lifetime = 1\ntcp_max_msg_time = 1\n{ANSWERS}"));
    assert!(connect(&server).is_closed());
    let server = start("slow", &format!("tcp_max_msg_time = 1\n{ANSWERS}"));
    let (mut slow, mut other) = (connect(&server), connect(&server));
    other.send("\r\n");
    slow.send("OPTIONS sip:a@b SIP/2.0\r\nVia");
    assert!(slow.is_closed());
    // line ends are no message that has begun
    let text = options("still", other.here());
    other.send(&text);
    assert!(other.receive().starts_with("SIP/2.0 200"));
}

#[test]
fn what_cannot_be_framed_closes_its_connection_only() {
    let server = start("broken", ANSWERS);
    let mut good = connect(&server);
    let huge = format!("OPTIONS sip:a@b SIP/2.0\r\nX: {}", "x".repeat(70_000));
    let bad =
        ["OPTIONS sip:a@b SIP/2.0\r\nContent-Length: many\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n\r\n", &huge];
    for text in bad {
        let mut peer = connect(&server);
        // the end may come while it is still being written
        let _ = peer.0.get_mut().write_all(text.as_bytes());
        assert!(peer.is_closed());
    }
    let text = options("good", good.here());
    good.send(&text);
    assert!(good.receive().starts_with("SIP/2.0 200"));
}

#[test]
fn beyond_the_bound_connections_are_refused_and_room_is_made_again() {
    let server = start("bound", &format!("tcp_max_connections = 1\n{ANSWERS}"));
    let mut first = connect(&server);
    let text = options("first", first.here());
    first.send(&text);
    assert!(first.receive().starts_with("SIP/2.0 200"));
    assert!(connect(&server).is_closed());
    drop(first);
    let end = Instant::now() + PATIENCE;
    loop {
        let mut next = connect(&server);
        let text = options("next", next.here());
        let mut first_byte = [0];
        let sent = next.0.get_mut().write_all(text.as_bytes()).is_ok();
        if sent && next.0.read(&mut first_byte).is_ok_and(|n| n == 1) {
            break;
        }
        assert!(Instant::now() < end, "the place is free again");
    }
}

#[test]
fn who_stops_reading_is_let_go_and_holds_up_nobody() {
    let server = start("deaf", ANSWERS);
    let (mut deaf, mut other) = (connect(&server), connect(&server));
    let long = format!("\r\nVia: SIP/2.0/TCP h;x={}\r\nMax-", "x".repeat(30_000));
    let text = options("deaf", deaf.here()).replacen("\r\nMax-", &long, 1);
    // far more answers than the system and the server keep
    let closed = (0..3_000).any(|_| deaf.0.get_mut().write_all(text.as_bytes()).is_err());
    assert!(closed, "it was let go");
    let text = options("other", other.here());
    other.send(&text);
    assert!(other.receive().starts_with("SIP/2.0 200"));
}

#[test]
fn requests_go_from_udp_to_tcp_over_one_connection_and_back() {
    let callee = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = callee.local_addr().expect("bound");
    let server = start(
        "relay",
        &format!("route {{ record_route(); $du = \"sip:{there};transport=tcp\"; t_relay(); }}"),
    );
    let caller = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    caller.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    caller.connect(server.at[1]).expect("loopback");
    let here = caller.local_addr().expect("bound");
    let mut connection = None;
    for id in ["r1", "r2", "r3"] {
        caller.send(request("OPTIONS", "UDP", id, here).as_bytes()).expect("loopback takes it");
        // the first one opens it, the others must find it
        let peer = connection.get_or_insert_with(|| Peer::new(callee.accept().expect("it connects").0));
        let got = peer.receive();
        assert!(got.contains(&format!("Via: SIP/2.0/TCP {}", server.at[0])), "{got}");
        assert!(got.contains(&format!("Record-Route: <sip:{};transport=tcp;", server.at[0])), "{got}");
        assert!(got.contains(&format!("Record-Route: <sip:{};", server.at[1])), "{got}");
        peer.send(&answer(&got));
        let mut buffer = [0; 65_536];
        let n = caller.recv(&mut buffer).expect("an answer in time");
        let got = String::from_utf8_lossy(&buffer[..n]);
        assert!(got.starts_with("SIP/2.0 200 OK") && got.contains(id), "{got}");
    }
}

#[test]
fn replies_take_the_connection_of_their_request_and_requests_its_alias() {
    let callee = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    callee.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let there = callee.local_addr().expect("bound");
    // the caller says in Via that it can be reached at a port where nobody listens
    let script = format!(
        "route {{ if ($proto == \"tcp\") {{ force_tcp_alias(); $du = \"sip:{there}\"; }} \
         else $du = \"sip:127.0.0.1:9;transport=tcp\"; t_relay(); }}"
    );
    let server = start("back", &script);
    let mut caller = connect(&server);
    caller.send(&options("call", "127.0.0.1:9".parse().expect("an address")));
    let mut buffer = [0; 65_536];
    let (n, from) = callee.recv_from(&mut buffer).expect("it is relayed");
    assert_eq!(from, server.at[1]);
    callee.send_to(answer(&String::from_utf8_lossy(&buffer[..n])).as_bytes(), from).expect("loopback");
    assert!(caller.receive().starts_with("SIP/2.0 200 OK"));
    callee.send_to(request("MESSAGE", "UDP", "back", there).as_bytes(), from).expect("loopback");
    assert!(caller.receive().starts_with("MESSAGE sip:b@example.com"));
}

#[test]
fn a_via_that_asks_for_it_makes_an_alias() {
    let script = "tcp_accept_aliases = 1\nroute { if ($proto == \"tcp\") { sl_send_reply(200, \"OK\"); exit; } \
                  $du = \"sip:127.0.0.1:9;transport=tcp\"; t_relay(); }";
    let server = start("asked", script);
    let mut peer = connect(&server);
    let asks =
        options("asks", "127.0.0.1:9".parse().expect("an address")).replace(";branch", ";alias;branch");
    peer.send(&asks);
    assert!(peer.receive().starts_with("SIP/2.0 200"));
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let here = other.local_addr().expect("bound");
    other.send_to(request("MESSAGE", "UDP", "to", here).as_bytes(), server.at[1]).expect("loopback");
    assert!(peer.receive().starts_with("MESSAGE sip:b@example.com"));
}

#[test]
fn any_worker_sends_over_any_connection() {
    let callee = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    callee.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let there = callee.local_addr().expect("bound");
    let server = start("workers", &format!("route {{ $du = \"sip:{there}\"; t_relay(); }}"));
    // one worker has the callee's datagrams, while the system spreads the callers over all
    let mut callers: Vec<Peer> = (0..16).map(|_| connect(&server)).collect();
    for (i, caller) in callers.iter_mut().enumerate() {
        let text = options(&format!("w{i}"), caller.here());
        caller.send(&text);
        let mut buffer = [0; 65_536];
        let (n, from) = callee.recv_from(&mut buffer).expect("it is relayed");
        let text = answer(&String::from_utf8_lossy(&buffer[..n]));
        callee.send_to(text.as_bytes(), from).expect("loopback");
        let got = caller.receive();
        assert!(got.starts_with("SIP/2.0 200 OK") && got.contains(&format!("Call-ID: w{i}\r\n")), "{got}");
    }
}

#[test]
fn a_script_closes_connections_by_their_address() {
    let script = "route { if (tcp_close_conn(\"udp:$si:$sp\") || tcp_close_conn(\"$si:1\")) \
                  sl_send_reply(500, \"no\"); if (!tcp_close_conn(\"tcp:$si:$sp\")) sl_send_reply(501, \"no\"); }";
    let server = start("close", script);
    let mut peer = connect(&server);
    let text = options("close", peer.here());
    peer.send(&text);
    let mut rest = Vec::new();
    assert_eq!(
        peer.0.read_to_end(&mut rest).expect("closed in time"),
        0,
        "{}",
        String::from_utf8_lossy(&rest)
    );
}

#[test]
fn tcp_needs_its_module() {
    let path = std::env::temp_dir().join(format!("sipc-{}-no-tcp.cfg", std::process::id()));
    std::fs::write(&path, "loadmodule \"proto_udp.so\"\nroute { drop; }").expect("a writable directory");
    let tcp = free_address("127.0.0.1");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sipc"));
    let output = command.args(["run", "-F", "-f"]).arg(&path).args(["-l", &format!("tcp:{tcp}")]).output();
    let output = output.expect("sipc runs");
    let _ = std::fs::remove_file(&path);
    assert!(!output.status.success());
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("the script does not load proto_tcp.so"), "{text}");
}

#[test]
fn a_connection_that_cannot_be_opened_fails_its_branch_as_a_503() {
    let refused = TcpListener::bind("127.0.0.1:0").and_then(|s| s.local_addr()).expect("a free port");
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    other.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let there = other.local_addr().expect("bound");
    let script = format!(
        "route {{ if (is_method(\"MESSAGE\")) t_on_failure(\"next\"); \
         $du = \"sip:{refused};transport=tcp\"; t_relay(); }}\n\
         failure_route[next] {{ if (t_check_status(\"503\")) {{ $du = \"sip:{there}\"; t_relay(); }} }}"
    );
    let server = start("refused", &script);
    let mut caller = connect(&server);
    let here = caller.here();
    caller.send(&options("nowhere", here));
    assert!(caller.receive().starts_with("SIP/2.0 500 "));
    caller.send(&request("MESSAGE", "TCP", "elsewhere", here));
    let mut buffer = [0; 65_536];
    let (n, _) = other.recv_from(&mut buffer).expect("the failure route sends it elsewhere");
    assert!(buffer[..n].starts_with(b"MESSAGE sip:b@example.com"));
}

#[test]
fn no_connection_is_opened_where_the_script_wants_none() {
    let nobody = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = nobody.local_addr().expect("bound");
    let script = format!(
        "tcp_no_new_conn_bflag = NO_NEW\nroute {{ if (is_method(\"MESSAGE\")) setbflag(\"NO_NEW\"); \
         $du = \"sip:{there};transport=tcp\"; if (!t_relay()) sl_send_reply(480, \"Gone\"); }}"
    );
    let server = start("nonew", &script);
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    caller.send_to(request("MESSAGE", "UDP", "none", here).as_bytes(), server.at[1]).expect("loopback");
    assert!(datagram(&caller).0.starts_with("SIP/2.0 477 "));
    caller.send_to(request("OPTIONS", "UDP", "one", here).as_bytes(), server.at[1]).expect("loopback");
    let mut peer = Peer::new(nobody.accept().expect("this one may").0);
    peer.receive();
    caller.send_to(request("MESSAGE", "UDP", "over", here).as_bytes(), server.at[1]).expect("loopback");
    assert!(peer.receive().starts_with("MESSAGE "), "there is one now");
}

#[test]
fn replies_without_a_transaction_find_their_connection_by_its_number() {
    let callee = udp();
    let there = callee.local_addr().expect("bound");
    let server = start("number", &format!("route {{ $du = \"sip:{there}\"; forward(); }}"));
    let mut caller = connect(&server);
    // nobody listens where Via says
    caller.send(&options("n", "127.0.0.1:9".parse().expect("an address")));
    let (got, from) = datagram(&callee);
    assert!(got.contains(";i="), "{got}");
    callee.send_to(answer(&got).as_bytes(), from).expect("loopback");
    assert!(caller.receive().starts_with("SIP/2.0 200 OK"));
}

#[test]
fn connections_are_listed_and_closed_and_their_end_is_an_event() {
    let watcher = udp();
    let there = watcher.local_addr().expect("bound");
    let mi = free_address("127.0.0.1");
    let script = format!(
        "modparam(\"httpd\", \"port\", {})\n{ANSWERS}event_route[E_CORE_TCP_DISCONNECT] {{\n\
         t_new_request(\"MESSAGE\", \"sip:w@{there}\", \"sip:a@b\", \"sip:w@b\", \
         \"text/plain $param(proto) $param(src_port) $param(dst_port)\"); }}\n",
        mi.port()
    );
    let server = Server::start("listed", &["tcp", "udp"], &["httpd", "mi_http"], &script);
    let mut peer = connect(&server);
    let text = options("listed", peer.here());
    peer.send(&text);
    assert!(peer.receive().starts_with("SIP/2.0 200"));
    let listed = command(mi, "list_tcp_conns", "");
    let remote = format!("\"Remote\":\"{}\"", peer.here());
    assert!(listed.contains(&remote) && listed.contains("\"Type\":\"tcp\""), "{listed}");
    assert!(!command(mi, "tcp:list", "\"proto\":\"tls\"").contains("Remote"));
    assert!(command(mi, "tcp:close", "\"ipport\":\"udp:127.0.0.1:9\"").contains("Bad tcp connection"));
    assert!(command(mi, "tcp:close", &format!("\"ipport\":\"tcp:{}\"", peer.here())).contains("OK"));
    assert!(peer.is_closed());
    let (got, _) = datagram(&watcher);
    let wanted = format!("tcp {} {}", peer.here().port(), server.at[0].port());
    assert!(got.ends_with(&wanted), "{got}");
}

#[test]
fn connections_of_registered_clients_last_as_long_as_their_contacts() {
    let script = "tcp_connection_lifetime = 1\nmodparam(\"registrar\", \"tcp_persistent_flag\", \"KEEP\")\n\
                  route { if (is_method(\"REGISTER\")) { setflag(\"KEEP\"); save(\"location\"); exit; } \
                  sl_send_reply(200, \"OK\"); }\n";
    let server = Server::start("keep", &["tcp", "udp"], &["signaling", "usrloc", "registrar"], script);
    let (mut kept, mut other) = (connect(&server), connect(&server));
    let contact = "CSeq: 1 REGISTER\r\nContact: <sip:b@127.0.0.1:9;transport=tcp>;expires=60\r\n";
    let text = request("REGISTER", "TCP", "keep", kept.here()).replace("CSeq: 1 REGISTER\r\n", contact);
    kept.send(&text);
    assert!(kept.receive().starts_with("SIP/2.0 200 OK"));
    // the other one is let go in time, and this one is still there
    assert!(other.is_closed());
    let text = options("still", kept.here());
    kept.send(&text);
    assert!(kept.receive().starts_with("SIP/2.0 200 OK"));
}

#[test]
fn long_requests_take_tcp_where_somebody_listens_and_datagrams_else() {
    let (listener, callee) = loop {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let there = listener.local_addr().expect("bound");
        if let Ok(callee) = UdpSocket::bind(there) {
            break (listener, callee);
        }
    };
    callee.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let there = listener.local_addr().expect("bound");
    let server = start("long", &format!("route {{ $du = \"sip:{there}\" + $hdr(X-Asked); t_relay(); }}"));
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    let ask = |id: &str, more: &str| {
        let text =
            request("MESSAGE", "UDP", id, here).replacen("\r\nMax-", &format!("\r\n{more}\r\nMax-"), 1);
        caller.send_to(text.as_bytes(), server.at[1]).expect("loopback");
    };
    let long = format!("X-Long: {}", "x".repeat(1400));
    ask("long", &long);
    let mut peer = Peer::new(listener.accept().expect("it connects").0);
    let got = peer.receive();
    assert!(got.contains("Via: SIP/2.0/TCP "), "{got}");
    peer.send(&answer(&got));
    assert!(datagram(&caller).0.starts_with("SIP/2.0 200 OK"));
    ask("short", "X-Short: x");
    assert!(datagram(&callee).0.contains("Call-ID: short\r\n"));
    ask("asked", &format!("{long}\r\nX-Asked: ;transport=udp"));
    assert!(datagram(&callee).0.contains("Call-ID: asked\r\n"), "the script has the last word");
    drop((peer, listener));
    ask("refused", &long);
    let got = loop {
        // what was not answered above is repeated
        let (got, _) = datagram(&callee);
        if got.contains("Call-ID: refused\r\n") {
            break got;
        }
    };
    assert!(got.contains("Via: SIP/2.0/UDP "), "{got}");
}

#[test]
fn proxy_headers_tell_whom_it_comes_from_and_are_passed_on() {
    let here = free_address("127.0.0.1");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = listener.local_addr().expect("bound");
    let script = format!(
        "socket = tcp:{here} proxy_protocol\nsocket = udp:{here} proxy_protocol\nroute {{\n\
         if (is_method(\"MESSAGE\")) {{ $du = \"sip:{there};transport=tcp\"; t_relay(); exit; }}\n\
         sl_send_reply(200, \"$proxy_protocol(src_ip):$proxy_protocol(src_port) $proxy_protocol(af)\"); }}\n"
    );
    let server = Server::start("proxied", &["udp"], &["proto_tcp"], &script);
    let mut peer = Peer::new(TcpStream::connect(here).expect("it listens"));
    for byte in "PROXY TCP4 192.0.2.7 192.0.2.8 5066 5060\r\n".chars() {
        peer.send(&byte.to_string());
    }
    let from = peer.here();
    peer.send(&options("told", from));
    assert!(peer.receive().starts_with("SIP/2.0 200 192.0.2.7:5066 INET\r\n"));
    peer.send(&request("MESSAGE", "TCP", "on", from));
    let (stream, _) = listener.accept().expect("it connects");
    let mut callee = Peer::new(stream);
    let mut head = String::new();
    std::io::BufRead::read_line(&mut callee.0, &mut head).expect("a header in time");
    assert_eq!(head, "PROXY TCP4 192.0.2.7 192.0.2.8 5066 5060\r\n");
    assert!(callee.receive().starts_with("MESSAGE "));
    // without a header, and with one that is none
    let mut plain = Peer::new(TcpStream::connect(here).expect("it listens"));
    let text = options("plain", plain.here());
    plain.send(&text);
    assert!(plain.receive().starts_with("SIP/2.0 200 <null>:<null> <null>\r\n"));
    let mut bad = Peer::new(TcpStream::connect(here).expect("it listens"));
    bad.send("PROXY TCP4 nonsense\r\n");
    assert!(bad.is_closed());
    let caller = udp();
    let text =
        format!("PROXY TCP4 192.0.2.9 192.0.2.8 5067 5060\r\n{}", request("OPTIONS", "UDP", "u", from));
    caller.send_to(text.replace("/UDP ", "/UDP x.invalid;rport;x=").as_bytes(), here).expect("loopback");
    let (got, _) = datagram(&caller);
    assert!(
        got.starts_with("PROXY TCP4 ") && got.contains("\r\nSIP/2.0 200 192.0.2.9:5067 INET\r\n"),
        "{got}"
    );
    drop(server);
}
