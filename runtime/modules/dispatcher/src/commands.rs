//! Management commands, and loading.

use serde_json::{Map, Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::status_report::{self, READY, RELOADING};

use crate::GROUP;
use crate::functions::push_script_attributes;
use crate::load::Loaded;
use crate::partitions::{Partition, Partitions};
use crate::probe::find_addresses;
use crate::set::Set;
use crate::state::{Change, set_from_outside};

/// Reports that are kept about loading.
const REPORTS_MAX: usize = 20;
/// Reports that are kept about destinations.
const EVENTS_MAX: usize = 200;

/// Loads a table for the first time.
pub fn load_first(setup: &mut Setup, partition: &Partition) -> Result<(), String> {
    let loaded = partition.load(&|name| setup.socket_named(name))?;
    let name = partition.name.as_str();
    setup.status_reports.register(GROUP, name, READY, Some("data available"), REPORTS_MAX);
    setup.status_reports.register(GROUP, &partition.events, READY, None, EVENTS_MAX);
    setup.report(GROUP, name, "starting DB data loading");
    for line in summary(&loaded) {
        setup.report(GROUP, name, line);
    }
    loaded.faults.into_iter().for_each(|line| setup.warn("dispatcher", line));
    partition.sets.put(loaded.sets);
    Ok(())
}

fn summary(loaded: &Loaded) -> [String; 2] {
    let counts = format!("{} destinations loaded ({} discarded)", loaded.count, loaded.discarded);
    ["DB data loading successfully completed".to_owned(), counts]
}

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("dispatcher:set_state", set_state);
    setup.command("dispatcher:list", list);
    setup.command("dispatcher:reload", reload);
    setup.command("dispatcher:push_script_attrs", push_script_attrs);
}

fn all(shared: &Shared) -> Result<&Partitions, MiError> {
    shared.state::<Partitions>().ok_or_else(|| MiError::new(500, "dispatcher is not running"))
}

fn reload(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let inherits = match params.text("inherit_state") {
        Some(text) => !matches!(text.to_ascii_lowercase().as_str(), "0" | "no" | "off" | "false" | "n"),
        None => true,
    };
    let partitions = all(shared)?;
    match params.text("partition") {
        Some(name) => {
            let found = partitions.named(Some(&name));
            load_again(shared, found.ok_or_else(|| MiError::new(500, "ERROR Unknown partition"))?, inherits)?;
        }
        None => partitions.0.iter().try_for_each(|p| load_again(shared, p, inherits))?,
    }
    if !find_addresses(shared) {
        return Err(MiError::new(500, "too much is waiting: names of destinations are not resolved"));
    }
    Ok(json!("OK"))
}

fn load_again(shared: &Shared, partition: &Partition, inherits: bool) -> Result<(), MiError> {
    let name = partition.name.as_str();
    let report = |text: &str| status_report::report(shared, GROUP, name, text);
    let status = |number, words| status_report::set_status(shared, GROUP, name, number, Some(words));
    let say = |text: &str| shared.log.message(Level::Error, "dispatcher", format_args!("{text}"));
    status(RELOADING, "data re-loading");
    report("starting DB data loading");
    let loaded = partition.load(&|name| shared.socket_of_any_transport(name)).map_err(|why| {
        say(&why);
        report("DB data loading failed, discarding");
        status(READY, "data available");
        MiError::new(500, "ERROR Reloading data")
    })?;
    summary(&loaded).iter().for_each(|line| report(line));
    loaded.faults.iter().for_each(|line| say(line));
    if inherits {
        loaded.sets.inherit(&partition.sets.get());
    }
    partition.sets.put(loaded.sets);
    status(READY, "data available");
    Ok(())
}

