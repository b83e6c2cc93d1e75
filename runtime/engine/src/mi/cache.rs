//! Commands of the group `cache`.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::{Command, MiError, Params};
use crate::cachedb::Cache;
use crate::shared::Shared;
use crate::waiting::wait_for;

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "cache:store", handler: store },
    Command { name: "cache:fetch", handler: fetch },
    Command { name: "cache:remove", handler: remove },
];

/// A parameter that must not be empty; the error says what it is.
fn given(params: &Params, name: &str, what: &str) -> Result<String, MiError> {
    let value = params.text(name).filter(|v| !v.is_empty());
    let empty = || MiError { data: Some(format!("Empty {what}")), ..MiError::new(-32602, "Invalid params") };
    value.ok_or_else(empty)
}

fn cache(shared: &Shared, name: &str, failure: &str) -> Result<Arc<dyn Cache>, MiError> {
    let unknown = |why| MiError { data: Some(why), ..MiError::new(500, failure) };
    shared.caches.named(name.as_bytes()).map_err(unknown)
}

fn store(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let failure = "Cache store command failed";
    let seconds = if params.has("expire") { params.int("expire") } else { Some(0) };
    let seconds = seconds.and_then(|s| i32::try_from(s).ok()).filter(|s| *s >= 0);
    let seconds = seconds.ok_or_else(|| MiError::new(-32602, "Invalid params"))?;
    let system = given(params, "system", "memory cache id")?;
    let key = given(params, "attr", "attribute name")?;
    let value = given(params, "value", "value")?;
    let cache = cache(shared, &system, failure)?;
    let stored = wait_for(cache.store(key.as_bytes(), value.as_bytes(), seconds, shared.unix_now()));
    stored.map(|()| json!("OK")).map_err(|_| MiError::new(500, failure))
}

fn fetch(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let failure = "Cache fetch command failed";
    let system = given(params, "system", "memory cache id")?;
    let key = given(params, "attr", "attribute name")?;
    let cache = cache(shared, &system, failure)?;
    let found = wait_for(cache.fetch(key.as_bytes(), shared.unix_now()));
    let found = found.map_err(|_| MiError::new(500, failure))?.filter(|v| !v.is_empty());
    let value = found.ok_or_else(|| MiError::new(400, "Value not found"))?;
    Ok(json!({ "key": key, "value": String::from_utf8_lossy(&value) }))
}

fn remove(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let failure = "Cache remove command failed";
    let system = given(params, "system", "memory cache id")?;
    let key = given(params, "attr", "attribute name")?;
    let cache = cache(shared, &system, failure)?;
    let removed = wait_for(cache.remove(key.as_bytes()));
    removed.map(|()| json!("OK")).map_err(|_| MiError::new(500, failure))
}
