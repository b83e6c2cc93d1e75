//! The only crate that opens SIP sockets: UDP in batches, TCP, DNS, worker threads, signals, log consumers.
//!
//! | File | What |
//! |---|---|
//! | [`options`] | OpenSIPS' command-line flags |
//! | `overrides` | `--socket` and `--set` |
//! | `sockets` | `socket=` clauses to bound addresses |
//! | `udp` | `recvmmsg`/`sendmmsg` on SO_REUSEPORT sockets |
//! | `shares` | which worker takes the datagrams of which sockets |
//! | `inlets` | the sockets that a worker reads, one after the other |
//! | `gather` | one worker for all of them at low load, each its own under load |
//! | `unsent` | what is said of datagrams that the system did not send |
//! | `tcp` | listeners, connections, their queues and bounds |
//! | `proxy_header` | the PROXY protocol |
//! | `descriptors` | what each may use of those that the system allows |
//! | `driver` | the way from a task to its worker |
//! | `worker` | one thread: its runtime, its timers, its network |
//! | [`resolver`] | RFC 3263 over hickory |
//! | `server` | start, signals, drain |
//! | `logs` | stderr and syslog, written by a thread of their own |
//! | `daemon` | background, pid files, users |
#![forbid(unsafe_code)]

mod daemon;
mod descriptors;
mod driver;
mod gather;
mod inlets;
mod memory;
mod outlet;
mod process;
mod processors;
mod raw;
mod proxy_header;
mod logs;
pub mod options;
mod overrides;
pub mod resolver;
mod routes;
mod server;
mod shares;
mod sockets;
mod tcp;
mod udp;
mod unsent;
mod worker;

pub use options::Options;
pub use server::{Site, main, run};
