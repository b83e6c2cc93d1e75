//! Starting: what the script sets, and what modules register before the first message.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::Arc;

use crate::cachedb::Caches;
use crate::database::{self, Database, Databases};
use crate::dialogs::Dialogs;
use crate::events::Events;
use crate::hooks::Hooks;
use crate::mi::{Command, Handler, LaterHandler};
use crate::network::{Socket, SocketId};
use crate::shared::socket_of_any_transport;
use crate::statistics::{Counter, Statistics};
use crate::status_report::StatusReports;
use crate::streams::Protocols;
use crate::tm::TmSettings;

/// The value of a global or module parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// A number (boolean words are numbers).
    Int(i32),
    /// A text.
    Text(String),
}

impl Setting {
    /// The number.
    pub fn int(&self) -> Option<i32> {
        match self {
            Setting::Int(n) => Some(*n),
            Setting::Text(_) => None,
        }
    }

    /// The text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Setting::Text(t) => Some(t),
            Setting::Int(_) => None,
        }
    }
}

/// All that a script sets outside its routes, as plain data. Executors build it; the runtime reads it.
#[derive(Debug, Clone, Default)]
pub struct Configuration {
    /// Global parameters in the order of the script; the last assignment of a name wins.
    pub globals: Vec<(String, Setting)>,
    /// `socket` lines.
    pub sockets: Vec<SocketSpec>,
    /// `alias` lines.
    pub aliases: Vec<Alias>,
    /// `dst_blacklist` clauses.
    pub blacklists: Vec<BlacklistSpec>,
    /// `socket=bond:` clauses: name and members.
    pub bonds: Vec<(String, Vec<String>)>,
    /// Modules in the order they are loaded.
    pub modules: Vec<String>,
    /// `modparam` lines, one entry per module that matched.
    pub modparams: Vec<(String, String, Setting)>,
    /// Slot names of `$var(name)`.
    pub script_vars: Vec<String>,
    /// AVP names by their numbers.
    pub avp_names: Vec<String>,
    /// Message flags by their bits.
    pub message_flags: Vec<String>,
    /// Branch flags by their bits.
    pub branch_flags: Vec<String>,
    /// Dialog flags by their bits.
    pub dialog_flags: Vec<String>,
    /// Names of routes for requests.
    pub request_routes: Vec<String>,
    /// Names of routes for replies.
    pub reply_routes: Vec<String>,
    /// Names of event routes.
    pub event_routes: Vec<String>,
    /// Names of events in calls of `raise_event` and `subscribe_event`.
    pub events: Vec<String>,
    /// Sockets in calls of `force_send_socket`; the server must have them.
    pub send_sockets: Vec<String>,
    /// Literal arguments that modules want to know of.
    pub told: Vec<Told>,
    /// Whether the script calls `forward()`, which allows stateless forwarding of replies.
    pub forwards: bool,
    /// Path of the script, for `$cfg_file` and logs.
    pub file: String,
}

/// A literal argument of a call of a module's function, where the interface table says that it is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The module.
    pub module: String,
    /// The function.
    pub function: String,
    /// The position of the argument, from 0.
    pub position: usize,
    /// The literal; `None` when the argument is left out.
    pub text: Option<String>,
}

/// One `socket` clause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SocketSpec {
    /// `udp`, `tcp`, …
    pub transport: String,
    /// Address, name, interface or `*`.
    pub host: String,
    /// One socket per port; empty for the transport's default.
    pub ports: Vec<u16>,
    /// `as host`.
    pub advertised_host: Option<String>,
    /// `as host:ports`.
    pub advertised_ports: Vec<u16>,
    /// `tag`.
    pub tag: Option<String>,
    /// `use_workers`.
    pub workers: Option<u32>,
    /// `anycast`.
    pub anycast: bool,
    /// `allow_proxy_protocol` or `proxy_protocol`.
    pub reads_proxy_header: bool,
    /// `send_proxy_protocol` or `proxy_protocol`.
    pub sends_proxy_header: bool,
    /// `reuse_port`.
    pub reuse_port: bool,
    /// `frag`.
    pub frag: bool,
    /// `accept_subdomain`.
    pub accept_subdomain: bool,
    /// `tos N`.
    pub tos: Option<u32>,
}

