//! What could stand at the cursor. Only the text before it counts: what is being written cannot be read yet.

use lsp_types::{CompletionItem, CompletionItemKind};
use sipc_compiler::syntax::globals::GLOBALS;
use sipc_compiler::syntax::meanings::{meaning, statement, statement_words};
use sipc_interface::{Module, RouteKind, modules};

use super::place::names_route;
use super::routes::Route;
use crate::explain::{signature, tables};

/// Words that stand outside routes.
const LINES: &[&str] = &["loadmodule", "modparam", "include_file", "import_file"];

/// The candidates at a byte of a text.
pub fn items(text: &str, offset: usize, routes: &[Route]) -> Vec<CompletionItem> {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    let word =
        line.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.').map_or(0, |at| at + 1);
    let head = &line[..word.min(line.len())];
    if head.ends_with('$') || head.ends_with("$(") {
        return variables();
    }
    if head.ends_with('{') && head.rfind("$(").is_some_and(|at| !head[at..].contains(';')) {
        return transformations();
    }
    if let Some(found) = in_call(before, line, routes) {
        return found;
    }
    let loaded = loaded(text);
    if depth(before) == 0 { top_level() } else { statements(&loaded) }
}

fn item(label: impl Into<String>, kind: CompletionItemKind, detail: impl Into<String>) -> CompletionItem {
    CompletionItem {
        label: label.into(),
        kind: Some(kind),
        detail: Some(detail.into()),
        ..Default::default()
    }
}

fn word(word: &'static str) -> CompletionItem {
    item(word, CompletionItemKind::KEYWORD, statement(word).map_or("", |(form, _)| form))
}

fn variables() -> Vec<CompletionItem> {
    let one = |v: &sipc_interface::Variable| item(v.name, CompletionItemKind::VARIABLE, v.summary);
    let mut found: Vec<CompletionItem> = tables().flat_map(|m| m.variables).map(one).collect();
    found.dedup_by(|a, b| a.label == b.label);
    found
}

fn transformations() -> Vec<CompletionItem> {
    tables()
        .flat_map(|m| m.transformations)
        .map(|t| item(t.name, CompletionItemKind::OPERATOR, t.summary))
        .collect()
}

/// Inside a string or the parentheses of something that takes names.
fn in_call(before: &str, line: &str, routes: &[Route]) -> Option<Vec<CompletionItem>> {
    let inner = line.trim_start();
    if let Some(rest) = inner.strip_prefix("loadmodule") {
        return rest.trim_start().starts_with('"').then(module_files);
    }
    if let Some(rest) = inner.strip_prefix("modparam") {
        return modparam(rest);
    }
    let open = before.rfind('(')?;
    let arguments = &before[open + 1..];
    if arguments.contains([')', ';', '{', '}']) {
        return None;
    }
    let start = before[..open].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    let kind = names_route(&before[start..open], arguments.matches(',').count())?;
    Some(named(routes, kind))
}

fn named(routes: &[Route], kind: RouteKind) -> Vec<CompletionItem> {
    let named = routes.iter().filter(|r| r.kind == kind && !r.name.is_empty());
    named.map(|r| item(r.name.as_str(), CompletionItemKind::REFERENCE, kind.keyword())).collect()
}

fn module_files() -> Vec<CompletionItem> {
    let all = modules::ALL.iter().filter(|m| m.name != "core");
    all.map(|m| item(format!("{}.so", m.name), CompletionItemKind::MODULE, m.summary)).collect()
}

/// `("module", "parameter`
fn modparam(text: &str) -> Option<Vec<CompletionItem>> {
    let mut strings = text.trim_start().strip_prefix('(')?.split('"');
    strings.next()?;
    let module = strings.next()?;
    let Some(_) = strings.next() else {
        let all = modules::ALL.iter().filter(|m| !m.params.is_empty());
        return Some(all.map(|m| item(m.name, CompletionItemKind::MODULE, m.summary)).collect());
    };
    strings.next()?;
    if strings.next().is_some() {
        return None;
    }
    let owners = module.split('|').filter_map(sipc_interface::find_module);
    let params = owners.flat_map(|m| m.params);
    Some(params.map(|p| item(p.name, CompletionItemKind::PROPERTY, p.summary)).collect())
}

