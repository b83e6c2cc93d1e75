//! Probing destinations: requests that they should answer, and what their answers mean.

use std::rc::Rc;
use std::sync::Arc;

use sipc_engine::Text;
use sipc_engine::Value;
use sipc_engine::gateways::{self, Address};
use sipc_engine::log::Level;
use sipc_engine::shared::Shared;
use sipc_engine::tm::local::{self, Request};
use sipc_engine::worker::Worker;

use crate::Settings;
use crate::partitions::{Partition, Partitions};
use crate::set::{Destination, Set, Sets};
use crate::state::{Change, set_from_outside};

/// CSeq of probes.
const CSEQ: u32 = 10;
/// The answer that always means that a destination works.
const OK: u16 = 200;
/// The code of a probe that nobody answered.
const TIMEOUT: u16 = 408;

/// Sends the probes that are due.
pub fn tick(worker: &Rc<Worker>) {
    let count = worker.shared.state::<Partitions>().map_or(0, |p| p.0.len());
    (0..count).for_each(|number| probe_partition(worker, number));
}

fn probe_partition(worker: &Rc<Worker>, number: usize) {
    let shared = worker.shared.clone();
    let Some((partition, settings)) = parts(&shared, number) else { return };
    let sets = partition.sets.get();
    for set in sets.chosen(None).filter(|s| settings.probed_sets.as_ref().is_none_or(|l| l.contains(&s.id))) {
        let standing: Vec<_> = set.changing.lock().all.iter().map(|s| s.state).collect();
        for (destination, state) in set.destinations.iter().zip(standing) {
            let wanted = settings.probes_all || state.probing || destination.probed;
            if wanted && !state.inactive {
                start(worker, number, partition, settings, set.id, destination);
            }
        }
    }
}

fn parts(shared: &Shared, number: usize) -> Option<(&Partition, &Settings)> {
    Some((shared.state::<Partitions>()?.0.get(number)?, shared.state::<Settings>()?))
}

fn start(
    worker: &Rc<Worker>,
    number: usize,
    partition: &Partition,
    settings: &Settings,
    set: i32,
    destination: &Destination,
) {
    let bracketed = |uri: &Text| Text::from([b"<", &uri[..], b">"].concat());
    let avps =
        partition.avps.attributes.clone().map(|name| (name, Value::Text(destination.attributes.clone())));
    let request = Request {
        method: partition.ping_method.clone(),
        uri: destination.uri.clone(),
        from: bracketed(&partition.ping_from),
        to: bracketed(&destination.uri),
        cseq: CSEQ,
        socket: destination.socket.or(partition.ping_socket),
        avps: avps.into_iter().collect(),
        max_forwards: settings.max_forwards,
        ..Request::default()
    };
    let uri = destination.uri.clone();
    let always = settings.probes_all || destination.probed;
    let (answered_uri, process) = (uri.clone(), worker.shared.clone());
    let done: local::OnComplete =
        Box::new(move |_, code, _| answered(&process, number, set, &answered_uri, code, always));
    let w = worker.clone();
    worker.start(Box::pin(async move {
        if local::send(&w, request, Some(done)).await.is_err()
            && let Some((partition, _)) = parts(&w.shared, number)
        {
            set_from_outside(&w.shared, partition, set, &uri, Change::Failed, "failed to send probe");
        }
    }));
}

fn answered(shared: &Arc<Shared>, number: usize, set: i32, uri: &Text, code: u16, always: bool) {
    let Some((partition, settings)) = parts(shared, number) else { return };
    let listed = settings.good_codes.contains(&code);
    if code == OK || listed {
        set_from_outside(shared, partition, set, uri, Change::Recovered, "200 OK probing reply");
    }
    // a timeout is one, whatever the list says
    if always && code != OK && (code == TIMEOUT || !listed) {
        set_from_outside(shared, partition, set, uri, Change::Failed, "negative probing reply");
    }
}

/// Finds the addresses of the destinations that have names, and then fills the blacklists.
pub fn find_addresses(shared: &Shared) -> bool {
    shared.on_worker(Box::new(|worker| {
        let w = worker.clone();
        worker.start(Box::pin(async move {
            let shared = w.shared.clone();
            let Some(partitions) = shared.state::<Partitions>() else { return };
            for partition in &partitions.0 {
                let sets = partition.sets.get();
                for set in &sets.0 {
                    find_of_set(&w, set).await;
                }
                fill_blacklists(&shared, partition, &sets);
            }
        }));
    }))
}

async fn find_of_set(worker: &Rc<Worker>, set: &Set) {
    for destination in &set.destinations {
        if !destination.addresses.read().is_empty() {
            continue;
        }
        match gateways::resolve(worker, &destination.next_hop).await {
            Some(found) => *destination.addresses.write() = found,
            None => {
                let uri = String::from_utf8_lossy(&destination.uri);
                let text = format_args!("could not resolve {uri}: its addresses are not known");
                worker.shared.log.message(Level::Error, "dispatcher", text);
            }
        }
    }
}

fn fill_blacklists(shared: &Shared, partition: &Partition, sets: &Sets) {
    for (name, wanted) in &partition.blacklists {
        let of_set = |set: &Set| {
            let all = set.destinations.iter().flat_map(|d| d.addresses.read().clone());
            all.collect::<Vec<_>>()
        };
        let addresses: Vec<Address> = wanted.iter().filter_map(|id| sets.get(*id)).flat_map(of_set).collect();
        gateways::fill_blacklist(shared, name, &addresses);
    }
}
