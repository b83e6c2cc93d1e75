//! `dispatcher`: spreads requests over sets of destinations, and probes them.
//!
//! | File | What |
//! |---|---|
//! | `set` | sets, and what changes about their destinations |
//! | `load` | rows of the table to sets |
//! | `partitions` | the tables, each with settings of its own |
//! | `hash` | the number that a text is chosen by |
//! | `select` | the algorithms |
//! | `failover` | what waits in AVPs for the next attempt |
//! | `functions` | what scripts call |
//! | `state` | changes of state: events, reports, the table |
//! | `probe` | probes, names to addresses, blacklists |
//! | `commands` | management commands, loading |
//!
//! A set is replaced as a whole when the table is read again; who is choosing from the old one goes on with it. Its
//! lock is held to look at or note something, never while a script is asked.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::events::EventId;
use sipc_engine::gateways;
use sipc_engine::log::Level;
use sipc_engine::place::{VarRef, VariableBinding};
use sipc_engine::settings::numbers;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::waiting::wait_for;
use sipc_engine::worker::Worker;

mod commands;
mod failover;
mod functions;
mod hash;
mod load;
mod partitions;
mod probe;
mod select;
mod set;
mod state;
#[cfg(test)]
mod tests;

pub use functions::{
    ds_count, ds_get_script_attrs, ds_is_in_list, ds_mark_dst, ds_next_domain, ds_next_dst,
    ds_push_script_attrs, ds_select_domain, ds_select_dst,
};
use partitions::Partitions;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "dispatcher", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::dispatcher::MODULE;
    plain {
        ds_select_dst(i32, i32, Option<Text>, Option<Text>, Option<i32>),
        ds_select_domain(i32, i32, Option<Text>, Option<Text>, Option<i32>),
        ds_next_dst(Option<Text>), ds_next_domain(Option<Text>), ds_mark_dst(Option<Text>, Option<Text>),
        ds_is_in_list(Text, i32, Option<i32>, Option<Text>, Option<i32>, Option<Text>),
        ds_count(i32, Text, &VarRef, Option<Text>),
        ds_push_script_attrs(Text, Text, i32, Option<i32>, Option<Text>),
        ds_get_script_attrs(Text, i32, Option<Text>, &VarRef),
    }
    waiting {}
}

/// The group of the status reports.
const GROUP: &str = "dispatcher";
/// Milliseconds between writes of states into the table.
const FLUSH_MS: u64 = 30_000;

/// Functions and the position of their partition.
const NAMING: &[(&str, usize)] = &[
    ("ds_select_dst", 3),
    ("ds_select_domain", 3),
    ("ds_next_dst", 0),
    ("ds_next_domain", 0),
    ("ds_mark_dst", 1),
    ("ds_is_in_list", 3),
    ("ds_count", 3),
    ("ds_push_script_attrs", 4),
    ("ds_get_script_attrs", 2),
];

/// What holds for all partitions.
struct Settings {
    /// Failures after which a destination is probed.
    threshold: u32,
    /// All are probed.
    probes_all: bool,
    /// Of probes.
    max_forwards: Option<u32>,
    /// Codes besides 200 that mean that a destination works.
    good_codes: Vec<u16>,
    /// The sets that are probed; `None`: all.
    probed_sets: Option<Vec<i32>>,
    /// `hash_pvar`.
    hash_text: Option<Text>,
    /// `pvar_algo_pattern`.
    sort_variable: Option<String>,
    /// `algo_route`.
    sort_route: Option<String>,
    /// `setid_pvar`.
    set_variable: Option<Text>,
    /// E_DISPATCHER_STATUS.
    event: Option<EventId>,
}

fn init(setup: &mut Setup) -> InitResult {
    let partitions = Partitions::open(setup)?;
    for (function, position) in NAMING {
        for name in setup.told("dispatcher", function, *position) {
            if partitions.named(name).is_none() {
                return Err(format!("{function}: partition <{}> is not defined", name.unwrap_or("default")));
            }
        }
    }
    for partition in &partitions.0 {
        commands::load_first(setup, partition)?;
        for (name, _) in &partition.blacklists {
            gateways::add_blacklist(setup, name)?;
        }
    }
    let settings = settings(setup)?;
    let keeps = partitions.0.iter().any(|p| p.persistent);
    setup.share(Arc::new(settings));
    setup.share(Arc::new(partitions));
    setup.hooks.worker_start.push(start_worker);
    if keeps {
        setup.hooks.periodic.push((FLUSH_MS, flush));
        setup.hooks.shutdown.push(|shared| wait_for(state::flush(shared)));
    }
    let interval = setup.int("dispatcher", "ds_ping_interval", 0);
    if let Some(seconds) = u64::try_from(interval).ok().filter(|s| *s > 0) {
        if !setup.loads("tm") {
            return Err("ds_ping_interval needs the module tm".to_owned());
        }
        setup.hooks.periodic.push((seconds * 1000, probe::tick));
    }
    commands::register(setup);
    Ok(())
}

fn settings(setup: &mut Setup) -> Result<Settings, String> {
    let event = setup.events.publish(b"E_DISPATCHER_STATUS");
    let text = |name: &str| setup.text("dispatcher", name).filter(|t| !t.is_empty());
    let older = setup.int("dispatcher", "ds_probing_threshhold", 3);
    let threshold = setup.int("dispatcher", "ds_probing_threshold", older);
    let codes = text("options_reply_codes").map(|t| numbers(&t)).transpose()?;
    Ok(Settings {
        threshold: u32::try_from(threshold).unwrap_or(0),
        probes_all: setup.int("dispatcher", "ds_probing_mode", 0) == 1,
        max_forwards: u32::try_from(setup.int("dispatcher", "ds_ping_maxfwd", -1)).ok(),
        good_codes: codes.unwrap_or_default(),
        probed_sets: text("ds_probing_list").map(|t| numbers(&t)).transpose()?,
        hash_text: text("hash_pvar").map(Text::from),
        sort_variable: text("pvar_algo_pattern"),
        sort_route: text("algo_route"),
        set_variable: text("setid_pvar").map(Text::from),
        event,
    })
}

fn start_worker(worker: &Worker) {
    if worker.number == 0 && !probe::find_addresses(&worker.shared) {
        let text = format_args!("too much is waiting: names of destinations are not resolved");
        worker.shared.log.message(Level::Error, "dispatcher", text);
    }
}

/// Writes states into the tables, beside whatever else the worker does.
fn flush(worker: &Rc<Worker>) {
    let shared = worker.shared.clone();
    worker.network.spawn(Box::pin(async move { state::flush(&shared).await }));
}
