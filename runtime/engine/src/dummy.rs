//! Routes that run without a message of the network: startup, timer and event routes get a dummy
//! request (LANGUAGE 3.9).

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::rc::Rc;

use bytes::Bytes;
use sipc_interface::RouteKind;
use sipc_sip::Message;

use crate::Context;
use crate::context::Named;
use crate::network::{Received, SocketId};
use crate::script::RouteIndex;
use crate::worker::Worker;

const TEXT: &[u8] = b"DUMMY sip:user@dummy.com SIP/2.0\r\n\
Via: SIP/2.0/UDP 127.0.0.1\r\n\
To: <sip:to@dummy.com>\r\n\
From: <sip:from@dummy.com>;tag=1\r\n\
Call-ID: dummy-1\r\n\
CSeq: 1 DUMMY\r\n\r\n";

/// A context with the dummy request; `None` never happens, the text being ours.
pub fn context(worker: &Rc<Worker>, kind: RouteKind) -> Option<Context> {
    let message = Message::parse(Bytes::from_static(TEXT)).ok()?;
    let source = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);
    let received = Received::new(SocketId(0), source);
    Some(Context::new(worker.clone(), message, received, kind))
}

/// Runs the startup route, if there is one.
pub async fn run_startup(worker: &Rc<Worker>) {
    if let Some(index) = worker.program.unnamed(RouteKind::Startup)
        && let Some(mut cx) = context(worker, RouteKind::Startup)
    {
        cx.run_route(RouteKind::Startup, index).await;
    }
}

/// Runs a timer route once.
pub async fn run_timer(worker: &Rc<Worker>, index: RouteIndex) {
    if let Some(mut cx) = context(worker, RouteKind::Timer) {
        cx.run_route(RouteKind::Timer, index).await;
    }
}

/// Runs an event route with the event's parameters; `depth` counts the event routes that led to it.
pub async fn run_event(worker: &Rc<Worker>, index: RouteIndex, params: Vec<Named>, depth: u32) {
    if let Some(mut cx) = context(worker, RouteKind::Event) {
        cx.entry_params = params;
        cx.event_depth = depth;
        cx.run_route(RouteKind::Event, index).await;
    }
}
