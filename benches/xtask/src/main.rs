//! `cargo xtask`: measurements of the project that need servers, peers and load around them.
//!
//! Read `scenario` (what is measured), `peer` (who is), `sipp` and `load` (the load, heavy and light), `bench` and `limits` (one
//! measurement after the other), `memory` (that of many entries), and `report`. `floor` is the least that any forwarder costs; `process` reads what a server took.
#![forbid(unsafe_code)]

use std::process::ExitCode;

mod args;
mod bench;
mod build;
mod chart;
mod dialogue;
mod floor;
mod instructions;
mod limits;
mod load;
mod management;
mod memory;
mod peer;
mod process;
mod report;
mod scenario;
mod sipp;
mod statistics;
mod tunnel;

/// What went wrong, as text for people.
type Fault = String;

fn main() -> ExitCode {
    let done = args::parse(std::env::args_os()).and_then(|task| match task {
        args::Task::Help => {
            println!("{}", args::HELP);
            Ok(())
        }
        args::Task::BenchSip(options) => bench::bench_sip(&options),
        args::Task::Instructions => instructions::run(),
        args::Task::Floor(options) => floor::run(&options),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}
