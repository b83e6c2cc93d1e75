//! Management commands, loading.

use std::sync::atomic::Ordering;

use serde_json::{Map, Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;

use crate::State;
use crate::data::{Capacity, Data, Destination};
use crate::probe;

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("load_balancer:reload", reload);
    setup.command("load_balancer:resize", resize);
    setup.command("load_balancer:list", list);
    setup.command("load_balancer:status", status);
}

fn module(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or_else(|| MiError::new(500, "load_balancer is not running"))
}

/// What is to be done with data that has just been loaded: profiles are made, names resolved.
pub fn after_loading(shared: &Shared) {
    let Some(state) = shared.state::<State>() else { return };
    let say = |text: std::fmt::Arguments<'_>| shared.log.message(Level::Error, "load_balancer", text);
    if let Some(dialogs) = &shared.dialogs {
        for resource in &state.data.get().resources {
            if resource.profile(&**dialogs).is_none() {
                let name = String::from_utf8_lossy(&resource.name);
                say(format_args!("calls cannot be counted for the resource {name}"));
            }
        }
    }
    if !probe::find_addresses(shared) {
        say(format_args!("too much is waiting: names of destinations are not resolved"));
    }
}

fn reload(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let state = module(shared)?;
    let _held = state.loading.lock();
    let say = |text: &str| shared.log.message(Level::Error, "load_balancer", format_args!("{text}"));
    let (mut data, faults) = state.read().map_err(|why| {
        say(&why);
        MiError::new(500, "Failed to reload")
    })?;
    faults.iter().for_each(|fault| say(fault));
    data.inherit(&state.data.get());
    state.data.put(data);
    after_loading(shared);
    Ok(json!("OK"))
}

fn number(params: &Params, name: &str) -> Result<i32, MiError> {
    let found = params.int(name).and_then(|n| i32::try_from(n).ok());
    found.ok_or_else(|| MiError::new(-32602, "Invalid params"))
}

fn find<'a>(data: &'a Data, params: &Params) -> Result<(usize, &'a Destination), MiError> {
    let place = data.find(number(params, "destination_id")?);
    let found = place.and_then(|place| data.destinations.get(place).map(|d| (place, d)));
    found.ok_or_else(|| MiError::new(404, "Destination ID not found"))
}

fn resize(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let data = module(shared)?.data.get();
    let size =
        u32::try_from(number(params, "new_capacity")?).map_err(|_| MiError::new(-32602, "Invalid params"))?;
    let (_, destination) = find(&data, params)?;
    let name = params.text("res_name").unwrap_or_default();
    let capacity = data.resource(name.as_bytes()).and_then(|at| destination.capacity(at));
    let capacity = capacity.ok_or_else(|| MiError::new(404, "Destination has no such resource"))?;
    capacity.most.store(size, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn yes_or_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn with_attributes(mut object: Map<String, Json>, destination: &Destination) -> Json {
    if !destination.attributes.is_empty() {
        object.insert("attrs".to_owned(), json!(lossy(&destination.attributes)));
    }
    Json::Object(object)
}

fn status(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let data = module(shared)?.data.get();
    let (place, destination) = find(&data, params)?;
    if params.has("new_status") {
        let used = number(params, "new_status")? != 0;
        // it was there a moment ago; if not, there is nothing to change
        probe::command(shared, destination.id, used);
        return Ok(json!("OK"));
    }
    let mut object = Map::new();
    object.insert("enable".to_owned(), json!(yes_or_no(!data.standing(place).disabled)));
    Ok(with_attributes(object, destination))
}

fn list(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let data = module(shared)?.data.get();
    let all = data.destinations.iter().enumerate();
    let all: Vec<Json> = all.map(|(place, d)| describe(shared, &data, place, d)).collect();
    Ok(json!({ "Destinations": all }))
}

fn describe(shared: &Shared, data: &Data, place: usize, destination: &Destination) -> Json {
    let standing = data.standing(place);
    let dialogs = shared.dialogs.as_deref();
    let resource = |capacity: &Capacity| {
        let resource = data.resources.get(capacity.resource)?;
        let count = dialogs.and_then(|d| Some(d.count(resource.profile(d)?, Some(&destination.value))));
        Some(json!({
            "name": lossy(&resource.name),
            "max": capacity.most.load(Ordering::Relaxed),
            "load": count.unwrap_or(0),
        }))
    };
    let resources: Vec<Json> = destination.capacities.iter().filter_map(resource).collect();
    let mut object = Map::new();
    let mut put = |key: &str, value: Json| object.insert(key.to_owned(), value);
    put("uri", json!(lossy(&destination.uri)));
    put("id", json!(destination.id));
    put("group", json!(destination.group));
    put("enabled", json!(yes_or_no(!standing.disabled)));
    put("auto-reenable", json!(if standing.by_command { "off" } else { "on" }));
    put("Resources", json!(resources));
    with_attributes(object, destination)
}
