//! Transactions and faults, and what several workers do at once.

use bytes::Bytes;
use parking_lot::Mutex as Lock;

use super::*;
use crate::context::Arming;
use crate::flow::Flow;
use crate::hooks::{TransactionEvent, TransactionHook};
use crate::log::Log;
use crate::network::{NetError, Network};
use crate::receive::receive;
use crate::script::{LocalFuture, Program, RouteIndex, RouteInfo, Run};
use crate::setup::{Configuration, Setup};
use crate::testing::{Silent, socket};
use crate::worker::Worker;
use sipc_interface::RouteKind;
use std::rc::Rc;
use std::sync::Arc;

/// A script that forwards every request; the routes that replies and failures lead to are faulty.
struct Faulty {
    reply: Option<RouteRef>,
    failure: Option<RouteRef>,
}

const ROUTE: [RouteInfo; 1] = [RouteInfo { kind: RouteKind::Request, name: "", interval: 0 }];

impl Program for Faulty {
    fn routes(&self, kind: RouteKind) -> &[RouteInfo] {
        if kind == RouteKind::Request { &ROUTE } else { &[] }
    }

    fn start<'a>(&'a self, kind: RouteKind, _index: RouteIndex, cx: &'a mut Context) -> Run<'a> {
        assert!(kind == RouteKind::Request, "on purpose");
        cx.arming = Arming { reply: self.reply, failure: self.failure, branch: None };
        Run::Waits(Box::pin(async {
            relay(cx, RelayFlags::default()).await;
            Flow::Continue(1)
        }))
    }
}

/// Keeps what is sent; nothing can be sent while it is down.
#[derive(Default)]
struct Wire {
    sent: Lock<Vec<(SocketAddr, String)>>,
    down: std::cell::Cell<bool>,
}

struct Net(Rc<Wire>);

impl Network for Net {
    fn send(&self, _from: SocketId, to: Destination, payload: Bytes) -> Result<(), NetError> {
        if self.0.down.get() {
            return Err(NetError::Send);
        }
        self.0.sent.lock().push((to.address, String::from_utf8_lossy(&payload).into_owned()));
        Ok(())
    }

    fn spawn(&self, _task: LocalFuture<'static, ()>) {}

    fn sleep(&self, _ms: u64) -> LocalFuture<'static, ()> {
        Box::pin(async {})
    }

    fn wake_timers(&self) {}

