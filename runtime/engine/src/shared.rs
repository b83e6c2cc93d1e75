//! What lives for the process and is seen by every worker.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::avp::AvpNames;
use crate::blacklists::Blacklists;
use crate::cachedb::Caches;
use crate::database::Databases;
use crate::dialogs::Dialogs;
use crate::events::Events;
use crate::hooks::Hooks;
use crate::log::{Level, Log};
use crate::mi::{Command, LaterHandler};
use crate::network::{BondId, Socket, SocketId, Transport};
use crate::setup::{Alias, Configuration, Setup};
use crate::statistics::{Counter, Statistics};
use crate::status_report::StatusReports;
use crate::streams::{Connections, Protocols};
use crate::tm::{Table, TmStatistics};

/// The process: configuration, sockets, module states, statistics, commands.
pub struct Shared {
    /// What the script set.
    pub configuration: Configuration,
    /// Globals that are read while handling messages.
    pub globals: Globals,
    /// Listening sockets by number.
    pub sockets: Vec<Socket>,
    /// Names that are ours besides the sockets'.
    pub aliases: Vec<Alias>,
    /// AVP names.
    pub avp_names: AvpNames,
    /// Caches.
    pub caches: Caches,
    /// Databases.
    pub databases: Databases,
    /// The calls; `None` without module `dialog`.
    pub dialogs: Option<Arc<dyn Dialogs>>,
    /// Counters.
    pub statistics: Statistics,
    /// The core's own counters.
    pub core_statistics: CoreStatistics,
    /// Destinations that nothing is sent to.
    pub blacklists: Blacklists,
    /// Sets of sockets to send from.
    pub bonds: Vec<Bond>,
    /// What parts of the server say about their readiness.
    pub status_reports: StatusReports,
    /// Events and who subscribed to them.
    pub events: Events,
    /// Management commands.
    pub commands: Vec<Command>,
    /// Those that have a better answer for who can wait for it.
    pub later_commands: Vec<(&'static str, LaterHandler)>,
    /// Transactions; empty without module `tm`.
    transactions: Table,
    /// Set when the process drains: new requests get 503.
    pub draining: AtomicBool,
    /// Messages whose handling waits for something.
    pub parked: AtomicUsize,
    /// What stands between streams and SIP.
    pub protocols: Protocols,
    /// Whether datagrams are sent that seem to come from other addresses.
    pub sends_raw: bool,
    /// The connections; set once, by the network.
    pub connections: OnceLock<Arc<dyn Connections>>,
    /// Callbacks of modules.
    pub hooks: Hooks,
    /// Log thresholds and sink.
    pub log: Arc<Log>,
    /// A random number of this run, for tags and branches that outsiders cannot guess.
    pub secret: u32,
    /// Unix time of the start, seconds.
    pub started_unix: u64,
    /// Unix seconds that management commands take for the time, when tests set it; 0: the system's clock.
    pub virtual_unix: AtomicU64,
    /// How many workers there are.
    pub workers: AtomicUsize,
    end: End,
    /// The command line, for `core:arg`.
    pub arguments: Vec<String>,
    states: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// Work that other threads have for the first worker.
    jobs: Jobs,
}

/// A named set of sockets; what is sent from it leaves from the first that fits.
#[derive(Debug, Clone)]
pub struct Bond {
    /// Its name.
    pub name: String,
    /// In the order in which they are tried.
    pub members: Vec<SocketId>,
}

/// Work that may wait for the first worker.
const JOBS_MAX: usize = 4096;

/// Work for a worker.
pub type Job = Box<dyn FnOnce(&std::rc::Rc<crate::worker::Worker>) + Send>;

/// Whether the process was asked to end, and who is told.
#[derive(Default)]
struct End {
    asked: AtomicBool,
    tell: Mutex<Option<Box<dyn Fn() + Send>>>,
}

/// The queue of work for the first worker, and what wakes it.
#[derive(Default)]
pub struct Jobs {
    queue: Mutex<Vec<Job>>,
    wake: Mutex<Option<Box<dyn Fn() + Send>>>,
}

/// Globals read on the way of a message, with OpenSIPS' defaults.
#[derive(Debug, Clone)]
pub struct Globals {
    /// `tcp_no_new_conn_bflag`, as a bit: no connection is opened for such a branch.
    pub no_connection_branch: u32,
    /// `tcp_no_new_conn_rplflag`, as a bit: no connection is opened for replies to such a message.
    pub no_connection_reply: u32,
    /// `tcp_accept_aliases`: 0 never, 1 when Via asks, 2 always.
    pub tcp_accept_aliases: i32,
    /// `Server: …`, the whole line without CRLF; `None` when `server_signature=no`.
    pub server_header: Option<Bytes>,
    /// `User-Agent: …` for requests made here.
    pub user_agent_header: Option<Bytes>,
    /// `max_while_loops`.
    pub max_while_loops: u32,
    /// `pv_print_buf_size`: longest format string result, bytes.
    pub print_buffer_size: usize,
    /// `xlog_buf_size`: longest xlog line, bytes.
    pub xlog_buffer_size: usize,
    /// `xlog_print_level`: level of one-argument `xlog`.
    pub xlog_print_level: i32,
    /// `enable_asserts`.
    pub enable_asserts: bool,
    /// `abort_on_assert`.
    pub abort_on_assert: bool,
    /// `advertised_address`.
    pub advertised_address: Option<Bytes>,
    /// `advertised_port`.
    pub advertised_port: Option<u16>,
    /// `check_via`.
    pub check_via: bool,
    /// `mhomed`.
    pub mhomed: bool,
    /// `disable_503_translation`.
    pub disable_503_translation: bool,
    /// `sip_warning`.
    pub sip_warning: bool,
    /// Stateless forwarding of replies without a transaction is allowed.
    pub stateless_forwarding: bool,
    /// After a server that is silent or overloaded, the next one of the same name (`disable_dns_failover=no`).
    pub dns_failover: bool,
    /// `dns_try_naptr`.
    pub dns_try_naptr: bool,
    /// `dns_try_ipv6`: AAAA records count too.
    pub dns_try_ipv6: bool,
}

/// Statistics of the group `core`.
#[derive(Debug, Clone)]
pub struct CoreStatistics {
    /// Requests received.
    pub rcv_requests: Counter,
    /// Replies received.
    pub rcv_replies: Counter,
    /// Requests forwarded statelessly.
    pub fwd_requests: Counter,
    /// Replies forwarded statelessly.
    pub fwd_replies: Counter,
    /// Requests dropped before routing.
    pub drop_requests: Counter,
    /// Replies dropped before routing.
    pub drop_replies: Counter,
    /// Bogus requests.
    pub err_requests: Counter,
    /// Bogus replies.
    pub err_replies: Counter,
    /// URIs that did not parse.
    pub bad_uris_rcvd: Counter,
    /// Headers that did not parse.
    pub bad_msg_hdr: Counter,
    /// Faults of this program (panics) that ended a message or a timer.
    pub faults: Counter,
}

impl CoreStatistics {
    fn register(s: &Statistics) -> CoreStatistics {
        let c = |name| s.counter("core", name);
        CoreStatistics {
            rcv_requests: c("rcv_requests"),
            rcv_replies: c("rcv_replies"),
            fwd_requests: c("fwd_requests"),
            fwd_replies: c("fwd_replies"),
            drop_requests: c("drop_requests"),
            drop_replies: c("drop_replies"),
            err_requests: c("err_requests"),
            err_replies: c("err_replies"),
            bad_uris_rcvd: c("bad_URIs_rcvd"),
            bad_msg_hdr: c("bad_msg_hdr"),
            faults: c("faults"),
        }
    }
}

impl Shared {
    /// Ends the set-up.
    pub fn new(
        mut setup: Setup,
        log: Arc<Log>,
        started_unix: u64,
        secret: u32,
        arguments: Vec<String>,
    ) -> Shared {
        let states = setup.take_states();
        let flags =
            [setup.global_flag("tcp_no_new_conn_bflag"), setup.global_flag("tcp_no_new_conn_rplflag")];
        let mut globals = Globals::of(&setup);
        globals.no_connection_branch =
            flags[0].as_ref().and_then(|name| setup.branch_flag(name)).map_or(0, |bit| 1 << bit);
        globals.no_connection_reply =
            flags[1].as_ref().and_then(|name| setup.message_flag(name)).map_or(0, |bit| 1 << bit);
        let tm_statistics = TmStatistics::register(&setup.statistics, setup.loads("tm"));
        let avp_names = AvpNames::default();
        setup.events.publish_script(&setup.configuration);
        for name in &setup.configuration.avp_names {
            avp_names.intern(name.as_bytes());
        }
        for (module, text) in std::mem::take(&mut setup.warnings) {
            log.message(Level::Warning, module, format_args!("{text}"));
        }
        for (group, name, text) in std::mem::take(&mut setup.reports) {
            setup.status_reports.report(group, &name, started_unix, &text);
        }
        let bonds = bonds(&setup.configuration.bonds, &setup.sockets);
        let blacklists = Blacklists::new(&setup.configuration.blacklists);
        let notes_failures = setup.global_int("disable_dns_blacklist", 1) == 0;
        let blacklists = if notes_failures { blacklists.with_failures() } else { blacklists };
        Shared {
            globals,
            aliases: setup.configuration.aliases.clone(),
            sockets: setup.sockets,
            avp_names,
            transactions: Table::new(setup.transactions, tm_statistics),
            draining: AtomicBool::new(false),
            parked: AtomicUsize::new(0),
            core_statistics: CoreStatistics::register(&setup.statistics),
            caches: setup.caches,
            databases: setup.databases,
            dialogs: setup.dialogs,
            statistics: setup.statistics,
            blacklists,
            bonds,
            status_reports: setup.status_reports,
            events: setup.events,
            commands: setup.commands,
            later_commands: setup.later_commands,
            protocols: setup.protocols,
            sends_raw: setup.sends_raw,
            connections: OnceLock::new(),
            hooks: setup.hooks,
            configuration: setup.configuration,
            log,
            started_unix,
            secret,
            virtual_unix: AtomicU64::new(0),
            workers: AtomicUsize::new(0),
            end: End::default(),
            arguments,
            states,
            jobs: Jobs::default(),
        }
    }

