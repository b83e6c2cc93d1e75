//! SIP over TLS: domains, certificates of both sides, reloading, relaying to and from UDP.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::certificates::{Authority, Certificate, Client, Folder, accept, client, set};
use crate::support::{
    ANSWERS, Server, answer, command, datagram, free_address, options, patient, request, udp,
};

const MODULES: &[&str] = &["tls_openssl", "tls_mgm"];

fn start(name: &str, script: &str) -> Server {
    Server::start(name, &["tls", "udp"], MODULES, script)
}

/// What the server answers over a connection.
fn asked(peer: &mut Client, id: &str) -> String {
    let here = peer.0.get_ref().sock.local_addr().expect("connected");
    peer.send(&options(id, here).replace("/TCP", "/TLS"));
    peer.receive()
}

/// Whether a handshake is refused; with TLS 1.3 a client learns that with the first bytes it reads.
fn is_refused(handshake: Result<Client, std::io::Error>) -> bool {
    handshake.map_or(true, |mut peer| peer.0.read(&mut [0]).is_err())
}

#[test]
fn the_name_that_is_asked_for_picks_the_domain() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("sni"));
    let mut script = String::new();
    for name in ["a.test", "b.test"] {
        script += &folder.server_domain(name, &ca.sign(name));
        script += &set("match_sip_domain", name, name);
        script += &set("verify_cert", name, "0");
    }
    script += "route { sl_send_reply(200, \"$tls_my_subject_cn $tls_version $tls_peer_verified\"); }\n";
    let server = start("sni", &script);
    for name in ["a.test", "B.test"] {
        let mut peer = client(server.connect(0), name, &ca, None).expect("the name's certificate is shown");
        let wanted = format!("SIP/2.0 200 {} TLSv1.3 0\r\n", name.to_lowercase());
        assert!(asked(&mut peer, "sni").starts_with(&wanted));
    }
    assert!(is_refused(client(server.connect(0), "c.test", &ca, None)));
}

#[test]
fn clients_must_show_a_certificate_that_holds() {
    let (ca, other, folder) = (Authority::new("ca"), Authority::new("other"), Folder::new("mutual"));
    let script = folder.server_domain("d", &ca.sign("d.test"))
        + &set("ca_list", "d", &folder.write("ca.pem", &ca.pem))
        + "route { if (is_peer_verified()) sl_send_reply(200, \"$tls_peer_subject_cn $tls_peer_issuer \
           $tls_peer_san_hostname $tls_peer_verified$tls_peer_revoked\"); }\n";
    let server = start("mutual", &script);
    let connect = |certificate: Option<&Certificate>| client(server.connect(0), "d.test", &ca, certificate);
    let mut peer = connect(Some(&ca.sign("me.test"))).expect("it holds");
    assert!(asked(&mut peer, "good").starts_with("SIP/2.0 200 me.test /CN=ca me.test 10\r\n"));
    assert!(is_refused(connect(None)));
    assert!(is_refused(connect(Some(&other.sign("me.test")))));
    // the others were no harm to this one
    assert!(asked(&mut peer, "still").starts_with("SIP/2.0 200 me.test"));
}

#[test]
fn a_certificate_is_asked_for_and_may_be_missing() {
    let (ca, other, folder) = (Authority::new("ca"), Authority::new("other"), Folder::new("asked"));
    let script = folder.server_domain("d", &ca.sign("d.test"))
        + &set("ca_list", "d", &folder.write("ca.pem", &ca.pem))
        + &set("require_cert", "d", "0")
        + "route { if (!is_peer_verified()) sl_send_reply(403, \"$(tls_peer_notAfter)\"); }\n";
    let server = start("asked", &script);
    let mut peer = client(server.connect(0), "d.test", &ca, None).expect("none is needed");
    assert!(asked(&mut peer, "none").starts_with("SIP/2.0 403 <null>"));
    assert!(is_refused(client(server.connect(0), "d.test", &ca, Some(&other.sign("x.test")))));
}

#[test]
fn messages_are_framed_and_garbage_is_let_go() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("frames"));
    let script = folder.server_domain("d", &ca.sign("d.test")) + &set("verify_cert", "d", "0") + ANSWERS;
    let server = start("frames", &script);
    let mut plain = server.connect(0);
    plain.write_all(&options("plain", server.at[0]).into_bytes()).expect("it listens");
    // an alert, or nothing at all
    let _ = plain.read_to_end(&mut Vec::new());
    let mut peer = client(server.connect(0), "d.test", &ca, None).expect("a handshake");
    let here = peer.0.get_ref().sock.local_addr().expect("connected");
    for piece in options("split", here).as_bytes().chunks(7) {
        peer.send(&String::from_utf8_lossy(piece));
    }
    assert!(peer.receive().starts_with("SIP/2.0 200 tls tls\r\n"));
    let long = format!("\r\nX: {}\r\nMax-", "x".repeat(40_000));
    peer.send(
        &["\r\n\r\n", &options("long", here).replacen("\r\nMax-", &long, 1), &options("two", here)].concat(),
    );
    assert_eq!(peer.receive(), "\r\n");
    assert!(peer.receive().contains("Call-ID: long\r\n") && peer.receive().contains("Call-ID: two\r\n"));
}

