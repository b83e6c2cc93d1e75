//! Cases as text: `tests/golden/<what>.txt` holds inputs and what comes out of them.
//!
//! A case is `### name`, the input, a line `--->`, the output. `UPDATE=1 cargo test` rewrites the outputs.
//! In inputs `\r`, `\n`, `\t`, `\0`, `\\` and `\xHH` stand for bytes; line ends of messages become CRLF.

mod common;

use std::fmt::Write;
use std::path::PathBuf;

use bytes::Bytes;
use common::{bytes_of, message_of, shown};
use sipc_sip::compose::{
    ForwardRequest, HopByHop, NewRequest, NewVia, Reply, ack, cancel, forward_request, forward_response,
    new_request, reply, written,
};
use sipc_sip::{
    BadValue, Edits, HeaderKind, Insert, Message, NameAddr, NameAddrs, Transport, Uri, Via, ViaStamp,
};

#[test]
fn messages() {
    check("message", dump_message);
}

#[test]
fn uris() {
    check("uri", |input| each_line(input, dump_uri));
}

#[test]
fn vias() {
    check("via", |input| each_line(input, dump_vias));
}

#[test]
fn addresses() {
    check("address", |input| each_line(input, dump_addresses));
}

#[test]
fn edits() {
    check("edits", run_edits);
}

#[test]
fn compose() {
    check("compose", run_compose);
}

fn check(what: &str, dump: impl Fn(&str) -> String) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{what}.txt"));
    let text = std::fs::read_to_string(&path).expect("the file is part of the repository");
    let mut new = String::new();
    for case in text.split("### ").filter(|c| !c.trim().is_empty()) {
        let (name, rest) = case.split_once('\n').expect("a name and an input");
        let input = rest.split("--->\n").next().unwrap_or_default();
        write!(new, "### {name}\n{input}--->\n{}\n", dump(input).trim_end()).expect("a string");
        new.push('\n');
    }
    if std::env::var_os("UPDATE").is_some() {
        return std::fs::write(&path, new).expect("the file can be written");
    }
    for (old, new) in text.split("### ").zip(new.split("### ")) {
        assert_eq!(old.trim_end(), new.trim_end(), "in {what}.txt; UPDATE=1 takes the new output");
    }
}

fn each_line(input: &str, dump: impl Fn(&[u8]) -> String) -> String {
    input.lines().map(|line| format!("{line}\n{}", dump(&bytes_of(line)))).collect()
}

fn dump_message(input: &str) -> String {
    match Message::parse(message_of(input)) {
        Ok(message) => {
            let sanity = message.sanity().map_or_else(|kind| kind.text(), |()| "sane");
            format!("{}body {}\n{sanity}\n", dump_index(&message), shown(&message.body()))
        }
        Err(error) => {
            let partial = error.partial.as_ref().map(dump_index).unwrap_or_default();
            format!("{partial}error: {error}\n")
        }
    }
}

fn dump_index(message: &Message) -> String {
    let mut out = format!("{:?}\n", message.start()).replace(", ", " ");
    if let Some(line) = message.request_line() {
        let (name, uri, version) = (line.method_name, line.uri, line.version);
        out = format!("{:?} [{}] [{}] [{}]\n", line.method, shown(name), shown(uri), shown(version));
    }
    if let Some(line) = message.status_line() {
        out = format!("{} [{}] [{}]\n", line.code, shown(line.version), shown(line.reason));
    }
    for header in message.headers() {
        let (name, value) = (shown(header.name()), shown(header.value()));
        writeln!(out, "  {:?} [{name}] [{value}] {}", header.kind(), header.range().len()).expect("a string");
    }
    out
}

