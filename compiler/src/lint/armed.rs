//! Routes that are armed only where nothing is relayed: they never run.

use crate::check::title;
use crate::diagnostics::{Diagnostic, codes};
use crate::ir::{Program, RouteRef};
use crate::passes::graph::{Edge, Graph, all};
use crate::passes::walk::calls;
use sipc_interface::RouteKind;
use sipc_interface::conduct::{Conduct, conduct};
use std::collections::BTreeSet;

/// Pushes what is found.
pub fn check(program: &Program, found: &mut Vec<Diagnostic>) {
    let graph = Graph::of(program);
    let Some(main) = graph.entries(program, RouteKind::Request).into_iter().next() else { return };
    let from_main = closure(&graph, main);
    if from_main.iter().any(|r| may_relay(program, *r)) {
        return;
    }
    // Whatever else runs with a transaction arms what is armed at once; the main route's arms wait for a relay.
    let elsewhere: BTreeSet<RouteRef> =
        all(program).filter(|r| !from_main.contains(r)).flat_map(|r| armed_by(&graph, r)).collect();
    let armed: BTreeSet<RouteRef> = from_main.iter().flat_map(|r| armed_by(&graph, *r)).collect();
    for route in armed.difference(&elsewhere) {
        let route = program.route(*route);
        let message = format!("`{}` is armed, but nothing is relayed", title(route));
        let fault = Diagnostic::new(&codes::ARMED_IN_VAIN, route.head, message);
        found.push(fault.label("never runs").help("call t_relay() after arming it"));
    }
}

fn armed_by(graph: &Graph, route: RouteRef) -> impl Iterator<Item = RouteRef> + '_ {
    graph.from(route).filter(|(_, e)| *e == Edge::Arm).map(|(to, _)| *to)
}

/// The route and all it calls.
fn closure(graph: &Graph, start: RouteRef) -> BTreeSet<RouteRef> {
    let mut reached = BTreeSet::from([start]);
    let mut queue = vec![start];
    while let Some(route) = queue.pop() {
        for (to, edge) in graph.from(route) {
            if *edge != Edge::Arm && reached.insert(*to) {
                queue.push(*to);
            }
        }
    }
    reached
}

/// Whether a call in it relays, or is not known to do nothing of the kind: other modules start transactions too.
fn may_relay(program: &Program, route: RouteRef) -> bool {
    calls(&program.route(route).body).iter().any(|call| {
        let known = matches!(call.module.name, "core" | "sl" | "sipmsgops" | "textops" | "maxfwd" | "rr");
        match conduct(call.module.name, call.function.name) {
            Some(what) => what == Conduct::Relays,
            None => !known && call.function.name != "t_check_trans",
        }
    })
}
