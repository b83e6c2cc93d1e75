//! Visiting all statements of a block, those inside conditions and values included.

use crate::ir::{Arg, Block, Bytes, Call, Condition, Expr, Program, Statement, StatementKind};

/// Calls `visit` for each statement, outer ones first, in script order.
pub fn statements<'a>(block: &'a [Statement], visit: &mut dyn FnMut(&'a Statement)) {
    for statement in block {
        visit(statement);
        inside(statement, visit);
    }
}

fn inside<'a>(statement: &'a Statement, visit: &mut dyn FnMut(&'a Statement)) {
    match &statement.kind {
        StatementKind::Assign { value, .. } => in_value(value, visit),
        StatementKind::If { arms, otherwise } => {
            for arm in arms {
                in_condition(&arm.condition, visit);
                statements(&arm.body, visit);
            }
            statements(otherwise, visit);
        }
        StatementKind::While { condition, body } => {
            in_condition(condition, visit);
            statements(body, visit);
        }
        StatementKind::ForEach { body, .. } => statements(body, visit),
        StatementKind::Switch { cases, default, .. } => {
            cases.iter().for_each(|case| statements(&case.body, visit));
            statements(default.as_deref().unwrap_or_default(), visit);
        }
        StatementKind::Assert { condition, .. } => in_condition(condition, visit),
        _ => {}
    }
}

fn in_condition<'a>(condition: &'a Condition, visit: &mut dyn FnMut(&'a Statement)) {
    match condition {
        Condition::And(a, b) | Condition::Or(a, b) => {
            in_condition(a, visit);
            in_condition(b, visit);
        }
        Condition::Not(a) | Condition::Group(a) => in_condition(a, visit),
        Condition::Bracket(value) => in_value(value, visit),
        Condition::Statement(block) => statements(block, visit),
        Condition::Compare(_) | Condition::Number(_) | Condition::Variable(_) => {}
    }
}

fn in_value<'a>(value: &'a Expr, visit: &mut dyn FnMut(&'a Statement)) {
    match value {
        Expr::Statement(statement) => statements(std::slice::from_ref(&**statement), visit),
        Expr::Binary { left, right, .. } => {
            in_value(left, visit);
            in_value(right, visit);
        }
        Expr::Complement(inner) => in_value(inner, visit),
        Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) | Expr::Compare(_) => {}
    }
}

/// Whether an action stands in a condition.
pub fn acts(condition: &Condition) -> bool {
    let mut found = false;
    in_condition(condition, &mut |_| found = true);
    found
}

/// Whether an action stands in a value.
pub fn has_statement(value: &Expr) -> bool {
    let mut found = false;
    in_value(value, &mut |_| found = true);
    found
}

/// All calls of a block, those started by `async` and `launch` left out.
pub fn calls(block: &Block) -> Vec<&Call> {
    let mut calls = Vec::new();
    statements(block, &mut |statement| {
        if let StatementKind::Call(call) = &statement.kind {
            calls.push(call);
        }
    });
    calls
}

/// The events that calls of `raise_event` and `subscribe_event` name.
pub fn events(program: &Program) -> Vec<Bytes> {
    first_texts(program, &["raise_event", "subscribe_event"])
}

/// The sockets that calls of `force_send_socket` name.
pub fn send_sockets(program: &Program) -> Vec<Bytes> {
    first_texts(program, &["force_send_socket"])
}

/// The first arguments of calls of core functions, as far as they are known, each once.
fn first_texts(program: &Program, functions: &[&str]) -> Vec<Bytes> {
    let mut texts = Vec::new();
    for call in program.routes.iter().flat_map(|r| calls(&r.body)) {
        let is_core = call.module.is_core();
        if let (true, Some(Arg::Text(text))) =
            (is_core && functions.contains(&call.function.name), call.args.first())
            && !texts.contains(text)
        {
            texts.push(text.clone());
        }
    }
    texts
}

/// A literal argument that a module wants to know of at its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whose function is called.
    pub module: &'static str,
    /// The function.
    pub function: &'static str,
    /// The position of the argument, from 0.
    pub position: usize,
    /// The text; `None` when the argument is left out.
    pub text: Option<Bytes>,
}

/// What modules are told about calls of their functions, each once.
pub fn told(program: &Program) -> Vec<Told> {
    let mut all = Vec::new();
    for route in &program.routes {
        statements(&route.body, &mut |statement| {
            let Some(call) = call_of(statement) else { return };
            let positions = call.function.params.iter().enumerate().filter(|(_, p)| p.told);
            for (position, _) in positions {
                let text = match call.args.get(position) {
                    Some(Arg::Text(text)) => Some(text.clone()),
                    Some(Arg::Omitted) | None => None,
                    Some(_) => continue,
                };
                let (module, function) = (call.module.name, call.function.name);
                let one = Told { module, function, position, text };
                if !all.contains(&one) {
                    all.push(one);
                }
            }
        });
    }
    all
}

/// The call that a statement makes or starts.
pub fn call_of(statement: &Statement) -> Option<&Call> {
    match &statement.kind {
        StatementKind::Call(call)
        | StatementKind::Async { call, .. }
        | StatementKind::Launch { call, .. } => Some(call),
        _ => None,
    }
}
