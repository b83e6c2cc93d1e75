//! Steps of conditions.

use std::ops::ControlFlow;

use sipc_engine::expr;
use sipc_engine::{Context, Decide, flow};

use super::Machine;
use crate::code::{Compare, ConditionOp, Operand};

impl Machine<'_> {
    pub(super) fn condition(&mut self, cx: &mut Context, op: &ConditionOp) {
        match op {
            ConditionOp::UnlessTrue(to) if self.condition != 1 => self.go(*to),
            ConditionOp::UnlessFalse(to) if self.condition != 0 => self.go(*to),
            ConditionOp::UnlessTrue(_) | ConditionOp::UnlessFalse(_) => {}
            ConditionOp::Decide { otherwise, stop } => match self.condition.decide(cx) {
                ControlFlow::Continue(true) => {}
                ControlFlow::Continue(false) => self.go(*otherwise),
                ControlFlow::Break(value) => {
                    self.last = value;
                    self.go(*stop);
                }
            },
            other => self.condition = self.evaluate(cx, other),
        }
    }

    fn evaluate(&mut self, cx: &mut Context, op: &ConditionOp) -> i32 {
        match op {
            ConditionOp::Constant(n) => *n,
            ConditionOp::Variable(v) => i32::from(v.read(cx).holds()),
            ConditionOp::Compare(c) => compare(cx, c),
            ConditionOp::OfLast => flow::condition(self.last),
            ConditionOp::Not => flow::not(self.condition),
            ConditionOp::BracketVariable(v) => expr::variable_truth(&v.read(cx)),
            ConditionOp::BracketBinary(op, slot) => {
                let (left, right) = (self.take(*slot), self.take(slot + 1));
                expr::binary_truth(cx, *op, &left, &right)
            }
            ConditionOp::BracketComplement(slot) => {
                let operand = self.take(*slot);
                expr::complement_truth(cx, &operand)
            }
            // The caller has handled what goes elsewhere.
            ConditionOp::UnlessTrue(_) | ConditionOp::UnlessFalse(_) | ConditionOp::Decide { .. } => {
                self.condition
            }
        }
    }
}

fn compare(cx: &mut Context, c: &Compare) -> i32 {
    let left = c.left.read(cx);
    match &c.right {
        Operand::Variable(v) => {
            let right = v.read(cx);
            expr::compare(cx, c.op, &left, &right)
        }
        Operand::Text(text) => expr::compare_text(cx, c.op, &left, text),
        Operand::Regex(regex) => expr::compare_regex(cx, c.op, &left, regex),
        Operand::Number(n) => expr::compare_number(cx, c.op, &left, *n),
        Operand::Null => expr::compare_null(c.op, &left),
        Operand::Network(network) => expr::compare_network(cx, c.op, &left, network),
    }
}
