//! `sipc expand FILE`: the Rust text, on standard output.

use crate::args::Script;
use crate::script::good;
use sipc_compiler::emit::emit;
use std::process::ExitCode;

/// Exit status 1 when the script is refused.
pub fn expand(options: &Script) -> ExitCode {
    let Some(checked) = good(options) else { return ExitCode::FAILURE };
    print!("{}", emit(&checked.program, &options.file));
    ExitCode::SUCCESS
}
