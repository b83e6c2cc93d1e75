//! Pings that keep the bindings of routers open, and tell who is gone.
//!
//! A ping is four zero bytes, or a SIP request without a transaction: with a million clients behind NAT, memory for
//! each would be spent on answers that mostly nobody waits for. Of contacts whose answer matters (removal, latency) one
//! entry is kept, for as long as they are registered.
//!
//! The shards of the location table are visited one after another, spread over `natping_interval`, so that neither a lock
//! nor the worker is held long.

use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, SocketAddrV4};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::network::{Destination, SocketId};
use sipc_engine::setup::{InitResult, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text, send};
use sipc_mod_usrloc::{Contact, Locations};
use sipc_sip::{Transport, compose};

/// What keeps a binding open without meaning anything to SIP.
const EMPTY_PING: &[u8] = &[0; 4];
/// The same in a stream, where zeros would become part of the next message: empty lines (RFC 5626 section 3.5.1).
const EMPTY_LINES: &[u8] = b"\r\n\r\n";
/// The port of `natping_socket` when it names none.
const DEFAULT_PORT: u16 = 5060;
/// How often shards are visited.
const TICK_MS: u64 = 100;
/// The latency of who did not answer: 30 minutes, in microseconds, as OpenSIPS has it.
const NO_ANSWER_US: u64 = 1_800_000_000;
/// Begins the branches of pings.
const BRANCH: &str = "z9hG4bKnh";

/// The parameters and the state of pinging.
pub(crate) struct Pings {
    interval_ms: u64,
    nated_only: bool,
    connections_too: bool,
    sip_flag: u32,
    remove_flag: u32,
    latency_flag: u32,
    from: String,
    method: String,
    ignored: Vec<u16>,
    threshold_us: u64,
    lost_max: u32,
    force_socket: Option<String>,
    /// `natping_socket`.
    spoofed: Option<SocketAddrV4>,
    on: AtomicBool,
    /// Of all Call-IDs: says that a reply is for us, and cannot be guessed.
    secret: AtomicU64,
    counter: AtomicU64,
    watched: Mutex<Watched>,
}

/// Contacts whose answers matter.
#[derive(Default)]
struct Watched {
    by_id: HashMap<u64, Watch>,
    /// Contact and number of the ping, in the order of their deadlines, in microseconds.
    deadlines: VecDeque<(u64, u64, u64)>,
}

struct Watch {
    table: Text,
    aor: Text,
    sent_us: u64,
    /// The number of the last ping; none once it is answered.
    waiting: Option<u64>,
    lost: u32,
}

/// What a ping needs of a contact, so that no lock is held while sending.
struct Job {
    table: Text,
    aor: Text,
    contact: Contact,
}

pub(crate) fn init(setup: &mut Setup) -> InitResult {
    let number = |name, default| u64::try_from(setup.int("nathelper", name, default)).unwrap_or(0);
    let interval = number("natping_interval", 0);
    if interval == 0 {
        setup.command("nathelper:enable_ping", switch);
        return Ok(());
    }
    let locations =
        setup.state::<Locations>().ok_or("natping_interval needs usrloc, loaded before nathelper")?;
    let nated_only = number("ping_nated_only", 0) != 0;
    if nated_only && locations.parameters.nat_flag == 0 {
        return Err("ping_nated_only needs nat_bflag of usrloc".into());
    }
    let text = |name| setup.text("nathelper", name).filter(|t: &String| !t.is_empty());
    let (sip, from) = (text("sipping_bflag"), text("sipping_from").unwrap_or_default());
    if sip.is_some() && from.is_empty() {
        return Err("sipping_bflag needs sipping_from".into());
    }
    let threshold = number("ping_threshold", 3);
    let threshold = if threshold > interval { interval / 2 } else { threshold };
    let (method, force_socket, codes) =
        (text("sipping_method"), text("force_socket"), text("sipping_ignore_rpl_codes"));
    let (remove, latency) = (text("remove_on_timeout_bflag"), text("sipping_latency_flag"));
    let connections_too = number("natping_tcp", 0) != 0;
    let lost_max = u32::try_from(number("max_pings_lost", 3)).unwrap_or(u32::MAX);
    let spoofed = text("natping_socket").map(|t| spoofed_address(&t)).transpose()?;
    setup.sends_raw |= spoofed.is_some();
    let mut flag = |name: Option<String>| match name {
        Some(name) => setup.branch_flag(&name).map(|bit| 1 << bit).ok_or("more than 32 branch flags"),
        None => Ok(0),
    };
    let pings = Pings {
        interval_ms: interval * 1000,
        nated_only,
        connections_too,
        sip_flag: flag(sip)?,
        remove_flag: flag(remove)?,
        latency_flag: flag(latency)?,
        from,
        method: method.unwrap_or_else(|| "OPTIONS".into()),
        ignored: codes.map(|c| reply_codes(&c)).transpose()?.unwrap_or_default(),
        threshold_us: threshold * 1_000_000,
        lost_max,
        force_socket,
        spoofed,
        on: AtomicBool::new(true),
        secret: AtomicU64::new(0),
        counter: AtomicU64::new(0),
        watched: Mutex::default(),
    };
    setup.share(Arc::new(pings));
    setup.command("nathelper:enable_ping", switch);
    setup.hooks.worker_start.push(seed);
    setup.hooks.periodic.push((TICK_MS, ping));
    setup.hooks.before_reply.push(is_no_answer);
    Ok(())
}

