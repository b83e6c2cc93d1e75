//! Commands of the group `evi`.

use serde_json::{Map, Value as Json, json};

use super::{Command, MiError, Params};
use crate::context::Named;
use crate::events::{self, Event};
use crate::shared::Shared;
use crate::{Text, Value};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "evi:subscribe", handler: subscribe },
    Command { name: "evi:list", handler: list },
    Command { name: "evi:subscribers", handler: subscribers },
    Command { name: "evi:raise", handler: raise },
];

fn required(params: &Params, name: &str) -> Result<String, MiError> {
    let given = params.text(name).filter(|t| !t.is_empty());
    given.ok_or_else(|| MiError::new(-32602, "Invalid params"))
}

fn subscribe(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (event, socket) = (required(params, "event")?, required(params, "socket")?);
    if params.has("expire") && params.int("expire").is_none_or(|n| n < 0) {
        return Err(MiError::new(-32602, "Invalid params"));
    }
    let done = shared.events.subscribe(event.as_bytes(), socket.as_bytes());
    if done { Ok(json!("OK")) } else { Err(MiError::new(400, "Bad parameter value")) }
}

fn list(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let one = |(id, event): (usize, Event)| json!({ "name": String::from_utf8_lossy(&event.name), "id": id });
    Ok(json!({ "Events": shared.events.all().into_iter().enumerate().map(one).collect::<Vec<_>>() }))
}

fn shown(id: usize, event: &Event) -> Map<String, Json> {
    let mut map = Map::new();
    if !event.subscribers.is_empty() {
        let list: Vec<Json> = event.subscribers.iter().map(subscriber).collect();
        map.insert("name".into(), json!(String::from_utf8_lossy(&event.name)));
        map.insert("id".into(), json!(id));
        map.insert("Subscribers".into(), json!(list));
    }
    map
}

fn subscriber(route: &Text) -> Json {
    json!({ "socket": format!("route:{}", String::from_utf8_lossy(route)), "expire": "never" })
}

fn subscribers(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let events = shared.events.all();
    if !params.has("event") {
        let all = events.iter().enumerate().map(|(id, event)| shown(id, event));
        return Ok(json!({ "Events": all.filter(|e| !e.is_empty()).collect::<Vec<_>>() }));
    }
    let event = required(params, "event")?;
    let found = events.iter().enumerate().find(|(_, e)| e.name == event.as_bytes());
    let (id, found) = found.ok_or_else(|| MiError::new(404, "Event not published"))?;
    if !params.has("socket") {
        return Ok(json!({ "Event": shown(id, found) }));
    }
    let socket = required(params, "socket")?;
    let route = shared.events.route_of(socket.as_bytes()).filter(|r| found.subscribers.contains(r));
    let route = route.ok_or_else(|| MiError::new(404, "Subscriber does not exist"))?;
    Ok(json!({ "Event": { "name": event, "id": id, "Subscriber": subscriber(route) } }))
}

fn raise(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let event = required(params, "event")?;
    let id = shared.events.find(event.as_bytes());
    let id = id.ok_or_else(|| MiError::new(404, "Event not registered"))?;
    if !shared.events.is_wanted(id) {
        return Err(MiError::new(480, "Temporarily Unavailable"));
    }
    let given = if params.has("params") { parameters(params)? } else { Vec::new() };
    let taken = events::raise_from_outside(shared, id, given);
    if taken { Ok(json!("OK")) } else { Err(MiError::new(500, "Cannot Raise Event")) }
}

/// An array of texts, or a JSON object as text whose members are the parameters.
fn parameters(params: &Params) -> Result<Vec<Named>, MiError> {
    let bad = || MiError::new(400, "Bad Params");
    if let Some(Json::Array(list)) = params.0.get("params") {
        let text = |v: &Json| v.as_str().map(|t| named("", Value::Text(Text::copy_from_slice(t.as_bytes()))));
        return list.iter().map(text).collect::<Option<_>>().ok_or_else(bad);
    }
    let text = params.text("params").ok_or_else(|| MiError::new(400, "No Params"))?;
    let object: Map<String, Json> = serde_json::from_str(&text).map_err(|_| bad())?;
    Ok(object.iter().map(|(name, value)| named(name, value_of(value))).collect())
}

fn named(name: &str, value: Value) -> Named {
    Named { name: Text::copy_from_slice(name.as_bytes()), value }
}

/// Numbers are cut to 32 bits; what is neither number nor text is its JSON.
fn value_of(value: &Json) -> Value {
    match value {
        Json::Number(n) => Value::Int(n.as_f64().unwrap_or(0.0) as i32),
        Json::String(text) => Value::Text(Text::copy_from_slice(text.as_bytes())),
        other => Value::Text(Text::from(other.to_string().into_bytes())),
    }
}
