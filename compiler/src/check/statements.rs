//! Statements (LANGUAGE 4).

use super::{Checker, shown};
use crate::diagnostics::codes;
use crate::ir::{
    Arg, Arm, AssignOp, Block, Call, Case, Format, Index, Label, LogLevel, Return, RouteArg, RouteCall,
    RouteTarget, Statement, StatementKind as Kind, VarRef,
};
use crate::source::Span;
use crate::syntax::tree::{self, Scalar, StatementKind};
use sipc_interface::RouteKind;

/// Arguments of a route call.
const ROUTE_ARGUMENTS_MAX: usize = 8;

impl Checker<'_> {
    /// A list of statements; those that failed are left out, `;` too.
    pub(super) fn block(&mut self, statements: &[tree::Statement]) -> Block {
        let mut block = Vec::new();
        let mut warned = false;
        for statement in statements {
            let after_end = block.last().is_some_and(|s: &Statement| ends_block(&s.kind));
            if after_end && !warned && !matches!(statement.kind, StatementKind::Empty) {
                warned = true;
                let message = "this is never reached".to_owned();
                let fault = self.fault(&codes::TAIL_IGNORED, statement.span, message);
                let last = block.last().map_or(statement.span, |s| s.span);
                self.push(fault.label("never runs").at(last, "nothing runs after this"));
            }
            block.extend(self.statement(statement));
        }
        block
    }

    pub(super) fn statement(&mut self, statement: &tree::Statement) -> Option<Statement> {
        let span = statement.span;
        let kind = match &statement.kind {
            StatementKind::Empty => return None,
            StatementKind::Call(call) => Kind::Call(self.call(call)?),
            StatementKind::Assign { target, op, value, .. } => self.assign(target, *op, value)?,
            StatementKind::AssignNull { target, op } => {
                Kind::AssignNull { op: *op, target: self.target(target)? }
            }
            StatementKind::If { arms, otherwise } => self.if_statement(arms, otherwise.as_ref())?,
            StatementKind::While { condition, body } => {
                let condition = self.condition(condition);
                let body = self.block(&body.statements);
                Kind::While { condition: condition?, body }
            }
            StatementKind::ForEach { iterator, source, body } => self.for_each(iterator, source, body)?,
            StatementKind::Switch { subject, cases, default } => {
                self.switch(subject, cases, default.as_ref())?
            }
            StatementKind::Route { target, args } => Kind::Route(self.route_call(target, args, span)?),
            StatementKind::Return { value, extras } => {
                let value = value.as_ref().map_or(Some(RouteArg::Number(1)), |v| self.route_arg(v));
                let extras: Vec<_> = extras.iter().map(|e| self.route_arg(e)).collect();
                Kind::Return(Return { value: value?, extras: extras.into_iter().collect::<Option<_>>()? })
            }
            StatementKind::Exit => Kind::Exit,
            StatementKind::Drop => Kind::Drop,
            StatementKind::Break => Kind::Break,
            StatementKind::Assert { condition, message } => Kind::Assert {
                condition: self.condition(condition)?,
                message: message.as_ref().map(|m| m.value.clone()),
            },
            StatementKind::Xlog { level, text } => self.xlog(level.as_ref(), text)?,
            StatementKind::Xdbg(text) => Kind::Xlog { level: LogLevel::Fixed(4), text: self.log_text(text)? },
            StatementKind::Log { level, text } => {
                Kind::Log { level: level.map_or(4, |n| n.value), text: text.value.clone() }
            }
            StatementKind::Error { class, text } => {
                Kind::Error { class: class.value.clone(), text: text.value.clone() }
            }
            StatementKind::Async { call, resume, timeout } => {
                let call = self.async_call("async", call);
                let resume = self.route_named(RouteKind::Request, &resume.text, resume.span);
                self.no_timeout(call.as_ref(), timeout.as_ref());
                Kind::Async { call: call?, resume: resume? }
            }
            StatementKind::Launch { call, report, param } => {
                self.launch(call, report.as_ref(), param.as_ref())?
            }
        };
        Some(Statement { kind, span })
    }

    /// A variable on a left side.
    fn target(&mut self, target: &tree::Variable) -> Option<VarRef> {
        let variable = self.variable(target)?;
        if !variable.variable.writable {
            let message = format!("`${}` cannot be assigned to", variable.variable.name);
            let fault = self.fault(&codes::NOT_WRITABLE, target.span, message);
            self.push(fault.label("read-only").opensips("invalid left operand in assignment"));
            return None;
        }
        if !variable.transformations.is_empty() {
            let message = "a transformation cannot stand on the left side of an assignment".to_owned();
            let fault = self.fault(&codes::TRANSFORMED_TARGET, target.span, message);
            self.push(
                fault
                    .label("transformed")
                    .help(format!("assign to `${}` itself", variable.variable.name))
                    .opensips("transformations not accepted in left side of assignment"),
            );
            return None;
        }
        Some(variable)
    }

    fn assign(&mut self, target: &tree::Variable, op: AssignOp, value: &tree::Value) -> Option<Kind> {
        let target = self.target(target);
        let value = self.value(value);
        Some(Kind::Assign { op, target: target?, value: value? })
    }

    fn if_statement(&mut self, arms: &[tree::Arm], otherwise: Option<&tree::Body>) -> Option<Kind> {
        let arms: Vec<Option<Arm>> = arms
            .iter()
            .map(|arm| {
                let condition = self.condition(&arm.condition);
                let body = self.block(&arm.body.statements);
                Some(Arm { condition: condition?, body, span: arm.span })
            })
            .collect();
        let otherwise = otherwise.map_or(Vec::new(), |body| self.block(&body.statements));
        Some(Kind::If { arms: arms.into_iter().collect::<Option<_>>()?, otherwise })
    }

    fn for_each(
        &mut self,
        iterator: &tree::Variable,
        source: &tree::Variable,
        body: &tree::Body,
    ) -> Option<Kind> {
        let list = self.variable(source);
        let it = self.target(iterator);
        let body = self.block(&body.statements);
        let (it, list) = (it?, list?);
        if !matches!(it.variable.name, "var" | "avp" | "json") {
            let message = format!("`${}` cannot be the iterator of a loop", it.variable.name);
            let fault = self.fault(&codes::BAD_ITERATOR, iterator.span, message);
            self.push(
                fault.label("must be a $var, $avp or $json").opensips(
                    "for-each statement: only \"var\", \"avp\" and \"json\" iterators are supported!",
                ),
            );
            return None;
        }
        if !matches!(list.index, Index::All) {
            let message = "a loop over a variable without `[*]` fails when it is reached".to_owned();
            let fault = self.fault(&codes::LOOP_SOURCE, source.span, message);
            self.push(fault.label("`[*]` is missing").help(format!("write `$({}[*])`", list.variable.name)));
        }
        Some(Kind::ForEach { iterator: it, source: list, body })
    }

    fn switch(
        &mut self,
        subject: &tree::Variable,
        cases: &[tree::Case],
        default: Option<&tree::Body>,
    ) -> Option<Kind> {
        let subject = self.variable(subject);
        let cases = cases.iter().map(|case| Case {
            label: match &case.label {
                Scalar::Number(n) => Label::Number(n.value),
                Scalar::Text(t) => Label::Text(t.value.clone()),
                // The grammar has no other labels.
                Scalar::Null(_) | Scalar::Variable(_) => Label::Number(0),
            },
            body: self.block(&case.body),
            span: case.span,
        });
        let cases = cases.collect();
        let default = default.map(|body| self.block(&body.statements));
        Some(Kind::Switch { subject: subject?, cases, default })
    }

    fn route_call(&mut self, target: &tree::RouteTarget, args: &[Scalar], span: Span) -> Option<RouteCall> {
        let target = match target {
            tree::RouteTarget::Fixed(name) => {
                self.route_named(RouteKind::Request, &name.text, name.span).map(RouteTarget::Fixed)
            }
            tree::RouteTarget::Format(text) => self.format(text).map(RouteTarget::Format),
            tree::RouteTarget::Variable(variable) => self.variable(variable).map(RouteTarget::Variable),
        };
        if args.len() > ROUTE_ARGUMENTS_MAX {
            let message =
                format!("a route takes at most {ROUTE_ARGUMENTS_MAX} arguments, not {}", args.len());
            let fault = self.fault(&codes::ROUTE_ARGUMENTS, args[ROUTE_ARGUMENTS_MAX].span(), message);
            self.push(fault.label("one too many").opensips("too many route parameters"));
        }
        let args: Vec<_> = args.iter().map(|a| self.route_arg(a)).collect();
        Some(RouteCall { target: target?, args: args.into_iter().collect::<Option<_>>()?, span })
    }

    fn route_arg(&mut self, scalar: &Scalar) -> Option<RouteArg> {
        Some(match scalar {
            Scalar::Text(text) => RouteArg::Text(text.value.clone()),
            Scalar::Number(number) => RouteArg::Number(number.value),
            Scalar::Null(_) => RouteArg::Null,
            Scalar::Variable(variable) => RouteArg::Variable(self.variable(variable)?),
        })
    }

    fn log_text(&mut self, text: &tree::Text) -> Option<Format> {
        if text.value.is_empty() {
            let fault =
                self.fault(&codes::EMPTY_TEXT, text.span, "an empty text cannot be logged".to_owned());
            self.push(fault.label("empty").opensips("param is empty string!"));
            return None;
        }
        self.format(text)
    }

    fn xlog(&mut self, level: Option<&tree::Text>, text: &tree::Text) -> Option<Kind> {
        let Some(level) = level else {
            return Some(Kind::Xlog { level: LogLevel::Default, text: self.log_text(text)? });
        };
        let level = self.log_level(level);
        let text = self.format(text);
        Some(Kind::Xlog { level: level?, text: text? })
    }

    /// A variable, or a word whose third letter counts.
    fn log_level(&mut self, level: &tree::Text) -> Option<LogLevel> {
        if level.value.first() == Some(&b'$') {
            let variable = self.variable_in_text(level)?;
            return Some(LogLevel::Variable(variable));
        }
        let number = match level.value.get(2) {
            Some(b'A') => -3,
            Some(b'C') => -2,
            Some(b'E') => -1,
            Some(b'W') => 1,
            Some(b'N') => 2,
            Some(b'I') => 3,
            Some(b'D') => 4,
            _ => {
                let message = format!("`{}` is not a log level", shown(&level.value));
                let fault = self.fault(&codes::BAD_LITERAL, level.span, message);
                self.push(
                    fault
                        .label("its third letter must be one of A C E W N I D")
                        .help("the levels are L_ALERT L_CRIT L_ERR L_WARN L_NOTICE L_INFO L_DBG")
                        .opensips("unknown log level"),
                );
                return None;
            }
        };
        Some(LogLevel::Fixed(number))
    }

    /// No function that is here can be given a time limit by `async`, nor can it in OpenSIPS.
    fn no_timeout(&mut self, call: Option<&Call>, timeout: Option<&tree::Number>) {
        let (Some(call), Some(timeout)) = (call, timeout.filter(|n| n.value > 0)) else { return };
        let message = format!("`{}` takes no time limit", call.function.name);
        let fault = self.fault(&codes::IGNORED_OPTION, timeout.span, message);
        self.push(fault.label("ignored").opensips("this async function has no support for timeouts"));
    }

    fn launch(
        &mut self,
        call: &tree::Call,
        report: Option<&tree::Name>,
        param: Option<&tree::Text>,
    ) -> Option<Kind> {
        let call = self.async_call("launch", call);
        let report = match report {
            Some(name) => Some(self.route_named(RouteKind::Request, &name.text, name.span)?),
            None => None,
        };
        let param = match param.filter(|text| !text.value.is_empty()) {
            Some(text) => Some(self.format(text)?),
            None => None,
        };
        Some(Kind::Launch { call: call?, report, param })
    }
}

/// Whether nothing behind it in the same list can run. An `async` whose arguments may fail goes on then.
fn ends_block(kind: &Kind) -> bool {
    match kind {
        Kind::Exit | Kind::Drop | Kind::Break | Kind::Return(_) => true,
        Kind::Async { call, .. } => !call.args.iter().any(|a| matches!(a, Arg::Format(_) | Arg::Dynamic(_))),
        _ => false,
    }
}