    fn resolve(&self, _: crate::network::Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>> {
        Box::pin(async { Err(NetError::Unresolvable) })
    }
}

fn site(program: Faulty, change: impl FnOnce(&mut Setup)) -> (Rc<Worker>, Rc<Wire>) {
    let mut setup = Setup::new(Configuration::default(), vec![socket()]);
    change(&mut setup);
    let log = Log::new(2, 2, Box::new(Silent));
    let shared = Arc::new(Shared::new(setup, log, 1_000_000, 1, Vec::new()));
    let wire = Rc::new(Wire::default());
    let worker = Rc::new(Worker::new(0, shared, Rc::new(program), Box::new(Net(wire.clone())), 1));
    worker.set_time(Time(0), 1_700_000_000_000_123);
    (worker, wire)
}

fn sound() -> Faulty {
    Faulty { reply: None, failure: None }
}

fn from(address: &str) -> Received {
    Received::new(SocketId(0), address.parse().expect("an address"))
}

fn request(method: &str, branch: &str) -> Bytes {
    let text = format!(
        "{method} sip:bob@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch={branch}\nFrom: <sip:a@x>;tag=1\n\
         To: <sip:b@x>\nCall-ID: one\nCSeq: 1 {method}\nContent-Length: 0\n\n"
    );
    text.replace('\n', "\r\n").into()
}

/// What the callee says to the request that was sent to it first.
fn reply_to_first(wire: &Wire, code: u16) -> Bytes {
    let sent = wire.sent.lock();
    let request = &sent.iter().find(|(_, text)| text.contains(" sip:bob@")).expect("a request").1;
    let lines: Vec<&str> = request.split("\r\n").skip(1).collect();
    format!("SIP/2.0 {code} So\r\n{}", lines.join("\r\n")).into()
}

/// The codes that the caller was sent, but 100.
fn codes(wire: &Wire) -> Vec<String> {
    let sent = wire.sent.lock();
    let codes = sent.iter().filter_map(|(_, text)| text.strip_prefix("SIP/2.0 ")?.get(..3));
    codes.filter(|code| *code != "100").map(str::to_owned).collect()
}

fn pass(worker: &Rc<Worker>, ms: u64) {
    for _ in 0..ms / 100 {
        worker.set_time(worker.now() + 100, worker.unix_us() + 100_000);
        worker.run_timers();
    }
}

#[test]
fn a_fault_in_a_failure_route_ends_the_route_only() {
    let (worker, wire) = site(Faulty { failure: Some(RouteRef(0)), ..sound() }, |_| ());
    receive(&worker, request("INVITE", "z9hG4bKa"), from("192.0.2.1:5060"));
    receive(&worker, reply_to_first(&wire, 486), from("192.0.2.2:5060"));
    assert_eq!(worker.shared.core_statistics.faults.get(), 1);
    assert_eq!(codes(&wire), ["486"]);
    pass(&worker, 40_000);
    assert_eq!(worker.shared.transactions().len(), 0);
}

#[test]
fn a_fault_in_a_failure_route_after_a_timeout_does_too() {
    let (worker, wire) = site(Faulty { failure: Some(RouteRef(0)), ..sound() }, |_| ());
    receive(&worker, request("INVITE", "z9hG4bKa"), from("192.0.2.1:5060"));
    pass(&worker, 31_000);
    assert_eq!(codes(&wire)[0], "408");
    pass(&worker, 40_000);
    assert_eq!(worker.shared.transactions().len(), 0);
}

#[test]
fn a_fault_in_a_reply_route_does_not_lose_the_reply() {
    let (worker, wire) = site(Faulty { reply: Some(RouteRef(0)), ..sound() }, |_| ());
    receive(&worker, request("OPTIONS", "z9hG4bKa"), from("192.0.2.1:5060"));
    receive(&worker, reply_to_first(&wire, 200), from("192.0.2.2:5060"));
    assert_eq!(worker.shared.core_statistics.faults.get(), 1);
    assert_eq!(codes(&wire), ["200"]);
    pass(&worker, 6_000);
    assert_eq!(worker.shared.transactions().len(), 0);
}

type Told = fn(&TransactionHook<'_>);

fn fault_at(told: &TransactionHook<'_>, event: TransactionEvent) {
    let harmless = told.event != event || told.code < 200;
    assert!(harmless, "on purpose");
}

#[test]
fn a_fault_of_a_module_leaves_no_transaction_behind() {
    let faulty: [(TransactionEvent, Told); 3] = [
        (TransactionEvent::ReplyIn, |told| fault_at(told, TransactionEvent::ReplyIn)),
        (TransactionEvent::ReplyLeaving, |told| fault_at(told, TransactionEvent::ReplyLeaving)),
        (TransactionEvent::ReplyOut, |told| fault_at(told, TransactionEvent::ReplyOut)),
    ];
    for (event, hook) in faulty {
        let (worker, wire) = site(sound(), |setup| setup.hooks.transaction.push(hook));
        receive(&worker, request("MESSAGE", "z9hG4bKa"), from("192.0.2.1:5060"));
        receive(&worker, reply_to_first(&wire, 404), from("192.0.2.2:5060"));
        assert!(worker.shared.core_statistics.faults.get() > 0, "{event:?}");
        pass(&worker, 40_000);
        assert_eq!(worker.shared.transactions().len(), 0, "{event:?}");
        assert!(codes(&wire).len() <= 1, "{event:?}: {:?}", codes(&wire));
    }
}

#[test]
fn one_final_reply_goes_upstream() {
    let (worker, wire) = site(sound(), |_| ());
    receive(&worker, request("INVITE", "z9hG4bKa"), from("192.0.2.1:5060"));
    let found =
        worker.shared.transactions().find(&Message::parse(request("INVITE", "z9hG4bKa")).expect("good"));
    let Found::Own(t) = found else { panic!("no transaction") };
    receive(&worker, reply_to_first(&wire, 486), from("192.0.2.2:5060"));
    // decided on by another worker before the 486 had left
    for code in [180, 408, 200] {
        perform::perform_plain(&worker, &t, [machine::Action::Relay(0, code)].into_iter().collect());
    }
    assert_eq!(codes(&wire), ["486"]);
}

#[test]
fn branches_that_others_added_meanwhile_keep_their_numbers() {
    let (worker, wire) = site(sound(), |_| ());
    receive(&worker, request("INVITE", "z9hG4bKa"), from("192.0.2.1:5060"));
    let found =
        worker.shared.transactions().find(&Message::parse(request("INVITE", "z9hG4bKa")).expect("good"));
    let Found::Own(t) = found else { panic!("no transaction") };
    // both were made when there was one branch
    let branch = || {
        let mut branch = t.core.lock().branches[0].clone();
        branch.renumber(t.id, 0, 1);
        branch
    };
    let (one, other) = (branch(), branch());
    assert!(forward::send_branch(&worker, &t, 1, one) && forward::send_branch(&worker, &t, 1, other));
    let branches: Vec<String> = {
        let sent = wire.sent.lock();
        let requests = sent.iter().filter(|(_, text)| text.starts_with("INVITE"));
        let branch = |text: &str| text.split("branch=").nth(1)?.split("\r\n").next().map(str::to_owned);
        requests.filter_map(|(_, text)| branch(text)).collect()
    };
    let ends: Vec<&str> = branches.iter().map(|b| &b[b.len() - 2..]).collect();
    assert_eq!(ends, [".0", ".1", ".2"]);
    t.core.lock().machine.relayed(200, false, worker.now(), &mut machine::Actions::new());
    assert!(!forward::send_branch(&worker, &t, 3, branch()), "the caller has an answer");
}

#[test]
fn requests_that_cannot_be_sent_leave_nothing_behind() {
    let (worker, wire) = site(sound(), |_| ());
    wire.down.set(true);
    let made = local::Request {
        method: "OPTIONS".into(),
        uri: "sip:192.0.2.2".into(),
        from: "<sip:a@x>".into(),
        to: "<sip:b@x>".into(),
        cseq: 1,
        ..local::Request::default()
    };
    let outcome = crate::waiting::wait_for(local::send(&worker, made, None));
    assert_eq!(outcome, Err(send::SendError::Send));
    assert_eq!(worker.shared.transactions().len(), 0);
}

#[test]
fn a_call_has_a_bounded_number_of_transactions() {
    let (worker, _) = site(sound(), |_| ());
    for n in 0..2_000 {
        receive(&worker, request("OPTIONS", &format!("z9hG4bK{n}")), from("192.0.2.1:5060"));
    }
    assert_eq!(worker.shared.transactions().len(), 512);
}

#[test]
fn what_has_ended_is_not_kept_by_its_timers() {
    let (worker, wire) = site(sound(), |_| ());
    receive(&worker, request("INVITE", "z9hG4bKa"), from("192.0.2.1:5060"));
    let found =
        worker.shared.transactions().find(&Message::parse(request("INVITE", "z9hG4bKa")).expect("good"));
    let Found::Own(t) = found else { panic!("no transaction") };
    let kept = Arc::downgrade(&t);
    drop(t);
    receive(&worker, reply_to_first(&wire, 180), from("192.0.2.2:5060"));
    pass(&worker, 10_000);
    receive(&worker, reply_to_first(&wire, 200), from("192.0.2.2:5060"));
    pass(&worker, 6_000);
    assert_eq!(worker.shared.transactions().len(), 0);
    pass(&worker, 16_000);
    assert!(kept.upgrade().is_none(), "a timer keeps it");
}
