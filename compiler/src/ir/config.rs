//! What stands outside routes: globals, sockets, modules and their parameters.

use super::{Bytes, Network, Span};
use sipc_interface::{ModParam, Module};

/// One script file.
#[derive(Debug, Clone)]
pub struct FileInfo {
    /// As named on the command line or built from an include line.
    pub path: String,
}

/// A literal of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number; boolean words are 1 and 0.
    Int(i32),
    /// A quoted string or a bare word.
    Text(Bytes),
    /// `mpath = "a" : "b"`.
    List(Vec<Bytes>),
}

/// `name = value` at top level.
#[derive(Debug, Clone)]
pub struct Global {
    /// The present name, also where the script used an older alias of it.
    pub name: &'static str,
    /// Its value.
    pub value: Value,
    /// `use_auto_scaling_profile` of the worker counts.
    pub profile: Option<Bytes>,
    /// Where.
    pub span: Span,
}

/// One listening socket.
#[derive(Debug, Clone, Default)]
pub struct Socket {
    /// In lower case.
    pub protocol: &'static str,
    /// Address, host or interface name; `None` is `*`, every interface.
    pub host: Option<Bytes>,
    /// `None`: the protocol's own.
    pub port: Option<u16>,
    /// `as host`.
    pub advertised_host: Option<Bytes>,
    /// `as host:port`.
    pub advertised_port: Option<u16>,
    /// `use_workers`.
    pub workers: Option<u32>,
    /// `tos`.
    pub tos: Option<u32>,
    /// `tag`: a name for this socket.
    pub tag: Option<Bytes>,
    /// `use_auto_scaling_profile`.
    pub profile: Option<Bytes>,
    /// `anycast`.
    pub anycast: bool,
    /// `frag`.
    pub frag: bool,
    /// `allow_proxy_protocol` or `proxy_protocol`.
    pub reads_proxy_header: bool,
    /// `send_proxy_protocol` or `proxy_protocol`.
    pub sends_proxy_header: bool,
    /// `reuse_port`.
    pub reuse_port: bool,
    /// `accept_subdomain`.
    pub accept_subdomain: bool,
    /// Where.
    pub span: Span,
}

/// `socket = bond:name { "member", … }`.
#[derive(Debug, Clone)]
pub struct Bond {
    /// Its name.
    pub name: Bytes,
    /// Sockets by `proto:host:port`, interface or tag.
    pub members: Vec<Bytes>,
    /// Where.
    pub span: Span,
}

/// One name of this proxy.
#[derive(Debug, Clone)]
pub struct Alias {
    /// `None`: any.
    pub protocol: Option<&'static str>,
    /// The name.
    pub host: Bytes,
    /// `None`: any.
    pub port: Option<u16>,
    /// Also every name below it.
    pub accept_subdomain: bool,
    /// Where.
    pub span: Span,
}

/// One list of destinations not to use.
#[derive(Debug, Clone)]
pub struct Blacklist {
    /// Unique.
    pub name: Bytes,
    /// The script cannot change it.
    pub readonly: bool,
    /// Its rules may expire.
    pub expire: bool,
    /// Active for every message.
    pub default: bool,
    /// A destination is listed when any of these holds.
    pub rules: Vec<BlacklistRule>,
    /// Where.
    pub span: Span,
}

impl BlacklistRule {
    /// As management commands write it.
    pub fn text(&self) -> String {
        let negated = if self.negated { "!" } else { "" };
        let (protocol, network) = (self.protocol.unwrap_or("any"), &self.network);
        let pattern = self.pattern.as_ref().filter(|p| !p.is_empty());
        let pattern = pattern.map(|p| format!(",{}", String::from_utf8_lossy(p))).unwrap_or_default();
        let port = self.port.unwrap_or(0);
        format!("{negated}{protocol},{}/{},{port}{pattern}", network.address, network.mask)
    }
}

/// One element of a [`Blacklist`].
#[derive(Debug, Clone)]
pub struct BlacklistRule {
    /// `!`: holds when the rest does not.
    pub negated: bool,
    /// `None`: any.
    pub protocol: Option<&'static str>,
    /// Destinations.
    pub network: Network,
    /// `None`: any.
    pub port: Option<u16>,
    /// A shell pattern for the message.
    pub pattern: Option<Bytes>,
}

/// `auto_scaling_profile = …`.
#[derive(Debug, Clone)]
pub struct ScalingProfile {
    /// Unique, ignoring case.
    pub name: Bytes,
    /// Most workers.
    pub up_to: u32,
    /// Per cent of load that adds one.
    pub up_at: u32,
    /// In so many samples.
    pub up_cycles: u32,
    /// Of the last so many.
    pub up_within: u32,
    /// (fewest workers, per cent, samples).
    pub down: Option<(u32, u32, u32)>,
    /// Where.
    pub span: Span,
}

/// `loadmodule`.
#[derive(Debug, Clone, Copy)]
pub struct LoadedModule {
    /// Its table.
    pub module: &'static Module,
    /// Where.
    pub span: Span,
}

/// One module's share of a `modparam` line.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// The module.
    pub module: &'static Module,
    /// The parameter.
    pub param: &'static ModParam,
    /// Its value; of the type that the parameter wants.
    pub value: Value,
    /// Where.
    pub span: Span,
}
