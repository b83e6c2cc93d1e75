//! `sipc build FILE -o OUT`: not wired yet; the place where it will be.

use crate::args::Build;
use crate::script::good;
use std::process::ExitCode;

/// Checks the script, and says that the rest is missing.
pub fn build(options: &Build) -> ExitCode {
    if good(&options.script).is_some() {
        eprintln!("error: `sipc build` is not wired to the runtime yet; {} was not made", options.output);
    }
    ExitCode::FAILURE
}
