//! Conditions and comparisons (LANGUAGE 5.2, 5.6).

use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{Bytes, Compare, CompareOp, Condition, Expr, Operand};
use crate::source::Span;
use crate::syntax::tree::{self, Scalar, StatementKind};
use sipc_interface::posix;

impl Checker<'_> {
    /// The whole condition of an `if`, `while` or `assert`.
    pub(super) fn condition(&mut self, condition: &tree::Condition) -> Option<Condition> {
        Some(match condition {
            tree::Condition::And(a, b) | tree::Condition::Or(a, b) => {
                self.mixed_logic(condition, a);
                let (left, right) = (self.condition(a), self.condition(b));
                let (left, right) = (Box::new(left?), Box::new(right?));
                match condition {
                    tree::Condition::And(..) => Condition::And(left, right),
                    _ => Condition::Or(left, right),
                }
            }
            tree::Condition::Not(a) => Condition::Not(Box::new(self.condition(a)?)),
            tree::Condition::Group(a) => Condition::Group(Box::new(self.condition(a)?)),
            tree::Condition::Bracket(value, span) => self.bracket(value, *span)?,
            tree::Condition::Compare(compare) => Condition::Compare(self.compare(compare)?),
            tree::Condition::Statement(statement) => self.statement_condition(statement)?,
            tree::Condition::Block(body) => {
                let block = self.block(&body.statements);
                self.not_empty(block, &body.statements, body.span)?
            }
            tree::Condition::Number(number) => Condition::Number(number.value),
            tree::Condition::Variable(variable) => Condition::Variable(self.variable(variable)?),
        })
    }

    /// `&&` and `||` in one row have no precedence over each other.
    fn mixed_logic(&mut self, outer: &tree::Condition, left: &tree::Condition) {
        let mixed = matches!(
            (outer, left),
            (tree::Condition::And(..), tree::Condition::Or(..))
                | (tree::Condition::Or(..), tree::Condition::And(..))
        );
        if mixed && let Some(span) = span_of(left) {
            let message = "`&&` and `||` without parentheses are taken from left to right".to_owned();
            let fault = self.fault(&codes::MIXED_LOGIC, span, message);
            self.push(
                fault
                    .label("this part is evaluated first")
                    .help("put it into parentheses, or the other part"),
            );
        }
    }

    fn bracket(&mut self, value: &tree::Value, span: Span) -> Option<Condition> {
        let expr = self.value(value)?;
        if matches!(expr, Expr::Variable(_)) {
            let message = "a lone variable in brackets is true whenever it has text, even `0`".to_owned();
            let fault = self.fault(&codes::BRACKET_VARIABLE, span, message);
            self.push(fault.label("true also for 0 and for an empty string").help("remove the brackets"));
        }
        Some(Condition::Bracket(expr))
    }

    fn statement_condition(&mut self, statement: &tree::Statement) -> Option<Condition> {
        if let StatementKind::Assign { op_span, .. } = &statement.kind {
            let message = "this assigns; it does not compare".to_owned();
            let fault = self.fault(&codes::ASSIGNMENT_IN_CONDITION, *op_span, message);
            self.push(fault.label("true when the assignment works").help("to compare, write `==`"));
        }
        let lowered = self.statement(statement)?;
        Some(Condition::Statement(vec![lowered]))
    }

    /// A block as a condition must do something.
    fn not_empty(
        &mut self,
        block: Vec<crate::ir::Statement>,
        written: &[tree::Statement],
        span: Span,
    ) -> Option<Condition> {
        if written.iter().all(|s| matches!(s.kind, StatementKind::Empty)) {
            let fault =
                self.fault(&codes::EMPTY_CONDITION, span, "an empty block is no condition".to_owned());
            self.push(fault.label("does nothing").opensips("fix_actions error"));
            return None;
        }
        Some(Condition::Statement(block))
    }

    pub(super) fn compare(&mut self, compare: &tree::Compare) -> Option<Compare> {
        let left = self.variable(&compare.left);
        let matching = matches!(compare.op, CompareOp::Match | CompareOp::NotMatch);
        let right = match &compare.right {
            tree::Operand::Network(name) => self.network(name).map(Operand::Network),
            tree::Operand::Scalar(scalar) => match scalar {
                Scalar::Text(text) if matching => self.regex(text).map(Operand::Regex),
                Scalar::Text(text) => Some(Operand::Text(text.value.clone())),
                Scalar::Number(number) => Some(Operand::Number(number.value)),
                Scalar::Null(_) => Some(Operand::Null),
                Scalar::Variable(variable) => self.variable(variable).map(Operand::Variable),
            },
        };
        Some(Compare { left: left?, op: compare.op, right: right?, span: compare.span })
    }

    /// A literal pattern of `=~`.
    fn regex(&mut self, text: &tree::Text) -> Option<Bytes> {
        self.pattern(text, posix::Options::CONDITION)
    }

    /// A literal pattern, valid in the sense of regcomp(3).
    pub(super) fn pattern(&mut self, text: &tree::Text, options: posix::Options) -> Option<Bytes> {
        match posix::translate(&text.value, options) {
            Ok(_) => Some(text.value.clone()),
            Err(error) => {
                let fault = self.fault(
                    &codes::BAD_REGEX,
                    text.span,
                    format!("bad regular expression: {}", error.text()),
                );
                self.push(
                    fault
                        .label("not a POSIX extended expression")
                        .opensips(format!("bad re \"{}\"", shown(&text.value))),
                );
                None
            }
        }
    }
}

/// Where a condition stands, as far as its parts know.
fn span_of(condition: &tree::Condition) -> Option<Span> {
    Some(match condition {
        tree::Condition::And(a, b) | tree::Condition::Or(a, b) => match (span_of(a), span_of(b)) {
            (Some(a), Some(b)) => a.to(b),
            (a, b) => a.or(b)?,
        },
        tree::Condition::Not(a) | tree::Condition::Group(a) => span_of(a)?,
        tree::Condition::Bracket(_, span) => *span,
        tree::Condition::Compare(compare) => compare.span,
        tree::Condition::Statement(statement) => statement.span,
        tree::Condition::Block(body) => body.span,
        tree::Condition::Number(number) => number.span,
        tree::Condition::Variable(variable) => variable.span,
    })
}
