//! From the IR to flat code.
//!
//! What the IR names but this build has not linked is collected, so that all of it is reported at once;
//! the code then holds a stand-in and is never run.

mod statements;
mod compound;
mod conditions;
mod values;
mod variables;
mod calls;

use std::collections::BTreeMap;

use sipc_compiler::ir::{self, Program, Span};
use sipc_engine::Text;
use sipc_engine::script::{RouteIndex, RouteInfo};
use sipc_interface::RouteKind;

use crate::code::{Op, RouteCode, Slot, Target};

/// Something that a script uses and this build has not.
#[derive(Debug, Clone)]
pub struct Unlinked {
    /// Where.
    pub span: Span,
    /// What.
    pub message: String,
}

/// The routes of one kind.
#[derive(Default)]
pub struct Routes {
    /// For the runtime.
    pub infos: Vec<RouteInfo>,
    /// By the same index.
    pub codes: Vec<RouteCode>,
}

/// Lowers all routes. With `cover`, each statement counts itself by its place in that list.
pub fn program(
    program: &Program,
    mut cover: Option<&mut Vec<Span>>,
) -> Result<BTreeMap<RouteKind, Routes>, Vec<Unlinked>> {
    let mut unlinked = missing_modules(program);
    let mut all = BTreeMap::<RouteKind, Routes>::new();
    let traced = sipc_compiler::passes::trace::is_used(program);
    for route in &program.routes {
        // Scripts are loaded once for the life of the process.
        let name: &'static str = match &route.name {
            Some(name) => String::leak(String::from_utf8_lossy(name).into_owned()),
            None => "",
        };
        let (code, missing) = lower_route(route, name, cover.as_deref_mut(), traced);
        unlinked.extend(missing);
        let of_kind = all.entry(route.kind).or_default();
        of_kind.infos.push(RouteInfo { kind: route.kind, name, interval: route.interval.unwrap_or(0) });
        of_kind.codes.push(code);
    }
    if unlinked.is_empty() { Ok(all) } else { Err(unlinked) }
}

fn missing_modules(program: &Program) -> Vec<Unlinked> {
    let missing = program.modules.iter().filter(|m| crate::modules::entry(m.module).is_none());
    missing
        .map(|m| Unlinked {
            span: m.span,
            message: format!("module {} is known, but not linked into this program", m.module.name),
        })
        .collect()
}

fn lower_route(
    route: &ir::Route,
    name: &'static str,
    cover: Option<&mut Vec<Span>>,
    traced: bool,
) -> (RouteCode, Vec<Unlinked>) {
    let mut lower = Lower { traced, cover: cover.as_ref().map(|spans| (*spans).clone()), ..Lower::default() };
    let end = lower.label();
    lower.stop = end;
    lower.block(&route.body);
    lower.place(end);
    lower.ops.push(Op::End);
    if let (Some(all), Some(spans)) = (cover, lower.cover) {
        *all = spans;
    }
    let code = RouteCode {
        name,
        ops: lower.ops.into(),
        labels: lower.labels.into(),
        slots: lower.slots_max,
        waits: route.suspends,
    };
    (code, lower.unlinked)
}

/// The code of one route as it grows.
#[derive(Default)]
struct Lower {
    ops: Vec<Op>,
    labels: Vec<usize>,
    /// Where to go on when the list being lowered stops.
    stop: Target,
    /// Where `break` leads.
    break_to: Option<Target>,
    slots: Slot,
    slots_max: Slot,
    unlinked: Vec<Unlinked>,
    /// Actions are told to `script_trace`.
    traced: bool,
    /// The statements counted so far, when they are.
    cover: Option<Vec<Span>>,
}

impl Lower {
    /// A statement begins.
    fn line(&mut self, span: Span) {
        self.ops.push(Op::Line(span.line));
        if let Some(spans) = &mut self.cover {
            spans.push(span);
            self.ops.push(Op::Cover(u32::try_from(spans.len() - 1).unwrap_or(u32::MAX)));
        }
    }

    /// Tells `script_trace` of an action, in scripts that use it.
    fn trace(&mut self, statement: &ir::Statement) {
        if let Some((class, action)) = sipc_compiler::passes::trace::name(statement) {
            self.trace_as(statement.span.line, class, action);
        }
    }

    fn trace_as(&mut self, line: u32, class: &'static str, action: &'static str) {
        if self.traced {
            self.ops.push(Op::Trace(line, class, action));
        }
    }

    /// A place that is not known yet.
    fn label(&mut self) -> Target {
        self.labels.push(usize::MAX);
        self.labels.len() - 1
    }

    /// The place is here.
    fn place(&mut self, label: Target) {
        self.labels[label] = self.ops.len();
    }

    fn jump(&mut self, to: Target) {
        self.ops.push(Op::Jump(to));
    }

    /// A slot, until [`Lower::release`].
    fn slot(&mut self) -> Slot {
        self.slots += 1;
        self.slots_max = self.slots_max.max(self.slots);
        self.slots - 1
    }

    /// Gives the slots taken last back.
    fn release(&mut self, count: usize) {
        self.slots -= count;
    }

    fn missing(&mut self, span: Span, message: String) {
        self.unlinked.push(Unlinked { span, message });
    }

    /// A list of its own: when it stops, it is left for what comes behind it.
    fn list(&mut self, statements: &[ir::Statement]) {
        let end = self.label();
        let outer = std::mem::replace(&mut self.stop, end);
        self.block(statements);
        self.place(end);
        self.stop = outer;
    }

    /// Statements of the list at hand.
    fn block(&mut self, statements: &[ir::Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }
}

/// A literal for the life of the code.
fn literal(bytes: &[u8]) -> Text {
    Text::copy_from_slice(bytes)
}

/// The index of a route as the runtime counts.
fn index(route: ir::RouteRef) -> RouteIndex {
    RouteIndex::try_from(route.index).unwrap_or(RouteIndex::MAX)
}