#[test]
fn certificates_are_read_anew_while_connections_go_on() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("reload"));
    let mi = free_address("127.0.0.1");
    let script = format!("modparam(\"httpd\", \"port\", {})\n", mi.port())
        + &folder.server_domain("d", &ca.sign("old.test"))
        + &set("verify_cert", "d", "0")
        + "route { sl_send_reply(200, \"$tls_my_san_hostname\"); }\n";
    let server =
        Server::start("reload", &["tls", "udp"], &["tls_openssl", "tls_mgm", "httpd", "mi_http"], &script);
    let command = |name: &str| command(mi, name, "");
    let mut first = client(server.connect(0), "old.test", &ca, None).expect("the old certificate");
    let renewed = ca.sign("new.test");
    folder.write("d.pem", &renewed.pem);
    // half of the change is refused: the key is still the old one
    assert!(command("tls_reload").contains("Failed to reload"));
    assert!(asked(&mut first, "one").starts_with("SIP/2.0 200 old.test"));
    folder.write("d.key", &renewed.key);
    assert!(command("tls_mgm:reload").contains("\"OK\""));
    let mut second = client(server.connect(0), "new.test", &ca, None).expect("the new certificate");
    assert!(asked(&mut second, "two").starts_with("SIP/2.0 200 new.test"));
    assert!(asked(&mut first, "three").starts_with("SIP/2.0 200 old.test"));
    let listed = command("tls_list");
    assert!(listed.contains("TLS_DOMAIN_SRV") && listed.contains("\"VERIFY_CERT\""), "{listed}");
}

/// The table of domains with a server domain per certificate, and rows that cannot be used.
fn table(folder: &Folder, domains: &[(&str, &Certificate)]) {
    let mut rows = "id(int,auto) domain(string) type(int) match_ip_address(string,null) name(string,null) \
                    method(string,null) verify_cert(int,null) require_cert(int,null) certificate(blob,null) \
                    private_key(blob,null) crl_check_all(int,null) crl_dir(string,null) ca_list(blob,null) \
                    ca_dir(string,null) cipher_list(string,null) dh_params(blob,null) ec_curve(string,null)\n"
        .to_owned();
    let text = |pem: &str| pem.replace('\n', "\\n");
    for (n, (name, certificate)) in domains.iter().enumerate() {
        let (pem, key) = (text(&certificate.pem), text(&certificate.key));
        rows += &format!("{n}:{name}:2:*:{name}:TLSv1_3:0:0:{pem}:{key}:0:::::: \n");
    }
    rows += "7:mine:2:::::::::::::: \n8:odd:3:::::::::::::: \n9:broken:2:*:::0::no:no::::::: \n";
    folder.write("tls_mgm", &rows.replace(" \n", "\n"));
}

#[test]
fn domains_come_from_a_table() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("table"));
    folder.write("version", "table_name(string) table_version(int)\ntls_mgm:3\n");
    let certificates = ["a.test", "b.test"].map(|name| ca.sign(name));
    table(&folder, &[("a.test", &certificates[0])]);
    let mi = free_address("127.0.0.1");
    let script = format!("modparam(\"httpd\", \"port\", {})\n", mi.port())
        + &format!("modparam(\"tls_mgm\", \"db_url\", \"text://{}\")\n", folder.0.display())
        + "modparam(\"tls_mgm\", \"match_sip_domain_col\", \"name\")\n"
        + &folder.server_domain("mine", &ca.sign("mine.test"))
        + &set("verify_cert", "mine", "0")
        + "route { sl_send_reply(200, \"$tls_my_san_hostname $tls_version\"); }\n";
    let modules = ["tls_openssl", "tls_mgm", "db_text", "httpd", "mi_http"];
    let server = Server::start("table", &["tls", "udp"], &modules, &script);
    let shown = |name: &str, wanted: &str| {
        let mut peer = client(server.connect(0), wanted, &ca, None).expect("it is shown");
        assert!(asked(&mut peer, name).starts_with(&format!("SIP/2.0 200 {wanted} TLSv1.3")));
    };
    shown("one", "a.test");
    // a name that no domain has is for the one without names
    assert!(is_refused(client(server.connect(0), "b.test", &ca, None)));
    let listed = command(mi, "tls_list", "");
    let names: Vec<_> =
        ["a.test", "mine", "odd", "broken"].map(|n| listed.contains(&format!("\"{n}\""))).into();
    assert_eq!(names, [true, true, false, false], "{listed}");
    assert_eq!(listed.matches("CERT_FILE").count(), 1, "what a table holds is no file: {listed}");
    table(&folder, &[("b.test", &certificates[1])]);
    for name in ["db_text:reload", "tls_reload"] {
        assert!(command(mi, name, "").contains("\"OK\""), "{name}");
    }
    shown("two", "b.test");
    assert!(is_refused(client(server.connect(0), "a.test", &ca, None)));
    shown("three", "mine.test");
}

