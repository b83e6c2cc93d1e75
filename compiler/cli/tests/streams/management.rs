//! Requests that management makes, over its transports: their answers take their time, and hold up nobody.

use std::io::{Read, Write};
use std::net::UdpSocket;
use std::path::Path;

use crate::certificates::Folder;
use crate::support::{Server, answer, command, datagram, free_address, udp};

fn params(there: &UdpSocket) -> String {
    let at = there.local_addr().expect("bound");
    format!(
        "\"method\":\"OPTIONS\",\"ruri\":\"sip:b@{at}\",\"headers\":\"From: sip:a@x.test\\r\\nTo: sip:b@x.test\\r\\n\""
    )
}

fn reply(there: &UdpSocket) {
    let (request, from) = datagram(there);
    there.send_to(answer(&request).as_bytes(), from).expect("loopback");
}

#[test]
fn over_http_the_final_reply_is_the_answer() {
    let mi = free_address("127.0.0.1");
    let script = format!("modparam(\"httpd\", \"port\", {})\nroute {{ exit; }}\n", mi.port());
    let _server = Server::start("uac-http", &["udp"], &["httpd", "mi_http"], &script);
    let there = udp();
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| command(mi, "tm:uac_dlg", &params(&there)));
        // while that waits, others are answered
        assert!(command(mi, "core:version", "").contains("sipc"));
        reply(&there);
        let told = asked.join().expect("an answer");
        assert!(told.contains("\"Status\":\"200 OK\""), "{told}");
    });
}

#[test]
fn over_a_pipe_as_well() {
    let folder = Folder::new("uac-fifo");
    let pipe = folder.0.join("mi");
    let script = format!(
        "modparam(\"mi_fifo\", \"fifo_name\", \"{}\")\nmodparam(\"mi_fifo\", \"reply_dir\", \"{}\")\nroute {{ exit; }}\n",
        pipe.display(),
        folder.0.display()
    );
    let _server = Server::start("uac-fifo", &["udp"], &["mi_fifo"], &script);
    let there = udp();
    let ask = |name: &str, method: &str, params: &str| {
        make_pipe(&folder.0.join(name));
        let text = format!(
            ":{name}:{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"{method}\",\"params\":{{{params}}}}}\n"
        );
        let mut command = std::fs::OpenOptions::new().write(true).open(&pipe).expect("the server's pipe");
        command.write_all(text.as_bytes()).expect("it reads");
        let mut told = String::new();
        let mut reply = std::fs::File::open(folder.0.join(name)).expect("the server opens it");
        reply.read_to_string(&mut told).expect("an answer");
        told
    };
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| ask("one", "tm:uac_dlg", &params(&there)));
        assert!(ask("two", "core:version", "").contains("sipc"));
        reply(&there);
        let told = asked.join().expect("an answer");
        assert!(told.contains("200 OK"), "{told}");
    });
}

fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is there").success());
}
