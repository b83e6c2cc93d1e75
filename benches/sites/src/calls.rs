//! Whole messages through a worker, without sockets: a site, and the phones around it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use bytes::Bytes;
use sipc_engine::log::Log;
use sipc_engine::network::{Destination, NetError, Network, Received, SocketId, Target};
use sipc_engine::receive::receive;
use sipc_engine::script::LocalFuture;
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::testing::{Silent, socket};
use sipc_engine::worker::Worker;
use sipc_sip::{HeaderKind, Message};
use sipc_test_support::Subject;

/// Where requests come from.
const CALLER: &str = "192.0.2.10:5060";
/// Where the site sends them.
const CALLED: &str = "192.0.2.20:5060";

/// Keeps what was sent last.
#[derive(Clone, Default)]
struct Line(Rc<RefCell<Option<Bytes>>>);

impl Network for Line {
    fn send(&self, _from: SocketId, _to: Destination, payload: Bytes) -> Result<(), NetError> {
        *self.0.borrow_mut() = Some(payload);
        Ok(())
    }

    fn spawn(&self, _task: LocalFuture<'static, ()>) {
        unreachable!("nothing here waits")
    }

    fn sleep(&self, _ms: u64) -> LocalFuture<'static, ()> {
        unreachable!("nothing here waits")
    }

    fn wake_timers(&self) {}

    fn resolve(&self, _target: Target) -> LocalFuture<'static, Result<Vec<Destination>, NetError>> {
        unreachable!("next hops are addresses")
    }
}

/// The site with one worker.
pub struct Calls {
    worker: Rc<Worker>,
    line: Line,
    caller: SocketAddr,
    called: SocketAddr,
    now: u64,
}

impl Calls {
    /// Starts the site that relays calls.
    pub fn start() -> Calls {
        Calls::of(crate::relaying())
    }

    /// Starts a site.
    ///
    /// # Panics
    /// When one of its modules does not start.
    pub fn of(subject: Subject) -> Calls {
        let Subject { configuration, modules, program } = subject;
        let mut setup = Setup::new(configuration.clone(), vec![socket()]);
        for name in configuration.start_order() {
            let module = modules.iter().find(|m| m.name == *name).expect("a module that is linked");
            (module.init)(&mut setup).expect("a module that starts");
        }
        let shared = Arc::new(Shared::new(setup, Log::new(2, 2, Box::new(Silent)), 2_000_000, 1, Vec::new()));
        let line = Line::default();
        let worker = Rc::new(Worker::new(0, shared, program, Box::new(line.clone()), 1));
        worker.shared.hooks.worker_start.iter().for_each(|start| start(&worker));
        let address = |text: &str| text.parse().expect("an address");
        let mut calls = Calls { worker, line, caller: address(CALLER), called: address(CALLED), now: 0 };
        calls.pass(0);
        calls
    }

    /// Time passes, milliseconds; what is due happens.
    pub fn pass(&mut self, ms: u64) {
        self.now += ms;
        self.worker.set_time(sipc_transaction::Time(self.now), 1_700_000_000_000_000 + self.now * 1000);
        self.worker.run_timers();
    }

    /// How many transactions there are.
    pub fn transactions(&self) -> usize {
        self.worker.shared.transactions().len()
    }

    fn receive(&self, from: SocketAddr, message: Bytes) {
        receive(&self.worker, message, Received::new(SocketId(0), from));
    }

    /// The caller sends.
    pub fn from_caller(&self, message: Bytes) {
        self.receive(self.caller, message);
    }

    /// The called side sends.
    pub fn from_called(&self, message: Bytes) {
        self.receive(self.called, message);
    }

    /// Takes out what the site sent last.
    ///
    /// # Panics
    /// When it sent nothing.
    pub fn sent(&self) -> Bytes {
        self.line.0.borrow_mut().take().expect("the site sent something")
    }
}

/// As received: a part of a buffer that is shared already, so that a first copy costs nothing.
fn shared(text: impl Into<Vec<u8>>) -> Bytes {
    let bytes = Bytes::from(text.into());
    drop(bytes.clone());
    bytes
}

/// A request of call `n`; `headers` are lines that end with CRLF.
pub fn request(method: &str, uri: &str, n: u64, headers: &str, body: &str) -> Bytes {
    let number = if method == "BYE" { 2 } else { 1 };
    let length = body.len();
    shared(format!(
        "{method} {uri} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {CALLER};branch=z9hG4bK-{method}-{n};rport\r\n\
         Max-Forwards: 70\r\n\
         From: \"Anna\" <sip:anna@carrier.example>;tag=a{n}\r\n\
         Call-ID: {n}-5f1e0c2b@192.0.2.10\r\n\
         CSeq: {number} {method}\r\n\
         Contact: <sip:anna@{CALLER}>\r\n\
         User-Agent: Bench 1.0\r\n\
         {headers}\
         Content-Length: {length}\r\n\r\n{body}"
    ))
}

/// What the called side answers to a request that the site sent it.
pub fn reply(request: &Bytes, status: &str) -> Bytes {
    let message = Message::parse(request.clone()).expect("the site sends messages");
    let mut text = format!("SIP/2.0 {status}\r\n").into_bytes();
    for header in message.headers() {
        let kept = [
            HeaderKind::Via,
            HeaderKind::RecordRoute,
            HeaderKind::From,
            HeaderKind::CallId,
            HeaderKind::CSeq,
        ];
        let value = header.value();
        match header.kind() {
            HeaderKind::To if !value.windows(4).any(|w| w == b"tag=") => {
                text.extend_from_slice(&[b"To: ", value, b";tag=b1\r\n"].concat());
            }
            kind if kind == HeaderKind::To || kept.contains(&kind) => {
                text.extend_from_slice(&[header.name(), b": ", value, b"\r\n"].concat());
            }
            _ => {}
        }
    }
    text.extend_from_slice(format!("Contact: <sip:bob@{CALLED}>\r\nContent-Length: 0\r\n\r\n").as_bytes());
    shared(text)
}

/// The `Route` that follows from the `Record-Route` of a reply, as a header line.
pub fn route_of(reply: &Bytes) -> String {
    let message = Message::parse(reply.clone()).expect("the site sends messages");
    let route = message.find(HeaderKind::RecordRoute).expect("the site records its route");
    format!("Route: {}\r\n", String::from_utf8_lossy(route.value()))
}

/// What phones offer.
pub const SDP: &str = "v=0\r\no=anna 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n";
