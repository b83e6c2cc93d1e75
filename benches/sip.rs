//! Reading and changing messages: parsing per kind of message, URIs, header edits with serialisation.

use std::hint::black_box;

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sipc_bench_sites::calls::{SDP, reply, request};
use sipc_sip::{Edits, HeaderKind, Message, Uri};

/// As in a site.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CALLED: &str = "sip:bob@carrier.example";
const TO: &str = "To: <sip:bob@carrier.example>\r\n";

fn messages() -> [(&'static str, Bytes); 5] {
    let invite = request("INVITE", CALLED, 1, TO, SDP);
    let routes = "Route: <sip:192.0.2.1;lr;ftag=a1>\r\nRoute: <sip:192.0.2.2;lr;ftag=a1>\r\nTo: <sip:bob@x>;tag=b1\r\n";
    [
        ("OPTIONS", request("OPTIONS", CALLED, 1, TO, "")),
        (
            "REGISTER",
            request(
                "REGISTER",
                "sip:carrier.example",
                1,
                "To: <sip:anna@carrier.example>\r\nExpires: 600\r\n",
                "",
            ),
        ),
        ("INVITE", invite.clone()),
        ("BYE", request("BYE", CALLED, 1, routes, "")),
        ("200", reply(&invite, "200 OK")),
    ]
}

fn parsing(c: &mut Criterion) {
    let mut group = c.benchmark_group("parse");
    for (name, bytes) in messages() {
        group.throughput(Throughput::Bytes(bytes.len() as u64));
        group.bench_function(name, |b| b.iter(|| Message::parse(black_box(bytes.clone()))));
    }
    group.finish();
}

fn uris(c: &mut Criterion) {
    let mut group = c.benchmark_group("uri");
    for (name, text) in [
        ("short", "sip:bob@carrier.example"),
        (
            "long",
            "sip:+4930123456;phone-context=carrier.example@192.0.2.20:5060;transport=udp;user=phone?subject=call",
        ),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| b.iter(|| Uri::parse(black_box(text.as_bytes())).map(|u| u.port())));
    }
    group.finish();
}

/// What a proxy does to a request: a Via, a Record-Route, another Max-Forwards and another target.
fn edits(c: &mut Criterion) {
    let message = Message::parse(messages()[2].1.clone()).expect("a message");
    let max_forwards = message.find(HeaderKind::MaxForwards).expect("it is there");
    let mut group = c.benchmark_group("edit");
    group.throughput(Throughput::Bytes(message.bytes().len() as u64));
    group.bench_function("INVITE as it goes on", |b| {
        b.iter(|| {
            let mut edits = Edits::new();
            edits.replace(message.target_range(), Bytes::from_static(b"sip:bob@192.0.2.20:5060"));
            edits.prepend_header(&message, Bytes::from_static(b"Record-Route: <sip:192.0.2.1;lr>\r\n"));
            edits.prepend_header(
                &message,
                Bytes::from_static(b"Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"),
            );
            edits.set_value(&max_forwards, Bytes::from_static(b"69"));
            black_box(edits.apply(&message, false, |_| Bytes::new()).to_bytes())
        });
    });
    group.finish();
}

criterion_group!(benches, parsing, uris, edits);
criterion_main!(benches);
