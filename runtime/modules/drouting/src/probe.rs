//! Probing gateways: requests that they should answer, and what their answers mean.

use std::rc::Rc;
use std::sync::atomic::Ordering;

use sipc_engine::Text;
use sipc_engine::gateways;
use sipc_engine::log::Level;
use sipc_engine::shared::Shared;
use sipc_engine::tm::local::{self, Request};
use sipc_engine::worker::Worker;

use crate::State;
use crate::data::{Data, Gateway, Probing, State as Use};
use crate::partitions::Partition;
use crate::state::{self, Reason};

/// CSeq of probes.
const CSEQ: u32 = 10;
/// The answer that always means that a gateway works.
const OK: u16 = 200;
/// Answers from here on mean that it does not.
const FAILURES: u16 = 400;

/// Sends the probes that are due.
pub fn tick(worker: &Rc<Worker>) {
    let shared = worker.shared.clone();
    let Some(module) = shared.state::<State>().filter(|m| m.probes.load(Ordering::Relaxed)) else { return };
    for (number, partition) in module.partitions.all.iter().enumerate() {
        let data = partition.data.get();
        for (place, gateway) in data.gateways.iter().enumerate() {
            let wanted = match (data.standing(place).state, gateway.probing) {
                (Use::Disabled, _) | (_, Probing::Never) => false,
                (_, Probing::Always) => true,
                (state, Probing::WhenFailed) => state == Use::Failed,
            };
            if wanted {
                start(worker, module, number, gateway);
            }
        }
    }
}

fn start(worker: &Rc<Worker>, module: &State, number: usize, gateway: &Gateway) {
    let uri = Text::from([b"sip:", &gateway.address[..]].concat());
    let bracketed = |uri: &[u8]| Text::from([b"<", uri, b">"].concat());
    let request = Request {
        method: module.probe_method.clone(),
        from: bracketed(&module.probe_from),
        to: bracketed(&uri),
        uri,
        cseq: CSEQ,
        socket: gateway.socket.or(module.probe_socket),
        ..Request::default()
    };
    let (id, process) = (gateway.id.clone(), worker.shared.clone());
    let done: local::OnComplete = {
        let id = id.clone();
        Box::new(move |_, code, _| answered(&process, number, &id, code))
    };
    let w = worker.clone();
    worker.start(Box::pin(async move {
        if local::send(&w, request, Some(done)).await.is_err()
            && let Some(partition) = partition(&w.shared, number)
        {
            state::fail(&w.shared, partition, &id, Reason::Outside("failure to send probe"));
        }
    }));
}

fn partition(shared: &Shared, number: usize) -> Option<&Partition> {
    shared.state::<State>()?.partitions.all.get(number)
}

fn answered(shared: &Shared, number: usize, id: &Text, code: u16) {
    let (Some(module), Some(partition)) = (shared.state::<State>(), partition(shared, number)) else {
        return;
    };
    if code == OK || module.good_codes.contains(&code) {
        state::recover(shared, partition, id);
    } else if code >= FAILURES {
        state::fail(shared, partition, id, Reason::Outside("negative probing reply"));
    }
}

/// Finds the addresses of the gateways that have names, and then fills the blacklists.
pub fn find_addresses(shared: &Shared) -> bool {
    shared.on_worker(Box::new(|worker| {
        let w = worker.clone();
        worker.start(Box::pin(async move {
            let shared = w.shared.clone();
            let Some(module) = shared.state::<State>() else { return };
            for partition in &module.partitions.all {
                let data = partition.data.get();
                find_of(&w, &data, module.needs_names).await;
                fill_blacklists(&shared, partition, &data);
            }
        }));
    }))
}

async fn find_of(worker: &Rc<Worker>, data: &Data, needed: bool) {
    for (place, gateway) in data.gateways.iter().enumerate() {
        if !gateway.addresses.read().is_empty() {
            continue;
        }
        let uri = Text::from([b"sip:", &gateway.address[..]].concat());
        match gateways::resolve(worker, &uri).await {
            Some(found) => *gateway.addresses.write() = found,
            None if needed => {
                if let Some(standing) = data.standings.lock().get_mut(place) {
                    standing.unknown = true;
                }
                let address = String::from_utf8_lossy(&gateway.address);
                let text = format_args!("cannot resolve <{address}>: the gateway is not used");
                worker.shared.log.message(Level::Error, "drouting", text);
            }
            None => {}
        }
    }
}

fn fill_blacklists(shared: &Shared, partition: &Partition, data: &Data) {
    for (name, kinds) in &partition.blacklists {
        let of_kind = |g: &&Gateway| kinds.iter().any(|k| i64::from(*k) == g.kind);
        let all: Vec<_> =
            data.gateways.iter().filter(of_kind).flat_map(|g| g.addresses.read().clone()).collect();
        gateways::fill_blacklist(shared, name, &all);
    }
}
