//! Management commands, and loading.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::status_report::{self, NO_DATA, READY, RELOADING};

use crate::data::{Carrier, Data, Gateway, Place, Probing, State as Use};
use crate::load::{Counts, Loaded};
use crate::partitions::{Loading, Meant, Partition};
use crate::probe::find_addresses;
use crate::state;
use crate::{GROUP, State};

/// Reports that are kept about loading.
const REPORTS_MAX: usize = 20;
/// Reports that are kept about gateways.
const EVENTS_MAX: usize = 200;

/// Loads the tables for the first time; without them the server starts nevertheless, as OpenSIPS does.
pub fn load_first(setup: &mut Setup, partition: &Partition, loading: &Loading, group_columns: &[String; 3]) {
    let name = partition.name.as_str();
    let outcome = partition.load(loading, &|name| setup.socket_named(name));
    let (status, words) =
        if outcome.is_ok() { (READY, "data available") } else { (NO_DATA, "no data loaded") };
    setup.status_reports.register(GROUP, name, status, Some(words), REPORTS_MAX);
    setup.status_reports.register(GROUP, &partition.events, READY, None, EVENTS_MAX);
    setup.report(GROUP, name, "starting DB data loading");
    match outcome {
        Ok(loaded) => {
            summary(&loaded.counts).into_iter().for_each(|line| setup.report(GROUP, name, line));
            loaded.faults.into_iter().for_each(|line| setup.warn("drouting", line));
            partition.data.put(loaded.data);
            // looked at once, so that a fault shows now, and not with the first call
            if let Err(why) = partition.try_groups(group_columns) {
                setup.warn("drouting", why);
            }
        }
        Err(why) => {
            setup.report(GROUP, name, "DB data loading failed, discarding");
            setup.warn("drouting", why);
        }
    }
}

fn summary(counts: &[Counts; 3]) -> [String; 2] {
    let [gateways, carriers, rules] = counts;
    let counts = format!(
        "{} gateways loaded ({} discarded), {} carriers loaded ({} discarded), {} rules loaded ({} discarded)",
        gateways.loaded,
        gateways.discarded,
        carriers.loaded,
        carriers.discarded,
        rules.loaded,
        rules.discarded
    );
    ["DB data loading successfully completed".to_owned(), counts]
}

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("drouting:reload", reload);
    setup.command("drouting:gw_status", gw_status);
    setup.command("drouting:carrier_status", carrier_status);
    setup.command("drouting:number_routing", number_routing);
    setup.command("drouting:reload_status", reload_status);
    setup.command("drouting:enable_probing", enable_probing);
}

fn module(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or_else(|| MiError::new(500, "drouting is not running"))
}

fn with_data(code: i32, message: &str, data: &str) -> MiError {
    MiError { data: Some(data.to_owned()), ..MiError::new(code, message) }
}

/// The partition that a command names, or the only one.
fn meant<'a>(module: &'a State, params: &Params) -> Result<&'a Partition, MiError> {
    let name = params.text("partition_name");
    if name.is_some() && !module.partitions.named {
        let why = "'partition_name' supported only when 'use_partitions' is set";
        return Err(with_data(400, "Invalid parameter: 'partition_name'", why));
    }
    if name.is_none() && module.partitions.named {
        let why = "'partition_name' is required when 'use_partitions' is set";
        return Err(with_data(400, "Missing parameter: 'partition_name'", why));
    }
    match module.partitions.meant(name.as_deref()) {
        Some(Meant::One(partition)) => Ok(partition),
        _ => Err(MiError::new(404, "Partition not found")),
    }
}

fn reload(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let inherits = match params.text("inherit_state") {
        Some(text) => !matches!(text.to_ascii_lowercase().as_str(), "0" | "no" | "off" | "false" | "n"),
        None => true,
    };
    let module = module(shared)?;
    if params.has("partition_name") {
        load_again(shared, module, meant(module, params)?, inherits)?;
    } else {
        module.partitions.all.iter().try_for_each(|p| load_again(shared, module, p, inherits))?;
    }
    if !find_addresses(shared) {
        return Err(MiError::new(500, "too much is waiting: names of gateways are not resolved"));
    }
    Ok(json!("OK"))
}

fn load_again(shared: &Shared, module: &State, partition: &Partition, inherits: bool) -> Result<(), MiError> {
    let _held = match partition.loading.try_lock() {
        Some(held) => held,
        None if module.one_reload => return Err(MiError::new(500, "Reload in progress")),
        None => partition.loading.lock(),
    };
    let name = partition.name.as_str();
    let before = shared.status_reports.status(GROUP, name);
    let report = |text: &str| status_report::report(shared, GROUP, name, text);
    let status = |number, words| status_report::set_status(shared, GROUP, name, number, Some(words));
    let say = |text: &str| shared.log.message(Level::Error, "drouting", format_args!("{text}"));
    status(RELOADING, "data re-loading");
    report("starting DB data loading");
    let loaded = partition.load(&module.loading, &|name| shared.socket_of_any_transport(name));
    let Loaded { mut data, counts, faults } = match loaded {
        Ok(loaded) => loaded,
        Err(why) => {
            say(&why);
            report("DB data loading failed, discarding");
            match before {
                Some(NO_DATA) => status(NO_DATA, "no data loaded"),
                _ => status(READY, "data available"),
            }
            return Err(MiError::new(500, "Failed to reload"));
        }
    };
    summary(&counts).iter().for_each(|line| report(line));
    faults.iter().for_each(|line| say(line));
    if inherits {
        data.inherit(&partition.data.get());
    }
    data.read_at = shared.unix_now();
    partition.data.put(data);
    status(READY, "data available");
    Ok(())
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// What commands call a state.
fn word(gateway: &Gateway, state: Use) -> &'static str {
    match state {
        Use::Active => "Active",
        Use::Disabled => "Disabled MI",
        Use::Failed if gateway.probing == Probing::WhenFailed => "Probing",
        Use::Failed => "Inactive",
    }
}

