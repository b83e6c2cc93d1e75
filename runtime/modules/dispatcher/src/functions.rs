//! What scripts call.

use sipc_engine::address;
use sipc_engine::glob::glob;
use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::{Context, Text, Value, VarRef, dynamic};

use crate::Settings;
use crate::failover::{self, current, keep, set_destination, tell_attributes};
use crate::partitions::{Partition, Partitions};
use crate::select::{Flags, TURNS, choose};
use crate::set::{Destination, Set};
use crate::state::{self, Change};

/// Destinations that wait for `ds_next_dst` when a script does not say how many.
const RESULTS_MAX: i32 = 1000;

fn error(cx: &Context, text: std::fmt::Arguments<'_>) -> i32 {
    cx.log(Level::Error, "dispatcher", text);
    -1
}

/// Does something with the partition that a call names; -1 when there is none.
fn in_partition(
    cx: &mut Context,
    name: Option<&Text>,
    f: impl FnOnce(&mut Context, &Partition) -> i32,
) -> i32 {
    let name = name.map(|n| String::from_utf8_lossy(n));
    let shared = cx.worker.shared.clone();
    let found = shared.state::<Partitions>().and_then(|p| p.named(name.as_deref()));
    match found {
        Some(partition) => f(cx, partition),
        None => error(cx, format_args!("could not locate partition {}", name.unwrap_or("default".into()))),
    }
}

fn select(
    cx: &mut Context,
    set: i32,
    algorithm: i32,
    flags: Option<Text>,
    partition: Option<Text>,
    max_results: Option<i32>,
    domain: bool,
) -> i32 {
    let Some(flags) = Flags::parse(&flags.unwrap_or_default()) else {
        return error(cx, format_args!("unknown flags"));
    };
    in_partition(cx, partition.as_ref(), |cx, partition| {
        let sets = partition.sets.get();
        let Some(set) = sets.get(set) else {
            return error(
                cx,
                format_args!("destination set [{set}] not found in partition [{}]", partition.name),
            );
        };
        let Some(choice) = choose(cx, set, algorithm, flags) else { return -1 };
        let place = choice.place(choice.at);
        let Some(destination) = set.destinations.get(place) else { return -1 };
        note(set, choice.at, place, algorithm);
        if !set_destination(cx, &destination.next_hop, destination.socket, domain) {
            return error(cx, format_args!("the destination cannot be set"));
        }
        if let Some(standing) = set.changing.lock().all.get_mut(place) {
            standing.chosen += 1;
        }
        match keep(cx, partition, set, &choice, flags, max_results.unwrap_or(RESULTS_MAX)) {
            Some(()) => 1,
            None => error(cx, format_args!("there are too many AVPs")),
        }
    })
}

fn note(set: &Set, at: usize, place: usize, algorithm: i32) {
    let mut changing = set.changing.lock();
    changing.last = at;
    if algorithm == TURNS
        && let Some(standing) = changing.all.get_mut(place)
    {
        standing.turns += 1;
    }
}

/// Chooses a destination for `$du`.
pub fn ds_select_dst(
    cx: &mut Context,
    set: i32,
    algorithm: i32,
    flags: Option<Text>,
    partition: Option<Text>,
    max_results: Option<i32>,
) -> i32 {
    select(cx, set, algorithm, flags, partition, max_results, false)
}

/// Chooses a destination for the request URI.
pub fn ds_select_domain(
    cx: &mut Context,
    set: i32,
    algorithm: i32,
    flags: Option<Text>,
    partition: Option<Text>,
    max_results: Option<i32>,
) -> i32 {
    select(cx, set, algorithm, flags, partition, max_results, true)
}

/// Goes on to the next destination, for `$du`.
pub fn ds_next_dst(cx: &mut Context, partition: Option<Text>) -> i32 {
    in_partition(cx, partition.as_ref(), |cx, partition| failover::next(cx, partition, false))
}

/// Goes on to the next destination, for the request URI.
pub fn ds_next_domain(cx: &mut Context, partition: Option<Text>) -> i32 {
    in_partition(cx, partition.as_ref(), |cx, partition| failover::next(cx, partition, true))
}

/// Sets the state of the destination that was taken last.
pub fn ds_mark_dst(cx: &mut Context, state: Option<Text>, partition: Option<Text>) -> i32 {
    let change = match state.as_deref() {
        None => Some(Change::Deactivate),
        Some([one]) => Change::of(&[*one]),
        Some(_) => None,
    };
    let Some(change) = change else {
        let state = state.unwrap_or_default();
        return error(cx, format_args!("unknown option {}", String::from_utf8_lossy(&state)));
    };
    in_partition(cx, partition.as_ref(), |cx, partition| {
        let Some((set, uri)) = current(cx, partition) else { return -1 };
        if state::mark(cx, partition, set, &uri, change) { 1 } else { -1 }
    })
}

/// The set and place of destinations that have an address; port 0 stands for any.
fn at_address(
    sets: &crate::set::Sets,
    set: Option<i32>,
    ip: std::net::IpAddr,
    port: i32,
) -> impl Iterator<Item = (&Set, usize, &Destination)> {
    let has = move |d: &Destination| {
        d.addresses.read().iter().any(|a| a.ip == ip && (port == 0 || port == i32::from(a.port)))
    };
    let all = sets.chosen(set).flat_map(|s| s.destinations.iter().enumerate().map(move |(at, d)| (s, at, d)));
    all.filter(move |(_, _, d)| has(d))
}

