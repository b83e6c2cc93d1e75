//! Random scripts, compiled by `build.rs`; the tests compare what they do with what the interpreter does.
#![forbid(unsafe_code)]

use sipc_test_support::{Subject, subject};

pub mod generate;

include!(concat!(env!("OUT_DIR"), "/scripts.rs"));
