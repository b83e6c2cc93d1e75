//! `drouting`: routes by prefix, group and time to gateways and carriers.
//!
//! | File | What |
//! |---|---|
//! | `data` | gateways, carriers, rules; finding a rule |
//! | `load` | rows of the tables to those |
//! | `partitions` | where they come from |
//! | `routing` | rules to gateways, one after the other |
//! | `avps` | what waits for the next attempt |
//! | `functions` | what scripts call |
//! | `state` | changes of state: events, reports, the tables |
//! | `probe` | probes, names to addresses, blacklists |
//! | `commands` | management commands, loading |
//!
//! What is loaded is replaced as a whole; who is routing goes on with what it has.
#![forbid(unsafe_code)]

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use sipc_engine::Text;
use sipc_engine::events::EventId;
use sipc_engine::gateways::add_blacklist;
use sipc_engine::log::Level;
use sipc_engine::network::SocketId;
use sipc_engine::place::{VarRef, VariableBinding};
use sipc_engine::settings::numbers;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::waiting::wait_for;
use sipc_engine::worker::Worker;

mod avps;
mod commands;
mod data;
mod functions;
mod load;
mod partitions;
mod probe;
mod routing;
mod state;
#[cfg(test)]
mod tests;

pub use functions::{
    do_routing, dr_disable, dr_is_gw, dr_match, goes_to_gw, is_from_gw, route_to_carrier, route_to_gw,
    use_next_gw,
};
use partitions::{Loading, Partitions, SocketFilter};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "drouting", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::drouting::MODULE;
    plain {
        route_to_carrier(Text, Option<&VarRef>, Option<&VarRef>, Option<Text>),
        route_to_gw(Text, Option<&VarRef>, Option<&VarRef>, Option<Text>),
        is_from_gw(Option<i32>, Option<Text>, Option<&VarRef>, Option<&VarRef>, Option<Text>),
        dr_disable(Option<Text>),
        dr_match(i32, Option<Text>, Text, Option<&VarRef>, Option<Text>),
    }
    waiting {
        do_routing(
            Option<i32>, Option<Text>, Option<Text>, Option<&VarRef>, Option<&VarRef>, Option<&VarRef>, Option<Text>
        ),
        use_next_gw(Option<&VarRef>, Option<&VarRef>, Option<&VarRef>, Option<Text>),
        goes_to_gw(Option<i32>, Option<Text>, Option<&VarRef>, Option<&VarRef>, Option<Text>),
        dr_is_gw(Text, Option<i32>, Option<Text>, Option<&VarRef>, Option<&VarRef>, Option<Text>),
    }
}

/// The group of the status reports.
const GROUP: &str = "drouting";
/// Milliseconds between writes of states into the tables.
const FLUSH_MS: u64 = 30_000;

/// Functions and the position of their partition.
const NAMING: &[(&str, usize)] = &[
    ("do_routing", 6),
    ("route_to_carrier", 3),
    ("route_to_gw", 3),
    ("use_next_gw", 3),
    ("is_from_gw", 4),
    ("goes_to_gw", 4),
    ("dr_is_gw", 5),
    ("dr_disable", 0),
    ("dr_match", 4),
];

/// What the module keeps.
struct State {
    partitions: Partitions,
    loading: Loading,
    /// A reload during another one is refused.
    one_reload: bool,
    /// Users are told apart by domain too.
    use_domain: bool,
    /// User, domain and group.
    group_columns: [String; 3],
    /// The group of users that have none.
    default_group: Option<i32>,
    /// A gateway whose name is not known is not used.
    needs_names: bool,
    /// `partition_id_pvar`.
    partition_variable: Option<Text>,
    /// Probes are sent.
    probes: AtomicBool,
    probe_method: Text,
    probe_from: Text,
    probe_socket: Option<SocketId>,
    /// Codes besides 200 that mean that a gateway works.
    good_codes: Vec<u16>,
    /// E_DROUTING_STATUS.
    event: Option<EventId>,
}

