//! Management commands.

use serde_json::{Map, Value as Json, json};
use sipc_engine::glob::glob;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;

use crate::State;
use crate::pipe::{Held, Pipe, Window};

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("ratelimit:list", list);
    setup.command("ratelimit:reset_pipe", reset);
    setup.command("ratelimit:set_pid", set_pid);
    setup.command("ratelimit:get_pid", get_pid);
    setup.command("ratelimit:dump_pipe", dump);
}

fn module(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or_else(|| MiError::new(500, "ratelimit is not running"))
}

fn describe(name: &[u8], pipe: &Pipe) -> Json {
    json!({
        "id": String::from_utf8_lossy(name),
        "algorithm": pipe.algorithm.name(),
        "limit": pipe.limit,
        "counter": pipe.last_count,
    })
}

fn list(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let state = module(shared)?;
    let drop_rate = state.controller.lock().drop_rate;
    if let Some(name) = params.text("pipe").filter(|name| !name.is_empty()) {
        let name = name.as_bytes();
        let found = state.pipes.with(name, |pipe| describe(name, pipe));
        let pipe = found.ok_or_else(|| MiError::new(404, "Pipe Not Found"))?;
        return Ok(json!({ "Pipe": pipe, "drop_rate": drop_rate }));
    }
    let fits = |param: &str, name: &[u8]| params.text(param).map(|pattern| glob(pattern.as_bytes(), name));
    let wanted = |name: &[u8]| fits("filter", name) != Some(false) && fits("filter_out", name) != Some(true);
    let names = state.pipes.names().into_iter().filter(|name| wanted(name));
    let pipes: Vec<Json> =
        names.filter_map(|name| state.pipes.with(&name, |pipe| describe(&name, pipe))).collect();
    Ok(json!({ "Pipes": pipes, "drop_rate": drop_rate }))
}

fn reset(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let state = module(shared)?;
    let name = params.text("pipe").unwrap_or_default();
    match state.pipes.change(name.as_bytes(), 0, &state.rules, shared.unix_now_ms()) {
        true => Ok(json!("OK")),
        false => Err(MiError::new(500, "Internal error")),
    }
}

fn set_pid(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let factor = |name: &str| {
        let text = params.text(name).filter(|t| t.len() < 5);
        let number = text.and_then(|t| t.parse::<f64>().ok()).filter(|n| n.is_finite());
        number.ok_or_else(|| MiError::new(400, "Bad parameter value"))
    };
    let (ki, kp, kd) = (factor("ki")?, factor("kp")?, factor("kd")?);
    let mut controller = module(shared)?.controller.lock();
    (controller.ki, controller.kp, controller.kd) = (ki, kp, kd);
    Ok(json!("OK"))
}

fn get_pid(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let controller = module(shared)?.controller.lock();
    let text = |factor: f64| format!("{factor:.3}");
    let pid = json!({ "ki": text(controller.ki), "kp": text(controller.kp), "kd": text(controller.kd) });
    Ok(json!({ "PID": pid }))
}

fn dump(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let state = module(shared)?;
    let name = params.text("pipe").unwrap_or_default();
    let now = shared.unix_now_ms();
    let dumped = state.pipes.with(name.as_bytes(), |pipe| {
        let mut object = Map::new();
        let mut put = |key: &str, value: Json| object.insert(key.to_owned(), value);
        let total = match &pipe.window {
            Some(window) => {
                let (described, total) = describe_window(window, window.held(&state.rules, now));
                put("Window", described);
                total
            }
            None => pipe.count,
        };
        put("Pipe", json!(name));
        put("Algorithm", json!(pipe.algorithm.name()));
        put("Counter", json!(pipe.count));
        put("Replication Nodes", json!([]));
        put("Total", json!(total));
        Json::Object(object)
    });
    dumped.ok_or_else(|| MiError::new(404, "Pipe not found"))
}

/// A window, and its sum.
fn describe_window(window: &Window, held: Held) -> (Json, u32) {
    let size = window.slots.len();
    let (slots, status) = match held {
        Held::Nothing => return (json!({ "Buckets": [], "Status": "Unitialized (?)" }), 0),
        Held::Expired => (Vec::new(), "Expired"),
        Held::Slots(slots) => (slots, "OK"),
    };
    let total = slots.iter().map(|at| window.slots[*at]).sum();
    let buckets: Vec<Json> =
        slots.into_iter().map(|at| json!({ "Index": at, "Count": window.slots[at] })).collect();
    let described =
        json!({ "Buckets": buckets, "Window Size": size, "Status": status, "Bucket Total": total });
    (described, total)
}
