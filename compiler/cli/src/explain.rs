//! `sipc explain WHAT`: everything that a script or its operator can name, from the tables that the compiler
//! itself reads.

use std::fmt::Write;
use std::process::ExitCode;

use sipc_compiler::diagnostics::{codes, nearest};
use sipc_compiler::syntax::globals::{self, Status, Takes};
use sipc_compiler::syntax::meanings::{meaning, statement};
use sipc_interface::known::{self, Known};
use sipc_interface::{Effect, Function, Inner, Kind, MiCommand, ModParam, Module, ParamKind, Variable};

/// Exit status 1 when there is nothing of that name.
pub fn explain(what: &str) -> ExitCode {
    let pages = pages(what);
    if pages.is_empty() {
        eprintln!("error: {}", not_found(what));
        return ExitCode::FAILURE;
    }
    println!("{}", pages.join("\n\n"));
    ExitCode::SUCCESS
}

/// What there is to say about a name; it may mean several things.
pub fn pages(what: &str) -> Vec<String> {
    let mut pages: Vec<String> = codes::find(what)
        .map(|code| format!("{}: {}\n\n{}", code.id, code.title, code.explanation))
        .into_iter()
        .collect();
    let name = what.strip_prefix('$').unwrap_or(what).split('(').next().unwrap_or_default();
    for module in tables() {
        if what.starts_with('$') {
            pages.extend(module.variables.iter().filter(|v| v.name == name).map(|v| variable(module, v)));
            continue;
        }
        pages.extend(of_module(module, what));
    }
    pages.extend(global(what));
    pages.extend(statement(what).map(|(form, text)| format!("{form}\n\n{text}")));
    pages
}

/// The core and all modules.
pub fn tables() -> impl Iterator<Item = &'static Module> {
    std::iter::once(sipc_interface::core()).chain(sipc_interface::modules::ALL.iter().copied())
}

/// `t_relay`, `tm.t_relay`, `tm.fr_timeout`, `{s.len}`, `usrloc:dump`, `tm:UAS_transactions`, `tm`.
fn of_module(module: &Module, what: &str) -> Vec<String> {
    let owned = |sign: char| what.split_once(sign).filter(|(o, _)| *o == module.name).map(|(_, name)| name);
    let name = owned('.').unwrap_or(what);
    let mut pages: Vec<String> =
        module.functions.iter().filter(|f| f.name == name).map(|f| function(module, f, "")).collect();
    let waits = "started by async() or launch()\n";
    pages
        .extend(module.async_functions.iter().filter(|f| f.name == name).map(|f| function(module, f, waits)));
    pages.extend(module.params.iter().filter(|p| p.name == name).map(|p| parameter(module, p)));
    let short = what.trim_matches(|c| c == '{' || c == '}').to_ascii_lowercase();
    let transformations = module.transformations.iter().filter(|t| t.name == short);
    pages.extend(transformations.map(|t| {
        let args = ",…".repeat(t.args.len());
        format!("{{{}{args}}}    {}\n\n{}", t.name, owner(module), t.summary)
    }));
    let is = |command: &&MiCommand| {
        let bare = command.name.split_once(':').map_or(command.name, |(_, name)| name);
        [command.name, bare].contains(&what) || command.aliases.contains(&what)
    };
    pages.extend(module.mi.iter().filter(is).map(management));
    let statistic = owned(':').unwrap_or(what);
    let counted = module.statistics.iter().filter(|s| **s == statistic);
    pages.extend(counted.map(|s| {
        format!(
            "statistic {}:{s}\n\nRead in scripts as $stat({s}), outside with the management command \
             get_statistics, which also takes the name of the group, {}:",
            module.name, module.name
        )
    }));
    let raised = module.events.iter().filter(|e| **e == what);
    pages.extend(raised.map(|e| {
        let owner = owner(module);
        format!("event {e}    {owner}\n\nRuns event_route[{e}], and goes to whoever subscribed to it.")
    }));
    if module.name == what.trim_end_matches(".so") && module.name != "core" {
        pages.push(whole(module));
    }
    pages
}

fn owner(module: &Module) -> String {
    if module.name == "core" { "core".to_owned() } else { format!("module {}", module.name) }
}

