//! JSON-RPC 2.0: finding the command, matching parameters to its recipes, forming the reply.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Map, Value as Json, json};
use sipc_interface::{MiCommand, Module};

use super::{Command, MiError, Params, Pending};
use crate::shared::Shared;

const PARSE_ERROR: i32 = -32700;
const INVALID_REQUEST: i32 = -32600;
const NO_SUCH_METHOD: i32 = -32601;
const BAD_PARAMS: i32 = -32602;
const AMBIGUOUS: i32 = -32001;

/// An answer that may take its time; `None` when none is wanted.
pub type Answer = Pin<Box<dyn Future<Output = Option<String>> + Send>>;

/// Answers one request, or a batch of them; `None` when it wants no answer (a notification).
pub fn answer(shared: &Shared, text: &[u8], pretty: bool) -> Option<String> {
    let reply = match serde_json::from_slice::<Json>(text) {
        Err(e) => Some(failure(
            Json::Null,
            &MiError { data: Some(e.to_string()), ..MiError::new(PARSE_ERROR, "Parse error") },
        )),
        Ok(Json::Array(batch)) if !batch.is_empty() => {
            let replies: Vec<Json> = batch.iter().filter_map(|one| single(shared, one)).collect();
            (!replies.is_empty()).then_some(Json::Array(replies))
        }
        Ok(one) => single(shared, &one),
    }?;
    written(&reply, pretty)
}

/// The same for who can wait: a command whose answer takes its time gives that, unless it stands in a batch.
pub fn answer_in_time(shared: &Shared, text: &[u8], pretty: bool) -> Answer {
    match later(shared, text) {
        None => Box::pin(std::future::ready(answer(shared, text, pretty))),
        Some((id, pending)) => Box::pin(async move {
            let result = pending.await;
            written(&outcome(id?, result), pretty)
        }),
    }
}

/// A command whose answer takes its time, with the id of the request.
fn later(shared: &Shared, text: &[u8]) -> Option<(Option<Json>, Pending)> {
    let request: Json = serde_json::from_slice(text).ok()?;
    let method = request.get("method").and_then(Json::as_str)?;
    if request.get("jsonrpc").is_none_or(|v| v != "2.0") {
        return None;
    }
    let command = find(shared, method).ok()?;
    let (_, handler) = shared.later_commands.iter().find(|(name, _)| *name == command.name)?;
    let params = bind(declaration(command.name)?, request.get("params")).ok()?;
    Some((request.get("id").cloned(), handler(shared, &params)))
}

fn outcome(id: Json, result: Result<Json, MiError>) -> Json {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "result": result, "id": id }),
        Err(e) => failure(id, &e),
    }
}

fn written(reply: &Json, pretty: bool) -> Option<String> {
    let text = if pretty { serde_json::to_string_pretty(reply) } else { serde_json::to_string(reply) };
    // a tree of strings and numbers always has a text
    text.ok()
}

fn single(shared: &Shared, request: &Json) -> Option<Json> {
    let id = request.get("id").cloned();
    let is_request = request.get("jsonrpc").is_some_and(|v| v == "2.0");
    let method = request.get("method").and_then(Json::as_str);
    let (true, Some(method)) = (is_request, method) else {
        return Some(failure(id.unwrap_or(Json::Null), &MiError::new(INVALID_REQUEST, "Invalid Request")));
    };
    let result = call(shared, method, request.get("params"));
    Some(outcome(id?, result))
}

fn failure(id: Json, e: &MiError) -> Json {
    let mut error = Map::new();
    error.insert("code".into(), json!(e.code));
    error.insert("message".into(), json!(e.message));
    if let Some(data) = &e.data {
        error.insert("data".into(), json!(data));
    }
    json!({ "jsonrpc": "2.0", "error": error, "id": id })
}

/// Runs a command by any of its names.
pub fn call(shared: &Shared, method: &str, params: Option<&Json>) -> Result<Json, MiError> {
    let command = find(shared, method)?;
    let declared =
        declaration(command.name).ok_or_else(|| MiError::new(NO_SUCH_METHOD, "Method not found"))?;
    let params = bind(declared, params)?;
    (command.handler)(shared, &params)
}

/// The declaration of a registered command.
pub(super) fn declaration(name: &str) -> Option<&'static MiCommand> {
    let tables = std::iter::once(sipc_interface::core()).chain(sipc_interface::modules::ALL.iter().copied());
    tables.flat_map(|m: &'static Module| m.mi).find(|c| c.name == name)
}

/// `module:command`; the part after the colon when only one has it; an alias.
fn find(shared: &Shared, method: &str) -> Result<Command, MiError> {
    let full = shared.commands.iter().find(|c| c.name == method);
    if let Some(command) = full {
        return Ok(*command);
    }
    let short = |c: &&Command| c.name.split_once(':').is_some_and(|(_, s)| s == method);
    let named: Vec<&Command> = shared.commands.iter().filter(short).collect();
    match named.as_slice() {
        [one] => return Ok(**one),
        [] => {}
        several => {
            let names: Vec<&str> = several.iter().map(|c| c.name).collect();
            let data = Some(names.join(", "));
            return Err(MiError { data, ..MiError::new(AMBIGUOUS, "Ambiguous method") });
        }
    }
    let aliased = |c: &&Command| declaration(c.name).is_some_and(|d| d.aliases.contains(&method));
    let found = shared.commands.iter().find(aliased).copied();
    found.ok_or_else(|| MiError::new(NO_SUCH_METHOD, "Method not found"))
}

/// Gives parameters their names, by the recipe that fits.
fn bind(command: &MiCommand, params: Option<&Json>) -> Result<Params, MiError> {
    let bad = || MiError { data: Some(expected(command)), ..MiError::new(BAD_PARAMS, "Invalid params") };
    match params {
        None | Some(Json::Null) => by_position(command, &[]).ok_or_else(bad),
        Some(Json::Array(values)) => by_position(command, values).ok_or_else(bad),
        Some(Json::Object(named)) => {
            let fits = |r: &&&[&str]| r.len() == named.len() && r.iter().all(|n| named.contains_key(*n));
            let recipe = command.recipes.iter().find(fits);
            recipe.map(|_| Params(named.clone())).ok_or_else(bad)
        }
        Some(_) => Err(MiError::new(INVALID_REQUEST, "Invalid Request")),
    }
}

fn by_position(command: &MiCommand, values: &[Json]) -> Option<Params> {
    let mut fitting = command.recipes.iter().filter(|r| r.len() == values.len());
    let recipe = fitting.next()?;
    if fitting.next().is_some() {
        return None; // several recipes of this length: only names tell
    }
    Some(Params(recipe.iter().map(|n| (*n).to_owned()).zip(values.iter().cloned()).collect()))
}

fn expected(command: &MiCommand) -> String {
    let recipes: Vec<String> = command.recipes.iter().map(|r| format!("[{}]", r.join(", "))).collect();
    format!("expected one of: {}", recipes.join(" "))
}
