//! The scripts of all cases of `tests/cases`, compiled by `build.rs`.
#![forbid(unsafe_code)]

use sipc_test_support::{Subject, subject};

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// A script by its path from the root of the repository.
pub fn compiled(script: &str) -> Option<Subject> {
    find(script)
}
