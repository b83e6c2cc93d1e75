//! What scripts call.

use std::net::IpAddr;

use sipc_engine::log::Level;
use sipc_engine::place::{Assign, VarRef};
use sipc_engine::{Context, Text, Value};

use crate::State;
use crate::choice::{self, Flags, Wanted};
use crate::data::names;
use crate::probe;

/// Tells the script the attributes, or that there are none.
fn tell(cx: &mut Context, attributes: Option<&VarRef>, text: Text) -> bool {
    attributes.is_none_or(|out| out.write(cx, Assign::Set, Value::Text(text)))
}

fn result(cx: &mut Context, attributes: Option<&VarRef>, chosen: Result<Text, i32>) -> i32 {
    let (text, code) = match chosen {
        Ok(text) => (text, 1),
        Err(code) => (Text::new(), code),
    };
    if tell(cx, attributes, text) { code } else { choice::FAILED }
}

fn say(cx: &Context, text: std::fmt::Arguments<'_>) {
    cx.shared().log.message(Level::Error, "load_balancer", text);
}

fn names_of(cx: &Context, resources: &[u8]) -> Option<Vec<Text>> {
    let found = names(resources);
    if found.is_none() {
        say(cx, format_args!("<{}> are no names of resources", String::from_utf8_lossy(resources)));
    }
    found
}

/// `lb_start(group, resources[, flags[, attributes]])`.
pub fn lb_start(
    cx: &mut Context,
    group: i32,
    resources: Text,
    flags: Option<Text>,
    attributes: Option<&VarRef>,
) -> i32 {
    let Some(resources) = names_of(cx, &resources) else { return choice::FAILED };
    let flags = flags.map(|text| Flags::parse(&text)).unwrap_or_default();
    let chosen = choice::choose(cx, Some(Wanted { group, resources, flags }));
    result(cx, attributes, chosen)
}

/// `lb_next([attributes])`.
pub fn lb_next(cx: &mut Context, attributes: Option<&VarRef>) -> i32 {
    let chosen = choice::choose(cx, None);
    result(cx, attributes, chosen)
}

/// `lb_start_or_next(group, resources[, flags[, attributes]])`.
pub fn lb_start_or_next(
    cx: &mut Context,
    group: i32,
    resources: Text,
    flags: Option<Text>,
    attributes: Option<&VarRef>,
) -> i32 {
    match choice::is_started(cx) {
        true => lb_next(cx, attributes),
        false => lb_start(cx, group, resources, flags, attributes),
    }
}

/// `load_balance(group, resources[, flags[, attributes]])`.
pub fn load_balance(
    cx: &mut Context,
    group: i32,
    resources: Text,
    flags: Option<Text>,
    attributes: Option<&VarRef>,
) -> i32 {
    lb_start_or_next(cx, group, resources, flags, attributes)
}

fn or_failed(good: bool) -> i32 {
    if good { 1 } else { choice::FAILED }
}

/// `lb_reset()`.
pub fn lb_reset(cx: &mut Context) -> i32 {
    or_failed(choice::reset(cx))
}

/// `lb_is_started()`.
pub fn lb_is_started(cx: &mut Context) -> i32 {
    or_failed(choice::is_started(cx))
}

/// `lb_disable_dst()`.
pub fn lb_disable_dst(cx: &mut Context) -> i32 {
    let worker = cx.worker.clone();
    let Some(id) = choice::chosen(cx) else { return choice::FAILED };
    or_failed(probe::disable(&worker, id, cx.event_depth))
}

fn address(cx: &Context, ip: &[u8]) -> Option<IpAddr> {
    let found = sipc_sip::Host::of(ip).ip();
    if found.is_none() {
        say(cx, format_args!("<{}> is no address", String::from_utf8_lossy(ip)));
    }
    found
}

/// `lb_is_destination(ip, port[, group[, active[, attributes]]])`.
pub fn lb_is_destination(
    cx: &mut Context,
    ip: Text,
    port: i32,
    group: Option<i32>,
    active: Option<i32>,
    attributes: Option<&VarRef>,
) -> i32 {
    let shared = cx.worker.shared.clone();
    let Some(state) = shared.state::<State>() else { return choice::FAILED };
    let data = state.data.get();
    let group = group.filter(|g| *g != -1);
    let only_active = active.is_some_and(|n| n != 0);
    let found = address(cx, &ip).zip(u16::try_from(port).ok()).and_then(|(ip, port)| {
        data.destinations.iter().enumerate().find(|(place, d)| {
            let fits = group.is_none_or(|g| g == d.group) && d.has(ip, port);
            fits && !(only_active && data.standing(*place).disabled)
        })
    });
    let text = found.map(|(_, d)| d.attributes.clone()).unwrap_or_default();
    if !tell(cx, attributes, text) {
        say(cx, format_args!("the attributes cannot be told"));
    }
    or_failed(found.is_some())
}

/// `lb_count_call(ip, port, group, resources[, undo])`.
pub fn lb_count_call(
    cx: &mut Context,
    ip: Text,
    port: i32,
    group: i32,
    resources: Text,
    undo: Option<i32>,
) -> i32 {
    let shared = cx.worker.shared.clone();
    let Some(state) = shared.state::<State>() else { return choice::FAILED };
    let data = state.data.get();
    let Some(found) = address(cx, &ip).zip(u16::try_from(port).ok()) else { return choice::FAILED };
    let fits = |d: &crate::data::Destination| (group == -1 || d.group == group) && d.has(found.0, found.1);
    let Some(place) = data.destinations.iter().position(fits) else {
        say(cx, format_args!("no destination has the address {}:{}", found.0, found.1));
        return choice::FAILED;
    };
    let Some(names) = names_of(cx, &resources) else { return choice::FAILED };
    let Some(places) = data.places(&names) else {
        say(cx, format_args!("a resource is not known"));
        return choice::FAILED;
    };
    or_failed(choice::count(cx, &data, place, &places, undo.is_some_and(|n| n != 0)))
}
