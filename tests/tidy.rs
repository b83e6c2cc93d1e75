//! Rules of this repository that no compiler checks. `UPDATE=1` writes the tables of the modules' READMEs.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use sipc_compiler::diagnostics::codes;
use sipc_interface::{Function, Kind, Module, Param, ParamKind, RouteKind, modules};

/// Longest file, lines.
const LINES_MAX: usize = 800;
/// Where a README's tables begin and end; what stands around them is for people to write.
const BEGIN: &str = "<!-- from the interface tables: UPDATE=1 cargo test --test tidy -->";
const END: &str = "<!-- end -->";

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All files of a kind, as paths from the root, in order.
fn files(kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("folders of the repository can be read").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() && !path.is_symlink() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if name.ends_with(kind) {
                let path = path.strip_prefix(root()).expect("it is below the root");
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Rust files that people write: goldens are what the compiler writes.
fn sources() -> impl Iterator<Item = (String, String)> {
    files(".rs").into_iter().filter(|p| !p.contains("/golden/")).map(|p| (p.clone(), read(&p)))
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// `path` or `path#function`, of Rust or of the shell, in the last column of the table of requirements.
#[test]
fn requirements_name_tests_that_there_are() {
    let page = read("docs/requirements.md");
    let shown = page.lines().filter_map(|l| l.strip_suffix("` |")?.rsplit_once("| `").map(|(_, test)| test));
    let mut faults = Vec::new();
    let mut count = 0;
    for test in shown {
        count += 1;
        let (path, function) = test.split_once('#').unwrap_or((test, ""));
        let text = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        let is_test = match function {
            "" => path.ends_with(".flow") && !text.is_empty(),
            name => text.contains(&format!("fn {name}(")) || text.contains(&format!("\n{name}() {{")),
        };
        if !is_test {
            faults.push(format!("docs/requirements.md: there is no test {test}"));
        }
    }
    none(&faults);
    assert!(count > 60, "only {count} requirements were read");
}

#[test]
fn files_say_what_they_are_for_and_are_short() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let first = text.lines().find(|l| !l.starts_with("#![") && !l.trim().is_empty());
        if !first.is_some_and(|l| l.starts_with("//! ")) {
            faults.push(format!("{path}: does not begin with a sentence after //!"));
        }
        let lines = text.lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{path}: {lines} lines are too many for one file"));
        }
    }
    none(&faults);
}

#[test]
fn nothing_is_left_undone() {
    // written in halves, so that this file does not find itself
    let words = ["to|do!(", "unimple|mented!(", "#[ig|nore", "FIX|ME", "dbg|!("];
    let places = ["/wo|rk/", "/ro|ot/", "/tmp/os|ips", "/ho|me/"];
    let mut faults = Vec::new();
    for (path, text) in sources() {
        for word in words.iter().chain(&places).map(|w| w.replace('|', "")) {
            if let Some(at) = text.lines().position(|l| l.contains(&word)) {
                faults.push(format!("{path}:{}: {word}", at + 1));
            }
        }
    }
    none(&faults);
}

/// A constant has an address for each place that takes it, as the optimiser likes: only names tell tables apart.
#[test]
fn tables_are_not_told_apart_by_their_addresses() {
    let word = format!("{}ptr::{}(", "std::", "eq");
    let uses = |(path, text): &(String, String)| path.starts_with("compiler/src") && text.contains(&word);
    none(&sources().filter(uses).map(|(path, _)| format!("{path}: uses {word}…)")).collect::<Vec<_>>());
}

#[test]
fn unsafe_code_is_nowhere() {
    let mut faults = Vec::new();
    for (path, text) in sources() {
        let uses = |l: &str| {
            let code = l.split("//").next().unwrap_or_default();
            ["{", "fn", "impl", "trait", "extern"].iter().any(|w| code.contains(&format!("unsa{} {w}", "fe")))
        };
        if let Some(at) = text.lines().position(uses) {
            faults.push(format!("{path}:{}: unsafe code", at + 1));
        }
        let crate_root =
            ["src/lib.rs", "src/main.rs", "routes/main.rs"].iter().any(|end| path.ends_with(end));
        if crate_root && !text.contains("#![forbid(unsafe_code)]") {
            faults.push(format!("{path}: lacks #![forbid(unsafe_code)]"));
        }
    }
    none(&faults);
}

