//! Destinations that wait in AVPs until the one before them has failed.

use sipc_engine::avp::AvpName;
use sipc_engine::core_functions::sethostport;
use sipc_engine::gateways::send_from;
use sipc_engine::log::Level;
use sipc_engine::network::SocketId;
use sipc_engine::{Context, Text, Value};

use crate::partitions::{Partition, avp};
use crate::select::{Choice, Flags};
use crate::set::Set;

/// Sends the request to a destination: by `$du`, or by the host and port of the request URI.
pub fn set_destination(cx: &mut Context, uri: &Text, socket: Option<SocketId>, domain: bool) -> bool {
    let set = if domain {
        let start = uri.iter().position(|c| *c == b':').map_or(0, |at| at + 1);
        sethostport(cx, uri.slice(start..)) == 1
    } else {
        cx.target.dst_uri = Some(uri.clone());
        true
    };
    if set {
        send_from(cx, socket);
    }
    set
}

fn push(cx: &mut Context, name: &Text, value: Value) -> Option<()> {
    let name = avp(cx, name)?;
    cx.avps(|all| all.push(name, value));
    Some(())
}

fn push_attributes(cx: &mut Context, partition: &Partition, set: &Set, place: usize) -> Option<()> {
    if let (Some(name), Some(destination)) = (&partition.avps.attributes, set.destinations.get(place)) {
        push(cx, name, Value::Text(destination.attributes.clone()))?;
    }
    if let Some(name) = &partition.avps.script_attributes {
        push(cx, name, Value::Text(set.script_attributes(place).unwrap_or_default()))?;
    }
    Some(())
}

/// What a script gets of a destination that was found by its address.
pub fn tell_attributes(cx: &mut Context, partition: &Partition, set: &Set, place: usize) -> bool {
    push_attributes(cx, partition, set, place).is_some()
}

fn push_waiting(cx: &mut Context, partition: &Partition, set: &Set, place: usize) -> Option<()> {
    let destination = set.destinations.get(place)?;
    let socket = destination.socket.map(|id| cx.shared().socket(id).uri.clone()).unwrap_or_default();
    push(cx, &partition.avps.socket, Value::Text(socket))?;
    push(cx, &partition.avps.destination, Value::Text(destination.next_hop.clone()))?;
    push_attributes(cx, partition, set, place)
}

/// Leaves in AVPs what was chosen and what else there is. `None` when there is no room for more names of AVPs.
pub fn keep(
    cx: &mut Context,
    partition: &Partition,
    set: &Set,
    choice: &Choice,
    flags: Flags,
    max_results: i32,
) -> Option<()> {
    let chosen = choice.place(choice.at);
    let mut count = 0;
    if flags.failover {
        if !flags.append {
            forget(cx, partition);
        }
        let waiting = waiting(set, choice, flags, max_results);
        for place in &waiting {
            push_waiting(cx, partition, set, *place)?;
        }
        let uri = set.destinations.get(chosen)?.uri.clone();
        push(cx, &partition.avps.destination, Value::Text(uri))?;
        count = waiting.len() + 1;
    }
    push_attributes(cx, partition, set, chosen)?;
    push(cx, &partition.avps.group, Value::Int(set.id))?;
    push(cx, &partition.avps.count, Value::Int(i32::try_from(count).unwrap_or(i32::MAX)))
}

/// The places of those that wait, the last one first: behind the chosen one in a circle, as many as are wanted, and
/// the default one behind them all.
fn waiting(set: &Set, choice: &Choice, flags: Flags, max_results: i32) -> Vec<usize> {
    let active = set.active();
    let count = active.len();
    let is_default = |at: usize| flags.default && at + 1 == count;
    let mut waiting = Vec::new();
    if flags.default && choice.at + 1 != count {
        waiting.push(count - 1);
    }
    let usable =
        (0..count).filter(|at| !is_default(*at) && active.get(*at).copied().unwrap_or(false)).count();
    let mut left_out = usable.saturating_sub(usize::try_from(max_results).unwrap_or(0));
    for step in (1..count).rev() {
        let at = (choice.at + step) % count;
        let place = choice.place(at);
        if is_default(at) || !active.get(place).copied().unwrap_or(false) {
            continue;
        }
        if left_out > 0 {
            left_out -= 1;
            continue;
        }
        waiting.push(place);
    }
    waiting
}

fn forget(cx: &mut Context, partition: &Partition) {
    let avps = &partition.avps;
    let names = [&avps.destination, &avps.group, &avps.count, &avps.socket];
    let others = [avps.attributes.as_ref(), avps.script_attributes.as_ref()];
    for name in names.into_iter().chain(others.into_iter().flatten()) {
        if let Some(name) = avp(cx, name) {
            cx.avps(|all| all.remove_all(name));
        }
    }
}

/// Takes the newest value of a name out.
fn pop(cx: &mut Context, name: &Text) -> Option<Value> {
    let name = avp(cx, name)?;
    cx.avps(|all| {
        let value = all.newest(name).cloned();
        all.remove_at(name, 0);
        value
    })
}

/// Goes on to the next destination.
pub fn next(cx: &mut Context, partition: &Partition, domain: bool) -> i32 {
    let avps = partition.avps.clone();
    if pop(cx, &avps.destination).is_none() {
        return -1;
    }
    for name in [avps.attributes, avps.script_attributes].into_iter().flatten() {
        // the attributes of the one that failed
        let _ = pop(cx, &name);
    }
    let next = avp(cx, &avps.destination).and_then(|name| newest(cx, name));
    let Some(uri) = next.and_then(Value::into_only_text) else { return -1 };
    let socket = pop(cx, &avps.socket).and_then(|v| v.text()).filter(|t| !t.is_empty());
    let socket = socket.and_then(|name| cx.shared().socket_named(&name));
    if set_destination(cx, &uri, socket, domain) {
        return 1;
    }
    cx.log(Level::Error, "dispatcher", format_args!("the destination cannot be set"));
    -1
}

fn newest(cx: &mut Context, name: AvpName) -> Option<Value> {
    cx.avps(|all| all.newest(name).cloned())
}

/// The set and the URI of the destination that was taken last.
pub fn current(cx: &mut Context, partition: &Partition) -> Option<(i32, Text)> {
    let group = avp(cx, &partition.avps.group)?;
    let destination = avp(cx, &partition.avps.destination)?;
    match newest(cx, group)? {
        Value::Int(set) => Some((set, newest(cx, destination)?.into_only_text()?)),
        _ => None,
    }
}
