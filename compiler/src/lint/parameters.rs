//! Module parameters that are set and do nothing here; the tables say why.

use crate::diagnostics::{Diagnostic, codes};
use crate::ir::Program;

/// How the summary of such a parameter begins.
const IDLE: &str = "No effect: ";

/// Pushes what is found.
pub fn check(program: &Program, found: &mut Vec<Diagnostic>) {
    for set in &program.modparams {
        if let Some(reason) = set.param.summary.strip_prefix(IDLE) {
            let message = format!("the parameter `{}` of {} has no effect", set.param.name, set.module.name);
            let fault = Diagnostic::new(&codes::IDLE_PARAMETER, set.span, message);
            found.push(fault.label(reason.trim_end_matches('.')));
        }
    }
}
