//! Arming routes: in the transaction if there is one, else for the one to come.

use sipc_engine::Context;
use sipc_engine::context::Arming;
use sipc_engine::script::RouteRef;
use sipc_interface::RouteKind;

/// Arms a failure route.
pub fn t_on_failure(cx: &mut Context, route: RouteRef) -> i32 {
    arm(cx, |armed| armed.failure = Some(route))
}

/// Arms a reply route; inside a branch route, for that branch only.
pub fn t_on_reply(cx: &mut Context, route: RouteRef) -> i32 {
    if cx.route_kind == RouteKind::Branch {
        cx.arming.reply = Some(route);
        return 1;
    }
    arm(cx, |armed| armed.reply = Some(route))
}

/// Arms a branch route.
pub fn t_on_branch(cx: &mut Context, route: RouteRef) -> i32 {
    arm(cx, |armed| armed.branch = Some(route))
}

fn arm(cx: &mut Context, f: impl FnOnce(&mut Arming)) -> i32 {
    match &cx.transaction {
        Some(t) => f(&mut t.script.lock().arming),
        None => f(&mut cx.arming),
    }
    1
}
