//! `$shv(name)`: variables that all workers and the management interface share.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use sipc_engine::mi::{Handler, MiError, Params};
use sipc_engine::place::{Assign, Place};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Inner, Text, Value};

/// The management commands here.
pub(crate) const COMMANDS: &[(&str, Handler)] =
    &[("cfgutils:shv_get", shv_get), ("cfgutils:shv_set", shv_set)];

/// A variable hit by every message should not hold up the others.
const SHARDS: usize = 16;

/// Names beyond this many per shard are refused: a script that makes names from messages must not
/// fill the memory.
const NAMES_MAX: usize = 1 << 16;

/// The shared variables, and what `varset` gives each worker.
pub(crate) struct Variables {
    shards: [Mutex<HashMap<Text, Value>>; SHARDS],
    hasher: RandomState,
    script: Vec<(String, Value)>,
}

impl Variables {
    /// Reads `shvset` and `varset`.
    pub(crate) fn read(setup: &Setup) -> Result<Variables, String> {
        let all = |name| setup.params("cfgutils", name).map(|s| initial(name, s.text().unwrap_or_default()));
        let script = all("varset").collect::<Result<_, _>>()?;
        let variables = Variables { shards: Default::default(), hasher: RandomState::new(), script };
        for one in all("shvset") {
            let (name, value) = one?;
            variables.set(name.into(), value);
        }
        Ok(variables)
    }

    fn shard(&self, name: &Text) -> &Mutex<HashMap<Text, Value>> {
        // the remainder is below SHARDS, so the conversion keeps it
        &self.shards[(self.hasher.hash_one(name) % SHARDS as u64) as usize]
    }

    fn get(&self, name: &Text) -> Option<Value> {
        self.shard(name).lock().get(name).cloned()
    }

    /// Sets a variable; `false` when there are too many.
    fn set(&self, name: Text, value: Value) -> bool {
        let mut shard = self.shard(&name).lock();
        if let Some(known) = shard.get_mut(&name) {
            *known = value;
            return true;
        }
        let room = shard.len() < NAMES_MAX;
        if room {
            // detached from the message it may have come from
            shard.insert(Text::copy_from_slice(&name), value);
        }
        room
    }

    fn all(&self) -> Vec<(Text, Value)> {
        let of_shard = |shard: &Mutex<HashMap<Text, Value>>| {
            shard.lock().iter().map(|(n, v)| (n.clone(), v.clone())).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = self.shards.iter().flat_map(of_shard).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

/// `name=s:text` or `name=i:number`.
fn initial(param: &str, text: &str) -> Result<(String, Value), String> {
    let bad = || format!("{param} must be name=s:text or name=i:number, not {text}");
    let (name, rest) = text.split_once('=').filter(|(name, _)| !name.is_empty()).ok_or_else(bad)?;
    let value = match rest.split_once(':') {
        Some(("s" | "S", text)) => Value::Text(Text::from(text.to_owned())),
        Some(("i" | "I", number)) => Value::Int(number.trim().parse().map_err(|_| bad())?),
        _ => return Err(bad()),
    };
    Ok((name.to_owned(), value))
}

/// Gives a worker the script variables of `varset`; those that the script never names are left out.
pub(crate) fn start_worker(worker: &Worker) {
    let Some(variables) = worker.shared.state::<Variables>() else { return };
    let names = &worker.shared.configuration.script_vars;
    for (name, value) in &variables.script {
        let Some(slot) = names.iter().position(|n| n == name) else { continue };
        if let Some(variable) = worker.variables.borrow_mut().get_mut(slot) {
            *variable = value.clone();
        }
    }
}

/// `$shv(name)`: 0 until it is set.
pub fn shv(cx: &mut Context, at: &Place) -> Value {
    let (Inner::Name(name), Some(variables)) = (&at.inner, cx.shared().state::<Variables>()) else {
        return Value::Null;
    };
    variables.get(name).unwrap_or(Value::Int(0))
}

/// `$shv(name) = value`; NULL makes it 0.
pub fn set_shv(cx: &mut Context, at: &Place, _how: Assign, value: Value) -> bool {
    let (Inner::Name(name), Some(variables)) = (&at.inner, cx.shared().state::<Variables>()) else {
        return false;
    };
    let value = match value.stored() {
        Value::Text(text) => Value::Text(Text::copy_from_slice(&text)),
        Value::Short(text) => Value::Short(text),
        Value::Int(n) => Value::Int(n),
        _ => Value::Int(0),
    };
    variables.set(name.clone(), value)
}

/// `cfgutils:shv_get`: one variable, or all.
fn shv_get(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let variables = shared.state::<Variables>().ok_or_else(|| MiError::new(500, "Internal Server Error"))?;
    let Some(name) = params.text("name") else {
        let object = |(name, value): (Text, Value)| {
            let mut object = shown(&value);
            object["name"] = json!(String::from_utf8_lossy(&name));
            object
        };
        return Ok(json!([variables.all().into_iter().map(object).collect::<Vec<_>>()]));
    };
    let value = variables.get(&name.into()).ok_or_else(|| MiError::new(404, "Not found"))?;
    Ok(json!({ "VAR": shown(&value) }))
}

fn shown(value: &Value) -> Json {
    match value.number() {
        Some(n) => json!({ "type": "integer", "value": n }),
        None => {
            let text = value.text().unwrap_or_default();
            json!({ "type": "string", "value": String::from_utf8_lossy(&text) })
        }
    }
}

/// `cfgutils:shv_set`: a type that begins with `s` is text, any other a number.
fn shv_set(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let variables = shared.state::<Variables>().ok_or_else(|| MiError::new(500, "Internal Server Error"))?;
    let name = params.text("name").unwrap_or_default();
    let kind = params.text("type").filter(|t| !t.is_empty()).ok_or(MiError::new(500, "type not found"))?;
    let value = match kind.starts_with(['s', 'S']) {
        true => {
            let text = params.text("value").filter(|v| !v.is_empty());
            Value::Text(text.ok_or(MiError::new(500, "value not found"))?.into())
        }
        false => {
            let number = params.int("value").and_then(|n| i32::try_from(n).ok());
            Value::Int(number.ok_or(MiError::new(-32602, "Invalid params"))?)
        }
    };
    match variables.set(name.into(), value) {
        true => Ok(json!("OK")),
        false => Err(MiError::new(500, "cannot set shv value")),
    }
}
