//! What behaviour tests stand on: the simulator, and the comparison of cases with what is stored.
#![forbid(unsafe_code)]

pub mod check;
pub mod pieces;

pub use check::{Case, cases, check, run_all};
pub use sipc_simulator::{Subject, VirtualSite, flow, message, network, play};

/// The site of a compiled script: of a module with what the compiler wrote.
#[macro_export]
macro_rules! subject {
    ($name:ident) => {
        $crate::Subject {
            configuration: $name::configuration(),
            modules: $name::LINKED.to_vec(),
            program: std::rc::Rc::new($name::Script),
        }
    };
}