/// One `dst_blacklist` clause.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlacklistSpec {
    /// Its name.
    pub name: String,
    /// Scripts and commands cannot change it.
    pub readonly: bool,
    /// Its rules may expire.
    pub expires: bool,
    /// It is active for every message.
    pub default: bool,
    /// As management commands write them.
    pub rules: Vec<String>,
}

/// One `alias` entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alias {
    /// Any transport when `None`.
    pub transport: Option<String>,
    /// The name, lower case.
    pub host: String,
    /// Any port when 0.
    pub port: u16,
    /// Sub-domains match as well.
    pub accept_subdomain: bool,
}

/// What a module's `init` gets: parameters to read, places to register in.
pub struct Setup {
    /// What the script set.
    pub configuration: Configuration,
    /// The listening sockets.
    pub sockets: Vec<Socket>,
    /// Counters.
    pub statistics: Statistics,
    /// Events; modules publish theirs.
    pub events: Events,
    /// What parts of the server say about their readiness.
    pub status_reports: StatusReports,
    /// Management commands.
    pub commands: Vec<Command>,
    /// Commands among these that have a better answer for who can wait for it.
    pub(crate) later_commands: Vec<(&'static str, LaterHandler)>,
    /// Callbacks.
    pub hooks: Hooks,
    /// Caches, for the modules that are some.
    pub caches: Caches,
    /// Databases, for the modules that are drivers.
    pub databases: Databases,
    /// The calls, for module `dialog`.
    pub dialogs: Option<Arc<dyn Dialogs>>,
    /// What stands between streams and SIP.
    pub protocols: Protocols,
    /// A module sends datagrams that seem to come from other addresses.
    pub sends_raw: bool,
    /// Settings of the transaction layer, for module `tm`.
    pub transactions: TmSettings,
    /// What the log is to tell once there is one.
    pub(crate) warnings: Vec<(&'static str, String)>,
    /// Reports of identifiers: group, name, text.
    pub(crate) reports: Vec<(&'static str, String, String)>,
    states: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

/// A module refuses to start; the text says why and what to do.
pub type InitResult = Result<(), String>;

/// One linked module.
#[derive(Clone, Copy)]
pub struct Linked {
    /// As in `loadmodule`, without `.so`.
    pub name: &'static str,
    /// Reads its parameters, shares its state, registers statistics, commands and callbacks.
    pub init: fn(&mut Setup) -> InitResult,
}

impl Configuration {
    /// The modules in the order in which they are started: drivers of databases, then caches, before those that use them.
    pub fn start_order(&self) -> Vec<&String> {
        let rank = |name: &str| match name {
            n if n.starts_with("db_") => 0,
            n if n.starts_with("cachedb_") => 1,
            _ => 2,
        };
        let mut order: Vec<&String> = self.modules.iter().collect();
        order.sort_by_key(|name| rank(name));
        order
    }
}

impl Setup {
    /// Starts from the script's settings.
    pub fn new(configuration: Configuration, sockets: Vec<Socket>) -> Setup {
        let statistics = Statistics::default();
        let events = Events::new(&configuration);
        Setup {
            status_reports: StatusReports::new(events.find(b"E_CORE_SR_STATUS_CHANGED")),
            events,
            configuration,
            sockets,
            caches: Caches::new(&statistics),
            databases: Databases::default(),
            dialogs: None,
            statistics,
            commands: crate::mi::core_commands(),
            later_commands: Vec::new(),
            hooks: Hooks::default(),
            protocols: Protocols::default(),
            sends_raw: false,
            transactions: TmSettings::default(),
            warnings: Vec::new(),
            reports: Vec::new(),
            states: HashMap::new(),
        }
    }

    /// The last value of a global parameter.
    pub fn global(&self, name: &str) -> Option<&Setting> {
        self.configuration.globals.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// A number among the globals, or its default.
    pub fn global_int(&self, name: &str, default: i32) -> i32 {
        self.global(name).and_then(Setting::int).unwrap_or(default)
    }

    /// The name of a flag among the globals.
    pub(crate) fn global_flag(&self, name: &str) -> Option<String> {
        self.global(name).and_then(Setting::text).map(str::to_owned)
    }

    /// The last value of a module parameter.
    pub fn param(&self, module: &str, name: &str) -> Option<&Setting> {
        self.params(module, name).last()
    }

    /// All values of a module parameter that may be repeated.
    pub fn params(&self, module: &str, name: &str) -> impl DoubleEndedIterator<Item = &Setting> {
        let (module, name) = (module.to_owned(), name.to_owned());
        self.configuration
            .modparams
            .iter()
            .filter(move |(m, n, _)| *m == module && *n == name)
            .map(|(_, _, v)| v)
    }

    /// A number among a module's parameters, or its default.
    pub fn int(&self, module: &str, name: &str, default: i32) -> i32 {
        self.param(module, name).and_then(Setting::int).unwrap_or(default)
    }

    /// A text among a module's parameters.
    pub fn text(&self, module: &str, name: &str) -> Option<String> {
        self.param(module, name).and_then(Setting::text).map(str::to_owned)
    }

    /// The URL of a module's database: of its own parameter, or of `db_default_url`.
    pub fn database_url(&self, module: &str, param: &str) -> Option<String> {
        let default = || self.global("db_default_url").and_then(Setting::text).map(str::to_owned);
        self.text(module, param).or_else(default).filter(|url| !url.is_empty())
    }

    /// Opens a database; connections to one URL are shared.
    pub fn database(&self, url: &str) -> Result<Arc<dyn Database>, String> {
        self.databases.open(url)
    }

    /// Refuses a table of another version than this program knows.
    pub fn check_table(&self, database: &dyn Database, table: &str, version: i64) -> Result<(), String> {
        let versions = self.global("db_version_table").and_then(Setting::text).unwrap_or("version");
        database::check_version(database, versions, table, version)
    }

    /// The literals that stand as an argument of a function's calls; `None` for calls without it.
    pub fn told<'a>(
        &'a self,
        module: &'a str,
        function: &'a str,
        position: usize,
    ) -> impl Iterator<Item = Option<&'a str>> {
        let of = move |t: &&Told| t.module == module && t.function == function && t.position == position;
        self.configuration.told.iter().filter(of).map(|t| t.text.as_deref())
    }

    /// The socket that a text names, with its transport or without.
    pub fn socket_named(&self, text: &[u8]) -> Option<SocketId> {
        socket_of_any_transport(&self.sockets, text)
    }

    /// Has the log tell that something is not as it should be, though the module starts.
    pub fn warn(&mut self, module: &'static str, text: String) {
        self.warnings.push((module, text));
    }

    /// Adds a report to an identifier of the status reports.
    pub fn report(&mut self, group: &'static str, name: &str, text: impl Into<String>) {
        self.reports.push((group, name.to_owned(), text.into()));
    }

    /// Whether the script loads a module.
    pub fn loads(&self, module: &str) -> bool {
        self.configuration.modules.iter().any(|m| m == module)
    }

    /// The bit of a message flag, which is made when new; `None` when all 32 are taken.
    pub fn message_flag(&mut self, name: &str) -> Option<u32> {
        flag_bit(&mut self.configuration.message_flags, name)
    }

    /// The bit of a branch flag, which is made when new; `None` when all 32 are taken.
    pub fn branch_flag(&mut self, name: &str) -> Option<u32> {
        flag_bit(&mut self.configuration.branch_flags, name)
    }

    /// Shares a module's state with its functions ([`crate::shared::Shared::state`]).
    pub fn share<T: Any + Send + Sync>(&mut self, state: Arc<T>) {
        self.states.insert(TypeId::of::<T>(), state);
    }

    /// The state that an earlier module shared.
    pub fn state<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.states.get(&TypeId::of::<T>()).cloned().and_then(|s| s.downcast().ok())
    }

    /// A counter of a statistics group.
    pub fn counter(&mut self, group: &'static str, name: &'static str) -> Counter {
        self.statistics.counter(group, name)
    }

    /// Registers a management command declared in the interface tables.
    pub fn command(&mut self, name: &'static str, handler: Handler) {
        self.commands.push(Command { name, handler });
    }

    /// The same for one whose answer takes its time: `now` is for who cannot wait.
    pub fn command_later(&mut self, name: &'static str, now: Handler, later: LaterHandler) {
        self.command(name, now);
        self.later_commands.push((name, later));
    }

    pub(crate) fn take_states(&mut self) -> HashMap<TypeId, Arc<dyn Any + Send + Sync>> {
        std::mem::take(&mut self.states)
    }
}

fn flag_bit(names: &mut Vec<String>, name: &str) -> Option<u32> {
    let at = names.iter().position(|n| n == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    });
    u32::try_from(at).ok().filter(|bit| *bit < 32)
}