/// `name(text, [number])`.
pub fn signature(function: &Function) -> String {
    let param =
        |p: &sipc_interface::Param| if p.optional { format!("[{}]", p.name) } else { p.name.to_owned() };
    format!("{}({})", function.name, function.params.iter().map(param).collect::<Vec<_>>().join(", "))
}

fn function(module: &Module, function: &Function, how: &str) -> String {
    let mut out = format!("{}    {}\n{how}\n{}\n\n", signature(function), owner(module), function.summary);
    for param in function.params {
        let fixed = if param.fixed { ", a plain literal" } else { "" };
        let _ = writeln!(out, "  {}: {}{fixed}", param.name, kind(param.kind));
    }
    let routes: Vec<&str> = function.routes.iter().map(|k| k.keyword()).collect();
    let _ = write!(out, "  allowed in: {}", routes.join(", "));
    if function.effect == Effect::Suspends {
        out += "\n  may wait for the network, without blocking other calls";
    }
    if !function.returns.is_empty() {
        let _ = write!(out, "\n  returns also: {}", function.returns);
    }
    out
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
        Kind::DialogFlag => "the name of a dialog flag",
        Kind::FailureRoute => "the name of a failure_route",
        Kind::ReplyRoute => "the name of an onreply_route",
        Kind::BranchRoute => "the name of a branch_route",
        Kind::Route => "the name of a route",
    }
}

fn variable(module: &Module, variable: &Variable) -> String {
    let inner = if matches!(variable.inner, Inner::None) { "" } else { "(…)" };
    let index = if variable.indexed { "[index]" } else { "" };
    let access = if variable.writable { "read and assigned" } else { "read only" };
    format!("${}{inner}{index}    {}, {access}\n\n{}", variable.name, owner(module), variable.summary)
}

fn parameter(module: &Module, param: &ModParam) -> String {
    let example = match param.kind {
        ParamKind::Int | ParamKind::Between(..) | ParamKind::Any => "N",
        ParamKind::Text => "\"…\"",
    };
    let repeats = if param.repeats { "\n\nMay be given repeatedly; all values count." } else { "" };
    let (name, module, kind) = (param.name, module.name, param_kind(param.kind));
    format!("modparam(\"{module}\", \"{name}\", {example})    {kind}\n\n{}{repeats}", param.summary)
}

fn param_kind(kind: ParamKind) -> String {
    match kind {
        ParamKind::Int => "number".to_owned(),
        ParamKind::Between(least, i32::MAX) => format!("number from {least}"),
        ParamKind::Between(i32::MIN, most) => format!("number to {most}"),
        ParamKind::Between(least, most) => format!("number from {least} to {most}"),
        ParamKind::Text => "string".to_owned(),
        ParamKind::Any => "number or string".to_owned(),
    }
}

fn management(command: &MiCommand) -> String {
    let recipe = |params: &&[&str]| format!("  {} {}", command.name, params.join(" ")).trim_end().to_owned();
    let recipes: Vec<String> =
        command.recipes.iter().map(recipe).map(|r| format!("  {}", r.trim())).collect();
    let aliases = match command.aliases {
        [] => String::new(),
        names => format!("\n  also called: {}", names.join(", ")),
    };
    format!("management command {}\n\n{}\n\n{}{aliases}", command.name, command.summary, recipes.join("\n"))
}

fn whole(module: &Module) -> String {
    let mut lines = vec![format!("module {}\n\n{}\n", module.name, module.summary)];
    if !module.depends.is_empty() {
        lines.push(format!("needs: {}", module.depends.join(", ")));
    }
    lines.extend(module.functions.iter().map(|f| format!("  {}: {}", signature(f), f.summary)));
    let param = |p: &ModParam| format!("  modparam {} ({}): {}", p.name, param_kind(p.kind), p.summary);
    lines.extend(module.params.iter().map(param));
    lines.extend(module.variables.iter().map(|v| format!("  ${}: {}", v.name, v.summary)));
    lines.extend(module.mi.iter().map(|c| format!("  mi {}: {}", c.name, c.summary)));
    if !module.statistics.is_empty() {
        lines.push(format!("  statistics: {}", module.statistics.join(", ")));
    }
    lines.join("\n")
}

