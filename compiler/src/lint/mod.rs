//! What is probably not meant: findings about a whole program that OpenSIPS cannot make before deployment.
//! All of them are warnings; [`levels`] lets a script silence them or make them errors by number.
//!
//! | File | What |
//! |---|---|
//! | `answers` | paths of the main route that leave a request without an answer, or answer it twice |
//! | `dead` | statements behind something that always ends the script |
//! | `armed` | routes that are armed where nothing is relayed |
//! | `unset` | variables that are read but never set |
//! | `kinds` | text compared with numbers |
//! | `taint` | text of strangers that flows into commands, queries and headers |
//! | `patterns` | regular expressions that never match |
//! | `parameters` | module parameters without effect |

mod answers;
mod armed;
mod dead;
mod kinds;
pub mod levels;
mod parameters;
mod patterns;
mod taint;
mod unset;

use crate::diagnostics::Diagnostic;
use crate::ir::{Program, VarRef};
use crate::source::{Source, Span};

/// Everything that is found in a program without errors.
pub fn lint(program: &Program, source: &Source) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    answers::check(program, source, &mut found);
    dead::check(program, &mut found);
    armed::check(program, &mut found);
    unset::check(program, &mut found);
    kinds::check(program, source, &mut found);
    taint::check(program, source, &mut found);
    patterns::check(program, &mut found);
    parameters::check(program, &mut found);
    found
}

/// The part of a span on its first line: a whole block would bury the excerpt.
fn first_line(source: &Source, span: Span) -> Span {
    let line = source.slice(span).iter().position(|b| *b == b'\n');
    match line.and_then(|n| u32::try_from(n).ok()) {
        Some(n) => Span { end: span.start + n, ..span },
        None => span,
    }
}

/// A variable as a message names it.
fn shown(v: &VarRef, source: &Source) -> String {
    String::from_utf8_lossy(source.slice(v.span)).into_owned()
}