    /// Unix time outside workers, seconds. Workers are told the time with each event.
    pub fn unix_now(&self) -> u64 {
        match self.virtual_unix.load(Ordering::Relaxed) {
            0 => SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()),
            told => told,
        }
    }

    /// The same in milliseconds.
    pub fn unix_now_ms(&self) -> u64 {
        match self.virtual_unix.load(Ordering::Relaxed) {
            0 => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)),
            told => told.saturating_mul(1000),
        }
    }

    /// Has the first worker do something: management commands that send or run scripts. `false` when too
    /// much is waiting for it.
    pub fn on_worker(&self, job: Job) -> bool {
        {
            let mut queue = self.jobs.queue.lock();
            if queue.len() >= JOBS_MAX {
                return false;
            }
            queue.push(job);
        }
        if let Some(wake) = &*self.jobs.wake.lock() {
            wake();
        }
        true
    }

    /// The process is to end as by SIGTERM.
    pub fn ask_to_end(&self) {
        self.end.asked.store(true, Ordering::Release);
        if let Some(tell) = &*self.end.tell.lock() {
            tell();
        }
    }

    /// Says who is told that the process is to end; at once when it was asked before.
    pub fn when_asked_to_end(&self, tell: Box<dyn Fn() + Send>) {
        let mut place = self.end.tell.lock();
        if self.end.asked.load(Ordering::Acquire) {
            tell();
        }
        *place = Some(tell);
    }

    /// Says how the first worker is woken when there is work for it.
    pub fn set_wake(&self, wake: Box<dyn Fn() + Send>) {
        if !self.jobs.queue.lock().is_empty() {
            wake();
        }
        *self.jobs.wake.lock() = Some(wake);
    }

    /// Takes the work that is waiting.
    pub fn take_jobs(&self) -> Vec<Job> {
        std::mem::take(&mut *self.jobs.queue.lock())
    }

    /// The transactions.
    pub fn transactions(&self) -> &Table {
        &self.transactions
    }

    /// A module's shared state; `None` when the module is not loaded.
    pub fn state<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.states.get(&TypeId::of::<T>()).and_then(|s| s.downcast_ref())
    }

    /// A socket by its number.
    pub fn socket(&self, id: SocketId) -> &Socket {
        &self.sockets[usize::from(id.0)]
    }

    /// The first socket of a transport and address family that can send to `to`.
    pub fn socket_for(&self, transport: Transport, to: IpAddr) -> Option<SocketId> {
        self.sockets
            .iter()
            .find(|s| s.transport == transport && s.address.ip().is_ipv4() == to.is_ipv4())
            .map(|s| s.id)
    }

    /// The host and port that others are told of a socket: its own advertised ones, the site's, or the real ones.
    pub fn public_address(&self, socket: SocketId) -> (crate::Text, u16) {
        let s = self.socket(socket);
        let host = s.advertised_host.as_ref().or(self.globals.advertised_address.as_ref());
        let port = s.advertised_port.or(self.globals.advertised_port);
        (host.unwrap_or(&s.host).clone(), port.unwrap_or(s.address.port()))
    }

    /// The number of the bond that a script names, as `bond:name`.
    pub fn bond_named(&self, text: &[u8]) -> Option<BondId> {
        let (protocol, name) = text.split_at_checked(5)?;
        let at = self.bonds.iter().position(|b| b.name.as_bytes() == name)?;
        protocol.eq_ignore_ascii_case(b"bond:").then_some(BondId(at))
    }

    /// The socket that a script names: `proto:host:port` or a tag.
    pub fn socket_named(&self, text: &[u8]) -> Option<SocketId> {
        socket_named(&self.sockets, text)
    }

    /// The socket that a script names with its transport or without.
    pub fn socket_of_any_transport(&self, text: &[u8]) -> Option<SocketId> {
        socket_of_any_transport(&self.sockets, text)
    }

    /// What the script names and the sockets of this server do not make good.
    ///
    /// # Errors
    /// A bond without members, or a socket to send from that this server does not listen on.
    pub fn check_sockets(&self) -> Result<(), String> {
        if let Some(bond) = self.bonds.iter().find(|b| b.members.is_empty()) {
            return Err(format!("bond {}: none of its members is a socket of this server", bond.name));
        }
        let is_here =
            |name: &[u8]| self.bond_named(name).is_some() || self.socket_of_any_transport(name).is_some();
        match self.configuration.send_sockets.iter().find(|s| !is_here(s.as_bytes())) {
            Some(name) => Err(format!("force_send_socket(\"{name}\"): this server does not listen there")),
            None => Ok(()),
        }
    }

    /// Whether host and port name this server: a socket, its advertised address, or an alias.
    ///
    /// Port 0 stands for any port; a transport of `None` for any transport.
    pub fn is_myself(&self, host: &[u8], port: u16, transport: Option<Transport>) -> bool {
        let host = String::from_utf8_lossy(host);
        self.sockets.iter().any(|s| socket_matches(s, &host, port, transport))
            || self.aliases.iter().any(|a| alias_matches(a, &host, port, transport))
            || self.hooks.aliases.iter().any(|f| f(self, host.as_bytes(), port))
    }
}

