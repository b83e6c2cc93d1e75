//! Which routes may wait, and which can reach themselves.

use super::graph::{Edge, Graph, all};
use super::names;
use super::walk::statements;
use crate::ir::{Program, RouteRef, RouteTarget, Statement, StatementKind};
use sipc_interface::{Effect, RouteKind};
use std::collections::{BTreeMap, BTreeSet};

/// Sets `suspends`, `recursive` and `reachable` of every route.
///
/// A route waits when a function it calls does, or when a route it calls waits; a call by a name that is known
/// only at run time may reach every `route`. What `async` and `launch` start is waited for elsewhere.
pub fn infer(program: &mut Program) {
    let graph = Graph::of(program);
    let calls = callees(program, &graph);
    let mut waits: BTreeSet<RouteRef> = all(program).filter(|r| waits_itself(program, *r)).collect();
    loop {
        let more: Vec<RouteRef> = calls
            .iter()
            .filter(|(from, to)| !waits.contains(from) && to.iter().any(|t| waits.contains(t)))
            .map(|(from, _)| *from)
            .collect();
        if more.is_empty() {
            break;
        }
        waits.extend(more);
    }
    let unreached = graph.unreached(program);
    for route in all(program).collect::<Vec<_>>() {
        let recursive = reaches(&calls, route, route);
        let start = program.routes.partition_point(|r| r.kind < route.kind);
        let entry = &mut program.routes[start + route.index as usize];
        entry.suspends = waits.contains(&route);
        entry.recursive = recursive;
        entry.reachable = !unreached.contains(&route);
    }
}

/// The routes that each one may call directly.
fn callees(program: &Program, graph: &Graph) -> BTreeMap<RouteRef, BTreeSet<RouteRef>> {
    let named: Vec<RouteRef> =
        all(program).filter(|r| r.kind == RouteKind::Request && program.route(*r).name.is_some()).collect();
    all(program)
        .map(|route| {
            let mut to: BTreeSet<RouteRef> =
                graph.from(route).filter(|(_, e)| matches!(e, Edge::Call)).map(|(to, _)| *to).collect();
            if calls_by_name(program, route) {
                to.extend(&named);
            }
            (route, to)
        })
        .collect()
}

fn calls_by_name(program: &Program, route: RouteRef) -> bool {
    any(
        program,
        route,
        |s| matches!(&s.kind, StatementKind::Route(call) if !matches!(call.target, RouteTarget::Fixed(_))),
    )
}

fn waits_itself(program: &Program, route: RouteRef) -> bool {
    any(program, route, |s| {
        matches!(&s.kind, StatementKind::Call(call) if call.function.effect == Effect::Suspends)
            || !names::wanted(s).is_empty()
    })
}

fn any(program: &Program, route: RouteRef, holds: impl Fn(&Statement) -> bool) -> bool {
    let mut found = false;
    statements(&program.route(route).body, &mut |s| found |= holds(s));
    found
}

fn reaches(calls: &BTreeMap<RouteRef, BTreeSet<RouteRef>>, from: RouteRef, goal: RouteRef) -> bool {
    let mut seen = BTreeSet::new();
    let mut queue = vec![from];
    while let Some(route) = queue.pop() {
        for to in calls.get(&route).into_iter().flatten() {
            if *to == goal {
                return true;
            }
            if seen.insert(*to) {
                queue.push(*to);
            }
        }
    }
    false
}
