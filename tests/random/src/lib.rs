//! Random scripts, compiled by `build.rs`; the tests compare what they do with what the interpreter does.
#![forbid(unsafe_code)]

use std::rc::Rc;

use sipc_test_support::Subject;

pub mod generate;

macro_rules! subject {
    ($name:ident) => {
        Subject {
            configuration: $name::configuration(),
            modules: $name::LINKED.to_vec(),
            program: Rc::new($name::Script),
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/scripts.rs"));
