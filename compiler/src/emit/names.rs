//! Rust names: of routes, of modules, of the functions behind script functions.

use crate::ir::{Program, Route, RouteRef};
use crate::passes::graph::all;
use proc_macro2::{Ident, Span};
use sipc_interface::{Module, RouteKind};
use std::collections::{BTreeMap, BTreeSet};

/// The Rust function of each route.
pub(super) struct RouteNames(BTreeMap<RouteRef, Ident>);

impl RouteNames {
    pub(super) fn of(program: &Program) -> RouteNames {
        let mut taken = BTreeSet::new();
        let names = all(program).map(|route| {
            let name = unique(wanted(program.route(route)), &mut taken);
            (route, ident(&name))
        });
        RouteNames(names.collect())
    }

    pub(super) fn get(&self, route: RouteRef) -> Ident {
        self.0.get(&route).cloned().unwrap_or_else(|| ident("missing_route"))
    }
}

/// `route[relay]` is `route_relay`; the main route is `main_route`.
fn wanted(route: &Route) -> String {
    match &route.name {
        Some(name) => format!("{}_{}", route.kind.keyword(), snake(name)),
        None if route.kind == RouteKind::Request => "main_route".to_owned(),
        None => route.kind.keyword().to_owned(),
    }
}

/// The name, or the name with the first number that makes it new.
pub(super) fn unique(name: String, taken: &mut BTreeSet<String>) -> String {
    let mut unique = name.clone();
    let mut count = 2;
    while !taken.insert(unique.clone()) {
        unique = format!("{name}_{count}");
        count += 1;
    }
    unique
}

/// A text as part of an identifier, in lower case.
pub(super) fn snake(text: &[u8]) -> String {
    let mut out = String::new();
    for byte in text {
        let letter = char::from(byte.to_ascii_lowercase());
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out.trim_matches('_').to_owned()
}

/// An identifier; keywords get a trailing underscore.
pub(super) fn ident(name: &str) -> Ident {
    if syn::parse_str::<Ident>(name).is_ok() {
        return Ident::new(name, Span::call_site());
    }
    let fallback = format!("{}_", snake(name.as_bytes()));
    let starts_well = fallback.starts_with(|c: char| c.is_ascii_alphabetic());
    Ident::new(&if starts_well { fallback } else { format!("_{fallback}") }, Span::call_site())
}

/// Where the functions of a module are.
pub(super) fn functions_of(module: &Module) -> Ident {
    if module.is_core() { ident("core_functions") } else { ident(module.name) }
}

/// Where the variables of a module are.
pub(super) fn variables_of(module: &Module) -> Ident {
    if module.is_core() { ident("variables") } else { ident(module.name) }
}
