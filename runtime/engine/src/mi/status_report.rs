//! Commands of the group `status_report`.

use serde_json::{Map, Value as Json, json};

use super::commands::ctime;
use super::{Command, MiError, Params};
use crate::shared::Shared;
use crate::status_report::{Group, Identifier, MAIN};

pub(super) const COMMANDS: &[Command] = &[
    Command { name: "status_report:get", handler: get },
    Command { name: "status_report:status", handler: status },
    Command { name: "status_report:reports", handler: reports },
    Command { name: "status_report:identifiers", handler: identifiers },
];

/// The group that is asked for; `None` when none is.
fn group(shared: &Shared, params: &Params) -> Result<Option<Group>, MiError> {
    let Some(name) = params.text("group") else { return Ok(None) };
    let found = shared.status_reports.group(&name);
    found.map(Some).ok_or_else(|| MiError::new(404, "Group not found"))
}

/// One entry for each group, made of something of each identifier.
fn each(groups: &[Group], key: &str, f: impl Fn(&Identifier) -> Json) -> Json {
    let one =
        |g: &Group| json!({ key: g.name, "Identifiers": g.identifiers.iter().map(&f).collect::<Vec<_>>() });
    Json::Array(groups.iter().map(one).collect())
}

fn readiness(status: i32, details: Option<&str>) -> Map<String, Json> {
    let mut map = Map::new();
    map.insert("Readiness".into(), json!(status >= 0));
    map.insert("Status".into(), json!(status));
    map.extend(details.map(|d| ("Details".to_owned(), json!(d))));
    map
}

fn get(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let group = group(shared, params)?.ok_or_else(|| MiError::new(-32602, "Invalid params"))?;
    let name = params.text("identifier").unwrap_or_else(|| MAIN.to_owned());
    if name.eq_ignore_ascii_case("all") {
        let status = shared.status_reports.status(&group.name, &name).unwrap_or_default();
        return Ok(Json::Object(readiness(status, Some("aggregated"))));
    }
    let found = group.find(&name).ok_or_else(|| MiError::new(404, "Identity not found"))?;
    Ok(Json::Object(readiness(found.status, found.details.as_deref())))
}

fn status(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let one = |i: &Identifier| {
        let mut map = Map::from_iter([("Name".to_owned(), json!(i.name))]);
        map.extend(readiness(i.status, i.details.as_deref()));
        Json::Object(map)
    };
    Ok(match group(shared, params)? {
        Some(group) => group.identifiers.iter().map(one).collect(),
        None => each(&shared.status_reports.all(), "Name", one),
    })
}

fn reports(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let logs = |i: &Identifier| -> Json {
        i.reports
            .iter()
            .map(|(at, text)| json!({ "Timestamp": at, "Date": ctime(*at), "Log": text }))
            .collect()
    };
    let one = |i: &Identifier| json!({ "Name": i.name, "Reports": logs(i) });
    let Some(group) = group(shared, params)? else {
        return Ok(each(&shared.status_reports.all(), "Name", one));
    };
    let Some(name) = params.text("identifier") else {
        return Ok(group.identifiers.iter().map(one).collect());
    };
    group.find(&name).map(logs).ok_or_else(|| MiError::new(404, "Identifier not found"))
}

fn identifiers(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let name = |i: &Identifier| json!(i.name);
    Ok(match group(shared, params)? {
        Some(group) => {
            json!({ "Group": group.name, "Identifiers": group.identifiers.iter().map(name).collect::<Vec<_>>() })
        }
        None => each(&shared.status_reports.all(), "Group", name),
    })
}
