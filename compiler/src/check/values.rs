//! Value expressions (LANGUAGE 5.3, 5.5).

use super::Checker;
use crate::diagnostics::codes;
use crate::ir::{BinaryOp, Expr};
use crate::source::Span;
use crate::syntax::tree::{self, Scalar};

impl Checker<'_> {
    pub(super) fn value(&mut self, value: &tree::Value) -> Option<Expr> {
        Some(match value {
            tree::Value::Scalar(Scalar::Text(text)) => Expr::Text(text.value.clone()),
            tree::Value::Scalar(Scalar::Number(number)) => Expr::Number(number.value),
            tree::Value::Scalar(Scalar::Variable(variable)) => Expr::Variable(self.variable(variable)?),
            // The grammar has no NULL here.
            tree::Value::Scalar(Scalar::Null(_)) => return None,
            tree::Value::Compare(compare) => Expr::Compare(self.compare(compare)?),
            tree::Value::Statement(statement) => Expr::Statement(Box::new(self.statement(statement)?)),
            tree::Value::Group(inner) => self.value(inner)?,
            tree::Value::Complement(inner) => Expr::Complement(Box::new(self.value(inner)?)),
            tree::Value::Binary { op, op_span, left, right } => {
                self.surprising(*op, *op_span, left, right);
                let (left, right) = (self.value(left), self.value(right));
                let (left, right) = (left?, right?);
                self.hopeless(*op, &left, &right, *op_span);
                Expr::Binary { op: *op, left: Box::new(left), right: Box::new(right) }
            }
        })
    }

    /// Operators in a row that other languages would take in another order.
    fn surprising(&mut self, op: BinaryOp, span: Span, left: &tree::Value, right: &tree::Value) {
        let label = match (left, right) {
            (tree::Value::Binary { op: first, .. }, _) if usual_rank(op) > usual_rank(*first) => {
                "what stands before this is evaluated first"
            }
            (tree::Value::Compare(_), _) | (_, tree::Value::Compare(_)) => {
                "the comparison is evaluated first"
            }
            _ => return,
        };
        let message = "operators without parentheses in an order that surprises".to_owned();
        let fault = self.fault(&codes::MIXED_ARITHMETIC, span, message);
        self.push(fault.label(label).help("put what belongs together into parentheses"));
    }

    /// Operations on literals that are never meant.
    fn hopeless(&mut self, op: BinaryOp, left: &Expr, right: &Expr, span: Span) {
        match (op, left, right) {
            (BinaryOp::Divide | BinaryOp::Remainder, _, Expr::Number(0)) => {
                let fault = self.fault(&codes::DIVISION_BY_ZERO, span, "this divides by zero".to_owned());
                self.push(fault.label("the result is the number 0"));
            }
            (BinaryOp::Add, Expr::Text(_), Expr::Number(_)) | (_, Expr::Number(_), Expr::Text(_)) => {
                let message = "a text and a number cannot be combined".to_owned();
                let fault = self.fault(&codes::BAD_CONCATENATION, span, message);
                self.push(
                    fault
                        .label("always fails, so the assignment changes nothing")
                        .help("put the number in quotes"),
                );
            }
            _ => {}
        }
    }
}

/// How tight an operator binds in C and its kin.
fn usual_rank(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Remainder => 5,
        BinaryOp::Add | BinaryOp::Subtract => 4,
        BinaryOp::ShiftLeft | BinaryOp::ShiftRight => 3,
        BinaryOp::And => 2,
        BinaryOp::Xor => 1,
        BinaryOp::Or => 0,
    }
}
