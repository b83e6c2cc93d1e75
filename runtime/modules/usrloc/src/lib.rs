//! `usrloc`: where users are. A table of contacts in memory, in shards, that `registrar` and other
//! modules work on.
//!
//! | File | What |
//! |---|---|
//! | `contact` | one contact |
//! | `store` | the table |
//! | `changes` | events about them |
//! | `keys` | values that scripts keep with a user |
//! | `commands` | management commands |
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::place::{VarRef, VariableBinding};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::worker::Worker;

mod changes;
mod commands;
mod contact;
mod keys;
mod store;

use changes::Watch;
pub use contact::Contact;
pub use keys::{ul_add_key, ul_del_key, ul_get_key};
pub use store::{Locations, Matching, Record};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "usrloc", init };

sipc_engine::bindings! { sipc_interface::modules::usrloc::MODULE;
    plain {
        ul_add_key(Text, Text, Text, Option<Text>), ul_get_key(Text, Text, Text, &VarRef),
        ul_del_key(Text, Text, Text),
    }
    waiting {}
}

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

/// The module's parameters, for modules that build on it.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// Users are told apart by domain too.
    pub use_domain: bool,
    /// Newer contacts come first among those of equal q.
    pub newest_first: bool,
    /// How contacts are matched.
    pub matching: Matching,
    /// Seconds in which the same Call-ID and CSeq count as a retransmission.
    pub cseq_delay: u64,
    /// Bit mask of the branch flag that marks contacts behind NAT.
    pub nat_flag: u32,
    /// How many contacts are stored at most.
    pub max_locations: usize,
}

/// `max_locations` when it is not set. A contact takes about a kilobyte.
const MAX_LOCATIONS: i32 = 2_000_000;

fn init(setup: &mut Setup) -> InitResult {
    let mode = setup.text("usrloc", "working_mode_preset").unwrap_or_else(|| "single-instance-no-db".into());
    if mode != "single-instance-no-db" {
        return Err(format!("working_mode_preset {mode} is not built yet: single-instance-no-db is"));
    }
    let nat_flag = match setup.text("usrloc", "nat_bflag") {
        Some(name) => 1 << setup.branch_flag(&name).ok_or("more than 32 branch flags")?,
        None => 0,
    };
    let parameters = Parameters {
        use_domain: setup.int("usrloc", "use_domain", 1) != 0,
        newest_first: setup.int("usrloc", "desc_time_order", 0) != 0,
        matching: match setup.int("usrloc", "matching_mode", 0) {
            0 => Matching::Uri,
            1 => Matching::UriAndCallId,
            other => return Err(format!("matching_mode {other} is unknown: 0 and 1 are")),
        },
        cseq_delay: u64::try_from(setup.int("usrloc", "cseq_delay", 20)).unwrap_or(0),
        nat_flag,
        max_locations: usize::try_from(setup.int("usrloc", "max_locations", MAX_LOCATIONS)).unwrap_or(0),
    };
    let mut locations = Locations::new(parameters);
    locations.watch = Watch::new(setup);
    let locations = Arc::new(locations);
    let counted = locations.clone();
    let users = Arc::new(move || i64::try_from(counted.users()).unwrap_or(i64::MAX));
    setup.statistics.gauge("usrloc", "registered_users", users);
    setup.share(locations);
    let interval = u64::try_from(setup.int("usrloc", "timer_interval", 60)).unwrap_or(60).max(1);
    setup.hooks.periodic.push((interval * 1000, sweep));
    setup.hooks.worker_start.push(listen);
    commands::register(setup);
    Ok(())
}

fn listen(worker: &Worker) {
    if let Some(locations) = worker.shared.state::<Locations>() {
        locations.watch.start(&worker.shared);
    }
}

/// Removes contacts that have expired.
fn sweep(worker: &Rc<Worker>) {
    if let Some(locations) = worker.shared.state::<Locations>() {
        locations.sweep(worker.unix_us() / 1_000_000);
    }
}
