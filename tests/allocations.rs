//! How often memory is asked for, per message and per call: a ledger that is compared with `tests/allocations.txt`.
//!
//! `UPDATE=1 cargo test --test allocations` writes it; a number that rises is to be explained in the commit. The counts are of
//! this thread and of code that is the same in every build; the payload handed to the network is one of them.

use std::hint::black_box;

use allocation_counter::measure;
use sipc_bench_sites::calls::{Calls, SDP, reply, request};
use sipc_bench_sites::paths::{ALL, CALLED, STEPS, TO, URIS, call};
use sipc_sip::{HeaderKind, Message, Uri};

/// Calls before those that are counted: tables and buffers have their size then.
const BEFORE: u64 = 64;

/// Calls that are counted; the least of them stands in the ledger. Now and then a table of the hashed ones grows, and
/// hashes differ from run to run.
const COUNTED: u64 = 16;

/// What needs no memory of its own, whatever the ledger says.
const WITHOUT: [&str; 3] = ["parse", "answer", "forward"];

/// Steps and the least that each took: allocations, bytes.
#[derive(Default)]
struct Ledger(Vec<(&'static str, u64, u64)>);

impl Ledger {
    fn count(&mut self, what: &'static str, work: impl FnOnce()) {
        let seen = measure(work);
        let (count, bytes) = (seen.count_total, seen.bytes_total);
        match self.0.iter_mut().find(|(name, ..)| *name == what) {
            Some(least) => *least = (what, least.1.min(count), least.2.min(bytes)),
            None => self.0.push((what, count, bytes)),
        }
    }

    fn text(&self) -> String {
        let line = |(what, count, bytes): &(&str, u64, u64)| {
            format!("{what:<32} {count:>4} allocations {bytes:>6} bytes\n")
        };
        self.0.iter().map(line).collect()
    }
}

fn parsing(ledger: &mut Ledger) {
    let sdp = request("INVITE", CALLED, 1, TO, SDP);
    let ok = reply(&sdp, "200 OK");
    for (what, bytes) in [("parse INVITE with SDP", sdp.clone()), ("parse 200 OK", ok)] {
        ledger.count(what, || {
            let message = Message::parse(bytes.clone()).expect("a message");
            black_box(message.find(HeaderKind::CallId).map(|h| h.value().len()));
            black_box(message.find_all(HeaderKind::Via).count());
        });
    }
    ledger.count("parse a URI", || {
        let uri = Uri::parse(URIS[1].1.as_bytes()).expect("a URI");
        black_box((uri.user(), uri.host(), uri.port(), uri.transport()));
    });
}

/// Messages without state.
fn messages(site: &mut Calls, n: u64, ledger: &mut Ledger) {
    let options = request("OPTIONS", CALLED, n, TO, "");
    ledger.count("answer OPTIONS", || site.from_caller(options));
    site.sent();
    let message = request("MESSAGE", "sip:stateless@carrier.example", n, TO, "");
    ledger.count("forward without state", || site.from_caller(message));
    let answer = reply(&site.sent(), "200 OK");
    ledger.count("forward a reply without state", || site.from_called(answer));
    site.sent();
}

/// One whole call.
fn one_call(site: &mut Calls, n: u64, ledger: &mut Ledger) {
    call(site, n, ALL, |at, work| ledger.count(STEPS[at], work));
    assert_eq!(site.transactions(), 0, "nothing is left of the call");
}

#[test]
fn the_ledger_is_as_it_was() {
    let mut site = Calls::start();
    let mut ledger = Ledger::default();
    for n in 0..BEFORE {
        messages(&mut site, n, &mut ledger);
        one_call(&mut site, n, &mut ledger);
    }
    let mut ledger = Ledger::default();
    parsing(&mut ledger);
    for n in BEFORE..BEFORE + COUNTED {
        messages(&mut site, n, &mut ledger);
        one_call(&mut site, n, &mut ledger);
    }
    for (what, count, _) in &ledger.0 {
        let needs_none = WITHOUT.iter().any(|kind| what.starts_with(kind));
        assert!(
            !needs_none || *count == 0,
            "{what}: {count} allocations; it lies in memory that an earlier one has left"
        );
    }
    let out = ledger.text();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/allocations.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &out).expect("the tree is writable");
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(out, written, "UPDATE=1 writes the ledger anew");
}
