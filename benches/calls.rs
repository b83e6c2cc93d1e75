//! Whole messages through a worker of a compiled site, without sockets: a request answered, forwarded, and a call relayed.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sipc_bench_sites::calls::{Calls, SDP, reply, request, route_of};

/// As in a site.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CALLED: &str = "sip:bob@carrier.example";
const TO: &str = "To: <sip:bob@carrier.example>\r\n";

fn single(c: &mut Criterion) {
    let site = Calls::start();
    let mut group = c.benchmark_group("message");
    let options = request("OPTIONS", CALLED, 1, TO, "");
    group.bench_function("O: OPTIONS answered", |b| {
        b.iter(|| {
            site.from_caller(options.clone());
            site.sent()
        });
    });
    let message = request("MESSAGE", "sip:stateless@carrier.example", 1, TO, SDP);
    group.bench_function("S: forwarded without state", |b| {
        b.iter(|| {
            site.from_caller(message.clone());
            site.sent()
        });
    });
    group.finish();
}

/// INVITE, 180, 200, ACK, BYE, 200 with record and loose routing, and the end of their timers; the phones' work, which is
/// mostly formatting, is in it.
fn call(site: &mut Calls, n: u64, invite: bytes::Bytes) {
    site.from_caller(invite);
    let relayed = site.sent();
    site.from_called(reply(&relayed, "180 Ringing"));
    site.from_called(reply(&relayed, "200 OK"));
    let headers = format!("{}To: <sip:bob@carrier.example>;tag=b1\r\n", route_of(&site.sent()));
    site.from_caller(request("ACK", "sip:bob@192.0.2.20:5060", n, &headers, ""));
    site.from_caller(request("BYE", "sip:bob@192.0.2.20:5060", n, &headers, ""));
    site.from_called(reply(&site.sent(), "200 OK"));
    site.pass(1);
}

fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    let (mut site, mut n) = (Calls::start(), 0);
    group.bench_function("B: relayed, with its phones", |b| {
        b.iter_batched(
            || {
                n += 1;
                (n, request("INVITE", CALLED, n, TO, SDP))
            },
            |(n, invite)| call(&mut site, n, invite),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, single, calls);
criterion_main!(benches);
