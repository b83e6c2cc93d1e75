//! Single things that scripts do with text: expressions, transformations, tables; compiled and interpreted.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Poll, Waker};

use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use sipc_bench_sites::pieces;
use sipc_engine::Context;
use sipc_engine::network::{Received, SocketId};
use sipc_interface::RouteKind;
use sipc_sip::Message;
use sipc_test_support::VirtualSite;

/// As in a site.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const INVITE: &str = "INVITE sip:030-12.34(56)@10.0.0.9 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport\r\n\
    From: \"Anna\" <sip:anna-7@carrier.example>;tag=a1\r\n\
    To: <sip:030123456@10.0.0.9>\r\n\
    Call-ID: 5f1e0c2b@192.0.2.10\r\n\
    CSeq: 1 INVITE\r\n\
    User-Agent: Bench 1.0\r\n\
    P-Asserted-Identity: \"Anna\" <sip:+49301000@carrier.example>\r\n\
    Content-Length: 0\r\n\r\n";

const ROUTES: [&str; 9] =
    ["regex", "alternatives", "substitute", "digest", "select", "address", "join", "avp", "table"];

fn piece(c: &mut Criterion) {
    for (how, subject) in pieces() {
        let site = VirtualSite::start(subject, None).expect("the site starts");
        let worker = site.worker.clone();
        let message = Message::parse(Bytes::from_static(INVITE.as_bytes())).expect("a message");
        let source: SocketAddr = "192.0.2.10:5060".parse().expect("an address");
        let received = Received::new(SocketId(0), source);
        let mut cx = Context::new(worker.clone(), message, received, RouteKind::Request);
        let mut group = c.benchmark_group("piece");
        for name in ROUTES {
            let route = worker.program.find(RouteKind::Request, name.as_bytes()).expect("a route");
            group.bench_function(format!("{name}, {how}"), |b| {
                b.iter(|| {
                    let mut future = pin!(cx.run_route(RouteKind::Request, route));
                    let polled = future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
                    assert!(matches!(polled, Poll::Ready(_)), "no route waits");
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, piece);
criterion_main!(benches);
