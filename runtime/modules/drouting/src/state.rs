//! Changes of gateways' and carriers' states: who is told, and how they get into the tables.

use sipc_engine::context::Named;
use sipc_engine::database::{Condition, DbError, DbValue};
use sipc_engine::events::{self, named};
use sipc_engine::log::Level;
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text, Value, status_report};

use crate::data::{Gateway, Probing, State};
use crate::partitions::Partition;
use crate::{GROUP, State as Module};

/// Why a state changes.
pub enum Reason<'a> {
    /// A script said so.
    Script(&'a mut Context),
    /// A command or a probe, in words.
    Outside(&'static str),
}

impl Reason<'_> {
    fn words(&self) -> &'static str {
        match self {
            Reason::Script(_) => "script dr_disable",
            Reason::Outside(words) => words,
        }
    }
}

/// What a state is called in events.
fn event_word(gateway: &Gateway, state: State) -> &'static str {
    match state {
        State::Active => "active",
        State::Disabled => "disabled MI",
        State::Failed if gateway.probing == Probing::WhenFailed => "probing",
        State::Failed => "inactive",
    }
}

/// A gateway failed: it is out of use until a probe is answered.
pub fn fail(shared: &Shared, partition: &Partition, id: &[u8], reason: Reason<'_>) {
    change(shared, partition, id, reason, |state| (state == State::Active).then_some(State::Failed));
}

/// A probe was answered.
pub fn recover(shared: &Shared, partition: &Partition, id: &[u8]) {
    let reason = Reason::Outside("200 OK probing reply");
    change(shared, partition, id, reason, |state| (state == State::Failed).then_some(State::Active));
}

/// A command says so; `false` when there is no such gateway.
pub fn command(shared: &Shared, partition: &Partition, id: &[u8], active: bool) -> bool {
    let next = if active { State::Active } else { State::Disabled };
    change(shared, partition, id, Reason::Outside("MI command"), |_| Some(next))
}

/// Changes the state of a gateway; `false` when there is none of that name.
fn change(
    shared: &Shared,
    partition: &Partition,
    id: &[u8],
    reason: Reason<'_>,
    next: impl FnOnce(State) -> Option<State>,
) -> bool {
    let data = partition.data.get();
    let Some(place) = data.gateway(id) else { return false };
    let Some(gateway) = data.gateways.get(place) else { return false };
    let changed = {
        let mut standings = data.standings.lock();
        standings.get_mut(place).and_then(|standing| {
            let new = next(standing.state).filter(|new| *new != standing.state)?;
            standing.state = new;
            standing.dirty = true;
            Some(new)
        })
    };
    if let Some(state) = changed {
        tell(shared, partition, gateway, state, reason);
    }
    true
}

fn tell(shared: &Shared, partition: &Partition, gateway: &Gateway, state: State, reason: Reason<'_>) {
    let (word, words) = (event_word(gateway, state), reason.words());
    let lossy = |t: &[u8]| String::from_utf8_lossy(t).into_owned();
    let (id, address) = (lossy(&gateway.id), lossy(&gateway.address));
    let report = format!("GW <{id}>/{address} switched to [{word}] due to {words}\n");
    status_report::report(shared, GROUP, &partition.events, &report);
    let Some(event) = shared.state::<Module>().and_then(|s| s.event) else { return };
    let params = params(partition, gateway, word, words);
    // the queue of events says so when it is full
    let _ = match reason {
        Reason::Script(cx) => events::raise(&cx.worker.clone(), event, &params, cx.event_depth),
        Reason::Outside(_) => events::raise_from_outside(shared, event, params),
    };
}

fn params(partition: &Partition, gateway: &Gateway, word: &str, reason: &str) -> Vec<Named> {
    let text = |t: &[u8]| Value::Text(Text::copy_from_slice(t));
    vec![
        named("partition", text(partition.name.as_bytes())),
        named("gwid", text(&gateway.id)),
        named("address", text(&gateway.address)),
        named("status", text(word.as_bytes())),
        named("reason", text(reason.as_bytes())),
    ]
}

/// Sets the state of a carrier for a command; `false` when there is none of that name.
pub fn set_carrier(shared: &Shared, partition: &Partition, id: &[u8], active: bool) -> bool {
    let data = partition.data.get();
    let Some(place) = data.carrier(id) else { return false };
    let changed = {
        let mut standings = data.carrier_standings.lock();
        standings.get_mut(place).is_some_and(|s| {
            let changed = s.off == active;
            s.off = !active;
            s.dirty |= changed;
            changed
        })
    };
    if changed {
        let word = if active { "active" } else { "disabled MI" };
        let id = String::from_utf8_lossy(id);
        let report = format!("CARRIER <{id}> switched to [{word}] due to MI command\n");
        status_report::report(shared, GROUP, &partition.events, &report);
    }
    true
}

/// Writes the states that have changed into the tables.
pub async fn flush(shared: &Shared) {
    let Some(module) = shared.state::<Module>() else { return };
    for partition in &module.partitions.all {
        let data = partition.data.get();
        for (place, gateway) in data.gateways.iter().enumerate() {
            let dirty = data.standings.lock().get_mut(place).filter(|s| s.dirty).map(|s| {
                s.dirty = false;
                s.state
            });
            let Some(state) = dirty else { continue };
            let table = &partition.tables.gateways;
            if let Err(why) = write(partition, table, ("gwid", &gateway.id), state.number()).await {
                say(shared, &gateway.id, &why);
                if let Some(standing) = data.standings.lock().get_mut(place) {
                    standing.dirty = true;
                }
            }
        }
        for (place, carrier) in data.carriers.iter().enumerate() {
            let dirty = data.carrier_standings.lock().get_mut(place).filter(|s| s.dirty).map(|s| {
                s.dirty = false;
                s.off
            });
            let Some(off) = dirty else { continue };
            let table = &partition.tables.carriers;
            if let Err(why) = write(partition, table, ("carrierid", &carrier.id), i64::from(off)).await {
                say(shared, &carrier.id, &why);
                if let Some(standing) = data.carrier_standings.lock().get_mut(place) {
                    standing.dirty = true;
                }
            }
        }
    }
}

fn say(shared: &Shared, id: &[u8], why: &DbError) {
    let text = format_args!("the state of {} cannot be kept: {why}", String::from_utf8_lossy(id));
    shared.log.message(Level::Error, "drouting", text);
}

async fn write(partition: &Partition, table: &str, key: (&str, &Text), state: i64) -> Result<(), DbError> {
    let conditions = [Condition::equal(key.0, DbValue::Text(key.1.clone()))];
    partition.database.update(table, &conditions, &[("state", DbValue::Int(state))]).await
}
