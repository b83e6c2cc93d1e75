//! Who calls and who arms which route.

use super::walk::{call_of, statements};
use crate::check::title;
use crate::ir::{Arg, Program, RouteRef, RouteTarget, Statement, StatementKind, Value};
use sipc_interface::{Kind, RouteKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Why one route leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// `route(x)`.
    Call,
    /// `async(…, x)`.
    Resume,
    /// `launch(…, x)`.
    Report,
    /// `t_on_failure("x")` and the like.
    Arm,
}

/// The graph of a program.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    edges: BTreeMap<RouteRef, BTreeSet<(RouteRef, Edge)>>,
    /// Kinds of route that are called or armed by a name known only at run time.
    open: BTreeSet<RouteKind>,
    /// Routes named by module parameters.
    named: BTreeSet<RouteRef>,
}

impl Graph {
    /// Reads all statements of all routes.
    pub fn of(program: &Program) -> Graph {
        let mut graph = Graph::default();
        for route in all(program) {
            graph.edges.entry(route).or_default();
            statements(&program.route(route).body, &mut |s| graph.statement(route, s));
        }
        for parameter in &program.modparams {
            if let Value::Text(name) = &parameter.value {
                let kinds = [RouteKind::Request, RouteKind::Failure, RouteKind::Reply, RouteKind::Branch];
                let same =
                    |r: &RouteRef| kinds.contains(&r.kind) && program.route(*r).name.as_ref() == Some(name);
                graph.named.extend(all(program).filter(same));
            }
        }
        graph
    }

    fn statement(&mut self, from: RouteRef, statement: &Statement) {
        match &statement.kind {
            StatementKind::Route(call) => match &call.target {
                RouteTarget::Fixed(to) => self.edge(from, *to, Edge::Call),
                RouteTarget::Format(_) | RouteTarget::Variable(_) => {
                    self.open.insert(RouteKind::Request);
                }
            },
            StatementKind::Async { resume, .. } => self.edge(from, *resume, Edge::Resume),
            StatementKind::Launch { report: Some(report), .. } => self.edge(from, *report, Edge::Report),
            _ => {}
        }
        let Some(call) = call_of(statement) else { return };
        for (param, arg) in call.function.params.iter().zip(&call.args) {
            match (arg, armed(param.kind)) {
                (Arg::Route(to), _) => self.edge(from, *to, Edge::Arm),
                (Arg::Format(_) | Arg::Dynamic(_), Some(kind)) => {
                    self.open.insert(kind);
                }
                _ => {}
            }
        }
    }

    fn edge(&mut self, from: RouteRef, to: RouteRef, edge: Edge) {
        self.edges.entry(from).or_default().insert((to, edge));
    }

    /// Where a route leads.
    pub fn from(&self, route: RouteRef) -> impl Iterator<Item = &(RouteRef, Edge)> {
        self.edges.get(&route).into_iter().flatten()
    }

    /// Whether routes of a kind are reached by names that are known only at run time.
    pub fn is_open(&self, kind: RouteKind) -> bool {
        self.open.contains(&kind)
    }

    /// The routes of a kind that run on their own, not only when called.
    pub fn entries(&self, program: &Program, kind: RouteKind) -> Vec<RouteRef> {
        let of_kind = all(program).filter(|r| r.kind == kind);
        of_kind.filter(|r| kind != RouteKind::Request || program.route(*r).name.is_none()).collect()
    }

    /// Routes that nothing leads to.
    pub fn unreached(&self, program: &Program) -> Vec<RouteRef> {
        let starts = |r: &RouteRef| {
            let needs_name = matches!(
                r.kind,
                RouteKind::Request | RouteKind::Failure | RouteKind::Branch | RouteKind::Reply
            );
            !needs_name || program.route(*r).name.is_none() || self.is_open(r.kind) || self.named.contains(r)
        };
        let mut reached: BTreeSet<RouteRef> = all(program).filter(starts).collect();
        let mut queue: Vec<RouteRef> = reached.iter().copied().collect();
        while let Some(route) = queue.pop() {
            for (to, _) in self.from(route) {
                if reached.insert(*to) {
                    queue.push(*to);
                }
            }
        }
        all(program).filter(|r| !reached.contains(r)).collect()
    }

    /// For a Markdown page.
    pub fn mermaid(&self, program: &Program) -> String {
        let mut out = String::from("flowchart TD\n");
        for route in all(program) {
            let _ = writeln!(out, "    {}[\"{}\"]", id(route), escaped(program, route));
        }
        for (from, to, edge) in self.lines() {
            let arrow = match edge {
                Edge::Call => "-->",
                Edge::Resume => "-->|async|",
                Edge::Report => "-->|launch|",
                Edge::Arm => "-.->|arms|",
            };
            let _ = writeln!(out, "    {} {arrow} {}", id(from), id(to));
        }
        out
    }

    /// For Graphviz.
    pub fn dot(&self, program: &Program) -> String {
        let mut out = String::from("digraph routes {\n    node [shape=box];\n");
        for route in all(program) {
            let _ = writeln!(out, "    {} [label=\"{}\"];", id(route), escaped(program, route));
        }
        for (from, to, edge) in self.lines() {
            let style = match edge {
                Edge::Call => "",
                Edge::Resume => " [label=\"async\"]",
                Edge::Report => " [label=\"launch\"]",
                Edge::Arm => " [label=\"arms\", style=dashed]",
            };
            let _ = writeln!(out, "    {} -> {}{style};", id(from), id(to));
        }
        out.push_str("}\n");
        out
    }

    fn lines(&self) -> impl Iterator<Item = (RouteRef, RouteRef, Edge)> {
        self.edges.iter().flat_map(|(from, to)| to.iter().map(|(to, edge)| (*from, *to, *edge)))
    }
}

/// All routes of a program.
pub fn all(program: &Program) -> impl Iterator<Item = RouteRef> {
    RouteKind::ALL.into_iter().flat_map(|kind| {
        let count = u32::try_from(program.routes_of(kind).len()).unwrap_or(u32::MAX);
        (0..count).map(move |index| RouteRef { kind, index })
    })
}

/// The kind of route that a parameter names.
fn armed(kind: Kind) -> Option<RouteKind> {
    match kind {
        Kind::FailureRoute => Some(RouteKind::Failure),
        Kind::ReplyRoute => Some(RouteKind::Reply),
        Kind::BranchRoute => Some(RouteKind::Branch),
        Kind::Route => Some(RouteKind::Request),
        _ => None,
    }
}

fn id(route: RouteRef) -> String {
    format!("{}_{}", route.kind.keyword(), route.index)
}

fn escaped(program: &Program, route: RouteRef) -> String {
    title(program.route(route)).replace('\\', "\\\\").replace('"', "'")
}
