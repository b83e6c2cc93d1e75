//! `sipc explain WHAT`: codes, functions, variables, transformations, modules, globals.

use sipc_compiler::diagnostics::{codes, nearest};
use sipc_compiler::syntax::globals::{self, Status};
use sipc_interface::known::{self, Known};
use sipc_interface::{Effect, Function, Kind, Module, ParamKind};
use std::process::ExitCode;

/// Exit status 1 when there is nothing of that name.
pub fn explain(what: &str) -> ExitCode {
    let found =
        code(what) | functions(what) | variables(what) | transformations(what) | module(what) | global(what);
    if found {
        return ExitCode::SUCCESS;
    }
    not_found(what);
    ExitCode::FAILURE
}

fn tables() -> impl Iterator<Item = &'static Module> {
    std::iter::once(sipc_interface::core()).chain(sipc_interface::modules::ALL.iter().copied())
}

fn code(what: &str) -> bool {
    let Some(code) = codes::find(what) else { return false };
    println!("{}: {}\n\n{}", code.id, code.title, code.explanation);
    true
}

/// `t_relay`, `tm.t_relay`.
fn functions(what: &str) -> bool {
    let (owner, name) = what.split_once('.').map_or((None, what), |(owner, name)| (Some(owner), name));
    let mut found = false;
    for module in tables().filter(|m| owner.is_none_or(|o| o == m.name)) {
        for function in module.functions.iter().filter(|f| f.name == name) {
            print_function(module, function);
            found = true;
        }
    }
    found
}

fn print_function(module: &Module, function: &Function) {
    let params: Vec<String> = function
        .params
        .iter()
        .map(|p| if p.optional { format!("[{}]", p.name) } else { p.name.to_owned() })
        .collect();
    println!("{}({})    module {}\n", function.name, params.join(", "), module.name);
    println!("{}\n", function.summary);
    for param in function.params {
        let fixed = if param.fixed { ", a plain literal" } else { "" };
        println!("  {}: {}{fixed}", param.name, kind(param.kind));
    }
    let routes: Vec<&str> = function.routes.iter().map(|k| k.keyword()).collect();
    println!("  allowed in: {}", routes.join(", "));
    if function.effect == Effect::Suspends {
        println!("  may wait for the network, without blocking other calls");
    }
    if !function.returns.is_empty() {
        println!("  returns also: {}", function.returns);
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "a number",
        Kind::Text => "text",
        Kind::Variable => "a variable",
        Kind::Target => "a variable that can be assigned to",
        Kind::Regex => "a POSIX extended regular expression",
        Kind::Methods => "methods joined by |",
        Kind::MessageFlag => "the name of a message flag",
        Kind::BranchFlag => "the name of a branch flag",
        Kind::FailureRoute => "the name of a failure_route",
        Kind::ReplyRoute => "the name of an onreply_route",
        Kind::BranchRoute => "the name of a branch_route",
    }
}

fn variables(what: &str) -> bool {
    let Some(name) = what.strip_prefix('$') else { return false };
    let name = name.split('(').next().unwrap_or_default();
    let mut found = false;
    for module in tables() {
        for variable in module.variables.iter().filter(|v| v.name == name) {
            let inner = if matches!(variable.inner, sipc_interface::Inner::None) { "" } else { "(…)" };
            let index = if variable.indexed { "[index]" } else { "" };
            let access = if variable.writable { "read and assigned" } else { "read only" };
            println!(
                "${}{inner}{index}    module {}, {access}\n\n{}",
                variable.name, module.name, variable.summary
            );
            found = true;
        }
    }
    found
}

fn transformations(what: &str) -> bool {
    let name = what.trim_matches(|c| c == '{' || c == '}').to_ascii_lowercase();
    let mut found = false;
    for transformation in tables().flat_map(|m| m.transformations).filter(|t| t.name == name) {
        let args = ",…".repeat(transformation.args.len());
        println!("{{{}{args}}}\n\n{}", transformation.name, transformation.summary);
        found = true;
    }
    found
}

fn module(what: &str) -> bool {
    if what == "modules" {
        sipc_interface::modules::ALL.iter().for_each(|m| println!("{}: {}", m.name, m.summary));
        return true;
    }
    let Some(module) = sipc_interface::find_module(what.trim_end_matches(".so")) else { return false };
    println!("module {}\n\n{}\n", module.name, module.summary);
    if !module.depends.is_empty() {
        println!("needs: {}", module.depends.join(", "));
    }
    module.functions.iter().for_each(|f| println!("  {}: {}", f.name, f.summary));
    for param in module.params {
        let kind = match param.kind {
            ParamKind::Int => "number",
            ParamKind::Text => "string",
            ParamKind::Any => "number or string",
        };
        println!("  modparam {} ({kind}): {}", param.name, param.summary);
    }
    true
}

fn global(what: &str) -> bool {
    let Some(global) = globals::find(what) else { return false };
    let effect = match global.status {
        Status::Built => "",
        Status::Idle => "; accepted, without effect here",
        Status::Later => "; not built yet",
    };
    println!("global {}: takes {:?}{effect}", global.names[0], global.takes);
    true
}

fn not_found(what: &str) {
    let owners: Vec<&str> = known::all()
        .filter(|(_, _, name)| *name == what.trim_start_matches('$'))
        .map(|(m, _, _)| m)
        .collect();
    if !owners.is_empty() {
        let core = |m: &&str| if m.is_empty() { "core".to_owned() } else { (*m).to_owned() };
        let list: Vec<String> = owners.iter().map(core).collect();
        eprintln!("error: `{what}` is not built yet; OpenSIPS has it in {}", list.join(", "));
        return;
    }
    let names = tables().flat_map(|m| m.functions).map(|f| f.name);
    let known = known::all().filter(|(_, kind, _)| *kind == Known::Module).map(|(_, _, n)| n);
    match nearest(what, names.chain(known)) {
        Some(near) => eprintln!("error: there is nothing called `{what}`; is `{near}` meant?"),
        None => eprintln!("error: there is nothing called `{what}`"),
    }
}
