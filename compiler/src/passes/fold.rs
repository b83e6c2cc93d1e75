//! Constant folding of value expressions, where nothing can tell the difference.
//!
//! A division by zero stays, for the line it logs. Text is joined only by `+`.

use crate::ir::{BinaryOp, Block, Condition, Expr, Program, Statement, StatementKind};

/// Folds all value expressions.
pub fn fold(program: &mut Program) {
    program.routes.iter_mut().for_each(|route| block(&mut route.body));
}

fn block(statements: &mut Block) {
    statements.iter_mut().for_each(statement);
}

fn statement(statement: &mut Statement) {
    match &mut statement.kind {
        StatementKind::Assign { value, .. } => expr(value),
        StatementKind::If { arms, otherwise } => {
            for arm in arms {
                condition(&mut arm.condition);
                block(&mut arm.body);
            }
            block(otherwise);
        }
        StatementKind::While { condition: when, body } => {
            condition(when);
            block(body);
        }
        StatementKind::ForEach { body, .. } => block(body),
        StatementKind::Switch { cases, default, .. } => {
            cases.iter_mut().for_each(|case| block(&mut case.body));
            default.iter_mut().for_each(block);
        }
        StatementKind::Assert { condition: when, .. } => condition(when),
        _ => {}
    }
}

fn condition(when: &mut Condition) {
    match when {
        Condition::And(a, b) | Condition::Or(a, b) => {
            condition(a);
            condition(b);
        }
        Condition::Not(a) | Condition::Group(a) => condition(a),
        Condition::Bracket(value) => expr(value),
        Condition::Statement(body) => block(body),
        Condition::Compare(_) | Condition::Number(_) | Condition::Variable(_) => {}
    }
}

fn expr(value: &mut Expr) {
    let folded = match value {
        Expr::Statement(inner) => {
            statement(inner);
            None
        }
        Expr::Complement(inner) => {
            expr(inner);
            match **inner {
                Expr::Number(n) => Some(Expr::Number(!n)),
                _ => None,
            }
        }
        Expr::Binary { op, left, right } => {
            expr(left);
            expr(right);
            binary(*op, left, right)
        }
        _ => None,
    };
    if let Some(folded) = folded {
        *value = folded;
    }
}

fn binary(op: BinaryOp, left: &Expr, right: &Expr) -> Option<Expr> {
    match (left, right) {
        (Expr::Number(a), Expr::Number(b)) => number(op, *a, *b).map(Expr::Number),
        (Expr::Text(a), Expr::Text(b)) if op == BinaryOp::Add => {
            Some(Expr::Text([&a[..], b].concat().into()))
        }
        _ => None,
    }
}

/// 32-bit arithmetic that wraps; `None` where C leaves the result open or OpenSIPS logs something.
fn number(op: BinaryOp, a: i32, b: i32) -> Option<i32> {
    Some(match op {
        BinaryOp::Add => a.wrapping_add(b),
        BinaryOp::Subtract => a.wrapping_sub(b),
        BinaryOp::Multiply => a.wrapping_mul(b),
        BinaryOp::Divide => a.checked_div(b)?,
        BinaryOp::Remainder => a.checked_rem(b)?,
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::ShiftLeft => a.checked_shl(u32::try_from(b).ok()?)?,
        BinaryOp::ShiftRight => a.checked_shr(u32::try_from(b).ok()?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::{BinaryOp, number};

    #[test]
    fn numbers_wrap_and_undefined_results_are_left_alone() {
        assert_eq!(number(BinaryOp::Add, i32::MAX, 1), Some(i32::MIN));
        assert_eq!(number(BinaryOp::Remainder, -7, 3), Some(-1));
        assert_eq!(number(BinaryOp::Divide, 5, 0), None);
        assert_eq!(number(BinaryOp::Divide, i32::MIN, -1), None);
        assert_eq!(number(BinaryOp::ShiftLeft, 1, 32), None);
    }
}
