//! `sipc run`: reads a script and runs it at once, with OpenSIPS' own flags.
//!
//! Unlike OpenSIPS it stays in the foreground and logs on stderr, whatever the script says.

use std::ffi::OsString;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;

use sipc_compiler::driver::Checked;
use sipc_compiler::source::Source;
use sipc_interpreter::{Interpreter, Unlinked, configuration, modules};
use sipc_net::{Options, Site};

use crate::script;

/// Where the text of `-h` has the option that only this command has.
const CHECK: &str = "  -c, -C ";
const DEFINE: &str = "  -D NAME=VALUE  value of ${NAME} in the script (repeatable)\n  -c, -C ";

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
        print!(
            "{}",
            sipc_net::options::HELP
                .replacen("proxy [options]", "sipc run [options] FILE", 1)
                .replacen(CHECK, DEFINE, 1)
        );
        return Ok(ExitCode::SUCCESS);
    }
    if options.version {
        println!("version: sipc {}, OpenSIPS 4.0 compatible", env!("CARGO_PKG_VERSION"));
        return Ok(ExitCode::SUCCESS);
    }
    let path = options.script.clone().or(options.argument.clone()).ok_or("no script: use -f FILE")?;
    let path = path.to_str().ok_or("the path of the script is not UTF-8")?;
    let checked =
        script::checked(path, options.preprocessor.as_deref(), &std::mem::take(&mut options.define))?;
    script::report(&checked, false);
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
