//! What stands outside routes, as plain data, and the imports.

use super::names::ident;
use super::{Emitter, literals};
use crate::ir::{Alias, Blacklist, BlacklistRule, Bond, Bytes, Parameter, Socket, Value};
use crate::passes::walk::{Told, calls, events, send_sockets, told};
use proc_macro2::TokenStream;
use quote::quote;
use sipc_interface::RouteKind;
use std::collections::BTreeSet;

/// Where the names that generated code uses come from; the last segment is the name.
const IMPORTS: &[&str] = &[
    "std::net::IpAddr",
    "std::sync::LazyLock",
    "sipc_engine::Context",
    "sipc_engine::Text",
    "sipc_engine::Value",
    "sipc_engine::address::Network",
    "sipc_engine::arguments",
    "sipc_engine::asynchronous",
    "sipc_engine::context::Named",
    "sipc_engine::core_functions",
    "sipc_engine::direct",
    "sipc_engine::direct::HeaderName",
    "sipc_engine::direct::NamePattern",
    "sipc_engine::expr",
    "sipc_engine::expr::Compare",
    "sipc_engine::expr::Op",
    "sipc_engine::entrance::Entrances",
    "sipc_engine::entrance::NO_ROUTE",
    "sipc_engine::expr::Sum",
    "sipc_engine::flow",
    "sipc_engine::flow::BREAK_VALUE",
    "sipc_engine::flow::Flow",
    "sipc_engine::flow::end_action",
    "sipc_engine::format::Formatter",
    "sipc_engine::place",
    "sipc_engine::place::Assign",
    "sipc_engine::place::Index",
    "sipc_engine::place::IndexRef",
    "sipc_engine::place::Inner",
    "sipc_engine::names",
    "sipc_engine::place::TextPart",
    "sipc_engine::path::Path",
    "sipc_engine::path::PathRef",
    "sipc_engine::path::Step",
    "sipc_engine::path::StepRef",
    "sipc_engine::place::InnerRef",
    "sipc_engine::place::Place",
    "sipc_engine::place::Source",
    "sipc_engine::place::Transform",
    "sipc_engine::place::TransformArg",
    "sipc_engine::place::TransformRef",
    "sipc_engine::place::VarRef",
    "sipc_engine::regex::Regex",
    "sipc_engine::script::Program",
    "sipc_engine::script::RouteIndex",
    "sipc_engine::script::RouteInfo",
    "sipc_engine::script::RouteRef",
    "sipc_engine::script::Run",
    "sipc_engine::setup::Alias",
    "sipc_engine::setup::BlacklistSpec",
    "sipc_engine::setup::Configuration",
    "sipc_engine::setup::Linked",
    "sipc_engine::setup::Setting",
    "sipc_engine::setup::SocketSpec",
    "sipc_engine::setup::Told",
    "sipc_engine::statements",
    "sipc_engine::substitution::Substitution",
    "sipc_engine::texts",
    "sipc_engine::texts::Piece",
    "sipc_engine::trace",
    "sipc_engine::transformations",
    "sipc_engine::variables",
    "sipc_engine::xlog",
    "sipc_interface::RouteKind",
    "sipc_sip::IpText",
    "sipc_sip::Methods",
];

/// Traits, imported when one of their methods is called.
const TRAITS: &[(&[&str], &str)] =
    &[(&["done"], "sipc_engine::flow::Done"), (&["decide", "truth"], "sipc_engine::flow::Decide")];

