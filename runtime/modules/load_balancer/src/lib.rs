//! `load_balancer`: counts calls on destinations, and sends new ones where there is the most room.
//!
//! | File | What |
//! |---|---|
//! | `data` | destinations with their resources; rows of the table to those |
//! | `choice` | finding the best, and what waits in AVPs for the next |
//! | `functions` | what scripts call |
//! | `probe` | probes, names to addresses, blacklists, changes of state |
//! | `commands` | management commands, loading |
//!
//! What is loaded is replaced as a whole. Calls are counted by profiles of module `dialog`: `lbX` and the name of
//! the resource, with the number of the destination as value.
#![forbid(unsafe_code)]

use std::sync::Arc;

use parking_lot::Mutex;
use sipc_engine::Text;
use sipc_engine::database::{Database, Loaded, Select, query_now};
use sipc_engine::events::EventId;
use sipc_engine::gateways::add_blacklist;
use sipc_engine::place::{VarRef, VariableBinding};
use sipc_engine::settings::{named_numbers, numbers};
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::worker::Worker;

mod choice;
mod commands;
mod data;
mod functions;
mod probe;
#[cfg(test)]
mod tests;

use data::Data;
pub use functions::{
    lb_count_call, lb_disable_dst, lb_is_destination, lb_is_started, lb_next, lb_reset, lb_start,
    lb_start_or_next, load_balance,
};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "load_balancer", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::load_balancer::MODULE;
    plain {
        lb_start(i32, Text, Option<Text>, Option<&VarRef>),
        load_balance(i32, Text, Option<Text>, Option<&VarRef>),
        lb_start_or_next(i32, Text, Option<Text>, Option<&VarRef>),
        lb_next(Option<&VarRef>),
        lb_reset(),
        lb_is_started(),
        lb_disable_dst(),
        lb_is_destination(Text, i32, Option<i32>, Option<i32>, Option<&VarRef>),
        lb_count_call(Text, i32, i32, Text, Option<i32>),
    }
    waiting {}
}

/// The version of the table.
const VERSION: i64 = 3;

/// What the module keeps.
struct State {
    data: Loaded<Data>,
    database: Arc<dyn Database>,
    table: String,
    /// Held while a reload reads the table.
    loading: Mutex<()>,
    /// Held from counting to choosing, so that two calls do not take the same last place.
    choosing: Mutex<()>,
    /// Changes of state are logged.
    verbose: bool,
    probe_method: Text,
    probe_from: Text,
    /// Codes besides 200 that mean that a destination works.
    good_codes: Vec<u16>,
    /// E_LOAD_BALANCER_STATUS.
    event: Option<EventId>,
    /// Names and groups.
    blacklists: Vec<(String, Vec<i32>)>,
}

impl State {
    /// Reads the table; gives what was wrong, too.
    fn read(&self) -> Result<(Data, Vec<String>), String> {
        read(&*self.database, &self.table)
    }
}

fn read(database: &dyn Database, table: &str) -> Result<(Data, Vec<String>), String> {
    let columns = ["id", "group_id", "dst_uri", "resources", "probe_mode", "attrs"];
    let rows = query_now(database, &Select::of(table, &columns))?.rows;
    Ok(Data::read(&rows))
}

fn init(setup: &mut Setup) -> InitResult {
    let url = setup.database_url("load_balancer", "db_url").ok_or("db_url is missing")?;
    let text = |name: &str| setup.text("load_balancer", name).filter(|t| !t.is_empty());
    let or = |name: &str, default: &str| text(name).unwrap_or_else(|| default.to_owned());
    let table = or("db_table", "load_balancer");
    let database = setup.database(&url)?;
    setup.check_table(&*database, &table, VERSION)?;
    let (data, faults) = read(&*database, &table)?;
    let define = setup.params("load_balancer", "lb_define_blacklist");
    let blacklists = define.filter_map(|s| s.text()).map(named_numbers).collect::<Result<Vec<_>, _>>()?;
    let good_codes = text("probing_reply_codes").map(|t| numbers(&t)).transpose()?.unwrap_or_default();
    let (probe_method, probe_from) =
        (or("probing_method", "OPTIONS"), or("probing_from", "sip:prober@localhost"));
    let interval = u64::try_from(setup.int("load_balancer", "probing_interval", 30)).unwrap_or(0);
    if interval > 0 {
        if !setup.loads("tm") {
            return Err("probing needs the module tm; probing_interval 0 switches it off".to_owned());
        }
        setup.hooks.periodic.push((interval * 1000, probe::tick));
    }
    faults.into_iter().for_each(|fault| setup.warn("load_balancer", fault));
    for (name, _) in &blacklists {
        add_blacklist(setup, name)?;
    }
    let state = State {
        data: Loaded::new(data),
        database,
        table,
        loading: Mutex::new(()),
        choosing: Mutex::new(()),
        verbose: setup.int("load_balancer", "probing_verbose", 0) != 0,
        probe_method: probe_method.into(),
        probe_from: probe_from.into(),
        good_codes,
        event: setup.events.publish(b"E_LOAD_BALANCER_STATUS"),
        blacklists,
    };
    setup.share(Arc::new(state));
    setup.hooks.worker_start.push(start_worker);
    commands::register(setup);
    Ok(())
}

fn start_worker(worker: &Worker) {
    if worker.number == 0 {
        commands::after_loading(&worker.shared);
    }
}