fn dump_uri(text: &[u8]) -> String {
    let uri = match Uri::parse(text) {
        Ok(uri) => uri,
        Err(error) => return format!("  error: {error}\n"),
    };
    let mut out = format!("  {:?}", uri.scheme());
    let mut part = |name: &str, value: Option<&[u8]>| {
        if let Some(value) = value {
            write!(out, " {name}=[{}]", shown(value)).expect("a string");
        }
    };
    part("user", uri.user());
    part("password", uri.password());
    part("host", Some(uri.host_text()));
    part("port", Some(uri.port_text()).filter(|p| !p.is_empty()));
    uri.params().into_iter().for_each(|p| part("param", Some(p.whole)));
    uri.headers().into_iter().for_each(|p| part("header", Some(p.whole)));
    let (transport, port) = (uri.transport_or_default().name(), uri.port_or_default());
    format!("{out} -> {transport} {port}{}\n", if uri.is_loose() { " lr" } else { "" })
}

fn dump_vias(value: &[u8]) -> String {
    Via::list(value).map(|via| format!("  {}\n", dump_via(via))).collect()
}

fn dump_via(via: Result<Via<'_>, BadValue>) -> String {
    let via = match via {
        Ok(via) => via,
        Err(error) => return format!("error: {error}"),
    };
    let mut out = format!("{:?} [{}] {:?}", via.transport, shown(via.host_text), via.port);
    for param in via.params {
        write!(out, " ;[{}]", shown(param.whole)).expect("a string");
    }
    let (branch, received) = (via.branch().map(shown), via.received().map(shown));
    format!("{out} branch={branch:?} received={received:?} ({})", shown(via.comment))
}

fn dump_addresses(value: &[u8]) -> String {
    let one = NameAddr::parse(value);
    let lists = [
        ("identities", NameAddr::identities(value)),
        ("contacts", NameAddr::contacts(value)),
        ("routes", NameAddr::routes(value)),
    ];
    let dump_list = |(name, list): (&str, NameAddrs<'_>)| {
        let all: Vec<String> = list.map(dump_address).collect();
        format!("  {name}: {}\n", all.join(" | "))
    };
    let lists: String = lists.into_iter().map(dump_list).collect();
    format!("  to: {}\n{lists}", dump_address(one))
}

fn dump_address(address: Result<NameAddr<'_>, BadValue>) -> String {
    match address {
        Ok(a) => format!(
            "[{}] [{}] [{}] tag={:?}",
            shown(a.display),
            shown(a.uri_text),
            shown(a.params.text()),
            a.tag().map(shown)
        ),
        Err(error) => format!("error: {error}"),
    }
}

/// The commands are the lines beginning with `$`, the message is the rest.
fn commands(input: &str) -> (Vec<&str>, String) {
    let (commands, message): (Vec<&str>, Vec<&str>) = input.lines().partition(|l| l.starts_with('$'));
    (commands.iter().map(|c| c[1..].trim()).collect(), message.join("\n") + "\n")
}

fn run_edits(input: &str) -> String {
    let (commands, message) = commands(input);
    let message = Message::parse(message_of(&message)).expect("a message");
    let mut edits = Edits::new();
    commands.iter().for_each(|c| run_edit(&mut edits, &message, c));
    let streams = commands.contains(&"stream");
    let pieces = edits.apply(&message, streams, |n| Bytes::from(format!("<late {n}>")));
    assert_eq!(pieces.iter().map(Bytes::len).sum::<usize>(), pieces.len());
    shown_message(&pieces.to_vec())
}

fn run_edit(edits: &mut Edits, message: &Message, command: &str) {
    let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
    let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
    let header = message.find_name(name.as_bytes());
    let (line, all) = (format!("{text}\r\n"), format!("{rest}\r\n"));
    match (verb, header) {
        ("remove", Some(h)) => edits.remove_header(&h),
        ("value", Some(h)) => edits.set_value(&h, text.to_owned()),
        ("before", Some(h)) => edits.insert_before(&h, line),
        ("after", Some(h)) => edits.insert_after(&h, line),
        ("inside", Some(h)) => edits.insert(h.value_range().start + 1, text.to_owned()),
        ("first", _) => edits.prepend_header(message, all),
        ("last", _) => edits.append_header(message, all),
        ("late", _) => edits.prepend_header(message, Insert::Late(rest.parse().expect("a number"))),
        ("body", _) => edits.set_body(bytes_of(rest).into()),
        ("body-delete", _) => {
            let start = message.body_start();
            edits.delete(start..start + rest.parse::<usize>().expect("a number"));
        }
        ("body-insert", _) => edits.insert(message.body_start(), bytes_of(rest)),
        ("stream", _) => {}
        other => panic!("unknown edit {other:?}"),
    }
}

