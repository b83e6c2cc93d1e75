//! Statements behind something that always ends the block: an `if` whose arms all end, a call of a route that
//! always ends the script. What stands right behind `exit` and the like is found when the block is checked.

use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Block, Condition, Program, RouteRef, RouteTarget, Statement, StatementKind};
use crate::passes::graph::all;
use std::collections::BTreeSet;

/// Pushes what is found.
pub fn check(program: &Program, found: &mut Vec<Diagnostic>) {
    let ending = Ending { routes: always_exiting(program) };
    for route in &program.routes {
        ending.block(&route.body, found);
    }
}

/// Routes that never come back to their caller: the least set is grown until nothing is added.
fn always_exiting(program: &Program) -> BTreeSet<RouteRef> {
    let mut known = Ending { routes: BTreeSet::new() };
    loop {
        let more: Vec<RouteRef> = all(program)
            .filter(|r| !known.routes.contains(r) && known.exits(&program.route(*r).body))
            .collect();
        if more.is_empty() {
            return known.routes;
        }
        known.routes.extend(more);
    }
}

struct Ending {
    /// Routes that always end the script.
    routes: BTreeSet<RouteRef>,
}

impl Ending {
    fn block(&self, block: &Block, found: &mut Vec<Diagnostic>) {
        for (at, statement) in block.iter().enumerate() {
            // `route(x); exit;` is a habit, and harmless
            let next = block.get(at + 1).filter(|next| !is_word(next));
            if let (true, Some(next)) = (self.joins_never(statement), next) {
                let message = "this is never reached".to_owned();
                let fault = Diagnostic::new(&codes::TAIL_IGNORED, next.span, message);
                let last = crate::source::Span { end: statement.span.start + 1, ..statement.span };
                found.push(fault.label("never runs").at(last, "nothing runs after this"));
            }
            self.inside(statement, found);
        }
    }

    fn inside(&self, statement: &Statement, found: &mut Vec<Diagnostic>) {
        match &statement.kind {
            StatementKind::If { arms, otherwise } => {
                arms.iter().for_each(|arm| self.block(&arm.body, found));
                self.block(otherwise, found);
            }
            StatementKind::While { body, .. } | StatementKind::ForEach { body, .. } => {
                self.block(body, found)
            }
            StatementKind::Switch { cases, default, .. } => {
                cases.iter().for_each(|case| self.block(&case.body, found));
                default.iter().for_each(|body| self.block(body, found));
            }
            _ => {}
        }
    }

    /// Ends the block it stands in, and is not one of those words themselves.
    fn joins_never(&self, statement: &Statement) -> bool {
        !is_word(statement) && self.ends(statement, true)
    }

    /// Whether no way leads past the statement; `soft`: `return` and `break` count too.
    fn ends(&self, statement: &Statement, soft: bool) -> bool {
        match &statement.kind {
            StatementKind::Exit | StatementKind::Drop | StatementKind::Async { .. } => true,
            StatementKind::Return(_) | StatementKind::Break => soft,
            StatementKind::Route(call) => {
                matches!(call.target, RouteTarget::Fixed(r) if self.routes.contains(&r))
            }
            StatementKind::If { arms, otherwise } => {
                arms.iter().all(|arm| self.any(&arm.body, soft)) && self.any(otherwise, soft)
            }
            StatementKind::While { condition: Condition::Number(n), body } if *n != 0 => {
                !has_break(body) && self.any(body, soft)
            }
            _ => false,
        }
    }

    fn any(&self, block: &Block, soft: bool) -> bool {
        block.iter().any(|s| self.ends(s, soft))
    }

    /// Whether the script ends in a block whatever happens; a `return` or `break` on the way may prevent it.
    fn exits(&self, block: &Block) -> bool {
        for statement in block {
            if self.ends(statement, false) {
                return true;
            }
            if returns(statement) {
                return false;
            }
        }
        false
    }
}

/// Whether it is a word that ends the block by itself.
fn is_word(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Exit
            | StatementKind::Drop
            | StatementKind::Return(_)
            | StatementKind::Break
            | StatementKind::Async { .. }
    )
}

/// Whether a `return` stands in the statement.
fn returns(statement: &Statement) -> bool {
    let mut found = false;
    crate::passes::walk::statements(std::slice::from_ref(statement), &mut |s| {
        found |= matches!(s.kind, StatementKind::Return(_));
    });
    found
}

/// Whether a `break` in the block leaves the loop around it.
fn has_break(block: &Block) -> bool {
    block.iter().any(|s| match &s.kind {
        StatementKind::Break => true,
        StatementKind::If { arms, otherwise } => {
            arms.iter().any(|arm| has_break(&arm.body)) || has_break(otherwise)
        }
        _ => false,
    })
}
