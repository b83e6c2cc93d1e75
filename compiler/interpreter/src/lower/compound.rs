//! Compound statements: `if`, loops, `switch`, `assert`.

use sipc_compiler::ir::{self, Arm, Case, Condition, Index, Statement};
use sipc_engine::VarRef;
use sipc_engine::place::Assign;

use super::{Lower, literal};
use crate::code::{Action, ConditionOp, Control, ForEach, Label, Op, Target};

impl Lower {
    pub(super) fn r#if(&mut self, arms: &[Arm], otherwise: &[Statement]) {
        let (ran, bare) = (self.label(), self.label());
        for arm in arms {
            let next = self.label();
            self.line(arm.span);
            self.trace_as(arm.span.line, "core", "if");
            self.decide(&arm.condition, next);
            self.body(&arm.body, ran, bare);
            self.place(next);
        }
        self.body(otherwise, ran, bare);
        let end = self.label();
        self.place(bare);
        self.action(Action::EndBareIf(arms.len() > 1));
        self.jump(end);
        self.place(ran);
        self.action(Action::EndIf);
        self.place(end);
    }

    fn body(&mut self, body: &[Statement], ran: Target, bare: Target) {
        self.block(body);
        self.jump(if body.is_empty() { bare } else { ran });
    }

    fn decide(&mut self, condition: &Condition, otherwise: Target) {
        self.condition(condition);
        let stop = self.stop;
        self.ops.push(Op::Condition(ConditionOp::Decide { otherwise, stop }));
    }

    fn control(&mut self, control: Control) {
        self.ops.push(Op::Control(control));
    }

    pub(super) fn r#break(&mut self) {
        // The grammar allows it only where there is something to leave.
        let to = self.break_to.unwrap_or(self.stop);
        self.control(Control::Break(to));
    }

    /// Lowers a body in which `break` leads to `end`.
    fn breakable(&mut self, body: &[Statement], end: Target) {
        let outer = self.break_to.replace(end);
        self.block(body);
        self.break_to = outer;
    }

    pub(super) fn r#while(&mut self, condition: &Condition, body: &[Statement], names: Vec<VarRef>) {
        let slot = self.slot();
        let (again, over, end) = (self.label(), self.label(), self.label());
        self.control(Control::EnterWhile(slot));
        self.place(again);
        self.control(Control::Pass(slot, end));
        self.ops.extend(names.into_iter().map(|v| Op::Find(Box::new(v))));
        self.decide(condition, over);
        if !body.is_empty() {
            self.breakable(body, end);
            self.control(Control::KeepLast);
            self.jump(again);
        }
        self.place(over);
        self.control(Control::Last(1));
        self.place(end);
        self.action(Action::EndWithLast);
        self.release(1);
    }

    pub(super) fn for_each(&mut self, iterator: &ir::VarRef, source: &ir::VarRef, body: &[Statement]) {
        let slot = self.slot();
        let (again, end) = (self.label(), self.label());
        self.control(Control::EnterFor(slot));
        if body.is_empty() {
            // Nothing happens, whatever the source.
        } else if !matches!(source.index, Index::All) {
            self.control(Control::NoList);
        } else {
            let how = if iterator.variable.name == "json" { Assign::Replace } else { Assign::Set };
            let (iterator, source) = (self.variable(iterator), self.variable(source));
            self.place(again);
            self.control(Control::Item(Box::new(ForEach { slot, iterator, how, source }), end));
            self.breakable(body, end);
            self.jump(again);
        }
        self.place(end);
        self.action(Action::EndWithLast);
        self.release(1);
    }

    pub(super) fn switch(&mut self, subject: &ir::VarRef, cases: &[Case], default: Option<&[Statement]>) {
        let slot = self.slot();
        let end = self.label();
        let subject = Box::new(self.variable(subject));
        self.control(Control::EnterSwitch(slot, subject));
        let bodies: Vec<Target> = cases.iter().map(|_| self.label()).collect();
        let no_match = self.label();
        for (case, body) in cases.iter().zip(&bodies) {
            let label = match &case.label {
                ir::Label::Number(n) => Label::Number(*n),
                ir::Label::Text(text) => Label::Text(literal(text)),
            };
            self.control(Control::Case(slot, label, *body));
        }
        self.jump(no_match);
        for (case, body) in cases.iter().zip(&bodies) {
            self.place(*body);
            self.case(&case.body, end);
        }
        self.place(no_match);
        self.case(default.unwrap_or_default(), end);
        self.place(end);
        self.action(Action::EndWithLast);
        self.release(1);
    }

    fn case(&mut self, body: &[Statement], end: Target) {
        if !body.is_empty() {
            self.breakable(body, end);
            self.control(Control::KeepLast);
        }
    }

    pub(super) fn assert(&mut self, condition: &Condition, message: Option<&[u8]>) {
        let (off, end) = (self.label(), self.label());
        self.control(Control::UnlessAsserts(off));
        self.condition(condition);
        self.action(Action::Assert(message.map(literal)));
        self.jump(end);
        self.place(off);
        self.action(Action::EndWithLast);
        self.place(end);
    }
}
