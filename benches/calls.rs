//! Whole messages through a worker of a compiled site, without sockets: a request answered, forwarded, and a call relayed.

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use sipc_bench_sites::calls::{Calls, SDP, reply, request};
use sipc_bench_sites::paths::{CALLED, TO, call};
use sipc_transaction::{Actions, Kind, Settings, Time, Transaction};

/// As in a site.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

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

fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("call");
    let (mut site, mut n) = (Calls::start(), 0);
    // its timers end with it; the phones' work, which is mostly formatting, is in it
    group.bench_function("B: relayed, with its phones", |b| {
        b.iter(|| {
            n += 1;
            call(&mut site, n, 1, |_, work| work());
        });
    });
    group.finish();
}

/// The INVITE of calls through a site, timed alone.
fn invites(site: &mut Calls, n: &mut u64, times: u64) -> Duration {
    let mut sum = Duration::ZERO;
    for _ in 0..times {
        *n += 1;
        call(site, *n, 1, |step, work| {
            let started = Instant::now();
            work();
            if step == 0 {
                sum += started.elapsed();
            }
        });
    }
    sum
}

/// What the script of a usual site decides of an INVITE, from the bytes that come to those that go.
fn stock(c: &mut Criterion) {
    let mut group = c.benchmark_group("stock script");
    for (how, subject) in sipc_bench_sites::stock() {
        let (mut site, mut n) = (Calls::of(subject), 0);
        let to = "To: <sip:bob@carrier.example>\r\nExpires: 3600\r\n";
        site.from_called(request("REGISTER", "sip:carrier.example", 0, to, ""));
        assert!(site.sent().starts_with(b"SIP/2.0 200"), "he has registered");
        group.bench_function(how, |b| b.iter_custom(|times| invites(&mut site, &mut n, times)));
    }
    group.finish();
}

/// The machine of RFC 3261 alone, and a retransmission, which is found and absorbed.
fn transactions(c: &mut Criterion) {
    let mut group = c.benchmark_group("transaction");
    group.bench_function("created, 180, 200, ended", |b| {
        b.iter(|| {
            let mut actions = Actions::default();
            let mut transaction = Transaction::server(Kind::Invite, false, Settings::default());
            let branch = transaction.branch_sent(Time(0), false);
            for status in [180, 200] {
                transaction.reply(branch, status, Time(10), &mut actions);
            }
            for _ in 0..8 {
                let Some(deadline) = transaction.deadline() else { break };
                transaction.timeout(deadline, &mut actions);
            }
            actions.len()
        });
    });
    let site = Calls::start();
    let invite = request("INVITE", CALLED, 1, TO, SDP);
    site.from_caller(invite.clone());
    site.from_called(reply(&site.sent(), "180 Ringing"));
    group.bench_function("found by a retransmission", |b| {
        b.iter(|| {
            site.from_caller(invite.clone());
            site.sent()
        });
    });
    group.finish();
}

criterion_group!(benches, single, calls, stock, transactions);
criterion_main!(benches);
