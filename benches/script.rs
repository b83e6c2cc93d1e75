//! The routes of `examples/numbers`, compiled and interpreted, on one INVITE: nearly 200 statements of string work, without
//! parsing, transactions and sending, which are the same in both.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Poll, Waker};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sipc_bench_sites::{compiled, interpreted};
use sipc_engine::Context;
use sipc_engine::network::{Received, SocketId};
use sipc_interface::RouteKind;
use sipc_sip::Message;
use sipc_test_support::VirtualSite;

/// As in a site.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const INVITE: &str = "INVITE sip:030-12.34(56)@10.0.0.9 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport\r\n\
    Max-Forwards: 70\r\n\
    From: \"Anna\" <sip:0049301000@carrier.example>;tag=a1\r\n\
    To: <sip:030123456@10.0.0.9>\r\n\
    Call-ID: 5f1e0c2b@192.0.2.10\r\n\
    CSeq: 1 INVITE\r\n\
    Contact: <sip:anna@192.0.2.10:5060>\r\n\
    User-Agent: Bench 1.0\r\n\
    X-Class: Wholesale\r\n\
    P-Asserted-Identity: <sip:+49301000@carrier.example>\r\n\
    Diversion: <sip:+4930999@carrier.example>;reason=unconditional\r\n\
    Content-Length: 0\r\n\r\n";

const ROUTES: [&str; 7] =
    ["scanners", "customer", "called_number", "calling_number", "screening", "headers", "gateway"];

/// Runs the routes one after the other on a context.
fn run(cx: &mut Context, routes: &[u16]) {
    for route in routes {
        let mut future = pin!(cx.run_route(RouteKind::Request, *route));
        let waited = future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
        assert!(matches!(waited, Poll::Ready(_)), "no route waits");
    }
}

fn script(c: &mut Criterion) {
    let mut group = c.benchmark_group("script");
    for (name, subject) in [("compiled", compiled()), ("interpreted", interpreted())] {
        let site = VirtualSite::start(subject, None).expect("the site starts");
        let worker = site.worker.clone();
        let find = |name: &&str| worker.program.find(RouteKind::Request, name.as_bytes()).expect("a route");
        let routes: Vec<u16> = ROUTES.iter().map(find).collect();
        let message = Message::parse(Bytes::from_static(INVITE.as_bytes())).expect("a message");
        let source: SocketAddr = "192.0.2.10:5060".parse().expect("an address");
        let received = Received::new(SocketId(0), source);
        let context = || Context::new(worker.clone(), message.clone(), received, RouteKind::Request);
        let mut check = context();
        run(&mut check, &routes);
        assert_eq!(&check.target.uri[..], b"sip:4930123456@198.51.100.1:5060", "the routes did their work");
        group.bench_function(name, |b| {
            b.iter_batched_ref(context, |cx| run(cx, &routes), BatchSize::SmallInput);
        });
    }
    group.finish();
}

criterion_group!(benches, script);
criterion_main!(benches);
