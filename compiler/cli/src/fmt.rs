//! `sipc fmt FILE…`: lays scripts out anew, in place; `-` from standard input to standard output.

use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitCode;

use sipc_compiler::format::{Refused, format};

use crate::args::Fmt;
use crate::{files, script};

/// Exit status 1 when a script cannot be read or written, or with `--check` is laid out otherwise.
pub fn fmt(options: &Fmt) -> ExitCode {
    let mut good = true;
    for file in &options.files {
        match one(file, options.check) {
            Ok(same) => good &= same,
            Err(message) => {
                eprintln!("{message}");
                good = false;
            }
        }
    }
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Whether nothing is left to be done.
fn one(file: &str, check: bool) -> Result<bool, String> {
    let text = read(file)?;
    let name = if file == "-" { "stdin" } else { file };
    let laid_out = format(name, &text).map_err(|refused| why_not(name, &refused))?;
    if check {
        if laid_out != text {
            println!("{name}");
        }
        return Ok(laid_out == text);
    }
    if file == "-" {
        std::io::stdout().write_all(&laid_out).map_err(|e| format!("error: cannot write: {e}"))?;
    } else if laid_out != text {
        files::replace(Path::new(file), &laid_out).map_err(|e| format!("error: {e}"))?;
    }
    Ok(true)
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    if file != "-" {
        return std::fs::read(file).map_err(|e| format!("error: cannot read {file}: {e}"));
    }
    let mut text = Vec::new();
    std::io::stdin().read_to_end(&mut text).map_err(|e| format!("error: cannot read standard input: {e}"))?;
    Ok(text)
}

fn why_not(name: &str, refused: &Refused) -> String {
    match refused {
        Refused::Faults(source, faults) => {
            let faults: Vec<String> = faults.iter().map(|f| script::shown(f, source)).collect();
            format!("{}\nerror: {name} is left as it is: mend this first", faults.join("\n"))
        }
        Refused::Changed => {
            format!("error: {name} is left as it is: laid out anew it would mean something else")
        }
    }
}