/// The socket that a text names with its transport or without.
pub(crate) fn socket_of_any_transport(sockets: &[Socket], text: &[u8]) -> Option<SocketId> {
    let with = |t: &Transport| socket_named(sockets, &[t.lower_name().as_bytes(), b":", text].concat());
    socket_named(sockets, text).or_else(|| Transport::ALL.iter().find_map(with))
}

/// `proto:host:port` or a tag.
fn socket_named(sockets: &[Socket], text: &[u8]) -> Option<SocketId> {
    let text = String::from_utf8_lossy(text);
    if let Some(s) = sockets.iter().find(|s| s.tag.as_deref() == Some(&*text)) {
        return Some(s.id);
    }
    let (transport, rest) = text.split_once(':').filter(|(t, _)| Transport::of(t.as_bytes()).is_some())?;
    let transport = Transport::of(transport.as_bytes())?;
    let (host, port) = split_port(rest);
    let port = port.unwrap_or(transport.default_port());
    sockets
        .iter()
        .find(|s| s.transport == transport && s.address.port() == port && is_socket_host(s, host))
        .map(|s| s.id)
}

/// Bonds with the sockets that their members name; those without any were refused by who made the sockets.
fn bonds(specs: &[(String, Vec<String>)], sockets: &[Socket]) -> Vec<Bond> {
    let members = |list: &[String]| {
        let of = |member: &String| {
            let named = socket_named(sockets, member.as_bytes());
            let on_interface = sockets.iter().filter(|s| s.name == *member).map(|s| s.id);
            named.into_iter().chain(on_interface).collect::<Vec<_>>()
        };
        // the member named last is tried first, as in OpenSIPS
        list.iter().rev().flat_map(of).collect()
    };
    specs.iter().map(|(name, list)| Bond { name: name.clone(), members: members(list) }).collect()
}