fn run_compose(input: &str) -> String {
    let (commands, message) = commands(input);
    let mut parts = message.split("~~~\n").map(|m| Message::parse(message_of(m)).expect("a message"));
    let message = parts.next().expect("a message");
    let words: Vec<&str> = commands[0].split(' ').collect();
    let source = "192.0.2.9:5080".parse().expect("an address");
    let force = words.contains(&"force_rport");
    let stamp = message.via().and_then(Result::ok).map(|via| ViaStamp::new(&via, source, force));
    let via = stamp.unwrap_or_default();
    let server = HopByHop { user_agent: b"sipc", headers: b"" };
    let out = match words[0] {
        "reply" => {
            let code = words[1].parse().expect("a code");
            let to_tag = words.iter().find_map(|w| w.strip_prefix("tag=")).map(str::as_bytes);
            let base = Reply { code, reason: b"Reason", to_tag, via, ..Reply::default() };
            let more = Reply { headers: &[b"X-More: 1\r\n"], server: b"sipc", body: b"hi", ..base };
            let parts = if words.contains(&"more") { more } else { base };
            written(|out| reply(&message, &parts, out)).to_vec()
        }
        "ack" => ack(&message, &parts.next().expect("a response"), &server),
        "cancel" => cancel(&message, &server),
        "forward" => forward(&message, via, &words),
        "forward-response" => {
            let late = |_| Bytes::new();
            written(|out| forward_response(&message, &Edits::new(), true, false, late, out)).to_vec()
        }
        "new" => new_request(&NewRequest {
            method: b"MESSAGE",
            uri: b"sip:bob@192.0.2.2",
            to: b"<sip:bob@example.com>",
            from: b"<sip:alice@example.org>;tag=1",
            cseq: 10,
            call_id: b"abc",
            user_agent: b"sipc",
            headers: b"Content-Type: text/plain\r\n",
            body: b"hi",
            ..NewRequest::default()
        }),
        other => panic!("unknown command {other}"),
    };
    let parsed = Message::parse(Bytes::from(out.clone())).expect("what is composed can be read");
    assert!(parsed.sanity().is_ok() || !parsed.has(HeaderKind::Via));
    shown_message(&out)
}

fn forward(message: &Message, stamp: ViaStamp, words: &[&str]) -> Vec<u8> {
    let own = NewVia {
        transport: Transport::Tcp,
        host: b"192.0.2.1",
        port: 5060,
        branch: b"z9hG4bKnew.0",
        params: [b";i=1", b"", b""],
    };
    let value = |name: &str| {
        words.iter().find_map(|w| w.strip_prefix(name)).map(|v| Bytes::copy_from_slice(v.as_bytes()))
    };
    let uri = value("uri=");
    let forward = ForwardRequest {
        uri: uri.as_deref(),
        via: Some(own),
        stamp,
        path: value("path="),
        needs_length: true,
    };
    let mut edits = Edits::new();
    edits.prepend_header(message, "Record-Route: <sip:192.0.2.1;lr>\r\n");
    written(|out| forward_request(message, &edits, &forward, |_| Bytes::new(), out)).to_vec()
}

fn shown_message(text: &[u8]) -> String {
    text.split_inclusive(|c| *c == b'\n')
        .map(|line| match line {
            [line @ .., b'\r', b'\n'] => shown(line) + "\n",
            line => shown(line) + "~",
        })
        .collect()
}
