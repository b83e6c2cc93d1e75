//! The paths whose instructions are counted, one after the other; `cargo xtask instructions` runs this under callgrind, which
//! counts inside of `counted_work` and writes a sum whenever `path_ends` is entered. The names go to the standard output.
#![forbid(unsafe_code)]

use std::hint::black_box;

use sipc_bench_sites::calls::{Calls, reply, request};
use sipc_bench_sites::numbers::Numbers;
use sipc_bench_sites::paths::{ALL, CALLED, STEPS, TO, URIS, call, change, messages};
use sipc_bench_sites::{compiled, interpreted, registrar};
use sipc_sip::{Message, Uri};

/// As in a site.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How often each path is gone before and while it counts: tables have their size then.
const BEFORE: u64 = 40;
const TIMES: u64 = 16;

/// How many users there are when one is looked up.
const USERS: [u64; 2] = [1_000, 50_000];

/// What is done in here is counted.
#[inline(never)]
fn counted_work(work: &mut dyn FnMut()) {
    work();
    black_box(());
}

/// The sum until here belongs to a path.
#[inline(never)]
fn path_ends(name: &str) {
    println!("{TIMES} {name}");
}

fn path(name: &str, mut once: impl FnMut()) {
    (0..BEFORE).for_each(|_| once());
    (0..TIMES).for_each(|_| counted_work(&mut once));
    path_ends(name);
}

fn reading() {
    for (name, bytes) in messages() {
        path(&format!("parse {name}"), || drop(black_box(Message::parse(black_box(bytes.clone())))));
    }
    for (name, text) in URIS {
        path(&format!("parse a {name} URI"), || {
            black_box(Uri::parse(black_box(text.as_bytes())).map(|uri| uri.port())).ok();
        });
    }
    let invite = Message::parse(messages()[2].1.clone()).expect("a message");
    path("change an INVITE as it goes on", || drop(black_box(change(&invite))));
}

fn without_state(site: &Calls) {
    let options = request("OPTIONS", CALLED, 1, TO, "");
    path("answer OPTIONS", || {
        site.from_caller(options.clone());
        site.sent();
    });
    let message = request("MESSAGE", "sip:stateless@carrier.example", 1, TO, "");
    path("forward without state", || {
        site.from_caller(message.clone());
        site.sent();
    });
    site.from_caller(message);
    let answer = reply(&site.sent(), "200 OK");
    path("forward a reply without state", || {
        site.from_called(answer.clone());
        site.sent();
    });
}

/// That a user is found as fast among many as among few.
fn registrations() {
    for users in USERS {
        let site = Calls::of(registrar());
        for n in 0..users {
            let to = format!("To: <sip:user{n}@carrier.example>\r\nExpires: 3600\r\n");
            site.from_caller(request("REGISTER", "sip:carrier.example", n, &to, ""));
            site.sent();
        }
        // in no order, so that neighbours in memory do not help
        let asked = (1..=BEFORE + TIMES).map(|n| {
            let uri = format!("sip:user{}@carrier.example", n * 7919 % users);
            request("OPTIONS", &uri, n, &format!("To: <{uri}>\r\n"), "")
        });
        let mut asked: Vec<_> = asked.collect();
        path(&format!("look up one of {users} users"), || {
            site.from_caller(asked.pop().expect("as many as are counted"));
            assert!(site.sent().starts_with(b"SIP/2.0 200"), "the user has registered");
        });
    }
}

/// The steps of calls, each in calls of its own, and all of them together.
fn calls(site: &mut Calls) {
    let mut n = 0;
    let mut run = |site: &mut Calls, counted: &dyn Fn(usize) -> bool| {
        n += 1;
        call(site, n, ALL, |at, work| if counted(at) { counted_work(work) } else { work() });
    };
    (0..BEFORE).for_each(|_| run(site, &|_| false));
    for (wanted, name) in STEPS.into_iter().enumerate() {
        (0..TIMES).for_each(|_| run(site, &|at| at == wanted));
        path_ends(name);
    }
    // the last step goes through each tick of the time that it lets pass
    (0..TIMES).for_each(|_| run(site, &|at| at + 1 < STEPS.len()));
    path_ends("a whole call, before its timers");
}

/// The routes of a call in `examples/numbers`; the context is made and dropped outside.
fn script() {
    for (name, subject) in [("compiled", compiled()), ("interpreted", interpreted())] {
        let numbers = Numbers::start(subject);
        let run = |counted: bool| {
            let mut cx = numbers.context();
            if counted { counted_work(&mut || numbers.run(&mut cx)) } else { numbers.run(&mut cx) }
        };
        (0..BEFORE).for_each(|_| run(false));
        (0..TIMES).for_each(|_| run(true));
        path_ends(&format!("routes of numbers, {name}"));
    }
}

fn main() {
    reading();
    script();
    let mut site = Calls::start();
    without_state(&site);
    calls(&mut site);
    registrations();
}
