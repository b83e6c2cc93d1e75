//! What behaviour tests stand on: a whole site on a virtual clock and a virtual network, and the line
//! language that cases are written in. No sockets, no sleeps, no ports, no randomness.
//!
//! | File | What |
//! |---|---|
//! | [`site`] | one worker with its program, driven event by event |
//! | [`network`] | what the engine sees as its network, and what was sent |
//! | [`message`] | a SIP message as lines: deliberately not `sipc-sip`, whose faults it must show |
//! | [`party`] | a phone: writes requests and replies that fit what it sent and received |
//! | [`flow`] | the line language |
//! | [`transcript`] | what was sent and logged, as normalised lines |
//! | [`play`] | plays a flow |
//! | [`check`](mod@check) | compares with what is stored, or stores it |
#![forbid(unsafe_code)]

pub mod site;
pub mod network;
pub mod message;
pub mod party;
pub mod flow;
pub mod transcript;
pub mod play;
pub mod check;

pub use check::{Case, cases, check, run_all};
pub use site::{Subject, VirtualSite};
