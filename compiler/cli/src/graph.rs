//! `sipc graph FILE`: the call graph, on standard output.

use crate::args::Graph as Options;
use crate::script::good;
use sipc_compiler::passes::graph::Graph;
use std::process::ExitCode;

/// Exit status 1 when the script is refused.
pub fn graph(options: &Options) -> ExitCode {
    let Some(checked) = good(&options.script) else { return ExitCode::FAILURE };
    let graph = Graph::of(&checked.program);
    let text = if options.dot { graph.dot(&checked.program) } else { graph.mermaid(&checked.program) };
    print!("{text}");
    ExitCode::SUCCESS
}