fn with_attributes(object: &mut Map<String, Json>, attributes: &[u8]) {
    if !attributes.is_empty() {
        object.insert("ATTRS".to_owned(), json!(lossy(attributes)));
    }
}

fn describe_gateway(data: &Data, place: usize, gateway: &Gateway, named: bool) -> Json {
    let mut object = Map::new();
    if named {
        object.insert("ID".to_owned(), json!(lossy(&gateway.id)));
        object.insert("IP".to_owned(), json!(lossy(&gateway.address)));
    }
    with_attributes(&mut object, &gateway.attributes);
    object.insert("State".to_owned(), json!(word(gateway, data.standing(place).state)));
    Json::Object(object)
}

fn gw_status(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partition = meant(module(shared)?, params)?;
    let data = partition.data.get();
    let Some(id) = params.text("gw_id") else {
        let all = data.gateways.iter().enumerate().map(|(at, g)| describe_gateway(&data, at, g, true));
        return Ok(json!({ "Gateways": all.collect::<Vec<_>>() }));
    };
    let unknown = || MiError::new(404, "GW ID not found");
    if params.has("status") {
        let status = params.int("status").ok_or_else(|| MiError::new(-32602, "Invalid params"))?;
        return match state::command(shared, partition, id.as_bytes(), status != 0) {
            true => Ok(json!("OK")),
            false => Err(unknown()),
        };
    }
    let place = data.gateway(id.as_bytes()).ok_or_else(unknown)?;
    Ok(describe_gateway(&data, place, &data.gateways[place], false))
}

fn describe_carrier(data: &Data, place: usize, carrier: &Carrier, named: bool) -> Json {
    let mut object = Map::new();
    if named {
        object.insert("ID".to_owned(), json!(lossy(&carrier.id)));
    }
    with_attributes(&mut object, &carrier.attributes);
    // the blank is OpenSIPS'
    object.insert("Enabled".to_owned(), json!(if data.is_off(place) { "no " } else { "yes" }));
    Json::Object(object)
}

fn carrier_status(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partition = meant(module(shared)?, params)?;
    let data = partition.data.get();
    let Some(id) = params.text("carrier_id") else {
        let all = data.carriers.iter().enumerate().map(|(at, c)| describe_carrier(&data, at, c, true));
        return Ok(json!({ "Carriers": all.collect::<Vec<_>>() }));
    };
    let unknown = || MiError::new(404, "Carrier ID not found");
    if params.has("status") {
        let status = params.int("status").ok_or_else(|| MiError::new(-32602, "Invalid params"))?;
        return match state::set_carrier(shared, partition, id.as_bytes(), status != 0) {
            true => Ok(json!("OK")),
            false => Err(unknown()),
        };
    }
    let place = data.carrier(id.as_bytes()).ok_or_else(unknown)?;
    Ok(describe_carrier(&data, place, &data.carriers[place], false))
}

fn number_routing(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let partition = meant(module(shared)?, params)?;
    // the group that no rule should have
    let group = params.int("group_id").unwrap_or(-1) as u32;
    let number = params.text("number").unwrap_or_default();
    let data = partition.data.get();
    let unix = i64::try_from(shared.unix_now()).unwrap_or(i64::MAX);
    let Some(found) = data.find(group, number.as_bytes(), unix) else { return Ok(json!("No match")) };
    let rule = &data.rules[found.rule];
    let member = |m: &crate::data::Member| match m.place {
        Place::Gateway(at) => json!({ "GATEWAY": lossy(&data.gateways[at].id) }),
        Place::Carrier(at) => json!({ "CARRIER": lossy(&data.carriers[at].id) }),
    };
    let mut object = Map::new();
    object.insert("Matched Prefix".to_owned(), json!(lossy(&number.as_bytes()[..found.length])));
    object.insert("GW List".to_owned(), rule.members.iter().map(member).collect());
    with_attributes(&mut object, &rule.attributes);
    Ok(Json::Object(object))
}

fn date(unix: u64) -> String {
    let time = i64::try_from(unix).ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0));
    time.map(|t| t.with_timezone(&chrono::Local).format("%a %b %e %H:%M:%S %Y").to_string())
        .unwrap_or_default()
}

fn read_at(shared: &Shared, partition: &Partition) -> String {
    match partition.data.get().read_at {
        0 => date(shared.started_unix),
        unix => date(unix),
    }
}

fn reload_status(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let module = module(shared)?;
    if params.has("partition_name") {
        let partition = meant(module, params)?;
        return Ok(json!({ "name": partition.name, "Date": read_at(shared, partition) }));
    }
    if !module.partitions.named {
        return Ok(json!({ "Date": read_at(shared, meant(module, params)?) }));
    }
    let one = |p: &Partition| json!({ "name": p.name, "Date": read_at(shared, p) });
    Ok(json!({ "Partitions": module.partitions.all.iter().map(one).collect::<Vec<_>>() }))
}

fn enable_probing(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let module = module(shared)?;
    if !params.has("status") {
        return Ok(json!({ "Status": i32::from(module.probes.load(Ordering::Relaxed)) }));
    }
    let status = params.int("status").ok_or_else(|| MiError::new(-32602, "Invalid params"))?;
    module.probes.store(status != 0, Ordering::Relaxed);
    Ok(json!("OK"))
}