#[test]
fn crates_share_the_lints_and_give_reasons_for_what_they_use() {
    let mut faults = Vec::new();
    for path in files("Cargo.toml") {
        let text = read(&path);
        // the fuzz targets are a workspace of their own
        if !text.contains("[lints]\nworkspace = true") && !text.contains("cargo-fuzz = true") {
            faults.push(format!("{path}: does not inherit the lints of the workspace"));
        }
        let mut dependencies = false;
        for line in text.lines() {
            if line.starts_with('[') {
                dependencies = line.ends_with("dependencies]");
            } else if dependencies && is_foreign(line) && !line.contains(" # ") && !line.contains("   # ") {
                faults.push(format!("{path}: no reason is given for `{line}`"));
            }
        }
    }
    none(&faults);
}

/// Whether a dependency is none of this workspace, nor given with its reason in the workspace's table.
fn is_foreign(line: &str) -> bool {
    line.contains('=') && !line.starts_with('#') && !line.contains("path =") && !line.contains("workspace")
}

#[test]
fn every_diagnostic_is_tested() {
    let texts: String = files(".txt")
        .iter()
        .filter(|p| p.starts_with("compiler/tests/"))
        .map(|p| read(p))
        .chain(sources().filter(|(p, _)| p.starts_with("compiler/tests/")).map(|(_, text)| text))
        .collect();
    let untested: Vec<String> = codes::all()
        .filter(|code| !texts.contains(code.id))
        .map(|code| format!("{} has no case in compiler/tests", code.id))
        .collect();
    none(&untested);
}

#[test]
fn modules_are_crates_features_and_tables() {
    let crates: BTreeSet<String> = files("Cargo.toml")
        .iter()
        .filter_map(|p| p.strip_prefix("runtime/modules/")?.strip_suffix("/Cargo.toml").map(str::to_owned))
        .collect();
    let tables: BTreeSet<String> =
        modules::ALL.iter().filter(|m| m.name != "core").map(|m| m.name.to_owned()).collect();
    assert_eq!(crates, tables, "crates of runtime/modules and tables of sipc-interface differ");
    let manifest = read("Cargo.toml");
    let default =
        manifest.lines().find(|l| l.starts_with("default = ")).expect("the root package has features");
    let users = ["tests/compiled/Cargo.toml", "compiler/interpreter/Cargo.toml"];
    let readme = read("README.md");
    let listed = readme.split_once("\nModules: ").and_then(|(_, rest)| rest.split_once('.')).expect("a list");
    let listed: BTreeSet<String> = listed.0.split(',').map(|name| name.trim().to_owned()).collect();
    assert_eq!(crates, listed, "README.md does not list the modules that there are");
    for name in crates {
        for user in users {
            let path = format!("runtime/modules/{name}\"");
            assert!(read(user).contains(&path), "{user}: does not use {name}, which a script may load");
        }
        assert!(
            default.contains(&format!("\"{name}\"")),
            "Cargo.toml: {name} is not among the default features"
        );
    }
}

#[test]
fn readmes_of_modules_tell_what_the_tables_say() {
    let update = std::env::var_os("UPDATE").is_some();
    let mut faults = Vec::new();
    for module in modules::ALL.iter().filter(|m| m.name != "core") {
        let path = format!("runtime/modules/{}/README.md", module.name);
        let old = std::fs::read_to_string(root().join(&path)).unwrap_or_default();
        let new = with_tables(&old, module);
        if new == old {
            continue;
        }
        if update && Path::new(&root().join(&path)).parent().is_some_and(Path::is_dir) {
            std::fs::write(root().join(&path), new).expect("the repository can be written");
        } else {
            faults.push(format!("{path} is not what the tables say: UPDATE=1 cargo test --test tidy"));
        }
    }
    none(&faults);
}

