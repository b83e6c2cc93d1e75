//! `sipc check FILE`, and `sipc -f FILE -C` as OpenSIPS has it.

use crate::args::{OpenSips, Script};
use crate::script::good;
use std::process::ExitCode;

/// Exit status 1 when the script is refused.
pub fn check(options: &Script) -> ExitCode {
    match good(options) {
        Some(checked) => {
            let routes = checked.program.routes.len();
            println!("{}: good, {routes} routes, {} warnings", options.file, checked.diagnostics.len());
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    }
}

/// As `opensips -C`; exit status 255 when the script is refused.
pub fn as_opensips(options: &OpenSips) -> ExitCode {
    if !options.check && !options.check_all {
        eprintln!("error: to check a script, add -C; to run it, use `sipc run -f {}`", options.file);
        return ExitCode::from(2);
    }
    let script = Script {
        file: options.file.clone(),
        preprocessor: options.preprocessor.clone(),
        define: options.define.clone(),
        opensips_errors: options.opensips_errors,
        deny_warnings: false,
    };
    if good(&script).is_none() {
        return ExitCode::from(255);
    }
    println!("config file ok, exiting...");
    ExitCode::SUCCESS
}
