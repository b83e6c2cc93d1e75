//! Commands of the group `core`.

use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use super::rpc::declaration;
use super::{Command, MiError, Params};
use crate::log::Consumer;
use crate::shared::Shared;

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "core:uptime", handler: uptime },
    Command { name: "core:version", handler: version },
    Command { name: "core:pwd", handler: pwd },
    Command { name: "core:arg", handler: arg },
    Command { name: "core:which", handler: which },
    Command { name: "core:ps", handler: ps },
    Command { name: "core:kill", handler: kill },
    Command { name: "core:log_level", handler: log_level },
    Command { name: "core:xlog_level", handler: xlog_level },
    Command { name: "core:help", handler: help },
    Command { name: "core:log_level_filter", handler: log_level_filter },
    Command { name: "core:log_mute_state", handler: log_mute_state },
];

/// The layout of ctime(3), local time.
pub(super) fn ctime(unix: u64) -> String {
    use chrono::TimeZone;
    let at = i64::try_from(unix).ok().and_then(|s| chrono::Local.timestamp_opt(s, 0).single());
    at.map(|t| t.format("%a %b %e %H:%M:%S %Y").to_string()).unwrap_or_default()
}

fn uptime(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let now = shared.unix_now();
    Ok(json!({
        "Now": ctime(now),
        "Up since": ctime(shared.started_unix),
        "Up time": format!("{} [sec]", now.saturating_sub(shared.started_unix)),
    }))
}

fn version(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let line = shared.globals.server_header.as_deref().unwrap_or(b"Server: sipc");
    let name = String::from_utf8_lossy(line);
    let name = name.split_once(':').map_or(&*name, |(_, value)| value.trim()).to_owned();
    if params.has("revision") {
        return Ok(json!({ "Server": name, "Revision": env!("CARGO_PKG_VERSION") }));
    }
    Ok(json!({ "Server": name }))
}

fn pwd(_: &Shared, _: &Params) -> Result<Json, MiError> {
    let dir = std::env::current_dir().map_err(|e| MiError::new(500, e.to_string()))?;
    Ok(json!({ "WD": dir.display().to_string() }))
}

fn arg(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    Ok(json!(shared.arguments))
}

fn which(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let names = || shared.commands.iter().map(|c| c.name);
    let Some(wanted) = params.text("command") else { return Ok(json!(names().collect::<Vec<_>>())) };
    if let Some(group) = wanted.strip_suffix(':') {
        let of_group = names().filter(|n| n.split_once(':').is_some_and(|(g, _)| g == group));
        return Ok(json!(of_group.collect::<Vec<_>>()));
    }
    let named = |n: &&str| *n == wanted || n.split_once(':').is_some_and(|(_, short)| short == wanted);
    let aliased = |n: &&str| declaration(n).is_some_and(|d| d.aliases.contains(&wanted.as_str()));
    let found = names().find(named).or_else(|| names().find(aliased)).and_then(declaration);
    found.map(|d| json!(d.recipes)).ok_or_else(|| MiError::new(404, "unknown MI command"))
}

/// What other servers call processes are threads here: one process id for all.
fn processes(shared: &Shared) -> Vec<(usize, String)> {
    let workers = shared.workers.load(Ordering::Relaxed);
    let sockets: Vec<String> =
        shared.sockets.iter().map(|s| String::from_utf8_lossy(&s.uri).into_owned()).collect();
    let worker = |n: usize| (n + 1, format!("SIP worker {n} {}", sockets.join(" ")));
    std::iter::once((0, "attendant".to_owned())).chain((0..workers).map(worker)).collect()
}

fn ps(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let pid = std::process::id();
    let list: Vec<Json> = processes(shared)
        .into_iter()
        .map(|(id, kind)| json!({ "ID": id, "PID": pid, "Type": kind }))
        .collect();
    Ok(json!({ "Processes": list }))
}

fn kill(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    shared.ask_to_end();
    Ok(json!("OK"))
}

fn level(params: &Params) -> Result<Option<i32>, MiError> {
    if !params.has("level") {
        return Ok(None);
    }
    let level = params.int("level").and_then(|n| i32::try_from(n).ok());
    level.map(Some).ok_or_else(|| MiError::new(-32602, "Invalid params"))
}

fn log_level(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let pid = i64::from(std::process::id());
    let Some(level) = level(params)? else {
        let level = shared.log.level();
        let one = |(_, kind): (usize, String)| json!({ "PID": pid, "Log level": level, "Type": kind });
        return Ok(json!({ "Processes": processes(shared).into_iter().map(one).collect::<Vec<_>>() }));
    };
    if params.int("pid").is_some_and(|p| p != pid) {
        return Err(MiError::new(-32602, "Bad PID"));
    }
    shared.log.set_level(level);
    let key = if params.has("pid") { "Log level" } else { "New global log level" };
    Ok(json!({ key: level }))
}

fn xlog_level(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    match level(params)? {
        None => Ok(json!({ "xLog Level": shared.log.xlog_level() })),
        Some(level) => {
            shared.log.set_xlog_level(level);
            Ok(json!({ "New xLog level": level }))
        }
    }
}

fn consumer<'a>(shared: &'a Shared, params: &Params) -> Result<&'a Consumer, MiError> {
    let name = params.text("consumer").unwrap_or_default();
    shared.log.consumers.find(&name).ok_or_else(|| MiError::new(404, "Unknown log consumer"))
}

fn number(params: &Params, name: &str) -> Result<i32, MiError> {
    let number = params.int(name).and_then(|n| i32::try_from(n).ok());
    number.ok_or_else(|| MiError::new(-32602, "Invalid params"))
}

fn log_level_filter(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let filter = &consumer(shared, params)?.level_filter;
    if !params.has("level_filter") {
        return Ok(json!({ "Log level filter": filter.load(Ordering::Relaxed) }));
    }
    filter.store(number(params, "level_filter")?, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn log_mute_state(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let muted = &consumer(shared, params)?.muted;
    if !params.has("mute_state") {
        return Ok(json!({ "mute state": i32::from(muted.load(Ordering::Relaxed)) }));
    }
    muted.store(number(params, "mute_state")? != 0, Ordering::Relaxed);
    Ok(json!("OK"))
}

fn help(_: &Shared, params: &Params) -> Result<Json, MiError> {
    let Some(name) = params.text("mi_cmd") else {
        return Ok(
            json!({ "Help": "which lists the commands; help with a command's name tells what it does" }),
        );
    };
    let found = declaration(&name).ok_or_else(|| MiError::new(404, "unknown MI command"))?;
    Ok(json!({ "Help": found.summary, "Aliases": found.aliases, "Parameters": found.recipes }))
}
