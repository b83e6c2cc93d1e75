//! Value expressions: each leaves its value in a slot.

use sipc_compiler::ir::{BinaryOp, Expr};
use sipc_engine::Value;
use sipc_engine::expr::Op as Operator;

use super::{Lower, literal};
use crate::code::{Op, Slot, ValueOp};

impl Lower {
    /// The whole right side of an assignment: a comparison that fails, or a call that ends the script,
    /// is no value.
    pub(super) fn whole_value(&mut self, value: &Expr, slot: Slot) {
        match value {
            Expr::Compare(compare) => {
                self.compare(compare);
                self.value(ValueOp::WholeCondition(slot));
            }
            Expr::Statement(statement) => {
                self.list(std::slice::from_ref(&**statement));
                self.value(ValueOp::WholeLast(slot));
            }
            other => self.operand(other, slot),
        }
    }

    /// An operand.
    pub(super) fn operand(&mut self, value: &Expr, slot: Slot) {
        match value {
            Expr::Number(n) => self.value(ValueOp::Constant(slot, Value::BareInt(*n))),
            Expr::Text(text) => self.value(ValueOp::Constant(slot, Value::Text(literal(text)))),
            Expr::Variable(v) => {
                let variable = Box::new(self.variable(v));
                self.value(ValueOp::Variable(slot, variable));
            }
            Expr::Compare(compare) => {
                self.compare(compare);
                self.value(ValueOp::Condition(slot));
            }
            Expr::Statement(statement) => {
                self.list(std::slice::from_ref(&**statement));
                self.value(ValueOp::Last(slot));
            }
            Expr::Binary { op, left, right } => {
                self.operand(left, slot);
                self.right_of(slot, right);
                self.value(ValueOp::Binary(operator(*op), slot));
                self.release(1);
            }
            Expr::Complement(inner) => {
                self.operand(inner, slot);
                self.value(ValueOp::Complement(slot));
            }
        }
    }

    /// Both operands of an operator, in two slots that follow each other; gives the first.
    pub(super) fn operands(&mut self, left: &Expr, right: &Expr) -> Slot {
        let slot = self.slot();
        self.operand(left, slot);
        self.right_of(slot, right);
        slot
    }

    /// The right operand: in the slot behind that of the left one, which was taken last.
    fn right_of(&mut self, left: Slot, right: &Expr) {
        let slot = self.slot();
        debug_assert_eq!(slot, left + 1, "the slot of the left operand was taken last");
        self.operand(right, slot);
    }

    fn value(&mut self, op: ValueOp) {
        self.ops.push(Op::Value(op));
    }
}

pub(super) fn operator(op: BinaryOp) -> Operator {
    match op {
        BinaryOp::Add => Operator::Add,
        BinaryOp::Subtract => Operator::Subtract,
        BinaryOp::Multiply => Operator::Multiply,
        BinaryOp::Divide => Operator::Divide,
        BinaryOp::Remainder => Operator::Remainder,
        BinaryOp::And => Operator::And,
        BinaryOp::Or => Operator::Or,
        BinaryOp::Xor => Operator::Xor,
        BinaryOp::ShiftLeft => Operator::ShiftLeft,
        BinaryOp::ShiftRight => Operator::ShiftRight,
    }
}
