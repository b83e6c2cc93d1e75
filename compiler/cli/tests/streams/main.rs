//! SIP over streams on real sockets.
//!
//! Ports come from the system; nothing sleeps: each step waits for what it expects, with a bound.

mod certificates;
mod management;
mod support;
mod tcp;
mod tls;
mod ws;