/// `[udp:]address[:port]`.
fn spoofed_address(text: &str) -> Result<SocketAddrV4, String> {
    let bare = text.strip_prefix("udp:").unwrap_or(text);
    let address = bare.parse().or_else(|_| bare.parse().map(|ip| SocketAddrV4::new(ip, DEFAULT_PORT)));
    address.map_err(|_| format!("natping_socket: {text} is no IPv4 address with a UDP port"))
}

fn reply_codes(text: &str) -> Result<Vec<u16>, String> {
    let code = |word: &str| word.trim().parse().ok().filter(|c| (100..700).contains(c));
    let words = text.split(',').filter(|w| !w.trim().is_empty());
    words
        .map(|w| code(w).ok_or_else(|| format!("sipping_ignore_rpl_codes: {w} is no code of a reply")))
        .collect()
}

fn switch(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let pings = shared.state::<Pings>().ok_or_else(|| MiError::new(400, "NATping disabled from script"))?;
    match params.int("status") {
        Some(status) => {
            pings.on.store(status != 0, Ordering::Relaxed);
            Ok(Json::String("OK".into()))
        }
        None => Ok(json!({ "Status": i32::from(pings.on.load(Ordering::Relaxed)) })),
    }
}

fn seed(worker: &Worker) {
    if let Some(pings) = worker.shared.state::<Pings>().filter(|_| worker.number == 0) {
        pings.secret.store(worker.random(), Ordering::Relaxed);
    }
}

/// Visits the shards whose turn it is, and looks who did not answer.
fn ping(worker: &Rc<Worker>) {
    let shared = worker.shared.clone();
    let Some((pings, locations)) = shared.state::<Pings>().zip(shared.state::<Locations>()) else { return };
    pings.missed(worker, locations);
    if !pings.on.load(Ordering::Relaxed) {
        return;
    }
    let slots = (pings.interval_ms / TICK_MS).max(1);
    let slot = worker.now().0 / TICK_MS % slots;
    let shards = locations.shards() as u64;
    let mut jobs = Vec::new();
    for shard in (0..shards).filter(|s| s * slots / shards == slot) {
        let now = worker.unix_us() / 1_000_000;
        locations.each_in(shard as usize, |table, aor, record| {
            let wanted = record.contacts.iter().filter(|c| c.is_valid(now) && pings.wants(locations, c));
            jobs.extend(wanted.map(|c| Job { table: table.clone(), aor: aor.clone(), contact: c.clone() }));
        });
    }
    jobs.into_iter().for_each(|job| start(worker, job));
}

/// Addresses are pinged at once, names once they are found.
fn start(worker: &Rc<Worker>, job: Job) {
    let worker_then = worker.clone();
    worker.start(Box::pin(async move {
        let worker = worker_then;
        let hop = next_hop(&job.contact);
        let Ok(found) = send::destinations(&worker, &hop, false).await else {
            let hop = String::from_utf8_lossy(&hop).into_owned();
            worker.shared.log.message(
                Level::Error,
                "nathelper",
                format_args!("{hop} is not found and not pinged"),
            );
            return;
        };
        if let Some(pings) = worker.shared.state::<Pings>()
            && let Some(to) = found.first()
        {
            pings.send(&worker, &job, *to);
        }
    }));
}

