//! Probes, what their answers mean, and who is told of it.

use std::rc::Rc;

use sipc_engine::events::{self, named};
use sipc_engine::gateways;
use sipc_engine::log::Level;
use sipc_engine::shared::Shared;
use sipc_engine::tm::local::{self, Request};
use sipc_engine::worker::Worker;
use sipc_engine::{Text, Value};

use crate::State;
use crate::data::{Data, Destination, Probing, Standing};

/// CSeq of probes.
const CSEQ: u32 = 10;
/// The answer that always means that a destination works.
const OK: u16 = 200;
/// Answers from here on mean that it does not.
const FAILURES: u16 = 400;

/// Sends the probes that are due.
pub fn tick(worker: &Rc<Worker>) {
    let shared = worker.shared.clone();
    let Some(state) = shared.state::<State>() else { return };
    let data = state.data.get();
    for (place, destination) in data.destinations.iter().enumerate() {
        let standing = data.standing(place);
        let wanted = match destination.probing {
            Probing::Never => false,
            Probing::WhenDisabled => standing.disabled,
            Probing::Always => true,
        };
        if wanted && !standing.by_command {
            start(worker, state, destination);
        }
    }
}

fn start(worker: &Rc<Worker>, state: &State, destination: &Destination) {
    let bracketed = |uri: &[u8]| Text::from([b"<", uri, b">"].concat());
    let request = Request {
        method: state.probe_method.clone(),
        from: bracketed(&state.probe_from),
        to: bracketed(&destination.uri),
        uri: destination.uri.clone(),
        cseq: CSEQ,
        ..Request::default()
    };
    let (id, process) = (destination.id, worker.shared.clone());
    let done: local::OnComplete = Box::new(move |_, code, _| answered(&process, id, code));
    let w = worker.clone();
    worker.start(Box::pin(async move {
        if local::send(&w, request, Some(done)).await.is_err() {
            let text = format_args!("the probe of destination {id} cannot be sent");
            w.shared.log.message(Level::Error, "load_balancer", text);
        }
    }));
}

fn answered(shared: &Shared, id: i32, code: u16) {
    let Some(state) = shared.state::<State>() else { return };
    let data = state.data.get();
    let Some(place) = data.find(id) else { return };
    let works = code == OK || state.good_codes.contains(&code);
    if !works && code < FAILURES {
        return;
    }
    let next = |s: Standing| Standing { disabled: if works { s.by_command } else { true }, ..s };
    if data.change(place, next) {
        let how = if works { "enabled" } else { "disabled" };
        tell(shared, state, &data, place, format_args!("{how} after {code} to a probe"), None);
    }
}

/// A script says that a destination does not work; `false` when there is none of that number.
pub fn disable(worker: &Rc<Worker>, id: i32, depth: u32) -> bool {
    let shared = &worker.shared;
    let Some(state) = shared.state::<State>() else { return false };
    let data = state.data.get();
    let Some(place) = data.find(id) else { return false };
    if data.change(place, |s| Standing { disabled: true, ..s }) {
        tell(shared, state, &data, place, format_args!("disabled by the script"), Some((worker, depth)));
    }
    true
}

/// A command says whether a destination is used; `false` when there is none of that number.
pub fn command(shared: &Shared, id: i32, used: bool) -> bool {
    let Some(state) = shared.state::<State>() else { return false };
    let data = state.data.get();
    let Some(place) = data.find(id) else { return false };
    if data.change(place, |_| Standing { disabled: !used, by_command: !used }) {
        let how = if used { "enabled" } else { "disabled" };
        tell(shared, state, &data, place, format_args!("{how} by command"), None);
    }
    true
}

fn tell(
    shared: &Shared,
    state: &State,
    data: &Data,
    place: usize,
    how: std::fmt::Arguments<'_>,
    script: Option<(&Rc<Worker>, u32)>,
) {
    let Some(destination) = data.destinations.get(place) else { return };
    if state.verbose {
        let uri = String::from_utf8_lossy(&destination.uri);
        let text = format_args!("destination {} <{uri}> {how}", destination.id);
        shared.log.message(Level::Info, "load_balancer", text);
    }
    let Some(event) = state.event else { return };
    let status = if data.standing(place).disabled { "disabled" } else { "enabled" };
    let params = vec![
        named("group", Value::Int(destination.group)),
        named("uri", Value::Text(destination.uri.clone())),
        named("status", Value::Text(Text::from_static(status.as_bytes()))),
    ];
    // the queue of events says so when it is full
    let _ = match script {
        Some((worker, depth)) => events::raise(worker, event, &params, depth),
        None => events::raise_from_outside(shared, event, params),
    };
}

/// Finds the addresses of the destinations that have names, and then fills the blacklists.
pub fn find_addresses(shared: &Shared) -> bool {
    shared.on_worker(Box::new(|worker| {
        let w = worker.clone();
        worker.start(Box::pin(async move {
            let shared = w.shared.clone();
            let Some(state) = shared.state::<State>() else { return };
            let data = state.data.get();
            for destination in &data.destinations {
                find_of(&w, destination).await;
            }
            for (name, groups) in &state.blacklists {
                let of_group = |d: &&Destination| groups.contains(&d.group);
                let all = data.destinations.iter().filter(of_group);
                let all: Vec<_> = all.flat_map(|d| d.addresses.read().clone()).collect();
                gateways::fill_blacklist(&shared, name, &all);
            }
        }));
    }))
}

async fn find_of(worker: &Rc<Worker>, destination: &Destination) {
    if !destination.addresses.read().is_empty() {
        return;
    }
    match gateways::resolve(worker, &destination.uri).await {
        Some(found) => *destination.addresses.write() = found,
        None => {
            let uri = String::from_utf8_lossy(&destination.uri);
            let text = format_args!("cannot resolve <{uri}>: the destination has no address");
            worker.shared.log.message(Level::Error, "load_balancer", text);
        }
    }
}
