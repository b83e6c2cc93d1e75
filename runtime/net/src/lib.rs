//! The only crate that opens sockets: UDP in batches, DNS, worker threads, signals, log consumers.
//!
//! | File | What |
//! |---|---|
//! | [`options`] | OpenSIPS' command-line flags |
//! | `overrides` | `--socket` and `--set` |
//! | `sockets` | `socket=` clauses to bound addresses |
//! | `udp` | `recvmmsg`/`sendmmsg` on SO_REUSEPORT sockets |
//! | `worker` | one thread: its runtime, its timers, its network |
//! | `resolver` | RFC 3263 over hickory |
//! | `server` | start, signals, drain |
//! | `logs` | stderr and syslog, written by a thread of their own |
//! | `daemon` | background, pid files, users |
#![forbid(unsafe_code)]

mod daemon;
mod memory;
mod process;
mod logs;
pub mod options;
mod overrides;
mod resolver;
mod server;
mod sockets;
mod udp;
mod worker;

pub use options::Options;
pub use server::{Site, main, run};
