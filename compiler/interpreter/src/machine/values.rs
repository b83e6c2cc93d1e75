//! Steps of value expressions.

use sipc_engine::{Context, Value, expr};

use super::Machine;
use crate::code::ValueOp;

impl Machine<'_> {
    pub(super) fn value(&mut self, cx: &mut Context, op: &ValueOp) {
        let (slot, value) = match op {
            ValueOp::Constant(slot, value) => (*slot, value.clone()),
            ValueOp::Variable(slot, v) => (*slot, v.read(cx)),
            ValueOp::Condition(slot) => (*slot, Value::BareInt(self.condition)),
            ValueOp::WholeCondition(slot) => (*slot, expr::result(self.condition)),
            ValueOp::Last(slot) => (*slot, Value::BareInt(self.last)),
            ValueOp::WholeLast(slot) => (*slot, expr::call_result(self.last)),
            ValueOp::Binary(op, slot) => {
                let (left, right) = (self.take(*slot), self.take(slot + 1));
                (*slot, expr::binary(cx, *op, &left, &right))
            }
            ValueOp::Complement(slot) => {
                let operand = self.take(*slot);
                (*slot, expr::complement(cx, &operand))
            }
        };
        *self.slot(slot) = value;
    }
}
