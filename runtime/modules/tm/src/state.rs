//! Asking about a transaction.

use serde_json::{Value as Json, json};
use sipc_engine::mi::{MiError, Params};
use sipc_engine::regex::Regex;
use sipc_engine::shared::Shared;
use sipc_engine::{Context, Text};
use sipc_interface::RouteKind;

/// Whether the code matches: of the reply at hand, the winning one, or the last one sent.
pub fn t_check_status(cx: &mut Context, codes: &Regex) -> i32 {
    let Some(t) = &cx.transaction else { return -1 };
    let code = match cx.route_kind {
        RouteKind::Request => t.status(),
        RouteKind::Reply | RouteKind::Failure => cx.reply_code,
        _ => return -1,
    };
    if codes.is_match(code.to_string().as_bytes()) { 1 } else { -1 }
}

/// Whether the caller has cancelled the transaction.
pub fn t_was_cancelled(cx: &mut Context) -> i32 {
    match &cx.transaction {
        Some(t) if t.is_cancelled() => 1,
        _ => -1,
    }
}

/// Whether no reply came from the network: on `all` branches, on the winning `branch`, or whether the
/// `last` reply was made here.
pub fn t_local_replied(cx: &mut Context, which: Text) -> i32 {
    let Some(t) = &cx.transaction else { return -1 };
    let in_failure = cx.route_kind == RouteKind::Failure;
    let local = match &which[..] {
        b"all" => {
            let (codes, first) = t.branch_codes();
            (first..codes.len()).all(|b| !t.was_replied(b))
        }
        b"branch" => in_failure && t.picked().is_some_and(|b| !t.was_replied(b)),
        b"last" if in_failure => cx.reply.is_none(),
        b"last" => t.status() > 0 && t.relayed_branch().is_none(),
        _ => return -1,
    };
    if local { 1 } else { -1 }
}

/// `tm:hash`: transactions by shard.
pub fn hash(shared: &Shared, _: &Params) -> Result<Json, MiError> {
    let sizes = shared.transactions().sizes();
    let used = sizes.iter().enumerate().filter(|(_, n)| **n > 0);
    let entries: Vec<Json> = used.map(|(index, n)| json!({ "index": index, "Entries": n })).collect();
    Ok(json!({ "Entries": entries, "total": sizes.iter().sum::<usize>() }))
}