fn init(setup: &mut Setup) -> InitResult {
    let partitions = Partitions::open(setup)?;
    for (function, position) in NAMING {
        for name in setup.told("drouting", function, *position) {
            if partitions.meant(name).is_none() {
                let name = name.unwrap_or_default();
                return Err(format!("{function}: partition <{name}> used, but not defined"));
            }
        }
    }
    let (loading, columns) = (loading(setup)?, group_columns(setup));
    for partition in &partitions.all {
        commands::load_first(setup, partition, &loading, &columns);
        for (name, _) in &partition.blacklists {
            add_blacklist(setup, name)?;
        }
    }
    let interval = setup.int("drouting", "probing_interval", 30);
    if let Some(seconds) = u64::try_from(interval).ok().filter(|s| *s > 0) {
        if !setup.loads("tm") {
            return Err("probing needs the module tm; probing_interval 0 switches it off".to_owned());
        }
        setup.hooks.periodic.push((seconds * 1000, probe::tick));
    }
    if loading.persistent {
        setup.hooks.periodic.push((FLUSH_MS, flush));
        setup.hooks.shutdown.push(|shared| wait_for(state::flush(shared)));
    }
    let state = state(setup, partitions, loading)?;
    setup.share(Arc::new(state));
    setup.hooks.worker_start.push(start_worker);
    commands::register(setup);
    Ok(())
}

fn loading(setup: &Setup) -> Result<Loading, String> {
    let text = |name: &str| setup.text("drouting", name);
    let filter = text("gw_socket_filter_mode").unwrap_or_else(|| "none".to_owned()).to_ascii_lowercase();
    let filter = match filter.as_str() {
        "none" => SocketFilter::None,
        "ignore" => SocketFilter::Ignore,
        "matched-only" => SocketFilter::MatchedOnly,
        other => {
            return Err(format!(
                "gw_socket_filter_mode {other} is unknown: none, ignore and matched-only are"
            ));
        }
    };
    Ok(Loading {
        persistent: setup.int("drouting", "persistent_state", 1) != 0,
        filter,
        id_chars: text("extra_id_chars").unwrap_or_else(|| "_-.".to_owned()),
        prefix_chars: text("extra_prefix_chars").unwrap_or_default(),
    })
}

/// The columns of users, their domains and groups.
fn group_columns(setup: &Setup) -> [String; 3] {
    [("drg_user_col", "username"), ("drg_domain_col", "domain"), ("drg_grpid_col", "groupid")]
        .map(|(param, default)| setup.text("drouting", param).unwrap_or_else(|| default.to_owned()))
}

fn state(setup: &mut Setup, partitions: Partitions, loading: Loading) -> Result<State, String> {
    let event = setup.events.publish(b"E_DROUTING_STATUS");
    let text = |name: &str| setup.text("drouting", name).filter(|t| !t.is_empty());
    let or = |name: &str, default: &str| text(name).unwrap_or_else(|| default.to_owned());
    let flag = |name: &str, default| setup.int("drouting", name, default) != 0;
    let socket = |name: String| {
        let found = setup.socket_named(name.as_bytes());
        found.ok_or_else(|| format!("probing_socket: this server does not listen on {name}"))
    };
    Ok(State {
        one_reload: flag("no_concurrent_reload", 0),
        use_domain: flag("use_domain", 1),
        group_columns: group_columns(setup),
        default_group: Some(setup.int("drouting", "default_group", -1)).filter(|n| *n != -1),
        needs_names: flag("force_dns", 1),
        partition_variable: text("partition_id_pvar").map(Text::from),
        probes: AtomicBool::new(true),
        probe_method: or("probing_method", "OPTIONS").into(),
        probe_from: or("probing_from", "sip:prober@localhost").into(),
        probe_socket: text("probing_socket").map(socket).transpose()?,
        good_codes: text("probing_reply_codes").map(|t| numbers(&t)).transpose()?.unwrap_or_default(),
        event,
        partitions,
        loading,
    })
}

fn start_worker(worker: &Worker) {
    if worker.number == 0 && !probe::find_addresses(&worker.shared) {
        let text = format_args!("too much is waiting: names of gateways are not resolved");
        worker.shared.log.message(Level::Error, "drouting", text);
    }
}

/// Writes states into the tables, beside whatever else the worker does.
fn flush(worker: &Rc<Worker>) {
    let shared = worker.shared.clone();
    worker.network.spawn(Box::pin(async move { state::flush(&shared).await }));
}
