//! The command `sipc`.
#![forbid(unsafe_code)]

mod run;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next() {
        Some(word) if word == "run" => run::run(args),
        _ => {
            eprintln!("usage: sipc run [options] FILE");
            ExitCode::FAILURE
        }
    }
}