fn set_state(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let bad = |text: &str| MiError::new(500, text);
    let state = params.text("state").unwrap_or_default();
    let change = Change::of(state.as_bytes()).ok_or_else(|| bad("Bad state value"))?;
    let group = params.text("group").ok_or_else(|| bad("group not found"))?;
    let (name, number) = match group.split_once(':') {
        Some((name, number)) => (Some(name.trim()), number),
        None => (None, group.as_str()),
    };
    let partitions = all(shared)?;
    let found = partitions.named(name).ok_or_else(|| MiError::new(404, "ERROR Unknown partition"))?;
    let set: i32 = number.trim().parse().map_err(|_| bad("bad group value"))?;
    let address = params.text("address").ok_or_else(|| bad("address not found"))?;
    match set_from_outside(shared, found, set, address.as_bytes(), change, "MI command") {
        true => Ok(json!("OK")),
        false => Err(MiError::new(404, "destination not found")),
    }
}

fn list(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partitions = all(shared)?;
    let full = params.int("full").unwrap_or(0) != 0;
    let only = match params.text("partition") {
        Some(name) => {
            let unknown = || MiError::new(500, "ERROR Unknown partition");
            Some(partitions.named(Some(&name)).ok_or_else(unknown)?.name.clone())
        }
        None => None,
    };
    let wanted = partitions.0.iter().filter(|p| only.as_ref().is_none_or(|name| *name == p.name));
    let one = |p: &Partition| {
        let sets: Vec<Json> = p.sets.get().0.iter().map(|set| describe(shared, set, full)).collect();
        match sets.is_empty() {
            true => json!({ "name": p.name }),
            false => json!({ "name": p.name, "SETS": sets }),
        }
    };
    Ok(json!({ "PARTITIONS": wanted.map(one).collect::<Vec<_>>() }))
}

fn describe(shared: &Shared, set: &Set, full: bool) -> Json {
    let standing = set.changing.lock().all.clone();
    let lossy = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let one = |(d, s): (&crate::set::Destination, &crate::set::Standing)| {
        let mut object = Map::new();
        let mut put = |name: &str, value: Json| object.insert(name.to_owned(), value);
        put("URI", json!(lossy(&d.uri)));
        put(
            "state",
            json!(["Active", "Inactive", "Probing"][usize::try_from(s.state.number()).unwrap_or(0).min(2)]),
        );
        put("first_hit_counter", json!(s.chosen));
        if let Some(id) = d.socket {
            put("socket", json!(lossy(&shared.socket(id).uri)));
        }
        if !d.attributes.is_empty() {
            put("attr", json!(lossy(&d.attributes)));
        }
        if let Some(text) = &s.script_attributes {
            put("script_attr", json!(lossy(text)));
        }
        if full {
            put("weight", json!(d.weight));
            put("priority", json!(d.priority));
            if !d.description.is_empty() {
                put("description", json!(lossy(&d.description)));
            }
        }
        let addresses: Vec<String> =
            d.addresses.read().iter().map(|a| format!("{}:{}", a.ip, a.port)).collect();
        put("resolved_addresses", json!(addresses));
        Json::Object(object)
    };
    let destinations: Vec<Json> = set.destinations.iter().zip(&standing).map(one).collect();
    json!({ "id": set.id, "Destinations": destinations })
}

fn push_script_attrs(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let bad = |text: &str| MiError::new(500, text);
    let attributes = params.text("attrs").filter(|t| !t.is_empty()).ok_or_else(|| bad("Bad attrs value"))?;
    let ip = params.text("ip").ok_or_else(|| bad("ip not found"))?;
    let number = |name| params.int(name).and_then(|n| i32::try_from(n).ok());
    let invalid = || MiError::new(-32602, "Invalid params");
    let (port, set) = (number("port").ok_or_else(invalid)?, number("set").ok_or_else(invalid)?);
    let found = all(shared)?.named(params.text("partition").as_deref());
    let found = found.ok_or_else(|| MiError::new(404, "ERROR Unknown partition"))?;
    match push_script_attributes(found, attributes.as_bytes(), ip.as_bytes(), port, Some(set)) {
        Some(()) => Ok(json!("OK")),
        None => Err(MiError::new(404, "destination not found")),
    }
}
