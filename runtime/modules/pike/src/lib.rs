//! `pike`: counts messages by the address they come from, and tells which addresses send too many.
//!
//! | File | What |
//! |---|---|
//! | `tree` | addresses byte by byte, counted no finer than the traffic asks for |
#![forbid(unsafe_code)]

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use sipc_engine::events::{self, EventId, named};
use sipc_engine::hooks::Screen;
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::place::VariableBinding;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::status_report::{self, MAIN, READY};
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, Value};

#[cfg(test)]
mod tests;
mod tree;

use tree::{Mark, Removal, Tree};

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "pike", init };

/// No variables.
pub static VARIABLES: &[VariableBinding] = &[];

sipc_engine::bindings! { sipc_interface::modules::pike::MODULE;
    plain { pike_check_req() }
    waiting {}
}

/// The group of the status reports.
const GROUP: &str = "pike";
/// Reports that are kept.
const REPORTS_MAX: usize = 100;

/// What the module keeps.
struct State {
    tree: Tree,
    level: Level,
    /// E_PIKE_BLOCKED.
    event: Option<EventId>,
}

fn init(setup: &mut Setup) -> InitResult {
    let positive = |name: &str, default: i32| {
        let found = u32::try_from(setup.int("pike", name, default)).ok().filter(|n| *n > 0);
        found.ok_or_else(|| format!("{name} must be above 0"))
    };
    let unit = positive("sampling_time_unit", 2)?;
    let density = positive("reqs_density_per_unit", 30)?;
    let mut latency = positive("remove_latency", 120)?;
    if latency <= unit {
        latency = unit.saturating_add(1);
        setup.warn("pike", format!("remove_latency is not above sampling_time_unit: {latency} is used"));
    }
    let route = setup.text("pike", "check_route").filter(|name| !name.is_empty()).map(Text::from);
    if let Some(route) = &route {
        if !setup.configuration.request_routes.iter().any(|name| name.as_bytes() == &route[..]) {
            return Err(format!("check_route: there is no route {}", String::from_utf8_lossy(route)));
        }
        setup.hooks.screens.push(Screen { route: route.clone(), check: screen });
    }
    setup.hooks.periodic.push((1000, forget));
    setup.hooks.periodic.push((u64::from(unit) * 1000, next_unit));
    setup.status_reports.register(GROUP, MAIN, READY, None, REPORTS_MAX);
    let level = Level::from_number(setup.int("pike", "pike_log_level", 1));
    let event = setup.events.publish(b"E_PIKE_BLOCKED");
    setup.share(Arc::new(State { tree: Tree::new(density, latency), level, event }));
    setup.command("pike:list", list);
    setup.command("pike:rm", remove);
    Ok(())
}

fn now(worker: &Worker) -> u64 {
    worker.now().0 / 1000
}

/// Counts a message of an address.
fn count(worker: &Rc<Worker>, source: IpAddr, depth: u32) -> i32 {
    let Some(state) = worker.shared.state::<State>() else { return 1 };
    match state.tree.mark(source, now(worker)) {
        Mark::Fine => 1,
        Mark::Blocked => -1,
        Mark::NewlyBlocked => {
            let shared = &worker.shared;
            shared.log.message(state.level, "pike", format_args!("PIKE - BLOCKing ip {source}"));
            if let Some(event) = state.event {
                let address = Value::Text(Text::from(source.to_string()));
                events::raise(worker, event, &[named("ip", address)], depth);
            }
            status_report::report(shared, GROUP, MAIN, &format!("IP {source} detected as flooding"));
            -2
        }
    }
}

/// `pike_check_req()`.
pub fn pike_check_req(cx: &mut Context) -> i32 {
    count(&cx.worker.clone(), cx.received.source.ip(), cx.event_depth)
}

fn screen(worker: &Rc<Worker>, source: IpAddr) -> bool {
    count(worker, source, 0) > 0
}

fn forget(worker: &Rc<Worker>) {
    if let Some(state) = worker.shared.state::<State>() {
        state.tree.forget(now(worker));
    }
}

fn next_unit(worker: &Rc<Worker>) {
    let Some(state) = worker.shared.state::<State>() else { return };
    for address in state.tree.next_unit() {
        worker.shared.log.message(state.level, "pike", format_args!("PIKE - UNBLOCKing ip {address}"));
    }
}

fn module(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or_else(|| MiError::new(500, "pike is not running"))
}

fn list(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let blocked: Vec<String> = module(shared)?.tree.blocked().iter().map(IpAddr::to_string).collect();
    Ok(json!({ "IPs": blocked }))
}

fn remove(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let state = module(shared)?;
    let text = params.text("ip").unwrap_or_default();
    let address: IpAddr = text.parse().map_err(|_| MiError::new(500, "Bad IP"))?;
    match state.tree.unblock(address) {
        Removal::Unknown => Err(MiError::new(404, "Match not found")),
        Removal::NotBlocked => Err(MiError::new(400, "IP not blocked")),
        Removal::Done => {
            shared.log.message(state.level, "pike", format_args!("PIKE - UNBLOCKing ip {address}"));
            Ok(json!("OK"))
        }
    }
}
