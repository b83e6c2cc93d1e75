//! `sipc migrate FILE`: rewrites a script of an older release for 4.0, comments and layout kept, and lists
//! what it changed and what that changes.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use sipc_compiler::diagnostics::codes;
use sipc_compiler::driver::check_source_with;
use sipc_compiler::older::{self, Change};
use sipc_compiler::source::{Source, load_with};
use sipc_compiler::values::Values;

use crate::args::Migrate;
use crate::{files, script};

/// Exit status 1 when a file cannot be read or written, or when what comes out still has faults.
pub fn migrate(options: &Migrate) -> ExitCode {
    rewrite(options).unwrap_or_else(|message| {
        eprintln!("error: {message}");
        ExitCode::FAILURE
    })
}

fn rewrite(options: &Migrate) -> Result<ExitCode, String> {
    if options.write && options.file == "-" {
        return Err("standard input cannot be rewritten: leave --write out".into());
    }
    let (from, path) = script::files_for(&options.file)?;
    let values = script::values(&[])?;
    let (source, found) = load_with(&*from, path, &values);
    found.iter().for_each(|f| eprintln!("{}", script::shown(f, &source)));
    if found.iter().any(|f| f.is_error()) {
        return Ok(ExitCode::FAILURE);
    }
    let changes = older::changes(&source);
    changes.iter().for_each(|change| eprintln!("{}", line(change, &source)));
    deliver(options, path, &source, &changes)?;
    Ok(summary(&source, &changes, &values))
}

/// `FILE:LINE: old -> new`.
fn line(change: &Change, source: &Source) -> String {
    let at = source.position(change.span.start);
    let path = source.file(at.file).map_or("", |f| f.path.as_str());
    let meaning = change.meaning.as_ref().map_or_else(String::new, |m| format!("\n    mind: {m}"));
    format!("{path}:{}: {}{meaning}", at.line, change.text())
}

fn deliver(options: &Migrate, path: &str, source: &Source, changes: &[Change]) -> Result<(), String> {
    let written = older::in_files(source, changes);
    if options.write {
        return written.iter().try_for_each(|(path, text)| files::replace(Path::new(path), text));
    }
    let others: Vec<&str> = written.iter().map(|(p, _)| p.as_str()).filter(|p| *p != path).collect();
    if !others.is_empty() {
        eprintln!("note: included files change too, with --write: {}", others.join(", "));
    }
    let main = written.iter().find(|(p, _)| p == path).map(|(_, text)| text.as_slice());
    let same = source.files().first().map_or(&b""[..], |f| &f.text);
    let text = main.unwrap_or(same);
    match &options.output {
        Some(out) => files::replace(Path::new(out), text),
        None => std::io::stdout().write_all(text).map_err(|e| format!("cannot write: {e}")),
    }
}

/// Says how much was done, and what is left for the owner to do.
fn summary(source: &Source, changes: &[Change], values: &Values) -> ExitCode {
    let mind = changes.iter().filter(|c| c.meaning.is_some()).count();
    let places = if changes.len() == 1 { "1 place".to_owned() } else { format!("{} places", changes.len()) };
    eprintln!("{places} changed, {mind} with another meaning");
    let (rewritten, _) = older::read_anew(source, changes);
    let checked = check_source_with(rewritten, Vec::new(), values);
    if checked.diagnostics.iter().any(|f| f.code.id == codes::NO_VALUE.id) {
        eprintln!("note: not checked, because site values are missing: {}", checked.values.join(", "));
        return ExitCode::SUCCESS;
    }
    let faults: Vec<_> = checked.diagnostics.into_iter().filter(|f| f.is_error()).collect();
    script::show_all(&faults, &checked.source);
    if faults.is_empty() {
        return ExitCode::SUCCESS;
    }
    let s = if faults.len() == 1 { "" } else { "s" };
    eprintln!("{} fault{s} left to be mended by hand", faults.len());
    ExitCode::FAILURE
}
