//! `sipc`: checks, shows, runs and builds OpenSIPS scripts.
//!
//! | File | What |
//! |---|---|
//! | `args` | the command line |
//! | `script` | reading a script, through `-p CMD` when given, and printing what was found |
//! | `check`, `expand`, `graph`, `explain`, `catalog` | the commands that only read |
//! | `test` | route tests on a virtual site |
//! | `lsp` | the language server |
//! | `run` | running a script on the interpreter |
//! | `fmt` | laying scripts out anew |
//! | `migrate` | rewriting scripts of older releases |
//! | `build` | making an executable; with `--pgo`, of what it does most |
#![forbid(unsafe_code)]

mod args;
mod build;
mod catalog;
mod check;
mod expand;
mod explain;
mod files;
mod fmt;
mod graph;
mod lsp;
mod migrate;
mod run;
mod script;
mod test;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Some(Command::Check(options)) => check::check(&options),
        Some(Command::Expand(options)) => expand::expand(&options),
        Some(Command::Graph(options)) => graph::graph(&options),
        Some(Command::Explain(options)) => explain::explain(&options.what),
        Some(Command::Catalog(options)) => catalog::catalog(&options),
        Some(Command::Fmt(options)) => fmt::fmt(&options),
        Some(Command::Migrate(options)) => migrate::migrate(&options),
        Some(Command::Test(options)) => test::test(&options),
        Some(Command::Lsp) => lsp::lsp(),
        Some(Command::Build(options)) => build::build(&options),
        Some(Command::Train(options)) => build::train(&options),
        Some(Command::Run(options)) => run::run(options.rest),
        None => check::as_opensips(&args.opensips),
    }
}
