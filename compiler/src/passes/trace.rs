//! What `script_trace` prints of each action.

use super::walk::calls;
use crate::ir::{AssignOp, Program, Statement, StatementKind};

/// Whether a script traces itself: only then its actions are told to the runtime.
pub fn is_used(program: &Program) -> bool {
    program
        .routes
        .iter()
        .flat_map(|r| calls(&r.body))
        .any(|call| call.module.is_core() && call.function.name == "script_trace")
}

/// The class and the name of an action; `None` for those that OpenSIPS does not trace, and for calls of
/// routes, which are traced where routes are entered.
pub fn name(statement: &Statement) -> Option<(&'static str, &'static str)> {
    Some(match &statement.kind {
        StatementKind::Call(call) => ("module", call.function.name),
        StatementKind::Async { call, .. } => ("async", call.function.name),
        StatementKind::Launch { call, .. } => ("launch", call.function.name),
        StatementKind::Assign { op, .. } | StatementKind::AssignNull { op, .. } => ("assign", operator(*op)),
        StatementKind::If { .. } => ("core", "if"),
        StatementKind::While { .. } => ("core", "while"),
        StatementKind::ForEach { .. } => ("core", "for-each"),
        StatementKind::Switch { .. } => ("core", "switch"),
        StatementKind::Return(_) => ("core", "return"),
        StatementKind::Exit => ("core", "exit"),
        StatementKind::Drop => ("core", "drop"),
        StatementKind::Break => ("core", "break"),
        StatementKind::Xlog { .. } => ("core", "xlog"),
        StatementKind::Log { .. } => ("core", "log"),
        StatementKind::Error { .. } => ("core", "error"),
        StatementKind::Route(_) | StatementKind::Assert { .. } => return None,
    })
}

fn operator(op: AssignOp) -> &'static str {
    match op {
        AssignOp::Set => "equal",
        AssignOp::Replace => "colon-eq",
        AssignOp::Add => "plus-eq",
        AssignOp::Subtract => "minus-eq",
        AssignOp::Divide => "div-eq",
        AssignOp::Multiply => "mult-eq",
        AssignOp::Remainder => "modulo-eq",
        AssignOp::And => "b-and-eq",
        AssignOp::Or => "b-or-eq",
        AssignOp::Xor => "b-xor-eq",
    }
}