fn split_port(text: &str) -> (&str, Option<u16>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (text, None),
    }
}

fn is_socket_host(s: &Socket, host: &str) -> bool {
    s.name.eq_ignore_ascii_case(host)
        || s.host.eq_ignore_ascii_case(host.as_bytes())
        || sipc_sip::Host::of(host.as_bytes()).ip() == Some(s.address.ip())
}

fn socket_matches(s: &Socket, host: &str, port: u16, transport: Option<Transport>) -> bool {
    let advertised = s.advertised_host.as_ref().is_some_and(|h| h.eq_ignore_ascii_case(host.as_bytes()));
    let below = s.accept_subdomain && is_below(host, &s.name);
    (transport.is_none() || transport == Some(s.transport))
        && (((port == 0 || port == s.address.port()) && (below || is_socket_host(s, host)))
            || (advertised && (port == 0 || port == s.public_port())))
}

/// Whether a host is a name below another.
fn is_below(host: &str, name: &str) -> bool {
    let (host, name) = (host.as_bytes(), name.as_bytes());
    let before = host.len().checked_sub(name.len() + 1);
    before.is_some_and(|at| at > 0 && host[at] == b'.' && host[at + 1..].eq_ignore_ascii_case(name))
}

fn alias_matches(a: &Alias, host: &str, port: u16, transport: Option<Transport>) -> bool {
    let same = a.host.eq_ignore_ascii_case(host) || a.accept_subdomain && is_below(host, &a.host);
    let transport_ok = match (&a.transport, transport) {
        (Some(a), Some(t)) => a.eq_ignore_ascii_case(t.lower_name()),
        _ => true,
    };
    same && transport_ok && (port == 0 || a.port == 0 || a.port == port)
}