/// -1 stands for all sets.
fn one_or_all(set: Option<i32>) -> Option<i32> {
    set.filter(|set| *set != -1)
}

/// A dot at the start of a text must be written in the pattern.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let dotted = text.starts_with(b".") && !pattern.starts_with(b".") && !pattern.starts_with(b"\\.");
    !dotted && glob(pattern, text)
}

/// Whether an address is one of a destination.
pub fn ds_is_in_list(
    cx: &mut Context,
    ip: Text,
    port: i32,
    set: Option<i32>,
    partition: Option<Text>,
    active_only: Option<i32>,
    pattern: Option<Text>,
) -> i32 {
    let Some(address) = address::parse(&ip) else {
        return error(cx, format_args!("<{}> is no address", String::from_utf8_lossy(&ip)));
    };
    let wanted = one_or_all(set);
    in_partition(cx, partition.as_ref(), |cx, partition| {
        let sets = partition.sets.get();
        let mut found = at_address(&sets, wanted, address, port).filter(|(set, place, d)| {
            let active = || set.active().get(*place).copied().unwrap_or(false);
            let described = |p: &Text| !d.attributes.is_empty() && matches(p, &d.attributes);
            (active_only.unwrap_or(0) == 0 || active()) && pattern.as_ref().is_none_or(described)
        });
        let Some((set, place, _)) = found.next() else { return -1 };
        let told = wanted.is_some() || tell_set(cx, set.id);
        if told && tell_attributes(cx, partition, set, place) { 1 } else { -1 }
    })
}

/// Writes the number of a set into the variable of `setid_pvar`.
fn tell_set(cx: &mut Context, set: i32) -> bool {
    let name = cx.shared().state::<Settings>().and_then(|s| s.set_variable.clone());
    let Some(name) = name else { return true };
    let variable = dynamic::variable(cx, &name).map(|(variable, _)| variable);
    let written = variable.is_some_and(|v| v.write(cx, Assign::Set, Value::Int(set)));
    if !written {
        error(cx, format_args!("setid_pvar cannot be written"));
    }
    written
}

/// Counts destinations by their states.
pub fn ds_count(cx: &mut Context, set: i32, filter: Text, result: &VarRef, partition: Option<Text>) -> i32 {
    let has = |letters: &[u8]| filter.iter().any(|c| letters.contains(&c.to_ascii_lowercase()));
    let (active, inactive, probing) = (has(b"a1"), has(b"i0"), has(b"p2"));
    let all = !active && !inactive && !probing;
    let mut count = 0;
    let found = in_partition(cx, partition.as_ref(), |cx, partition| {
        let sets = partition.sets.get();
        let Some(set) = sets.get(set) else {
            return error(cx, format_args!("INVALID SET {set} (not found)!"));
        };
        for standing in &set.changing.lock().all {
            let state = standing.state;
            let wanted = match (state.inactive, state.probing) {
                (true, _) => inactive,
                (_, true) => probing,
                _ => active,
            };
            count += i32::from(wanted || all);
        }
        1
    });
    if found == 1 && !result.write(cx, Assign::Set, Value::Int(count)) {
        return error(cx, format_args!("the result cannot be stored"));
    }
    found
}

/// Leaves a text with the destinations that have an address; `None` when that is none.
pub fn push_script_attributes(
    partition: &Partition,
    attributes: &[u8],
    ip: &[u8],
    port: i32,
    set: Option<i32>,
) -> Option<()> {
    let ip = address::parse(ip)?;
    let text = Text::copy_from_slice(attributes);
    for (set, place, _) in at_address(&partition.sets.get(), one_or_all(set), ip, port) {
        if let Some(standing) = set.changing.lock().all.get_mut(place) {
            standing.script_attributes = Some(text.clone());
        }
    }
    Some(())
}

/// Leaves a text with the destinations that have an address.
pub fn ds_push_script_attrs(
    cx: &mut Context,
    attributes: Text,
    ip: Text,
    port: i32,
    set: Option<i32>,
    partition: Option<Text>,
) -> i32 {
    in_partition(cx, partition.as_ref(), |cx, partition| {
        match push_script_attributes(partition, &attributes, &ip, port, set) {
            Some(()) => 1,
            None => error(cx, format_args!("<{}> is no address", String::from_utf8_lossy(&ip))),
        }
    })
}

/// Reads the text that was left with a destination.
pub fn ds_get_script_attrs(
    cx: &mut Context,
    uri: Text,
    set: i32,
    partition: Option<Text>,
    result: &VarRef,
) -> i32 {
    let mut found = None;
    let done = in_partition(cx, partition.as_ref(), |_, partition| {
        for set in partition.sets.get().chosen(one_or_all(Some(set))) {
            if let Some(place) = set.destinations.iter().position(|d| d.next_hop == uri) {
                found = Some(set.script_attributes(place).unwrap_or_default());
                return 1;
            }
        }
        -1
    });
    if let Some(text) = found
        && !result.write(cx, Assign::Set, Value::Text(text))
    {
        return error(cx, format_args!("the result cannot be stored"));
    }
    done
}
