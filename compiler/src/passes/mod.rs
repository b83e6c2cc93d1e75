//! What is known about a program as a whole: who calls whom, what waits, which constants can be folded.

pub mod effects;
pub mod fold;
pub mod graph;
pub mod names;
pub mod uses;
pub mod trace;
pub mod walk;

use crate::ir::Program;

/// Completes a checked program: constants, effects, recursion, reachability.
pub fn run(program: &mut Program) {
    fold::fold(program);
    effects::infer(program);
}
