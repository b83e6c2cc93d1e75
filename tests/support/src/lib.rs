//! What behaviour tests stand on: the simulator, and the comparison of cases with what is stored.
#![forbid(unsafe_code)]

pub mod check;
pub mod pieces;

pub use check::{Case, cases, check, run_all};
pub use sipc_simulator::{Subject, VirtualSite, flow, play};
