//! Runs the IR at once, on the runtime that compiled scripts run on: `sipc run`, and the other half of
//! every behaviour test.
//!
//! The IR is lowered once, when the script is loaded, into flat code: everything is resolved, compound
//! statements and conditions are jumps. One loop executes it, with a stack of its own for routes that
//! call routes, so that nothing is boxed per statement and only calls that really may wait are awaited.
//! What statements and operators *do* is in `sipc-engine`, for both executors; here is only the order.
//!
//! | File | What |
//! |---|---|
//! | [`modules`] | the modules linked into `sipc` |
//! | [`configuration`] | what a script sets outside its routes |
//! | `code` | the flat code |
//! | [`coverage`] | which statements ran |
//! | `lower` | IR to flat code |
//! | `machine` | executes it |
//! | `program` | its routes, as the runtime starts them |
#![forbid(unsafe_code)]

pub mod modules;
pub mod configuration;
mod code;
pub mod coverage;
mod lower;
mod machine;
mod program;

pub use configuration::configuration;
pub use lower::Unlinked;
pub use program::Interpreter;
