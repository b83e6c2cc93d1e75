//! Simple statements.

use sipc_compiler::ir::{self, AssignOp, Expr, Return, RouteArg, RouteCall, Statement, StatementKind};
use sipc_engine::expr::Op as Operator;
use sipc_engine::place::Assign;
use sipc_engine::script::RouteRef;
use sipc_engine::{Value, VarRef, statements};

use super::{Lower, index, literal};
use crate::code::{self, Action, Op, Passed, ReturnValue};

impl Lower {
    pub(super) fn statement(&mut self, statement: &Statement) {
        if !matches!(statement.kind, StatementKind::If { .. }) {
            self.line(statement.span);
            self.trace(statement);
        }
        let names = self.names(statement);
        if !matches!(statement.kind, StatementKind::While { .. }) {
            names.iter().for_each(|v| self.ops.push(Op::Find(Box::new(v.clone()))));
        }
        match &statement.kind {
            StatementKind::Call(call) => self.call(call),
            StatementKind::Assign { op, target, value } => self.assign(*op, target, value),
            StatementKind::AssignNull { op, target } => {
                let action = Action::AssignNull(Box::new(self.variable(target)), how(*op));
                self.action(action);
            }
            StatementKind::If { arms, otherwise } => self.r#if(arms, otherwise),
            StatementKind::While { condition, body } => self.r#while(condition, body, names),
            StatementKind::ForEach { iterator, source, body } => self.for_each(iterator, source, body),
            StatementKind::Switch { subject, cases, default } => {
                self.switch(subject, cases, default.as_deref())
            }
            StatementKind::Assert { condition, message } => self.assert(condition, message.as_deref()),
            StatementKind::Break => self.r#break(),
            StatementKind::Route(call) => self.route_call(call),
            StatementKind::Return(r) => self.r#return(r),
            StatementKind::Async { call, resume } => {
                let started = Box::new(self.started(call));
                self.action(Action::Async(started, RouteRef(index(*resume))));
            }
            StatementKind::Launch { call, report, param } => {
                let started = self.started(call);
                let report = report.map(|route| RouteRef(index(route)));
                let parameter = param.as_ref().map(|format| self.format(format));
                self.action(Action::Launch(Box::new(code::Launch { started, report, parameter })));
            }
            StatementKind::Exit => self.action(Action::Exit),
            StatementKind::Drop => self.action(Action::Drop),
            StatementKind::Xlog { level, text } => self.xlog(level, text),
            StatementKind::Log { level, text } => self.action(Action::Log(*level, literal(text))),
            StatementKind::Error { class, text } => {
                self.action(Action::Error(Box::new((literal(class), literal(text)))));
            }
        }
    }

    /// The names that a statement asks for.
    fn names(&mut self, statement: &Statement) -> Vec<VarRef> {
        let wanted = sipc_compiler::passes::names::wanted(statement);
        wanted.iter().map(|v| self.variable(v)).collect()
    }

    pub(super) fn action(&mut self, action: Action) {
        self.ops.push(Op::Action(action, self.stop));
    }

    fn assign(&mut self, op: AssignOp, target: &ir::VarRef, value: &Expr) {
        let slot = self.slot();
        self.whole_value(value, slot);
        let target = Box::new(self.variable(target));
        self.action(match operator(op) {
            None => Action::Assign(target, how(op), slot),
            Some(op) => Action::AssignOp(target, op, slot),
        });
        self.release(1);
    }

    fn xlog(&mut self, level: &ir::LogLevel, text: &ir::Format) {
        let level = match level {
            ir::LogLevel::Default => code::LogLevel::Default,
            ir::LogLevel::Fixed(n) => code::LogLevel::Fixed(*n),
            ir::LogLevel::Variable(v) => code::LogLevel::Variable(self.variable(v)),
        };
        let text = self.format(text);
        self.action(Action::Xlog(Box::new((level, text))));
    }

    fn route_call(&mut self, call: &RouteCall) {
        let target = match &call.target {
            ir::RouteTarget::Fixed(route) => code::RouteTarget::Fixed(index(*route)),
            ir::RouteTarget::Format(format) => code::RouteTarget::Format(self.format(format)),
            ir::RouteTarget::Variable(v) => code::RouteTarget::Variable(self.variable(v)),
        };
        let args = self.passed(&call.args, statements::passed_number);
        let stop = self.stop;
        self.ops.push(Op::Route(Box::new(code::RouteCall { target, args }), stop));
    }

    fn r#return(&mut self, r: &Return) {
        let value = match &r.value {
            RouteArg::Number(n) => ReturnValue::Number(*n),
            RouteArg::Variable(v) => ReturnValue::Variable(self.variable(v)),
            // The checker lets nothing else through; NULL and texts return what a variable with them would.
            RouteArg::Null => ReturnValue::Number(-1),
            RouteArg::Text(_) => ReturnValue::Number(1),
        };
        let extras = self.passed(&r.extras, statements::returned_number);
        self.action(Action::Return(Box::new(code::Return { value, extras })));
    }

    fn passed(&mut self, args: &[RouteArg], number: fn(i32) -> Value) -> Box<[Passed]> {
        let one = |arg: &RouteArg| match arg {
            RouteArg::Text(text) => Passed::Constant(Value::Text(literal(text))),
            RouteArg::Number(n) => Passed::Constant(number(*n)),
            RouteArg::Null => Passed::Constant(Value::Null),
            RouteArg::Variable(v) => Passed::Variable(self.variable(v)),
        };
        args.iter().map(one).collect()
    }
}

fn how(op: AssignOp) -> Assign {
    match op {
        AssignOp::Replace => Assign::Replace,
        _ => Assign::Set,
    }
}

/// The operator of a compound assignment.
fn operator(op: AssignOp) -> Option<Operator> {
    Some(match op {
        AssignOp::Set | AssignOp::Replace => return None,
        AssignOp::Add => Operator::Add,
        AssignOp::Subtract => Operator::Subtract,
        AssignOp::Multiply => Operator::Multiply,
        AssignOp::Divide => Operator::Divide,
        AssignOp::Remainder => Operator::Remainder,
        AssignOp::And => Operator::And,
        AssignOp::Or => Operator::Or,
        AssignOp::Xor => Operator::Xor,
    })
}
