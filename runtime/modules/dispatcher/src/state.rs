//! Changes of destinations' states: who is told, and how they get into the table.

use sipc_engine::Value;
use sipc_engine::context::Named;
use sipc_engine::database::{Condition, DbError, DbValue};
use sipc_engine::events::{self, named};
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text, status_report};

use crate::partitions::{Partition, Partitions};
use crate::set::{Set, State};
use crate::{GROUP, Settings};

/// What is asked of a destination's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// In use.
    Activate,
    /// In use, and failures are forgotten.
    Recovered,
    /// Out of use.
    Deactivate,
    /// It failed; when that happened often enough, it is probed. One that is out of use comes back to be probed.
    Probe,
    /// It failed; one that is out of use stays so.
    Failed,
}

impl Change {
    /// Of a letter or number, as scripts and commands write it.
    pub fn of(text: &[u8]) -> Option<Change> {
        match text.first()?.to_ascii_lowercase() {
            b'0' | b'i' => Some(Change::Deactivate),
            b'1' | b'a' => Some(Change::Activate),
            b'2' | b'p' => Some(Change::Probe),
            _ => None,
        }
    }
}

/// What happened to a destination.
struct Happened {
    active: bool,
}

/// Changes a state; gives the events that are to be raised, or `None` when there is no such destination.
fn change(partition: &Partition, set: &Set, place: usize, change: Change, threshold: u32) -> Vec<Happened> {
    let mut changing = set.changing.lock();
    let Some(standing) = changing.all.get_mut(place) else { return Vec::new() };
    let mut happened = Vec::new();
    let mut become_ = |standing: &mut crate::set::Standing, state: State, active: bool| {
        if standing.state != state {
            standing.state = state;
            standing.dirty = partition.persistent;
            happened.push(Happened { active });
        }
    };
    match change {
        Change::Activate => become_(standing, State::default(), true),
        Change::Recovered => {
            standing.failures = 0;
            become_(standing, State::default(), true);
        }
        Change::Deactivate => become_(standing, State { inactive: true, probing: false }, false),
        Change::Probe | Change::Failed => {
            if !standing.state.inactive {
                standing.failures = standing.failures.saturating_add(1).min(threshold);
                if standing.failures >= threshold {
                    let state = State { probing: true, ..standing.state };
                    become_(standing, state, false);
                }
            }
            if change == Change::Probe {
                let state = State { inactive: false, ..standing.state };
                become_(standing, state, true);
            }
        }
    }
    happened
}

/// Changes the state of a destination; gives the parameters of the events to raise. `None` when there is no such
/// destination.
fn set_state(
    shared: &Shared,
    partition: &Partition,
    set: i32,
    uri: &[u8],
    asked: Change,
    reason: &str,
) -> Option<Vec<Vec<Named>>> {
    let sets = partition.sets.get();
    let set = sets.get(set)?;
    let place = set.place(uri)?;
    let threshold = shared.state::<Settings>().map_or(1, |s| s.threshold);
    let happened = change(partition, set, place, asked, threshold);
    let tell = |h: Happened| {
        let status = if h.active { "active" } else { "inactive" };
        let shown = String::from_utf8_lossy(uri);
        let text = format!("DESTINATION <{shown}>, set {} switched to [{status}] due to {reason}\n", set.id);
        status_report::report(shared, GROUP, &partition.events, &text);
        params(partition, set.id, uri, status, reason)
    };
    Some(happened.into_iter().map(tell).collect())
}

fn params(partition: &Partition, set: i32, uri: &[u8], status: &str, reason: &str) -> Vec<Named> {
    let text = |t: &[u8]| Value::Text(Text::copy_from_slice(t));
    let mut params = Vec::new();
    if !partition.default {
        params.push(named("partition", text(partition.name.as_bytes())));
    }
    params.extend([
        named("group", Value::Int(set)),
        named("address", text(uri)),
        named("status", text(status.as_bytes())),
        named("reason", text(reason.as_bytes())),
    ]);
    params
}

/// Changes a state for a command or a probe; `false` when there is no such destination.
pub fn set_from_outside(
    shared: &Shared,
    partition: &Partition,
    set: i32,
    uri: &[u8],
    asked: Change,
    reason: &str,
) -> bool {
    let Some(raised) = set_state(shared, partition, set, uri, asked, reason) else { return false };
    for params in raised {
        if let Some(event) = shared.state::<Settings>().and_then(|s| s.event) {
            // a server with too much to do says so elsewhere; the state itself is set
            let _ = events::raise_from_outside(shared, event, params);
        }
    }
    true
}

/// Changes the state of the destination that a script took last.
pub fn mark(cx: &mut Context, partition: &Partition, set: i32, uri: &[u8], asked: Change) -> bool {
    let worker = cx.worker.clone();
    let reason = "script function ds_mark()";
    let Some(raised) = set_state(&worker.shared, partition, set, uri, asked, reason) else { return false };
    for params in raised {
        if let Some(event) = worker.shared.state::<Settings>().and_then(|s| s.event) {
            // the queue of events says so when it is full
            let _ = events::raise(&worker, event, &params, cx.event_depth);
        }
    }
    true
}

/// Writes the states that have changed into the tables.
pub async fn flush(shared: &Shared) {
    let Some(partitions) = shared.state::<Partitions>() else { return };
    for partition in partitions.0.iter().filter(|p| p.persistent) {
        let sets = partition.sets.get();
        for set in &sets.0 {
            for (place, destination) in set.destinations.iter().enumerate() {
                let Some(state) = take_dirty(set, place) else { continue };
                if let Err(why) = write(partition, set.id, &destination.uri, state).await {
                    keep_dirty(set, place);
                    let uri = String::from_utf8_lossy(&destination.uri);
                    let text = format_args!("the state of {uri} cannot be kept: {why}");
                    shared.log.message(sipc_engine::log::Level::Error, "dispatcher", text);
                }
            }
        }
    }
}

fn take_dirty(set: &Set, place: usize) -> Option<State> {
    let mut changing = set.changing.lock();
    let standing = changing.all.get_mut(place).filter(|s| s.dirty)?;
    standing.dirty = false;
    Some(standing.state)
}

fn keep_dirty(set: &Set, place: usize) {
    if let Some(standing) = set.changing.lock().all.get_mut(place) {
        standing.dirty = true;
    }
}

async fn write(partition: &Partition, set: i32, uri: &Text, state: State) -> Result<(), DbError> {
    let columns = partition.columns();
    let conditions = [
        Condition::equal(&columns.set, DbValue::Int(i64::from(set))),
        Condition::equal(&columns.destination, DbValue::Text(uri.clone())),
    ];
    let values = [(columns.state.as_str(), DbValue::Int(state.number()))];
    partition.database.update(partition.table(), &conditions, &values).await
}
