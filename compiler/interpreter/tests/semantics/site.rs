//! A script on one worker whose network loses everything and finds nothing.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Waker};

use sipc_compiler::driver::check_file;
use sipc_compiler::source::Memory;
use sipc_engine::log::{Level, Log, Sink, Targets};
use sipc_engine::network::{Destination, NetError, Network, Received, Socket, SocketId, Target, Transport};
use sipc_engine::script::LocalFuture;
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Value};
use sipc_interface::RouteKind;
use sipc_interpreter::{Interpreter, configuration};
use sipc_sip::Message;

const OPTIONS: &[u8] = b"OPTIONS sip:bob@192.0.2.1 SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.9:5070;branch=z9hG4bK1\r\n\
From: <sip:al@atlanta.example>;tag=f1\r\n\
To: <sip:bob@biloxi.example>\r\n\
Call-ID: c1@x\r\n\
CSeq: 7 OPTIONS\r\n\
Content-Length: 0\r\n\r\n";

/// A script that was loaded.
pub struct Site {
    worker: Rc<Worker>,
}

impl Site {
    /// Loads a script that must be good.
    pub fn new(script: &str) -> Site {
        let files = Memory::of("test.cfg", script.as_bytes());
        let checked = check_file(&files, "test.cfg");
        assert!(checked.is_good(), "{script}: {:?}", checked.diagnostics);
        let interpreter = Interpreter::new(&checked.program).expect("all of it is linked");
        let setup = Setup::new(configuration(&checked.program), vec![socket()]);
        let log = Log::new(4, 4, Box::new(Silent));
        let shared = Arc::new(Shared::new(setup, log, 1_000_000, 1, Vec::new()));
        let worker = Worker::new(0, shared, Rc::new(interpreter), Box::new(Nowhere), 1);
        Site { worker: Rc::new(worker) }
    }

    /// A request.
    pub fn context(&self) -> Context {
        let message = Message::parse(OPTIONS.into()).expect("a message");
        let source = "192.0.2.9:5070".parse().expect("an address");
        let received = Received::new(SocketId(0), source);
        Context::new(self.worker.clone(), message, received, RouteKind::Request)
    }

    /// Runs the main route; nothing here is slow, so it ends at the first poll.
    pub fn main_route(&self, cx: &mut Context) {
        let index = self.worker.program.unnamed(RouteKind::Request).expect("a main route");
        let run = std::pin::pin!(cx.run_route(RouteKind::Request, index));
        let mut waker = std::task::Context::from_waker(Waker::noop());
        assert!(matches!(run.poll(&mut waker), Poll::Ready(_)), "the route waits for ever");
    }

    /// `$var(name)`
    pub fn variable(&self, cx: &Context, name: &str) -> Value {
        let slot = self.worker.shared.configuration.script_vars.iter().position(|n| n == name);
        slot.map_or(Value::Null, |slot| cx.var(slot))
    }
}

fn socket() -> Socket {
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

struct Silent;

impl Sink for Silent {
    fn line(&self, _to: Targets, _level: Level, _origin: &str, _text: &[u8]) {}
}

struct Nowhere;

impl Network for Nowhere {
    fn send(&self, _from: SocketId, _to: Destination, _payload: bytes::Bytes) -> Result<(), NetError> {
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
