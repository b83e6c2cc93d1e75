//! From which routes a call is reached (LANGUAGE 3.3): the walk that OpenSIPS does with `-C`, along the real
//! call graph.

use super::calls::in_words;
use super::shown;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Arg, Call, Program, Route, RouteRef};
use crate::passes::graph::{Edge, Graph};
use crate::passes::walk::{calls, events};
use sipc_interface::RouteKind;
use std::collections::{BTreeSet, VecDeque};

/// Warns of calls that are reached from a kind of route in which they do not work, and of routes that nothing
/// reaches.
pub(super) fn check(program: &Program, found: &mut Vec<Diagnostic>) {
    let graph = Graph::of(program);
    for kind in RouteKind::ALL {
        wrong_contexts(program, &graph, kind, found);
    }
    for route in graph.unreached(program) {
        let route = program.route(route);
        let message = format!("nothing leads to `{}`", title(route));
        found.push(Diagnostic::new(&codes::UNREACHABLE_ROUTE, route.head, message).label("never runs"));
    }
    idle_events(program, found);
}

/// Warns of event routes whose events nothing raises, unless the script makes names of events.
fn idle_events(program: &Program, found: &mut Vec<Diagnostic>) {
    let by_core = |c: &&Call| c.module.is_core();
    let all = program.routes.iter().flat_map(|r| calls(&r.body)).filter(by_core);
    let mut raising = all.filter(|c| matches!(c.function.name, "raise_event" | "subscribe_event"));
    if raising.any(|c| !matches!(c.args.first(), Some(Arg::Text(_)))) {
        return;
    }
    let (by_script, core) = (events(program), sipc_interface::core());
    let modules = || program.modules.iter().map(|m| m.module).chain([core]);
    for route in program.routes_of(RouteKind::Event) {
        let name = route.name.as_deref().unwrap_or_default();
        let raised = by_script.iter().any(|e| **e == *name)
            || modules().any(|m| m.events.iter().any(|e| e.as_bytes() == name));
        if !raised {
            let message = format!("nothing raises the event `{}`", shown(name));
            found.push(
                Diagnostic::new(&codes::EVENT_NOT_RAISED, route.head, message).label("never runs by itself"),
            );
        }
    }
}

fn wrong_contexts(program: &Program, graph: &Graph, kind: RouteKind, found: &mut Vec<Diagnostic>) {
    let mut seen = BTreeSet::new();
    for start in graph.entries(program, kind) {
        for (route, chain) in reached(graph, start) {
            let block = program.route(route);
            for call in calls(&block.body) {
                let wrong = !call.function.routes.contains(kind);
                if wrong && seen.insert((call.span.start, kind)) {
                    found.push(wrong_context(program, call, kind, &chain));
                }
            }
        }
    }
}

/// Every route that runs with the kind of `start`, with the shortest chain to it.
fn reached(graph: &Graph, start: RouteRef) -> Vec<(RouteRef, Vec<RouteRef>)> {
    let mut done = vec![(start, vec![start])];
    let mut queue = VecDeque::from([(start, vec![start])]);
    while let Some((route, chain)) = queue.pop_front() {
        for (to, edge) in graph.from(route) {
            let same_kind = matches!(edge, Edge::Call | Edge::Resume);
            if same_kind && !done.iter().any(|(r, _)| r == to) {
                let longer: Vec<RouteRef> = chain.iter().copied().chain([*to]).collect();
                done.push((*to, longer.clone()));
                queue.push_back((*to, longer));
            }
        }
    }
    done
}

fn wrong_context(program: &Program, call: &Call, kind: RouteKind, chain: &[RouteRef]) -> Diagnostic {
    let path: Vec<String> = chain.iter().map(|r| title(program.route(*r))).collect();
    let message = format!("`{}` does not work in a {}", call.function.name, kind.keyword());
    Diagnostic::new(&codes::WRONG_CONTEXT, call.span, message)
        .label(format!("works only in {}", in_words(call.function.routes)))
        .note(format!("it is reached from {}", path.join(" -> ")))
}

/// `failure_route[x]`.
pub(crate) fn title(route: &Route) -> String {
    match &route.name {
        Some(name) => format!("{}[{}]", route.kind.keyword(), shown(name)),
        None => route.kind.keyword().to_owned(),
    }
}