#[test]
fn calls_go_from_udp_to_tls_and_back_with_a_route_for_each_side() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("bridge"));
    let callee = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = callee.local_addr().expect("bound");
    let mine = ca.sign("proxy.test");
    let script = folder.server_domain("s", &mine)
        + &folder.client_domain("c", Some(&mine))
        + &set("ca_list", "c", &folder.write("ca.pem", &ca.pem))
        + &format!("route {{ record_route(); $du = \"sips:{there}\"; t_relay(); }}\n");
    let server = start("bridge", &script);
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    let certificate = ca.sign("callee.test");
    let mut connection = None;
    for id in ["b1", "b2"] {
        caller.send_to(request("OPTIONS", "UDP", id, here).as_bytes(), server.at[1]).expect("loopback");
        // the callee asks for the proxy's certificate; the first request opens the connection
        let peer =
            connection.get_or_insert_with(|| accept(&callee, &certificate, Some(&ca)).expect("it holds").0);
        let got = peer.receive();
        assert!(got.contains(&format!("Via: SIP/2.0/TLS {}", server.at[0])), "{got}");
        assert!(got.contains(&format!("Record-Route: <sip:{};transport=tls;", server.at[0])), "{got}");
        assert!(got.contains(&format!("Record-Route: <sip:{};", server.at[1])), "{got}");
        peer.send(&answer(&got));
        let (got, _) = datagram(&caller);
        assert!(got.starts_with("SIP/2.0 200 OK") && got.contains(id), "{got}");
    }
}

#[test]
fn who_cannot_be_verified_gets_no_call() {
    let (ca, other, folder) = (Authority::new("ca"), Authority::new("other"), Folder::new("unverified"));
    let callee = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = callee.local_addr().expect("bound");
    let script = folder.server_domain("s", &ca.sign("proxy.test"))
        + &folder.client_domain("c", None)
        + &set("ca_list", "c", &folder.write("ca.pem", &ca.pem))
        + &format!("route {{ $du = \"sip:{there};transport=tls\"; t_relay(); }}\n");
    let server = start("unverified", &script);
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    caller.send_to(request("OPTIONS", "UDP", "u", here).as_bytes(), server.at[1]).expect("loopback");
    let refused = accept(&callee, &other.sign("callee.test"), None).map(|(mut peer, _)| peer.is_closed());
    assert!(!matches!(refused, Ok(false)), "the connection ends");
    assert!(datagram(&caller).0.starts_with("SIP/2.0 500 "));
}

#[test]
fn the_script_names_the_client_domain() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("chosen"));
    let callee = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let there = callee.local_addr().expect("bound");
    let trusted = folder.write("ca.pem", &ca.pem);
    let script = "modparam(\"tls_mgm\", \"client_tls_domain_avp\", \"dom\")\n".to_owned()
        + &folder.server_domain("s", &ca.sign("proxy.test"))
        + &folder.client_domain("one", Some(&ca.sign("one.test")))
        + &set("ca_list", "one", &trusted)
        + &folder.client_domain("two", Some(&ca.sign("two.test")))
        + &set("ca_list", "two", &trusted)
        + &format!(
            "route {{ $avp(dom) = \"two\"; t_on_branch(\"b\"); $du = \"sip:{there};transport=tls\"; t_relay(); }}\nbranch_route[b] {{ $bavp(dom) = $rU; }}\n"
        );
    let server = start("chosen", &script);
    let caller = udp();
    let here = caller.local_addr().expect("bound");
    let ask = request("OPTIONS", "UDP", "c", here).replace("sip:b@", "sip:one@");
    caller.send_to(ask.as_bytes(), server.at[1]).expect("loopback");
    let (mut peer, _) = accept(&callee, &ca.sign("callee.test"), Some(&ca)).expect("it holds");
    peer.receive();
    let shown =
        peer.0.get_ref().conn.peer_certificates().and_then(|c| c.first()).expect("it shows one").to_vec();
    assert!(shown.windows(8).any(|w| w == b"one.test"), "the certificate of the domain that was named");
}

#[test]
fn hands_that_are_half_shaken_are_let_go_in_time() {
    let (ca, folder) = (Authority::new("ca"), Folder::new("half"));
    let script = "tcp_max_msg_time = 1\n".to_owned()
        + &folder.server_domain("d", &ca.sign("d.test"))
        + &set("verify_cert", "d", "0")
        + ANSWERS;
    let server = Server::start("half-tls", &["tls", "ws", "wss"], MODULES, &script);
    // the beginning of a hello, of an upgrade, and nothing at all
    for (which, text) in [(0, &b"\x16\x03\x01\x02"[..]), (1, b"GET / HTTP/1.1\r\nHost"), (2, b"")] {
        let mut silent = patient(server.connect(which));
        silent.write_all(text).expect("it listens");
        assert_eq!(silent.read(&mut [0; 100]).expect("closed in time"), 0);
    }
    let mut peer = client(server.connect(0), "d.test", &ca, None).expect("others may");
    assert!(asked(&mut peer, "others").starts_with("SIP/2.0 200"));
}