/// Where a contact is reached: by its path, where it registered from, or as it says.
fn next_hop(contact: &Contact) -> Text {
    let first = contact.path.as_ref().and_then(|path| {
        let uri = sipc_sip::NameAddr::routes(path).next()?.ok()?.uri_text;
        Some(path.slice_ref(uri))
    });
    first.or_else(|| contact.received.clone()).unwrap_or_else(|| contact.uri.clone())
}

impl Pings {
    fn wants(&self, locations: &Locations, contact: &Contact) -> bool {
        !self.nated_only || contact.branch_flags & locations.parameters.nat_flag != 0
    }

    fn send(&self, worker: &Rc<Worker>, job: &Job, mut to: Destination) {
        let shared = &worker.shared;
        if to.transport != Transport::Udp {
            // a ping opens no connection: behind NAT it would not get through
            to.connection =
                worker.network.connection(job.contact.socket, to.address).filter(|_| self.connections_too);
            if to.connection.is_none() {
                return;
            }
        }
        let fits = |id: &SocketId| {
            let s = shared.socket(*id);
            s.transport == to.transport && s.address.is_ipv4() == to.address.is_ipv4()
        };
        let forced = self.force_socket.as_ref().and_then(|name| shared.socket_named(name.as_bytes()));
        let chosen = [Some(job.contact.socket), forced].into_iter().flatten().find(fits);
        let Some(socket) = chosen.or_else(|| shared.socket_for(to.transport, to.address.ip())) else {
            return;
        };
        let result = match (job.contact.branch_flags & self.sip_flag, to.transport, to.address) {
            (0, Transport::Udp, address) => match (self.spoofed, address) {
                (Some(from), SocketAddr::V4(to)) => worker.network.send_as(from, to, EMPTY_PING),
                _ => worker.network.send(socket, to, Text::from_static(EMPTY_PING)),
            },
            (0, ..) => worker.network.send(socket, to, Text::from_static(EMPTY_LINES)),
            _ => worker.network.send(socket, to, self.request(worker, job, socket)),
        };
        if result.is_err() {
            let uri = String::from_utf8_lossy(&job.contact.uri).into_owned();
            shared.log.message(
                Level::Error,
                "nathelper",
                format_args!("the ping to {uri} could not be sent"),
            );
        }
    }

    /// The request, and a note of it when its answer matters.
    fn request(&self, worker: &Worker, job: &Job, socket: SocketId) -> Text {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let contact = &job.contact;
        if contact.branch_flags & (self.remove_flag | self.latency_flag) != 0 {
            self.watch(job, number, worker.unix_us());
        }
        let (host, port) = worker.shared.public_address(socket);
        let branch = format!("{BRANCH}.{:x}.{number:x}", contact.id);
        let transport = worker.shared.socket(socket).transport;
        let via =
            compose::NewVia { transport, host: &host, port, branch: branch.as_bytes(), params: [b""; 3] };
        let call_id = [format!("{}-{number:x}@", self.call_id_prefix()).as_bytes(), &host].concat();
        let route = contact.path.as_ref().map(|p| [b"Route: ", &p[..], b"\r\n"].concat());
        compose::new_request(&compose::NewRequest {
            method: self.method.as_bytes(),
            uri: &contact.uri,
            via_line: &via.line(),
            to: &[b"<", &contact.uri[..], b">"].concat(),
            from: format!("<{}>;tag={:x}", self.from, worker.random()).as_bytes(),
            cseq: 1,
            call_id: &call_id,
            user_agent: b"",
            headers: &route.unwrap_or_default(),
            body: b"",
            max_forwards: None,
        })
        .into()
    }

    fn call_id_prefix(&self) -> String {
        format!("{:016x}", self.secret.load(Ordering::Relaxed))
    }

    fn watch(&self, job: &Job, number: u64, now_us: u64) {
        let mut watched = self.watched.lock();
        let id = job.contact.id;
        let watch = watched.by_id.entry(id).or_insert_with(|| Watch {
            table: job.table.clone(),
            aor: job.aor.clone(),
            sent_us: 0,
            waiting: None,
            lost: 0,
        });
        (watch.sent_us, watch.waiting) = (now_us, Some(number));
        watched.deadlines.push_back((now_us + self.threshold_us, id, number));
    }

