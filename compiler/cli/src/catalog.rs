//! `sipc catalog --json`: everything that this build supports, from the interface tables, in the form in which
//! what OpenSIPS exports is listed elsewhere: functions with the kinds of their parameters and their routes,
//! module parameters, variables, management commands, statistics.

use std::process::ExitCode;

use serde_json::{Map, Value, json};
use sipc_compiler::syntax::globals::{GLOBALS, Status};
use sipc_interface::{Function, Kind, MiCommand, Module, Param, ParamKind, RouteKind};

use crate::args::Catalog;
use crate::explain;

/// Prints the catalogue: as JSON, or the names of all modules and what each has.
pub fn catalog(options: &Catalog) -> ExitCode {
    if options.json {
        println!("{:#}", whole());
        return ExitCode::SUCCESS;
    }
    for m in explain::tables() {
        let counts = [
            (m.functions.len(), "functions"),
            (m.async_functions.len(), "for async"),
            (m.params.len(), "parameters"),
            (m.variables.len(), "variables"),
            (m.transformations.len(), "transformations"),
            (m.mi.len(), "commands"),
            (m.statistics.len(), "statistics"),
        ];
        let counts = counts.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
        println!("{}: {}", m.name, counts.collect::<Vec<_>>().join(", "));
    }
    ExitCode::SUCCESS
}

fn whole() -> Value {
    let mut core = module(sipc_interface::core());
    core.insert("globals".into(), globals());
    let others = sipc_interface::modules::ALL.iter().filter(|m| m.name != "core");
    let modules: Map<String, Value> = others.map(|m| (m.name.to_owned(), module(m).into())).collect();
    json!({
        "source": format!("sipc {}, what this build supports", env!("CARGO_PKG_VERSION")),
        "fields": {
            "functions": "script functions: params in order (int, str, var, regex; ? optional; static = literal only; \
                noexpand = variables not expanded), routes where allowed (ALL or a list)",
            "globals": "parameters of the core: whether each has an effect here",
        },
        "core": core,
        "modules": modules,
    })
}

/// What a module has; what it has not is left out.
fn module(m: &Module) -> Map<String, Value> {
    let mut vars: Vec<&str> = m.variables.iter().map(|v| v.name).collect();
    vars.sort_unstable();
    vars.dedup();
    let params: Map<String, Value> =
        m.params.iter().map(|p| (p.name.to_owned(), param_kind(p.kind).into())).collect();
    let fields = [
        ("functions", m.functions.iter().map(function).collect()),
        ("async", m.async_functions.iter().map(|f| f.name).collect()),
        ("depends", m.depends.iter().copied().collect()),
        ("params", Value::Object(params)),
        ("vars", vars.into()),
        ("transformations", m.transformations.iter().map(|t| t.name).collect()),
        ("mi", m.mi.iter().map(command).collect()),
        ("events", m.events.iter().copied().collect()),
        ("stats", m.statistics.iter().copied().collect()),
    ];
    let empty = |value: &Value| match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    };
    fields.into_iter().filter(|(_, v)| !empty(v)).map(|(name, v)| (name.to_owned(), v)).collect()
}

fn function(f: &Function) -> Value {
    let params: Vec<String> = f.params.iter().map(param).collect();
    json!({ "name": f.name, "params": params, "routes": routes(f) })
}

/// `str? static noexpand`
fn param(p: &Param) -> String {
    let kind = match p.kind {
        Kind::Int => "int",
        Kind::Variable | Kind::Target => "var",
        Kind::Regex => "regex",
        _ => "str",
    };
    let mark = |is: bool, text: &'static str| if is { text } else { "" };
    let fixed = mark(p.fixed, " static");
    let plain = mark(!p.expand && !p.fixed, " noexpand");
    format!("{kind}{}{fixed}{plain}", mark(p.optional, "?"))
}

fn routes(f: &Function) -> Value {
    if RouteKind::ALL.iter().all(|kind| f.routes.contains(*kind)) {
        return "ALL".into();
    }
    let name = |kind: RouteKind| match kind {
        RouteKind::Request => "REQUEST",
        RouteKind::Failure => "FAILURE",
        RouteKind::Reply => "ONREPLY",
        RouteKind::Branch => "BRANCH",
        RouteKind::Error => "ERROR",
        RouteKind::Local => "LOCAL",
        RouteKind::Startup => "STARTUP",
        RouteKind::Timer => "TIMER",
        RouteKind::Event => "EVENT",
    };
    f.routes.iter().map(name).collect()
}

fn param_kind(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Int | ParamKind::Between(..) => "int",
        ParamKind::Text => "str",
        ParamKind::Any => "int or str",
    }
}

fn command(c: &MiCommand) -> Value {
    let name = c.name.split_once(':').map_or(c.name, |(_, name)| name);
    json!({ "name": name, "recipes": c.recipes, "aliases": c.aliases })
}

fn globals() -> Value {
    let effect = |status| match status {
        Status::Built => "built",
        Status::Idle => "accepted, no effect",
    };
    GLOBALS
        .iter()
        .map(|g| json!({ "name": g.names[0], "aliases": &g.names[1..], "effect": effect(g.status) }))
        .collect()
}