/// The modules that a text loads.
fn loaded(text: &str) -> Vec<&str> {
    let lines = text.lines().filter_map(|l| l.trim_start().strip_prefix("loadmodule"));
    let file = |rest: &'_ str| -> Option<(usize, usize)> {
        let open = rest.find('"')?;
        Some((open + 1, open + 1 + rest[open + 1..].find('"')?))
    };
    lines
        .filter_map(|rest| file(rest).map(|(from, to)| &rest[from..to]))
        .map(|path| path.rsplit('/').next().unwrap_or(path).trim_end_matches(".so"))
        .collect()
}

/// How many blocks are open; strings and comments are seldom in the way.
fn depth(before: &str) -> usize {
    let mut depth = 0usize;
    for line in before.lines() {
        let code = line.split('#').next().unwrap_or_default();
        let mut quoted = None;
        let mut variable = 0usize;
        for c in code.chars() {
            match (quoted, c) {
                (None, '"' | '\'') => quoted = Some(c),
                (Some(q), c) if q == c => quoted = None,
                (Some(_), _) => {}
                // braces of transformations stand in the parentheses of a variable
                (None, '(') => variable += 1,
                (None, ')') => variable = variable.saturating_sub(1),
                (None, '{') if variable == 0 => depth += 1,
                (None, '}') if variable == 0 => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    depth
}

fn top_level() -> Vec<CompletionItem> {
    let routes = RouteKind::ALL.into_iter().map(|k| word(k.keyword()));
    let lines = LINES.iter().map(|w| word(w));
    let globals = GLOBALS.iter();
    let globals = globals
        .map(|g| item(g.names[0], CompletionItemKind::PROPERTY, meaning(g.names[0]).unwrap_or_default()));
    routes.chain(lines).chain(globals).collect()
}

fn statements(loaded: &[&str]) -> Vec<CompletionItem> {
    let words = statement_words().filter(|w| !LINES.contains(w) && !w.ends_with("_route")).map(word);
    let is_loaded = |m: &Module| m.name == "core" || loaded.contains(&m.name);
    let functions = tables().flat_map(|m| m.functions.iter().map(move |f| (m, f)));
    let functions = functions.map(|(m, f)| {
        let missing =
            if is_loaded(m) { String::new() } else { format!(", needs loadmodule \"{}.so\"", m.name) };
        let detail = format!("{}    {}{missing}", signature(f), m.name);
        CompletionItem {
            documentation: Some(lsp_types::Documentation::String(f.summary.to_owned())),
            ..item(f.name, CompletionItemKind::FUNCTION, detail)
        }
    });
    words.chain(functions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str) -> Vec<String> {
        let routes = [("a", RouteKind::Request), ("f", RouteKind::Failure)];
        let routes = routes.map(|(name, kind)| Route { kind, name: name.to_owned(), location: None });
        items(text, text.len(), &routes).into_iter().map(|i| i.label).collect()
    }

    #[test]
    fn candidates_fit_the_place() {
        for (text, wanted, unwanted) in [
            ("route {\n\t$r", "ru", "t_relay"),
            ("route {\n\t$var(x) = $(ru{ur", "uri.host", "ru"),
            ("loadmodule \"t", "tm.so", "tm"),
            ("modparam(\"t", "tm", "fr_timeout"),
            ("modparam(\"tm\", \"f", "fr_timeout", "tm"),
            ("route {\n\troute(", "a", "f"),
            ("route {\n\tt_on_failure(\"", "f", "a"),
            ("route {\n\tif ($(ru{s.len}) > 3) { t_", "t_relay", "log_level"),
            ("route { exit; }\nlo", "log_level", "t_relay"),
        ] {
            let labels = labels(text);
            assert!(labels.iter().any(|l| l == wanted), "{text}: no {wanted}");
            assert!(!labels.iter().any(|l| l == unwanted), "{text}: {unwanted}");
        }
    }
}
