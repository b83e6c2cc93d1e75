//! Memory that a call costs while its INVITE transaction is open, and a registration: bytes that the allocator was asked for
//! and has not got back, of so many of them. Not a clock, so it prints a table and is done.

use allocation_counter::measure;
use sipc_bench_sites::calls::{Calls, SDP, reply, request};
use sipc_bench_sites::paths::{CALLED, TO};
use sipc_bench_sites::registrar;

/// How many are counted, behind as many that are not, so that tables have grown.
const MANY: u64 = 100_000;

fn print(what: &str, mut once: impl FnMut(u64)) {
    (0..MANY).for_each(&mut once);
    let kept = measure(|| (MANY..2 * MANY).for_each(&mut once));
    let per = |sum: i64| sum as f64 / MANY as f64;
    println!("{what:<32} {:>8.0} bytes in {:>4.1} pieces", per(kept.bytes_current), per(kept.count_current));
}

fn main() {
    let site = Calls::start();
    print("an INVITE that rings", |n| {
        site.from_caller(request("INVITE", CALLED, n, TO, SDP));
        let ringing = reply(&site.sent(), "180 Ringing");
        site.from_called(ringing);
        drop(site.sent());
    });
    let site = Calls::of(registrar());
    print("a registration", |n| {
        let to = format!("To: <sip:user{n}@carrier.example>\r\nExpires: 3600\r\n");
        site.from_caller(request("REGISTER", "sip:carrier.example", n, &to, ""));
        drop(site.sent());
    });
}