/// A parameter of the core; `modules` is the list of them.
fn global(what: &str) -> Option<String> {
    if what == "modules" {
        let lines = sipc_interface::modules::ALL.iter().map(|m| format!("{}: {}", m.name, m.summary));
        return Some(lines.collect::<Vec<_>>().join("\n"));
    }
    let global = globals::find(what)?;
    let effect = match global.status {
        Status::Built => "",
        Status::Idle => "\n\nIt is accepted so that existing scripts work, and has no effect here.",
    };
    let name = global.names[0];
    let older = match &global.names[1..] {
        [] => String::new(),
        names => format!("\n\nAlso written {}.", names.join(", ")),
    };
    Some(format!("{name} = {}    core\n\n{}{older}{effect}", takes(global.takes), meaning(name)?))
}

fn takes(takes: Takes) -> String {
    match takes {
        Takes::Flag => "yes or no".to_owned(),
        Takes::Number => "a number".to_owned(),
        Takes::Between(low, i32::MAX) => format!("a number from {low}"),
        Takes::Between(low, high) => format!("a number from {low} to {high}"),
        Takes::Signed => "a number, which may have a sign".to_owned(),
        Takes::Text => "a string".to_owned(),
        Takes::OneOf(words) => format!("\"{}\"", words.join("\" or \"")),
        Takes::Word => "a word".to_owned(),
        Takes::TextOrWord => "a string or a word".to_owned(),
        Takes::NumberOrWord => "a number or a word".to_owned(),
        Takes::Host => "an address, a name or a string".to_owned(),
        Takes::Workers => "a number [use_auto_scaling_profile NAME]".to_owned(),
        Takes::Clause => "a clause".to_owned(),
    }
}

fn not_found(what: &str) -> String {
    let owners: Vec<&str> = known::all()
        .filter(|(_, _, name)| *name == what.trim_start_matches('$'))
        .map(|(m, _, _)| m)
        .collect();
    if !owners.is_empty() {
        let core = |m: &&str| if m.is_empty() { "core".to_owned() } else { (*m).to_owned() };
        let list: Vec<String> = owners.iter().map(core).collect();
        return format!("`{what}` is not built yet; OpenSIPS has it in {}", list.join(", "));
    }
    if let Some((_, instead)) = globals::REMOVED.iter().find(|(old, _)| *old == what) {
        return format!("`{what}` belongs to an older release: {instead}");
    }
    let names = tables().flat_map(|m| m.functions).map(|f| f.name);
    let known = known::all().filter(|(_, kind, _)| *kind == Known::Module).map(|(_, _, n)| n);
    match nearest(what, names.chain(known)) {
        Some(near) => format!("there is nothing called `{what}`; is `{near}` meant?"),
        None => format!("there is nothing called `{what}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sipc_compiler::syntax::meanings::statement_words;

    #[test]
    fn everything_that_can_be_named_has_a_page() {
        let mut missing = Vec::new();
        let mut want = |what: String| {
            if !pages(&what).iter().any(|page| page.len() > what.len() + 20) {
                missing.push(what);
            }
        };
        codes::all().for_each(|c| want(c.id.to_owned()));
        statement_words().for_each(|w| want(w.to_owned()));
        globals::GLOBALS.iter().flat_map(|g| g.names).for_each(|n| want((*n).to_owned()));
        for m in tables() {
            m.functions.iter().chain(m.async_functions).for_each(|f| want(f.name.to_owned()));
            m.params.iter().for_each(|p| want(format!("{}.{}", m.name, p.name)));
            m.variables.iter().for_each(|v| want(format!("${}", v.name)));
            m.transformations.iter().for_each(|t| want(format!("{{{}}}", t.name)));
            m.mi.iter()
                .flat_map(|c| [c.name].into_iter().chain(c.aliases.iter().copied()))
                .for_each(|n| want(n.to_owned()));
            m.statistics.iter().for_each(|s| want(format!("{}:{s}", m.name)));
            m.events.iter().for_each(|e| want((*e).to_owned()));
        }
        assert_eq!(missing, [""; 0]);
    }
}
