//! Visiting every use of a variable in a program, with what is done with it.

use super::walk::{call_of, statements};
use crate::ir::{
    Arg, Compare, Condition, Expr, Format, FormatPart, Index, InnerName, LogLevel, Operand, Program,
    RouteArg, RouteTarget, Statement, StatementKind, TransformValue, VarRef,
};
use sipc_interface::Kind;

/// What a script does with a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Its value is read.
    Read,
    /// It gets a value.
    Write,
    /// It is handed to a function, which may do either.
    Handed,
}

/// Calls `visit` for every use, those inside other variables included.
pub fn uses<'a>(program: &'a Program, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    for route in &program.routes {
        statements(&route.body, &mut |s| statement(s, visit));
    }
}

/// The uses of one statement itself, not those of statements inside it.
pub fn statement<'a>(s: &'a Statement, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    match &s.kind {
        StatementKind::Assign { target, value, .. } => {
            reference(target, Use::Write, visit);
            expression(value, visit);
        }
        StatementKind::AssignNull { target, .. } => reference(target, Use::Write, visit),
        StatementKind::If { arms, .. } => arms.iter().for_each(|a| condition(&a.condition, visit)),
        StatementKind::While { condition: c, .. } | StatementKind::Assert { condition: c, .. } => {
            condition(c, visit);
        }
        StatementKind::ForEach { iterator, source, .. } => {
            reference(iterator, Use::Write, visit);
            reference(source, Use::Read, visit);
        }
        StatementKind::Switch { subject, .. } => reference(subject, Use::Read, visit),
        StatementKind::Route(call) => {
            match &call.target {
                RouteTarget::Fixed(_) => {}
                RouteTarget::Format(text) => format(text, visit),
                RouteTarget::Variable(v) => reference(v, Use::Read, visit),
            }
            call.args.iter().for_each(|a| route_argument(a, visit));
        }
        StatementKind::Return(r) => {
            std::iter::once(&r.value).chain(&r.extras).for_each(|a| route_argument(a, visit));
        }
        StatementKind::Xlog { level, text } => {
            if let LogLevel::Variable(v) = level {
                reference(v, Use::Read, visit);
            }
            format(text, visit);
        }
        StatementKind::Launch { param: Some(text), .. } => format(text, visit),
        _ => {}
    }
    if let Some(call) = call_of(s) {
        for (param, arg) in call.function.params.iter().zip(&call.args) {
            argument(arg, param.kind, visit);
        }
    }
}

fn argument<'a>(arg: &'a Arg, kind: Kind, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    match arg {
        Arg::Format(text) => format(text, visit),
        Arg::Dynamic(v) => reference(v, Use::Read, visit),
        Arg::Variable(v) => {
            let what = if kind == Kind::Target { Use::Write } else { Use::Handed };
            reference(v, what, visit);
        }
        _ => {}
    }
}

fn route_argument<'a>(arg: &'a RouteArg, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    if let RouteArg::Variable(v) = arg {
        reference(v, Use::Read, visit);
    }
}

/// The variables in a text.
pub fn format<'a>(text: &'a Format, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    for part in &text.parts {
        if let FormatPart::Variable(v) = part {
            reference(v, Use::Read, visit);
        }
    }
}

fn condition<'a>(c: &'a Condition, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    match c {
        Condition::And(a, b) | Condition::Or(a, b) => {
            condition(a, visit);
            condition(b, visit);
        }
        Condition::Not(a) | Condition::Group(a) => condition(a, visit),
        Condition::Bracket(value) => expression(value, visit),
        Condition::Compare(compare) => comparison(compare, visit),
        Condition::Variable(v) => reference(v, Use::Read, visit),
        Condition::Statement(_) | Condition::Number(_) => {}
    }
}

fn comparison<'a>(compare: &'a Compare, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    reference(&compare.left, Use::Read, visit);
    if let Operand::Variable(v) = &compare.right {
        reference(v, Use::Read, visit);
    }
}

/// The variables of a value, not those of statements inside it.
pub fn expression<'a>(value: &'a Expr, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    match value {
        Expr::Variable(v) => reference(v, Use::Read, visit),
        Expr::Compare(compare) => comparison(compare, visit),
        Expr::Binary { left, right, .. } => {
            expression(left, visit);
            expression(right, visit);
        }
        Expr::Complement(inner) => expression(inner, visit),
        Expr::Number(_) | Expr::Text(_) | Expr::Statement(_) => {}
    }
}

/// The variable, and those that its name, index and transformations read.
fn reference<'a>(v: &'a VarRef, what: Use, visit: &mut dyn FnMut(&'a VarRef, Use)) {
    visit(v, what);
    if let InnerName::Dynamic(inner) = &v.inner {
        reference(inner, Use::Read, visit);
    }
    if let Index::Dynamic(index) = &v.index {
        reference(index, Use::Read, visit);
    }
    for argument in v.transformations.iter().flat_map(|t| &t.args) {
        if let TransformValue::Dynamic(inner) = argument {
            reference(inner, Use::Read, visit);
        }
    }
}
