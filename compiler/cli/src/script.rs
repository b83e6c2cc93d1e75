//! Reading a script and printing what was found in it.

use crate::args::Script;
use sipc_compiler::diagnostics::{Diagnostic, opensips_line, render};
use sipc_compiler::driver::{Checked, check_file_with, check_source_with};
use sipc_compiler::source::{Disk, Files, Memory, Source, annotated, from_annotated, load_with};
use sipc_compiler::values::Values;
use std::io::{IsTerminal, Read, Write};
use std::process::{Command, Stdio};

/// Findings that are printed with excerpts.
const SHOWN_MAX: usize = 500;

/// Reads and checks a script; `Err` when the preprocessor could not be run.
pub fn checked(file: &str, preprocessor: Option<&str>, define: &[String]) -> Result<Checked, String> {
    let values = values(define)?;
    let (files, path) = files_for(file)?;
    let checked = match preprocessor {
        None => check_file_with(&*files, path, &values),
        Some(command) => {
            let (source, found) = load_with(&*files, path, &values);
            check_source_with(preprocessed(&source, path, command)?, found, &values)
        }
    };
    let unused: Vec<&str> = values.unused(&checked.values).collect();
    if !unused.is_empty() {
        eprintln!("warning: the script does not ask for {}", unused.join(", "));
    }
    Ok(checked)
}

/// Values of `-D`, and behind them those of the environment.
pub fn values(define: &[String]) -> Result<Values, String> {
    Values::new(define, Some(|name| std::env::var(name).ok()))
}

/// The file system, or standard input under the name that OpenSIPS gives it.
pub fn files_for(file: &str) -> Result<(Box<dyn Files>, &str), String> {
    if file != "-" {
        return Ok((Box::new(Disk), file));
    }
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).map_err(|e| format!("cannot read standard input: {e}"))?;
    Ok((Box::new(Piped(Memory::of("stdin", text))), "stdin"))
}

/// Standard input for the main script, the file system for what it includes.
struct Piped(Memory);

impl Files for Piped {
    fn read(&self, path: &str) -> std::io::Result<Vec<u8>> {
        self.0.read(path).or_else(|_| Disk.read(path))
    }

    fn exists(&self, path: &str) -> bool {
        self.0.exists(path) || Disk.exists(path)
    }
}

/// Sends the flattened script through a command: split at blanks, no shell, exit status ignored.
fn preprocessed(source: &Source, path: &str, command: &str) -> Result<Source, String> {
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("the preprocessor command is empty")?;
    let fault = |e: std::io::Error| format!("cannot run the preprocessor `{command}`: {e}");
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(fault)?;
    let input = annotated(source);
    let writer = child.stdin.take().map(|mut pipe| std::thread::spawn(move || pipe.write_all(&input)));
    let output = child.wait_with_output().map_err(fault)?;
    // A filter may stop reading early; what it printed counts.
    let _ = writer.map(std::thread::JoinHandle::join);
    if output.stdout.is_empty() {
        eprintln!("warning: the preprocessor `{command}` printed nothing");
    }
    Ok(from_annotated(path, &output.stdout))
}

/// One finding, coloured when somebody looks at standard error.
pub fn shown(found: &Diagnostic, source: &Source) -> String {
    render(found, source, std::io::stderr().is_terminal()) + "\n"
}

/// Prints findings with their excerpts, as many as anybody reads: errors first when there are too many.
pub fn show_all(found: &[Diagnostic], source: &Source) {
    let (errors, warnings): (Vec<_>, Vec<_>) = found.iter().partition(|f| f.is_error());
    let mut kept: Vec<&Diagnostic> = errors.into_iter().chain(warnings).take(SHOWN_MAX).collect();
    kept.sort_by_key(|f| f.span.start);
    kept.iter().for_each(|f| eprintln!("{}", shown(f, source)));
    if found.len() > kept.len() {
        eprintln!("note: {} more are not shown\n", found.len() - kept.len());
    }
}

/// Prints everything that was found to standard error.
pub fn report(checked: &Checked, opensips: bool) {
    if opensips {
        checked.diagnostics.iter().for_each(|found| eprintln!("{}", opensips_line(found, &checked.source)));
    } else {
        show_all(&checked.diagnostics, &checked.source);
    }
    let errors = checked.diagnostics.iter().filter(|f| f.is_error()).count();
    if errors == 0 {
        return;
    }
    let s = if errors == 1 { "" } else { "s" };
    if opensips {
        eprintln!("ERROR:core:parse_opensips_cfg: bad config file ({errors} errors)");
    } else {
        eprintln!("error: {errors} fault{s}; `sipc explain CODE` says more");
    }
}

/// The script of a command, printed faults and all; `None` when it must not be used.
pub fn good(options: &Script) -> Option<Checked> {
    match checked(&options.file, options.preprocessor.as_deref(), &options.define) {
        Ok(checked) => {
            report(&checked, options.opensips_errors);
            let denied = options.deny_warnings && !checked.diagnostics.is_empty();
            (checked.is_good() && !denied).then_some(checked)
        }
        Err(message) => {
            eprintln!("error: {message}");
            None
        }
    }
}
