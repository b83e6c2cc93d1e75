//! A whole site on a virtual clock and a virtual network: no sockets, no sleeps, no randomness, so that the
//! same events give the same bytes. `sipc test` runs route tests on it, this repository its own cases.
//!
//! | File | What |
//! |---|---|
//! | [`site`] | one worker with its program, driven event by event |
//! | [`network`] | what the engine sees as its network, and what was sent |
//! | [`message`] | a SIP message as lines: deliberately not `sipc-sip`, whose faults it must show |
//! | [`party`] | a phone: writes requests and replies that fit what it sent and received |
//! | [`flow`] | the line language |
//! | [`play`] | plays a flow |
//! | [`transcript`] | what was sent and logged, as normalised lines |
//! | [`spec`] | route tests: flows that say what is expected |
#![forbid(unsafe_code)]

pub mod site;
pub mod network;
pub mod message;
pub mod party;
pub mod flow;
pub mod transcript;
pub mod play;
pub mod spec;

pub use site::{Subject, VirtualSite};
