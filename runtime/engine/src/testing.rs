//! A context to test with: one worker, one UDP socket, a network that loses everything.

use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::Message;

use crate::log::{Level, Log, Sink, Targets};
use crate::network::{Destination, NetError, Network, Received, Socket, SocketId, Target, Transport};
use crate::script::{LocalFuture, Program, RouteIndex, RouteInfo, Run};
use crate::setup::{Configuration, Linked, Setup};
use crate::shared::Shared;
use crate::worker::Worker;
use crate::{Context, Flow};

/// A script without routes.
pub struct NoRoutes;

impl Program for NoRoutes {
    fn routes(&self, _kind: RouteKind) -> &[RouteInfo] {
        &[]
    }

    fn start<'a>(&'a self, _kind: RouteKind, _index: RouteIndex, _cx: &'a mut Context) -> Run<'a> {
        Run::Done(Flow::Continue(1))
    }
}

/// A log that nobody reads.
pub struct Silent;

impl Sink for Silent {
    fn line(&self, _to: Targets, _level: Level, _origin: &str, _text: &[u8]) {}
}

/// The socket `udp:127.0.0.1:5060` with the number 0.
pub fn socket() -> Socket {
    Socket {
        id: SocketId(0),
        transport: Transport::Udp,
        address: "127.0.0.1:5060".parse().expect("an address"),
        name: "127.0.0.1".to_owned(),
        host: "127.0.0.1".into(),
        advertised_host: None,
        advertised_port: None,
        tag: None,
        anycast: false,
        reads_proxy_header: false,
        sends_proxy_header: false,
        accept_subdomain: false,
        reuse_port: false,
        tos: None,
        uri: "udp:127.0.0.1:5060".into(),
    }
}

/// A network that loses everything and finds nothing.
pub struct Nowhere;

impl Network for Nowhere {
    fn send(&self, _from: SocketId, _to: Destination, _payload: Bytes) -> Result<(), NetError> {
        Ok(())
    }

    fn spawn(&self, _task: LocalFuture<'static, ()>) {}

    fn sleep(&self, _ms: u64) -> LocalFuture<'static, ()> {
        Box::pin(async {})
    }

    fn wake_timers(&self) {}

    fn resolve(&self, _target: Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>> {
        Box::pin(async { Err(NetError::Unresolvable) })
    }
}

/// A worker with these script variables, AVP names and flags.
pub fn worker() -> Rc<Worker> {
    let words = |list: &[&str]| list.iter().map(|w| (*w).to_owned()).collect();
    let configuration = Configuration {
        script_vars: words(&["x", "y"]),
        avp_names: words(&["a", "b"]),
        message_flags: words(&["ONE", "TWO"]),
        branch_flags: words(&["G", "H"]),
        file: "test.cfg".to_owned(),
        ..Configuration::default()
    };
    worker_with(configuration, &[])
}

/// A worker with these settings, and modules that are started.
pub fn worker_with(configuration: Configuration, modules: &[Linked]) -> Rc<Worker> {
    let mut setup = Setup::new(configuration, vec![socket()]);
    for module in modules {
        (module.init)(&mut setup).expect("a module that starts");
    }
    let shared = Arc::new(Shared::new(setup, Log::new(2, 2, Box::new(Silent)), 1_000_000, 1, Vec::new()));
    let worker = Worker::new(0, shared, Rc::new(NoRoutes), Box::new(Nowhere), 1);
    worker.set_time(sipc_transaction::Time(0), 1_700_000_000_000_123);
    for start in &worker.shared.hooks.worker_start {
        start(&worker);
    }
    Rc::new(worker)
}

/// The context of a message, given with plain line ends.
pub fn context(text: &str) -> Context {
    context_on(worker(), text)
}

/// The context of a message on a worker, given with plain line ends.
pub fn context_on(worker: Rc<Worker>, text: &str) -> Context {
    let bytes = Bytes::from(text.replace('\n', "\r\n"));
    let message = Message::parse(bytes).expect("a message");
    let received = Received::new(SocketId(0), "192.0.2.9:5070".parse().expect("an address"));
    Context::new(worker, message, received, RouteKind::Request)
}

/// A request as simple as can be.
pub const OPTIONS: &str = "\
OPTIONS sip:bob@biloxi.example:5070;transport=tcp SIP/2.0
Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1
From: \"Al\" <sip:al@atlanta.example>;tag=f1
To: <sip:bob@biloxi.example>
Call-ID: c1@x
CSeq: 7 OPTIONS
X-List: one
X-List: two
x-list: three
Contact: \"A\" <sip:al@192.0.2.9>;q=0.5;expires=60, <sip:al2@192.0.2.9>
Content-Length: 0

";
