//! Conditions.

use sipc_compiler::ir::{self, CompareOp, Condition, Expr};
use sipc_engine::address::Network;
use sipc_engine::expr::Compare as Operator;
use sipc_engine::regex::Regex;

use super::values::operator;
use super::{Lower, literal};
use crate::code::{Compare, ConditionOp, Op, Operand, Target};

impl Lower {
    pub(super) fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::And(left, right) => self.either(left, right, ConditionOp::UnlessTrue),
            Condition::Or(left, right) => self.either(left, right, ConditionOp::UnlessFalse),
            Condition::Not(inner) => {
                self.condition(inner);
                self.step(ConditionOp::Not);
            }
            Condition::Group(inner) => self.condition(inner),
            Condition::Bracket(value) => self.bracket(value),
            Condition::Compare(compare) => self.compare(compare),
            Condition::Statement(block) => {
                self.list(block);
                self.step(ConditionOp::OfLast);
            }
            Condition::Number(n) => self.step(ConditionOp::Constant(i32::from(*n != 0))),
            Condition::Variable(v) => {
                let variable = Box::new(self.variable(v));
                self.step(ConditionOp::Variable(variable));
            }
        }
    }

    fn step(&mut self, op: ConditionOp) {
        self.ops.push(Op::Condition(op));
    }

    fn either(&mut self, left: &Condition, right: &Condition, unless: fn(Target) -> ConditionOp) {
        let end = self.label();
        self.condition(left);
        self.step(unless(end));
        self.condition(right);
        self.place(end);
    }

    /// `[value]`: its truth, without its value.
    fn bracket(&mut self, value: &Expr) {
        match value {
            Expr::Number(n) => self.step(ConditionOp::Constant(i32::from(*n != 0))),
            Expr::Text(text) => self.step(ConditionOp::Constant(i32::from(!text.is_empty()))),
            Expr::Variable(v) => {
                let variable = Box::new(self.variable(v));
                self.step(ConditionOp::BracketVariable(variable));
            }
            Expr::Compare(compare) => self.compare(compare),
            Expr::Statement(statement) => {
                self.list(std::slice::from_ref(&**statement));
                self.step(ConditionOp::OfLast);
            }
            Expr::Binary { op, left, right } => {
                let first = self.operands(left, right);
                self.step(ConditionOp::BracketBinary(operator(*op), first));
                self.release(2);
            }
            Expr::Complement(inner) => {
                let slot = self.slot();
                self.operand(inner, slot);
                self.step(ConditionOp::BracketComplement(slot));
                self.release(1);
            }
        }
    }

    pub(super) fn compare(&mut self, compare: &ir::Compare) {
        let left = self.variable(&compare.left);
        let right = match &compare.right {
            ir::Operand::Variable(v) => Operand::Variable(self.variable(v)),
            ir::Operand::Text(text) => Operand::Text(literal(text)),
            ir::Operand::Regex(pattern) => Operand::Regex(Regex::condition(pattern)),
            ir::Operand::Number(n) => Operand::Number(*n),
            ir::Operand::Null => Operand::Null,
            ir::Operand::Network(n) => Operand::Network(Network::new(n.address, n.mask)),
        };
        let op = comparison(compare.op);
        self.step(ConditionOp::Compare(Box::new(Compare { left, op, right })));
    }
}

fn comparison(op: CompareOp) -> Operator {
    match op {
        CompareOp::Equal => Operator::Equal,
        CompareOp::NotEqual => Operator::NotEqual,
        CompareOp::Less => Operator::Less,
        CompareOp::LessEqual => Operator::LessEqual,
        CompareOp::Greater => Operator::Greater,
        CompareOp::GreaterEqual => Operator::GreaterEqual,
        CompareOp::Match => Operator::Match,
        CompareOp::NotMatch => Operator::NotMatch,
    }
}