    /// Deals with pings whose time is up.
    fn missed(&self, worker: &Worker, locations: &Locations) {
        let now = worker.unix_us();
        loop {
            let mut watched = self.watched.lock();
            let Some((_, id, number)) = watched.deadlines.front().copied().filter(|d| d.0 <= now) else {
                return;
            };
            watched.deadlines.pop_front();
            let Some(watch) = watched.by_id.get_mut(&id) else { continue };
            let answered = watch.waiting != Some(number);
            watch.lost = if answered { 0 } else { watch.lost + 1 };
            let (table, aor, lost) = (watch.table.clone(), watch.aor.clone(), watch.lost);
            drop(watched);
            let stays = locations.change(&table, &aor, |record| {
                let Some(at) = record.contacts.iter().position(|c| c.id == id) else { return false };
                let contact = &mut record.contacts[at];
                if !answered && contact.branch_flags & self.latency_flag != 0 {
                    contact.latency_us = NO_ANSWER_US;
                }
                let gone = contact.branch_flags & self.remove_flag != 0 && lost >= self.lost_max;
                if gone {
                    record.contacts.remove(at);
                }
                !gone
            });
            if !stays {
                self.watched.lock().by_id.remove(&id);
            }
        }
    }

    /// A reply to a ping.
    fn answered(&self, worker: &Worker, code: u16, branch: &[u8]) {
        let Some((id, number)) = numbers(branch).filter(|_| !self.ignored.contains(&code)) else { return };
        let now = worker.unix_us();
        let found = {
            let mut watched = self.watched.lock();
            let watch = watched.by_id.get_mut(&id).filter(|w| w.waiting == Some(number));
            watch.map(|w| {
                (w.waiting, w.lost) = (None, 0);
                (w.table.clone(), w.aor.clone(), now.saturating_sub(w.sent_us))
            })
        };
        let Some(((table, aor, latency), locations)) = found.zip(worker.shared.state::<Locations>()) else {
            return;
        };
        locations.change(&table, &aor, |record| {
            let contact = record.contacts.iter_mut().find(|c| c.id == id);
            if let Some(contact) = contact.filter(|c| c.branch_flags & self.latency_flag != 0) {
                contact.latency_us = latency;
            }
        });
    }
}

/// Contact and ping, from the branch of a reply.
fn numbers(branch: &[u8]) -> Option<(u64, u64)> {
    let text = std::str::from_utf8(branch).ok()?.strip_prefix(BRANCH)?.strip_prefix('.')?;
    let (id, number) = text.split_once('.')?;
    Some((u64::from_str_radix(id, 16).ok()?, u64::from_str_radix(number, 16).ok()?))
}

/// Takes replies to pings out of the way; `false` for one.
fn is_no_answer(cx: &mut Context) -> bool {
    let shared = cx.worker.shared.clone();
    let Some(pings) = shared.state::<Pings>() else { return true };
    let message = &cx.message;
    let Some(Ok(via)) = message.via() else { return true };
    let method = message.cseq().and_then(Result::ok).map(|c| c.method_name);
    let prefix = [pings.call_id_prefix().as_bytes(), b"-"].concat();
    let ours = message.vias().nth(1).is_none()
        && method == Some(pings.method.as_bytes())
        && message.call_id().is_some_and(|id| id.starts_with(&prefix));
    if ours {
        pings.answered(&cx.worker, message.code().unwrap_or(0), via.branch().unwrap_or_default());
    }
    !ours
}

#[cfg(test)]
mod tests {
    use super::spoofed_address;

    #[test]
    fn addresses_to_come_from() {
        let of = |text| spoofed_address(text).map(|a| a.to_string());
        assert_eq!(of("192.0.2.1:5006").as_deref(), Ok("192.0.2.1:5006"));
        assert_eq!(of("udp:192.0.2.1").as_deref(), Ok("192.0.2.1:5060"));
        for bad in ["", "[2001:db8::1]:5060", "tcp:192.0.2.1:5060", "nat.example", "192.0.2.1:x"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