/// A README with the tables of a module in their place.
fn with_tables(readme: &str, module: &Module) -> String {
    let tables = format!("{BEGIN}\n\n{}{END}\n", tables(module));
    match (readme.split_once(BEGIN), readme.split_once(&format!("{END}\n"))) {
        (Some((before, _)), Some((_, after))) => format!("{before}{tables}{after}"),
        _ => format!("# {}\n\n{}.\n\n{tables}", module.name, module.summary),
    }
}

fn tables(m: &Module) -> String {
    let mut out = String::new();
    if !m.depends.is_empty() {
        let names: Vec<String> = m.depends.iter().map(|d| format!("`{d}`")).collect();
        writeln!(out, "Needs {}.\n", names.join(", ")).expect("strings grow");
    }
    let functions =
        m.functions.iter().map(|f| vec![signature(f), f.summary.into(), f.returns.into(), routes(f)]);
    table(&mut out, "Functions", &["Function", "What it does", "Returns", "Routes"], functions);
    let params = m.params.iter().map(|p| {
        let kind = match p.kind {
            ParamKind::Int => "number".to_owned(),
            ParamKind::Between(least, i32::MAX) => format!("number from {least}"),
            ParamKind::Between(i32::MIN, most) => format!("number to {most}"),
            ParamKind::Between(least, most) => format!("{least} to {most}"),
            ParamKind::Text => "text".to_owned(),
            ParamKind::Any => "either".to_owned(),
        };
        vec![format!("`{}`", p.name), kind, p.summary.into()]
    });
    table(&mut out, "Parameters", &["Parameter", "Value", "What it sets"], params);
    let variables = m.variables.iter().map(|v| {
        let access = if v.writable { "read, write" } else { "read" };
        vec![format!("`${}`", v.name), access.to_owned(), v.summary.into()]
    });
    table(&mut out, "Variables", &["Variable", "", "What it is"], variables);
    let commands = m.mi.iter().map(|c| vec![format!("`{}`", c.name), c.summary.into()]);
    table(&mut out, "Management commands", &["Command", "What it does"], commands);
    if !m.statistics.is_empty() {
        let names: Vec<String> = m.statistics.iter().map(|s| format!("`{s}`")).collect();
        writeln!(out, "## Statistics\n\n{}\n", names.join(", ")).expect("strings grow");
    }
    out
}

fn table(out: &mut String, title: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let rows: Vec<Vec<String>> = rows.collect();
    if rows.is_empty() {
        return;
    }
    writeln!(out, "## {title}\n\n| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()))
        .expect("strings grow");
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| cell.replace('|', "\\|")).collect();
        writeln!(out, "| {} |", cells.join(" | ")).expect("strings grow");
    }
    out.push('\n');
}

/// `name(text, [number])`: what may be left out stands in brackets.
fn signature(f: &Function) -> String {
    let param = |p: &Param| {
        let name = match p.kind {
            Kind::Variable | Kind::Target => format!("${}", p.name),
            _ => p.name.to_owned(),
        };
        if p.optional { format!("[{name}]") } else { name }
    };
    let params: Vec<String> = f.params.iter().map(param).collect();
    format!("`{}({})`", f.name, params.join(", "))
}

fn routes(f: &Function) -> String {
    if RouteKind::ALL.iter().all(|kind| f.routes.contains(*kind)) {
        return "any".to_owned();
    }
    let names: Vec<&str> = f.routes.iter().map(RouteKind::keyword).collect();
    names.join(", ")
}

#[test]
fn globals_without_effect_are_explained() {
    use sipc_compiler::syntax::globals::{GLOBALS, Status};
    let text = read("docs/core-parameters.md");
    let (_, idle) = text.split_once("## Without effect").expect("the list has a heading");
    let (idle, _) = idle.split_once("\n## ").expect("another part follows");
    let idle: String = idle.lines().filter_map(|line| line.split('|').nth(1)).collect();
    let faults = GLOBALS.iter().filter_map(|g| {
        let listed = idle.contains(&format!("`{}`", g.names[0]));
        let wrong = listed == (g.status == Status::Built);
        wrong.then(|| format!("docs/core-parameters.md: {}: listed: {listed}, {:?}", g.names[0], g.status))
    });
    none(&faults.collect::<Vec<_>>());
}
