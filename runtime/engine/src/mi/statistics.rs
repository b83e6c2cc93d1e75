//! Commands of the group `statistics`.

use serde_json::{Map, Value as Json, json};

use super::{Command, MiError, Params};
use crate::shared::Shared;
use crate::statistics::Statistic;

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "statistics:get", handler: get },
    Command { name: "statistics:list", handler: list },
    Command { name: "statistics:reset", handler: reset },
    Command { name: "statistics:reset_all", handler: reset_all },
];

/// The statistics that names choose: `all`, `group:`, `group:name` or `name`.
fn chosen(shared: &Shared, names: &[Json]) -> Vec<Statistic> {
    let all = shared.statistics.list();
    let wants = |s: &Statistic, name: &str| match name.split_once(':') {
        Some((group, "")) => s.group == group,
        Some((group, name)) => s.group == group && s.name == name,
        None => name == "all" || s.name == name,
    };
    let named: Vec<&str> = names.iter().filter_map(Json::as_str).collect();
    all.into_iter().filter(|s| named.iter().any(|n| wants(s, n))).collect()
}

fn full_name(s: &Statistic) -> String {
    if s.group.is_empty() { s.name.clone() } else { format!("{}:{}", s.group, s.name) }
}

fn some_of(shared: &Shared, params: &Params) -> Result<Vec<Statistic>, MiError> {
    let found = chosen(shared, &params.list("statistics"));
    if found.is_empty() { Err(MiError::new(404, "Statistics Not Found")) } else { Ok(found) }
}

fn get(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let (found, now) = (some_of(shared, params)?, shared.unix_now_ms());
    Ok(Json::Object(found.iter().map(|s| (full_name(s), json!(s.value(now)))).collect()))
}

fn list(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let found = if params.has("statistics") { some_of(shared, params)? } else { shared.statistics.list() };
    Ok(Json::Object(found.iter().map(|s| (full_name(s), json!(s.kind()))).collect::<Map<_, _>>()))
}

fn reset(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    for s in some_of(shared, params)? {
        s.reset();
    }
    Ok(json!("OK"))
}

fn reset_all(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    for s in shared.statistics.list() {
        s.reset();
    }
    Ok(json!("OK"))
}
