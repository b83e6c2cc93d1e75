//! A registrar with a million bindings: saved anew, and looked up.

use bytes::Bytes;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use sipc_bench_sites::calls::{Calls, request};
use sipc_bench_sites::registrar;

/// As in a site.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many users have registered.
const USERS: u64 = 1_000_000;

fn save(user: u64) -> Bytes {
    let to = format!("To: <sip:user{user}@carrier.example>\r\nExpires: 3600\r\n");
    request("REGISTER", "sip:carrier.example", user, &to, "")
}

fn ask(user: u64) -> Bytes {
    let uri = format!("sip:user{user}@carrier.example");
    request("OPTIONS", &uri, user, &format!("To: <{uri}>\r\n"), "")
}

/// Numbers of users that follow no order: neighbours in memory do not help.
fn scattered(n: u64) -> u64 {
    n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % USERS
}

fn registered(c: &mut Criterion) {
    for users in [1000, USERS] {
        let site = Calls::of(registrar());
        let expect = |status: &[u8]| assert!(site.sent().starts_with(status), "the site answers");
        for user in 0..users {
            site.from_caller(save(user));
            expect(b"SIP/2.0 200");
        }
        let mut group = c.benchmark_group("registrar");
        for (name, message) in [("save", save as fn(u64) -> Bytes), ("lookup", ask)] {
            let mut n = 0;
            group.bench_function(format!("{name}, {users} users"), |b| {
                let next = || {
                    n += 1;
                    message(scattered(n) % users)
                };
                let ask = |bytes| {
                    site.from_caller(bytes);
                    expect(b"SIP/2.0 200");
                };
                b.iter_batched(next, ask, BatchSize::SmallInput);
            });
        }
        group.finish();
    }
}

criterion_group!(benches, registered);
criterion_main!(benches);