impl Globals {
    fn of(setup: &Setup) -> Globals {
        let text = |name: &str| setup.global(name).and_then(|s| s.text()).map(str::to_owned);
        let flag = |name: &str| setup.global_int(name, 0) != 0;
        let product = concat!("sipc (", env!("CARGO_PKG_VERSION"), " (x86_64/linux))");
        let header = |name: &str, default: String| Bytes::from(text(name).unwrap_or(default));
        let signed = setup.global_int("server_signature", 1) != 0;
        let size = |name: &str, default: i32| usize::try_from(setup.global_int(name, default)).unwrap_or(0);
        Globals {
            no_connection_branch: 0,
            no_connection_reply: 0,
            tcp_accept_aliases: setup.global_int("tcp_accept_aliases", 0),
            server_header: signed.then(|| header("server_header", format!("Server: {product}"))),
            user_agent_header: signed.then(|| header("user_agent_header", format!("User-Agent: {product}"))),
            max_while_loops: u32::try_from(setup.global_int("max_while_loops", 10_000)).unwrap_or(0),
            print_buffer_size: size("pv_print_buf_size", 20_000),
            xlog_buffer_size: size("xlog_buf_size", 4096),
            xlog_print_level: setup.global_int("xlog_print_level", 2),
            enable_asserts: flag("enable_asserts"),
            abort_on_assert: flag("abort_on_assert"),
            advertised_address: text("advertised_address").map(Bytes::from),
            advertised_port: u16::try_from(setup.global_int("advertised_port", 0)).ok().filter(|p| *p > 0),
            check_via: flag("check_via"),
            mhomed: flag("mhomed"),
            disable_503_translation: flag("disable_503_translation"),
            sip_warning: flag("sip_warning"),
            dns_failover: !flag("disable_dns_failover"),
            dns_try_naptr: setup.global_int("dns_try_naptr", 1) != 0,
            dns_try_ipv6: flag("dns_try_ipv6"),
            stateless_forwarding: setup.configuration.forwards && !flag("disable_stateless_fwd"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::CoreStatistics;
    use crate::statistics::Statistics;

    #[test]
    fn the_table_of_the_core_names_the_statistics_that_there_are() {
        let statistics = Statistics::default();
        CoreStatistics::register(&statistics);
        let there: BTreeSet<String> = statistics.list().into_iter().map(|s| s.name).collect();
        let named: BTreeSet<String> =
            sipc_interface::core().statistics.iter().map(|s| (*s).to_owned()).collect();
        assert_eq!(there, named);
    }
}
