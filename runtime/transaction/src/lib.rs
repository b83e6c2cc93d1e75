//! RFC 3261 transactions and the proxy core, sans-io.
#![forbid(unsafe_code)]

mod time;

pub use time::Time;
