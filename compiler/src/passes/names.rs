//! Names that must be found before a statement runs: of `{ip.resolve}`, which cannot wait itself.

use super::{uses, walk};
use crate::ir::{Condition, Expr, Statement, StatementKind, VarRef};

/// What is asked for: each variable up to the transformation, in the order in which they need each other.
///
/// Statements inside the conditions of this one count as its own; those of its blocks do not.
pub fn wanted(statement: &Statement) -> Vec<VarRef> {
    let mut found = Vec::new();
    let mut visit = |v: &VarRef| {
        let asks = |n: &usize| v.transformations[*n].transformation.name == "ip.resolve";
        found.extend((0..v.transformations.len()).rev().filter(asks).map(|n| {
            let mut before = v.clone();
            before.transformations.truncate(n);
            before
        }));
    };
    uses::statement(statement, &mut |v, _| visit(v));
    let mut inside = |s: &Statement| uses::statement(s, &mut |v, _| visit(v));
    match &statement.kind {
        StatementKind::If { arms, .. } => arms.iter().for_each(|a| in_condition(&a.condition, &mut inside)),
        StatementKind::While { condition, .. } | StatementKind::Assert { condition, .. } => {
            in_condition(condition, &mut inside);
        }
        StatementKind::Assign { value, .. } => in_value(value, &mut inside),
        _ => {}
    }
    // what stands inside another variable was visited behind it
    found.reverse();
    found
}

fn in_condition(condition: &Condition, visit: &mut dyn FnMut(&Statement)) {
    match condition {
        Condition::And(a, b) | Condition::Or(a, b) => {
            in_condition(a, visit);
            in_condition(b, visit);
        }
        Condition::Not(a) | Condition::Group(a) => in_condition(a, visit),
        Condition::Bracket(value) => in_value(value, visit),
        Condition::Statement(block) => walk::statements(block, &mut |s| visit(s)),
        Condition::Compare(_) | Condition::Number(_) | Condition::Variable(_) => {}
    }
}

fn in_value(value: &Expr, visit: &mut dyn FnMut(&Statement)) {
    match value {
        Expr::Statement(s) => walk::statements(std::slice::from_ref(&**s), &mut |s| visit(s)),
        Expr::Binary { left, right, .. } => {
            in_value(left, visit);
            in_value(right, visit);
        }
        Expr::Complement(inner) => in_value(inner, visit),
        Expr::Number(_) | Expr::Text(_) | Expr::Variable(_) | Expr::Compare(_) => {}
    }
}
