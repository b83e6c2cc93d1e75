//! The modules linked into `sipc`: the core and every crate under `runtime/modules`.

use sipc_engine::bindings::{Binding, Call};
use sipc_engine::place::{Getter, Setter, Transformer, VariableBinding};
use sipc_engine::setup::Linked;
use sipc_interface::{Function, Inner, Module, Variable, modules};

/// How a module's transformations are found: by their names in scripts.
pub type FindTransformation = fn(&str) -> Option<Transformer>;

/// One module as executors need it.
pub struct Entry {
    /// Its declaration.
    pub table: &'static Module,
    /// What starts it; the core needs no start.
    pub linked: Option<Linked>,
    /// Its functions.
    pub bindings: &'static [Binding],
    /// Its variables; those of the core are found in the engine.
    pub variables: &'static [VariableBinding],
    /// Its transformations.
    pub transformation: FindTransformation,
}

macro_rules! modules {
    ($($name:ident: $krate:ident;)*) => {
        /// All of them.
        pub static ALL: &[Entry] = &[
            Entry {
                table: &modules::core::MODULE,
                linked: None,
                bindings: sipc_engine::core_functions::BINDINGS,
                variables: &[],
                transformation: sipc_engine::transformations::find,
            },
            $(Entry {
                table: &modules::$name::MODULE,
                linked: Some($krate::LINKED),
                bindings: $krate::BINDINGS,
                variables: $krate::VARIABLES,
                transformation: |_| None,
            },)*
        ];
    };
}

modules! {
    acc: sipc_mod_acc;
    auth: sipc_mod_auth;
    auth_db: sipc_mod_auth_db;
    benchmark: sipc_mod_benchmark;
    cachedb_local: sipc_mod_cachedb_local;
    cfgutils: sipc_mod_cfgutils;
    db_text: sipc_mod_db_text;
    dialog: sipc_mod_dialog;
    dialplan: sipc_mod_dialplan;
    dispatcher: sipc_mod_dispatcher;
    diversion: sipc_mod_diversion;
    dns_cache: sipc_mod_dns_cache;
    drouting: sipc_mod_drouting;
    exec: sipc_mod_exec;
    gflags: sipc_mod_gflags;
    httpd: sipc_mod_httpd;
    json: sipc_mod_json;
    load_balancer: sipc_mod_load_balancer;
    mathops: sipc_mod_mathops;
    maxfwd: sipc_mod_maxfwd;
    mi_fifo: sipc_mod_mi_fifo;
    mi_http: sipc_mod_mi_http;
    mqueue: sipc_mod_mqueue;
    nathelper: sipc_mod_nathelper;
    options: sipc_mod_options;
    path: sipc_mod_path;
    permissions: sipc_mod_permissions;
    pike: sipc_mod_pike;
    proto_tcp: sipc_mod_proto_tcp;
    proto_tls: sipc_mod_proto_tls;
    proto_udp: sipc_mod_proto_udp;
    proto_ws: sipc_mod_proto_ws;
    proto_wss: sipc_mod_proto_wss;
    ratelimit: sipc_mod_ratelimit;
    regex: sipc_mod_regex;
    rr: sipc_mod_rr;
    signaling: sipc_mod_signaling;
    registrar: sipc_mod_registrar;
    sipmsgops: sipc_mod_sipmsgops;
    sl: sipc_mod_sl;
    sst: sipc_mod_sst;
    statistics: sipc_mod_statistics;
    textops: sipc_mod_textops;
    tls_mgm: sipc_mod_tls_mgm;
    tls_openssl: sipc_mod_tls_openssl;
    tls_wolfssl: sipc_mod_tls_wolfssl;
    tm: sipc_mod_tm;
    topology_hiding: sipc_mod_topology_hiding;
    uac: sipc_mod_uac;
    uac_auth: sipc_mod_uac_auth;
    usrloc: sipc_mod_usrloc;
    uuid: sipc_mod_uuid;
    xml: sipc_mod_xml;
}

/// What the runtime starts.
pub fn linked() -> Vec<Linked> {
    ALL.iter().filter_map(|entry| entry.linked).collect()
}

/// The entry of a module; `None` when it is declared, but not linked.
pub fn entry(module: &Module) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.table.name == module.name)
}

/// How to call a function.
pub fn function(module: &Module, function: &Function) -> Option<Call> {
    let bindings = entry(module)?.bindings;
    bindings.iter().find(|b| b.function.name == function.name).map(|b| b.call)
}

/// How to read and write a variable.
pub fn variable(module: &Module, variable: &Variable) -> Option<(Getter, Option<Setter>)> {
    if module.name == sipc_interface::core().name {
        return sipc_engine::variables::find(variable.name, variable.inner != Inner::None);
    }
    let bound = entry(module)?.variables.iter();
    bound.into_iter().find(|(name, ..)| *name == variable.function).map(|(_, get, set)| (*get, *set))
}

/// What applies a transformation, whichever module it is of.
pub fn transformation(name: &str) -> Option<Transformer> {
    ALL.iter().find_map(|entry| (entry.transformation)(name))
}
