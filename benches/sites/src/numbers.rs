//! The routes that `examples/numbers` runs for a call, on one INVITE: nearly 200 statements of string work, without parsing,
//! transactions and sending.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use bytes::Bytes;
use sipc_engine::Context;
use sipc_engine::network::{Received, SocketId};
use sipc_engine::worker::Worker;
use sipc_interface::RouteKind;
use sipc_sip::Message;
use sipc_test_support::{Subject, VirtualSite};

const INVITE: &str = "INVITE sip:030-12.34(56)@10.0.0.9 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-1;rport\r\n\
    Max-Forwards: 70\r\n\
    From: \"Anna\" <sip:0049301000@carrier.example>;tag=a1\r\n\
    To: <sip:030123456@10.0.0.9>\r\n\
    Call-ID: 5f1e0c2b@192.0.2.10\r\n\
    CSeq: 1 INVITE\r\n\
    Contact: <sip:anna@192.0.2.10:5060>\r\n\
    User-Agent: Bench 1.0\r\n\
    X-Class: Wholesale\r\n\
    P-Asserted-Identity: <sip:+49301000@carrier.example>\r\n\
    Diversion: <sip:+4930999@carrier.example>;reason=unconditional\r\n\
    Content-Length: 0\r\n\r\n";

/// The site, the INVITE, and the route that calls the others.
pub struct Numbers {
    worker: Rc<Worker>,
    message: Message,
    received: Received,
    route: u16,
}

impl Numbers {
    /// Starts the site.
    ///
    /// # Panics
    /// When it does not start, or its routes do not do what they should.
    pub fn start(subject: Subject) -> Numbers {
        let site = VirtualSite::start(subject, None).expect("the site starts");
        let worker = site.worker.clone();
        let route = worker.program.find(RouteKind::Request, b"call").expect("a route");
        let message = Message::parse(Bytes::from_static(INVITE.as_bytes())).expect("a message");
        let source: SocketAddr = "192.0.2.10:5060".parse().expect("an address");
        let numbers = Numbers { worker, message, received: Received::new(SocketId(0), source), route };
        let mut cx = numbers.context();
        numbers.run(&mut cx);
        assert_eq!(&cx.target.uri[..], b"sip:4930123456@198.51.100.1:5060", "the routes did their work");
        numbers
    }

    /// The INVITE as it comes to the routes.
    pub fn context(&self) -> Context {
        Context::new(self.worker.clone(), self.message.clone(), self.received, RouteKind::Request)
    }

    /// Runs the routes.
    ///
    /// # Panics
    /// When one of them waits.
    pub fn run(&self, cx: &mut Context) {
        let mut future = pin!(cx.run_route(RouteKind::Request, self.route));
        let waited = future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()));
        assert!(matches!(waited, Poll::Ready(_)), "no route waits");
    }
}
