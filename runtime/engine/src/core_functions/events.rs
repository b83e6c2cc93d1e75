//! Functions about events, and about what parts of the server report.

use crate::context::Named;
use crate::log::Level;
use crate::place::Inner;
use crate::status_report::MAIN;
use crate::{Context, Text, Value, VarRef, events};

use super::result;

/// Raises an event with the values of an AVP as parameters, and those of another as their names; newest
/// values first.
pub fn raise_event(cx: &mut Context, name: Text, names: Option<&VarRef>, values: Option<&VarRef>) -> i32 {
    let Some(id) = cx.shared().events.publish(&name) else {
        cx.log(Level::Error, "fixup_event_name", format_args!("too many events"));
        return -1;
    };
    if !cx.shared().events.is_wanted(id) {
        return 1;
    }
    let Some(params) = values.map_or(Some(Vec::new()), |values| parameters(cx, names, values)) else {
        return -1;
    };
    let worker = cx.worker.clone();
    result(events::raise(&worker, id, &params, cx.event_depth))
}

/// Has an event route run for an event; the time is of no meaning for routes.
pub fn subscribe_event(cx: &mut Context, name: Text, socket: Text, _expire: Option<i32>) -> i32 {
    let events = &cx.shared().events;
    let known = events.publish(&name).is_some() && events.subscribe(&name, &socket);
    if !known {
        let socket = String::from_utf8_lossy(&socket);
        cx.log(Level::Error, "evi_event_subscribe", format_args!("cannot subscribe {socket}"));
    }
    result(known)
}

/// What a part of the server says about its readiness.
pub fn sr_check_status(cx: &mut Context, group: Text, identifier: Option<Text>) -> i32 {
    let group = String::from_utf8_lossy(&group);
    let name = identifier.as_ref().map_or(MAIN.into(), |i| String::from_utf8_lossy(i));
    let status = cx.shared().status_reports.status(&group, &name);
    if status.is_none() {
        cx.log(Level::Error, "fixup_sr_group", format_args!("SR group [{group}] not registered"));
    }
    status.unwrap_or(-1)
}

/// The values with their names; `None`, logged, when a name is missing or is no text.
fn parameters(cx: &mut Context, names: Option<&VarRef>, values: &VarRef) -> Option<Vec<Named>> {
    let values = all_of(cx, values);
    let Some(names) = names.map(|names| all_of(cx, names)) else {
        return Some(values.into_iter().map(|value| Named { name: Text::new(), value }).collect());
    };
    if names.len() > values.len() {
        cx.log(Level::Error, "evi_raise_script_event", format_args!("too many attribute names"));
    }
    let mut list = Vec::with_capacity(values.len());
    let mut names = names.into_iter();
    for value in values {
        let Some(name) = names.next().and_then(Value::into_only_text) else {
            cx.log(Level::Error, "evi_raise_script_event", format_args!("an attribute has no name"));
            return None;
        };
        list.push(Named { name, value });
    }
    Some(list)
}

/// All values of an AVP, newest first.
fn all_of(cx: &mut Context, variable: &VarRef) -> Vec<Value> {
    let Some(place) = variable.place(cx) else { return Vec::new() };
    let name = match place.inner {
        Inner::Number(n) => u32::try_from(n).ok(),
        Inner::Name(name) => cx.shared().avp_names.intern(&name),
        Inner::None | Inner::Path(_) => None,
    };
    name.map(|name| cx.avps(|avps| avps.all(name).cloned().collect())).unwrap_or_default()
}
