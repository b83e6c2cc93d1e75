//! `sipc run -f FILE`: not wired yet; the place where it will be.

use crate::args::Run;
use crate::script::{checked, report};
use std::process::ExitCode;

/// Checks the script, and says that the rest is missing.
pub fn run(options: &Run) -> ExitCode {
    match checked(&options.file, options.preprocessor.as_deref()) {
        Ok(checked) => {
            report(&checked, false);
            if checked.is_good() {
                eprintln!("error: `sipc run` is not wired to the runtime yet");
            }
        }
        Err(message) => eprintln!("error: {message}"),
    }
    ExitCode::FAILURE
}
