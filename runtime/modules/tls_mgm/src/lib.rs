//! `tls_mgm`: certificates, and who is shown and asked for which. The network asks it for the TLS layer of each
//! connection of `proto_tls` and `proto_wss`.
//!
//! | File | What |
//! |---|---|
//! | `spec` | parameters to domains |
//! | `table` | rows of a table to domains |
//! | `matching` | which domain a connection belongs to |
//! | `config` | a domain's files to what TLS needs |
//! | `verify` | whether certificates of others hold |
//! | `layer` | TLS over the bytes of one connection |
//! | `certificate` | what certificates say |
//! | `variables` | `$tls_…` |
#![forbid(unsafe_code)]

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use serde_json::{Value as Json, json};
use sipc_engine::avp::AvpName;
use sipc_engine::log::Level;
use sipc_engine::mi::{Handler, MiError, Params};
use sipc_engine::network::Destination;
use sipc_engine::setup::{InitResult, Linked, Setup};
use sipc_engine::shared::Shared;
use sipc_engine::streams::{Layer, Opening, Protocol};
use sipc_engine::{Context, Text};

mod certificate;
mod config;
mod layer;
mod matching;
mod spec;
mod table;
#[cfg(test)]
mod tests;
pub mod variables;
mod verify;

use config::Ready;
use layer::{Info, Tls};
pub use variables::VARIABLES;

/// What the runtime starts.
pub const LINKED: Linked = Linked { name: "tls_mgm", init };

sipc_engine::bindings! { sipc_interface::modules::tls_mgm::MODULE;
    plain { is_peer_verified() }
    waiting {}
}

const COMMANDS: &[(&str, Handler)] = &[("tls_mgm:reload", mi_reload), ("tls_mgm:list", mi_list)];

/// All domains, and the connections that are open.
pub(crate) struct State {
    /// Those of the script.
    script: spec::Domains,
    table: Option<table::Table>,
    ready: RwLock<Arc<Ready>>,
    numbers: config::Numbers,
    connections: Arc<Connections>,
    avps: OnceAvps,
}

/// What is known of open connections, by their numbers.
pub(crate) type Connections = Mutex<HashMap<u64, Arc<Info>>>;

/// The AVPs that choose client domains.
struct OnceAvps {
    domain: Option<String>,
    sip_domain: Option<String>,
}

fn init(setup: &mut Setup) -> InitResult {
    needs_library(setup)?;
    let script = spec::read(setup)?;
    let table = table::Table::open(setup)?;
    let avp = |name| setup.text("tls_mgm", name).map(|n| avp_name(&n).to_owned());
    let avps = OnceAvps { domain: avp("client_tls_domain_avp"), sip_domain: avp("client_sip_domain_avp") };
    let numbers = config::Numbers::default();
    let (ready, faults) = load(&script, table.as_ref(), &numbers)?;
    faults.into_iter().for_each(|line| setup.warn("tls_mgm", line));
    let connections = Arc::new(Connections::default());
    let ready = RwLock::new(Arc::new(ready));
    let state = Arc::new(State { script, table, ready, numbers, connections, avps });
    setup.protocols.tls = Some(state.clone());
    setup.share(state);
    for (name, handler) in COMMANDS {
        setup.command(name, *handler);
    }
    Ok(())
}

/// Reads all there is, and says what of a table is left out.
fn load(
    script: &spec::Domains,
    table: Option<&table::Table>,
    numbers: &config::Numbers,
) -> Result<(Ready, Vec<String>), String> {
    let mut domains = script.clone();
    let mut faults = table.map_or(Ok(Vec::new()), |table| table.add_to(&mut domains))?;
    let (ready, more) = config::load(domains, numbers)?;
    faults.extend(more);
    Ok((ready, faults))
}

/// `$avp(name)`, or the name alone.
fn avp_name(text: &str) -> &str {
    text.strip_prefix("$avp(").and_then(|t| t.strip_suffix(')')).unwrap_or(text)
}

/// A script that names both libraries, or another one than it loads, is at odds with itself.
fn needs_library(setup: &Setup) -> InitResult {
    let loaded = |name: &str| setup.loads(&format!("tls_{name}"));
    match setup.text("tls_mgm", "tls_library").as_deref().unwrap_or("auto") {
        "auto" if loaded("openssl") && loaded("wolfssl") => {
            Err("tls_library: choose between openssl and wolfssl, which both are loaded".into())
        }
        named @ ("openssl" | "wolfssl") if !loaded(named) => {
            Err(format!("tls_library {named} needs tls_{named}.so"))
        }
        _ => Ok(()),
    }
}

impl Protocol for State {
    fn open(&self, opening: &Opening) -> Result<Box<dyn Layer>, String> {
        let ready = self.ready.read().clone();
        Ok(Box::new(Tls::new(ready, opening, self.connections.clone())?))
    }

    fn choose(&self, cx: &mut Context, to: &Destination) -> Option<u16> {
        let find = |cx: &mut Context, name: &Option<String>| -> Option<Text> {
            let number = cx.shared().avp_names.intern(name.as_ref()?.as_bytes())?;
            avp_text(cx, number)
        };
        let ready = self.ready.read().clone();
        let named = find(cx, &self.avps.domain);
        match named {
            Some(name) => Some(ready.client_named(&name).unwrap_or(matching::NONE)),
            None => {
                let sip_domain = find(cx, &self.avps.sip_domain)?;
                Some(ready.client_for(to.address, &sip_domain).unwrap_or(matching::NONE))
            }
        }
    }
}

fn avp_text(cx: &mut Context, name: AvpName) -> Option<Text> {
    let of_branch = cx.target.avps.newest(name).and_then(|v| v.text());
    of_branch.or_else(|| cx.avps(|avps| avps.newest(name).and_then(|v| v.text())))
}

/// What is known of the connection that the message came over.
pub(crate) fn info(cx: &Context) -> Option<Arc<Info>> {
    let id = cx.received.connection?;
    let state = cx.shared().state::<State>()?;
    state.connections.lock().get(&id).cloned()
}

/// Whether the request came over TLS from a side whose certificate was verified.
pub fn is_peer_verified(cx: &mut Context) -> i32 {
    match info(cx) {
        Some(info) if info.peer.is_some() && info.verdict.is_ok() => 1,
        Some(_) => -1,
        None => {
            cx.log(Level::Error, "tls_is_peer_verified", format_args!("the request did not come over TLS"));
            -1
        }
    }
}

fn state(shared: &Shared) -> Result<&State, MiError> {
    shared.state::<State>().ok_or(MiError::new(500, "Internal error"))
}

fn mi_reload(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let state = state(shared)?;
    match load(&state.script, state.table.as_ref(), &state.numbers) {
        Ok((ready, faults)) => {
            for line in faults {
                shared.log.message(Level::Warning, "tls_reload", format_args!("{line}"));
            }
            *state.ready.write() = Arc::new(ready);
            Ok(json!("OK"))
        }
        Err(why) => {
            let text = format_args!("the domains stay as they are: {why}");
            shared.log.message(Level::Error, "tls_reload", text);
            Err(MiError::new(500, "Failed to reload"))
        }
    }
}

fn mi_list(shared: &Shared, _params: &Params) -> Result<Json, MiError> {
    let ready = state(shared)?.ready.read().clone();
    let all = ready.domains.clients.iter().chain(&ready.domains.servers);
    Ok(json!({ "Domains": all.map(spec::Domain::to_json).collect::<Vec<_>>() }))
}
