//! `permissions`: which addresses and URIs are allowed.
//!
//! | File | What |
//! |---|---|
//! | `addresses` | addresses and networks, in groups |
//! | `partitions` | where they come from |
//! | `rules` | rules about pairs of URIs |
//! | `files` | the files that they come from |
//! | `functions` | what scripts ask |
//! | `commands` | management commands |
//!
//! Files are read while the server starts; tables also when management says so, and take the place of the old ones at once.
#![forbid(unsafe_code)]

use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::place::{VarRef, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};

mod addresses;
mod commands;
mod files;
mod functions;
mod partitions;
mod rules;
#[cfg(test)]
mod tests;

pub use functions::{
    allow_register, allow_routing, allow_uri, check_address, check_source_address, get_source_group,
};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "permissions", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::permissions::MODULE;
    plain {
        check_address(i32, Text, i32, Text, Option<&VarRef>, Option<Text>, Option<Text>),
        check_source_address(i32, Option<&VarRef>, Option<Text>, Option<Text>),
        get_source_group(&VarRef, Option<Text>),
        allow_routing(Option<Text>), allow_register(Text), allow_uri(Text, Text),
    }
    waiting {}
}

/// What the module keeps.
struct State {
    partitions: partitions::Partitions,
    files: files::Files,
    /// `check_all_branches`.
    all_branches: bool,
}

fn init(setup: &mut Setup) -> InitResult {
    let partitions = partitions::Partitions::open(setup)?;
    for partition in &partitions.0 {
        for line in partition.load()? {
            setup.warn("permissions", line);
        }
    }
    for (function, position) in [("check_address", 6), ("check_source_address", 3), ("get_source_group", 1)] {
        for name in setup.told("permissions", function, position) {
            let name = name.unwrap_or(partitions::DEFAULT);
            if partitions.named(name).is_none() {
                return Err(format!(
                    "{function}: partition <{name}> is not defined; see db_url and partition"
                ));
            }
        }
    }
    let (files, faults) = files::Files::read(setup)?;
    faults.into_iter().for_each(|line| setup.warn("permissions", line));
    let all_branches = setup.int("permissions", "check_all_branches", 1) != 0;
    setup.share(Arc::new(State { partitions, files, all_branches }));
    commands::register(setup);
    Ok(())
}
