//! The tree as indented text, for tests and for looking at what the parser made of a script.

use super::tree::{
    Argument, Body, Call, Compare, Condition, GlobalValue, Item, Name, Operand, ParamValue, Route,
    RouteTarget, Scalar, Script, SocketOption, Statement, StatementKind, Text, Value, Variable,
};
use crate::source::Source;
use std::fmt::Write;

/// One line per node.
pub fn dump(script: &Script, source: &Source) -> String {
    let mut dump = Dump { source, out: String::new(), depth: 0 };
    script.items.iter().for_each(|item| dump.item(item));
    dump.out
}

struct Dump<'a> {
    source: &'a Source,
    out: String,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{:width$}{text}", "", width = self.depth * 2);
    }

    fn nested(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inner(self);
        self.depth -= 1;
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Global(global) => {
                let value = self.global(&global.value);
                self.line(&format!("global {} = {value}", global.name));
            }
            Item::LoadModule(file, _) => self.line(&format!("loadmodule {}", text(file))),
            Item::ModParam(p) => {
                let value = match &p.value {
                    ParamValue::Number(n) => n.value.to_string(),
                    ParamValue::Text(t) => text(t),
                };
                self.line(&format!("modparam {} {} {value}", text(&p.modules), text(&p.name)));
            }
            Item::Route(route) => self.route(route),
        }
    }

    fn global(&self, value: &GlobalValue) -> String {
        match value {
            GlobalValue::Number { number, profile, .. } => match profile {
                Some(profile) => format!("{} profile {}", number.value, name(profile)),
                None => number.value.to_string(),
            },
            GlobalValue::Text(t) => text(t),
            GlobalValue::Host(h) => name(h),
            GlobalValue::Paths(paths) => paths.iter().map(text).collect::<Vec<_>>().join(" : "),
            GlobalValue::Aliases(list) => list
                .iter()
                .map(|a| {
                    let protocol = a.protocol.as_ref().map_or("any".to_owned(), name);
                    let port = a.port.map_or("any".to_owned(), |p| p.value.to_string());
                    let below = if a.accept_subdomain { " accept_subdomain" } else { "" };
                    format!("{protocol}:{}:{port}{below}", name(&a.host))
                })
                .collect::<Vec<_>>()
                .join(" "),
            GlobalValue::Socket(socket) => {
                let host = socket.host.as_ref().map_or("*".to_owned(), name);
                let options: String = socket.options.iter().map(|o| format!(" {}", option(o))).collect();
                format!("{}:{host}:{}{options}", name(&socket.protocol), ports(&socket.ports))
            }
            GlobalValue::Bond(bond, members) => {
                format!("bond {} {}", name(bond), members.iter().map(text).collect::<Vec<_>>().join(" "))
            }
            GlobalValue::Blacklist(list) => {
                let rules: String = list
                    .rules
                    .iter()
                    .map(|r| {
                        let not = if r.negated { "!" } else { "" };
                        let protocol = r.protocol.as_ref().map_or("any".to_owned(), name);
                        let port = r.port.map_or("any".to_owned(), |p| p.value.to_string());
                        let pattern = r.pattern.as_ref().map(text).unwrap_or_default();
                        format!(" {not}({protocol} {} {port} {pattern})", name(&r.network))
                    })
                    .collect();
                format!("{} {:?}{rules}", name(&list.name), list.flags)
            }
            GlobalValue::Profile(p) => {
                let numbers = p.up.map(|n| n.value);
                format!("{} up {numbers:?} down {:?}", name(&p.name), p.down.map(|d| d.map(|n| n.value)))
            }
            GlobalValue::MemGroup => "mem-group".to_owned(),
        }
    }

    fn route(&mut self, route: &Route) {
        let mut head = route.kind.keyword().to_owned();
        if let Some(n) = &route.name {
            let _ = write!(head, " {}", name(n));
        }
        if let Some(seconds) = route.interval {
            let _ = write!(head, " every {}", seconds.value);
        }
        self.line(&head);
        self.body(&route.body);
    }

    fn body(&mut self, body: &Body) {
        self.nested(|d| body.statements.iter().for_each(|s| d.statement(s)));
    }

    fn variable(&self, variable: &Variable) -> String {
        String::from_utf8_lossy(self.source.slice(variable.span)).into_owned()
    }

    fn scalar(&self, scalar: &Scalar) -> String {
        match scalar {
            Scalar::Text(t) => text(t),
            Scalar::Number(n) => n.value.to_string(),
            Scalar::Null(_) => "NULL".to_owned(),
            Scalar::Variable(v) => self.variable(v),
        }
    }

    fn scalars(&self, list: &[Scalar]) -> String {
        list.iter().map(|s| self.scalar(s)).collect::<Vec<_>>().join(", ")
    }

    fn call(&self, call: &Call) -> String {
        let args: Vec<String> = call
            .args
            .iter()
            .map(|a| match a {
                Argument::Empty(_) => "_".to_owned(),
                Argument::Scalar(s) => self.scalar(s),
            })
            .collect();
        format!("{}({})", name(&call.name), args.join(", "))
    }

    fn statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::If { arms, otherwise } => {
                for (i, arm) in arms.iter().enumerate() {
                    let condition = self.condition(&arm.condition);
                    self.line(&format!("{} {condition}", if i == 0 { "if" } else { "else if" }));
                    self.body(&arm.body);
                }
                if let Some(body) = otherwise {
                    self.line("else");
                    self.body(body);
                }
            }
            StatementKind::While { condition, body } => {
                let condition = self.condition(condition);
                self.line(&format!("while {condition}"));
                self.body(body);
            }
            StatementKind::ForEach { iterator, source, body } => {
                self.line(&format!("for {} in {}", self.variable(iterator), self.variable(source)));
                self.body(body);
            }
            StatementKind::Switch { subject, cases, default } => {
                self.line(&format!("switch {}", self.variable(subject)));
                self.nested(|d| {
                    for case in cases {
                        d.line(&format!("case {}", d.scalar(&case.label)));
                        d.nested(|d| case.body.iter().for_each(|s| d.statement(s)));
                    }
                    if let Some(body) = default {
                        d.line("default");
                        d.body(body);
                    }
                });
            }
            _ => {
                let shown = self.simple(statement);
                self.line(&shown);
            }
        }
    }

    /// A statement without a body, on one line.
    fn simple(&self, statement: &Statement) -> String {
        match &statement.kind {
            StatementKind::Empty => ";".to_owned(),
            StatementKind::Call(call) => self.call(call),
            StatementKind::Assign { target, op, value, .. } => {
                format!("{} {op:?} {}", self.variable(target), self.value(value))
            }
            StatementKind::AssignNull { target, op } => {
                format!("{} {op:?} NULL", self.variable(target))
            }
            StatementKind::Route { target, args } => {
                let target = match target {
                    RouteTarget::Fixed(n) => name(n),
                    RouteTarget::Format(t) => format!("format {}", text(t)),
                    RouteTarget::Variable(v) => self.variable(v),
                };
                format!("route {target}({})", self.scalars(args))
            }
            StatementKind::Return { value, extras } => {
                let value = value.as_ref().map_or("1".to_owned(), |v| self.scalar(v));
                format!("return {value} [{}]", self.scalars(extras))
            }
            StatementKind::Assert { condition, message } => {
                format!(
                    "assert {} {}",
                    self.condition(condition),
                    message.as_ref().map(text).unwrap_or_default()
                )
            }
            StatementKind::Xlog { level, text: t } => {
                format!("xlog {} {}", level.as_ref().map(text).unwrap_or_default(), text(t))
            }
            StatementKind::Xdbg(t) => format!("xdbg {}", text(t)),
            StatementKind::Log { level, text: t } => {
                format!("log {} {}", level.map_or(4, |n| n.value), text(t))
            }
            StatementKind::Error { class, text: t } => format!("error {} {}", text(class), text(t)),
            StatementKind::Async { call, resume, timeout } => {
                format!("async {} -> {} {:?}", self.call(call), name(resume), timeout.map(|n| n.value))
            }
            StatementKind::Launch { call, report, param } => format!(
                "launch {} -> {} {}",
                self.call(call),
                report.as_ref().map(name).unwrap_or_default(),
                param.as_ref().map(text).unwrap_or_default()
            ),
            StatementKind::If { .. } => "if …".to_owned(),
            other => format!("{other:?}").to_lowercase(),
        }
    }

    fn condition(&self, condition: &Condition) -> String {
        match condition {
            Condition::And(a, b) => format!("(&& {} {})", self.condition(a), self.condition(b)),
            Condition::Or(a, b) => format!("(|| {} {})", self.condition(a), self.condition(b)),
            Condition::Not(a) => format!("(! {})", self.condition(a)),
            Condition::Group(a) => format!("(group {})", self.condition(a)),
            Condition::Bracket(v, _) => format!("[{}]", self.value(v)),
            Condition::Compare(c) => self.compare(c),
            Condition::Statement(s) => format!("{{{}}}", self.simple(s)),
            Condition::Block(b) => {
                format!("{{{}}}", b.statements.iter().map(|s| self.simple(s)).collect::<Vec<_>>().join("; "))
            }
            Condition::Number(n) => n.value.to_string(),
            Condition::Variable(v) => self.variable(v),
        }
    }

    fn compare(&self, compare: &Compare) -> String {
        let right = match &compare.right {
            Operand::Scalar(s) => self.scalar(s),
            Operand::Network(n) => format!("net {}", name(n)),
        };
        format!("({:?} {} {right})", compare.op, self.variable(&compare.left))
    }

    fn value(&self, value: &Value) -> String {
        match value {
            Value::Scalar(s) => self.scalar(s),
            Value::Compare(c) => self.compare(c),
            Value::Statement(s) => format!("{{{}}}", self.simple(s)),
            Value::Binary { op, left, right, .. } => {
                format!("({op:?} {} {})", self.value(left), self.value(right))
            }
            Value::Complement(v) => format!("(~ {})", self.value(v)),
            Value::Group(v) => self.value(v),
        }
    }
}

fn text(t: &Text) -> String {
    format!("{:?}", String::from_utf8_lossy(&t.value))
}

fn name(n: &Name) -> String {
    String::from_utf8_lossy(&n.text).into_owned()
}

fn ports(list: &[(super::tree::Number, super::tree::Number)]) -> String {
    list.iter().map(|(a, b)| format!("{}-{}", a.value, b.value)).collect::<Vec<_>>().join(",")
}

fn option(option: &SocketOption) -> String {
    match option {
        SocketOption::Word(w) => (*w).to_owned(),
        SocketOption::Workers(n) => format!("workers {}", n.value),
        SocketOption::Tos(n) => format!("tos {}", n.value),
        SocketOption::As(host, list) => format!("as {}:{}", name(host), ports(list)),
        SocketOption::Tag(n) => format!("tag {}", name(n)),
        SocketOption::Profile(n) => format!("profile {}", name(n)),
    }
}