impl Emitter<'_> {
    /// `use` lines for the names that occur.
    pub(super) fn imports(&self, used: &BTreeSet<String>) -> TokenStream {
        let name = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
        let plain = IMPORTS
            .iter()
            .filter(|path| used.contains(&name(path)))
            .map(|path| parse(&format!("use {path};")));
        let traits = TRAITS
            .iter()
            .filter(|(methods, _)| methods.iter().any(|method| used.contains(*method)))
            .map(|(_, path)| parse(&format!("use {path};")));
        let modules = self.program.modules.iter().map(|m| {
            let name = ident(m.module.name);
            parse(&format!("use sipc_mod_{} as {name};", m.module.name))
        });
        let all: Vec<TokenStream> = plain.chain(traits).chain(modules).collect();
        quote! { #(#all)* }
    }

    /// The configuration, the linked modules, and the table of routes.
    pub(super) fn config(&self, script: &str) -> TokenStream {
        let program = self.program;
        let globals = literals::list(program.globals.iter().filter_map(|g| {
            let (name, value) = (g.name, setting(&g.value)?);
            Some(quote! { (#name.to_owned(), #value) })
        }));
        let sockets = literals::list(program.sockets.iter().map(socket));
        let aliases = literals::list(program.aliases.iter().map(alias));
        let blacklists = literals::list(program.blacklists.iter().map(blacklist));
        let bonds = literals::list(program.bonds.iter().map(bond));
        let modules = literals::strings(program.modules.iter().map(|m| m.module.name.as_bytes()));
        let modparams = literals::list(program.modparams.iter().filter_map(parameter));
        let names = |list: &[Bytes]| literals::strings(list.iter().map(|n| &**n));
        let (script_vars, avp_names) = (names(&program.script_vars), names(&program.avps));
        let (message_flags, branch_flags) = (names(&program.message_flags), names(&program.branch_flags));
        let dialog_flags = names(&program.dialog_flags);
        let routes =
            |kind| literals::strings(program.routes_of(kind).iter().filter_map(|r| r.name.as_deref()));
        let (request_routes, reply_routes) = (routes(RouteKind::Request), routes(RouteKind::Reply));
        let event_routes = routes(RouteKind::Event);
        let events = names(&events(program));
        let send_sockets = names(&send_sockets(program));
        let told = literals::list(told(program).iter().map(one_told));
        let forwards = program
            .routes
            .iter()
            .any(|r| calls(&r.body).iter().any(|c| c.module.is_core() && c.function.name == "forward"));
        let linked = program.modules.iter().map(|m| ident(m.module.name));
        let table = self.program();
        quote! {
            /// What the script sets outside its routes.
            pub fn configuration() -> Configuration {
                Configuration {
                    globals: #globals,
                    sockets: #sockets,
                    aliases: #aliases,
                    blacklists: #blacklists,
                    bonds: #bonds,
                    modules: #modules,
                    modparams: #modparams,
                    script_vars: #script_vars,
                    avp_names: #avp_names,
                    message_flags: #message_flags,
                    branch_flags: #branch_flags,
                    dialog_flags: #dialog_flags,
                    request_routes: #request_routes,
                    reply_routes: #reply_routes,
                    event_routes: #event_routes,
                    events: #events,
                    send_sockets: #send_sockets,
                    told: #told,
                    forwards: #forwards,
                    file: #script.to_owned(),
                }
            }

            /// The modules that the script loads, in order.
            pub static LINKED: &[Linked] = &[#(#linked::LINKED),*];

            #table
        }
    }
}

fn one_told(told: &Told) -> TokenStream {
    let (module, function) = (told.module, told.function);
    let position = proc_macro2::Literal::usize_unsuffixed(told.position);
    let text = match &told.text {
        Some(text) => {
            let text = String::from_utf8_lossy(text);
            quote! { Some(#text.to_owned()) }
        }
        None => quote! { None },
    };
    quote! { Told { module: #module.to_owned(), function: #function.to_owned(), position: #position, text: #text } }
}

/// Text written in this file; it always parses.
fn parse(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

fn setting(value: &Value) -> Option<TokenStream> {
    match value {
        Value::Int(n) => {
            let n = literals::number(*n);
            Some(quote! { Setting::Int(#n) })
        }
        Value::Text(text) => {
            let text = literals::string(text);
            Some(quote! { Setting::Text(#text) })
        }
        // Module search paths mean nothing here.
        Value::List(_) => None,
    }
}

fn parameter(parameter: &Parameter) -> Option<TokenStream> {
    let (module, name, value) = (parameter.module.name, parameter.param.name, setting(&parameter.value)?);
    Some(quote! { (#module.to_owned(), #name.to_owned(), #value) })
}

fn socket(socket: &Socket) -> TokenStream {
    let transport = socket.protocol;
    let host = literals::string(socket.host.as_deref().unwrap_or(b"*"));
    let mut fields = vec![quote! { transport: #transport.to_owned() }, quote! { host: #host }];
    let number = |n: u32| literals::number(n as i32);
    fields.extend(socket.port.map(|p| {
        let p = number(p.into());
        quote! { ports: Vec::from([#p]) }
    }));
    fields.extend(socket.advertised_host.as_ref().map(|h| {
        let h = literals::string(h);
        quote! { advertised_host: Some(#h) }
    }));
    fields.extend(socket.advertised_port.map(|p| {
        let p = number(p.into());
        quote! { advertised_ports: Vec::from([#p]) }
    }));
    fields.extend(socket.tag.as_ref().map(|t| {
        let t = literals::string(t);
        quote! { tag: Some(#t) }
    }));
    fields.extend(socket.workers.map(|n| {
        let n = number(n);
        quote! { workers: Some(#n) }
    }));
    fields.extend(socket.tos.map(|n| {
        let n = number(n);
        quote! { tos: Some(#n) }
    }));
    let flags = [
        ("anycast", socket.anycast),
        ("reads_proxy_header", socket.reads_proxy_header),
        ("sends_proxy_header", socket.sends_proxy_header),
        ("reuse_port", socket.reuse_port),
        ("frag", socket.frag),
        ("accept_subdomain", socket.accept_subdomain),
    ];
    fields.extend(flags.iter().filter(|(_, set)| *set).map(|(name, _)| {
        let name = ident(name);
        quote! { #name: true }
    }));
    quote! { SocketSpec { #(#fields,)* ..SocketSpec::default() } }
}

fn blacklist(list: &Blacklist) -> TokenStream {
    let name = literals::string(&list.name);
    let rules: Vec<String> = list.rules.iter().map(BlacklistRule::text).collect();
    let rules = literals::strings(rules.iter().map(String::as_bytes));
    let (readonly, expires, default) = (list.readonly, list.expire, list.default);
    quote! {
        BlacklistSpec { name: #name, readonly: #readonly, expires: #expires, default: #default, rules: #rules }
    }
}

fn bond(bond: &Bond) -> TokenStream {
    let (name, members) =
        (literals::string(&bond.name), literals::strings(bond.members.iter().map(|m| &**m)));
    quote! { (#name, #members) }
}

fn alias(alias: &Alias) -> TokenStream {
    let transport = literals::option(alias.protocol.map(|p| quote! { #p.to_owned() }));
    let host = literals::string(&alias.host.to_ascii_lowercase());
    let port = literals::number(i32::from(alias.port.unwrap_or(0)));
    let accept_subdomain = alias.accept_subdomain;
    quote! { Alias { transport: #transport, host: #host, port: #port, accept_subdomain: #accept_subdomain } }
}
