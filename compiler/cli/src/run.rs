//! `sipc run`: reads a script and runs it at once, with OpenSIPS' own flags.
//!
//! Unlike OpenSIPS it stays in the foreground and logs on stderr, whatever the script says.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::rc::Rc;
use std::sync::Arc;

use sipc_compiler::diagnostics::render;
use sipc_compiler::driver::{Checked, check_source};
use sipc_compiler::source::{Disk, Files, Source, annotated, from_annotated, load};
use sipc_interpreter::{Interpreter, Unlinked, configuration, modules};
use sipc_net::{Options, Site};

/// Runs with the arguments after `run`.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let result = Options::parse(args).and_then(start);
    result.unwrap_or_else(|text| {
        eprintln!("error: {text}");
        ExitCode::FAILURE
    })
}

fn start(mut options: Options) -> Result<ExitCode, String> {
    options.foreground = true;
    options.stderr = true;
    if options.help {
        print!("{}", sipc_net::options::HELP.replacen("proxy [options]", "sipc run [options] FILE", 1));
        return Ok(ExitCode::SUCCESS);
    }
    if options.version {
        println!("version: sipc {}, OpenSIPS 4.0 compatible", env!("CARGO_PKG_VERSION"));
        return Ok(ExitCode::SUCCESS);
    }
    let path = options.script.clone().or(options.argument.clone()).ok_or("no script: use -f FILE")?;
    let path = path.to_str().ok_or("the path of the script is not UTF-8")?;
    let checked = read(path, options.preprocessor.as_deref())?;
    let colour = io::stderr().is_terminal();
    for found in &checked.diagnostics {
        eprintln!("{}\n", render(found, &checked.source, colour));
    }
    if !checked.is_good() {
        return Ok(ExitCode::FAILURE);
    }
    match Interpreter::new(&checked.program) {
        Ok(interpreter) => Ok(sipc_net::run(site(&checked, interpreter), options)),
        Err(unlinked) => {
            unlinked.iter().for_each(|u| eprintln!("{}", refused(u, &checked.source)));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The script through all checks.
fn read(path: &str, preprocessor: Option<&str>) -> Result<Checked, String> {
    let (source, found) = load(&Input, path);
    match preprocessor {
        None => Ok(check_source(source, found)),
        Some(_) if !found.is_empty() => Ok(check_source(source, found)),
        Some(command) => {
            let text = filtered(command, annotated(&source))?;
            Ok(check_source(from_annotated(path, &text), found))
        }
    }
}

/// What a command prints for a text. As in OpenSIPS its exit status does not matter.
fn filtered(command: &str, text: Vec<u8>) -> Result<Vec<u8>, String> {
    let failed = |e: io::Error| format!("preprocessor {command}: {e}");
    let mut words = command.split_whitespace();
    let program = words.next().ok_or("-p wants a command")?;
    let mut child = Command::new(program)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut input = child.stdin.take().ok_or("preprocessor without standard input")?;
    // A command that reads only the beginning is free to do so.
    let writer = std::thread::spawn(move || drop(input.write_all(&text)));
    let output = child.wait_with_output().map_err(failed)?;
    writer.join().map_err(|_| "the text could not be passed to the preprocessor")?;
    Ok(output.stdout)
}

fn site(checked: &Checked, interpreter: Interpreter) -> Site {
    let configuration = configuration(&checked.program);
    let manifest = format!("script: {}\nmodules: {}", configuration.file, configuration.modules.join(" "));
    Site {
        configuration,
        modules: modules::linked(),
        program: Arc::new(move || Rc::new(interpreter.clone())),
        manifest,
    }
}

fn refused(unlinked: &Unlinked, source: &Source) -> String {
    let at = source.position(unlinked.span.start);
    let path = source.file(at.file).map_or("", |f| f.path.as_str());
    format!("error: {path}:{}:{}: {}", at.line, at.column, unlinked.message)
}

/// The disk; `-` is standard input.
struct Input;

impl Files for Input {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        if path != "-" {
            return Disk.read(path);
        }
        let mut text = Vec::new();
        io::stdin().read_to_end(&mut text)?;
        Ok(text)
    }

    fn exists(&self, path: &str) -> bool {
        path == "-" || Disk.exists(path)
    }
}
