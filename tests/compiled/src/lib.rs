//! The scripts of all cases of `tests/cases`, compiled by `build.rs`.
#![forbid(unsafe_code)]

use std::rc::Rc;

use sipc_test_support::Subject;

macro_rules! subject {
    ($name:ident) => {
        Subject {
            configuration: $name::configuration(),
            modules: $name::LINKED.to_vec(),
            program: Rc::new($name::Script),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// A script by its path from the root of the repository.
pub fn compiled(script: &str) -> Option<Subject> {
    find(script)
}
