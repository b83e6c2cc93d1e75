//! Making transactions, forwarding and replying through them.

use sipc_engine::hooks::TransactionEvent;
use sipc_engine::tm::{self, Created, Found, RelayFlags};
use sipc_engine::{Context, Text};
use sipc_interface::RouteKind;
use sipc_sip::Method;
use sipc_transaction::CancelCause;

/// Makes a transaction. 1 when made, 0 for a retransmission (which ends the script), negative on error.
pub fn t_newtran(cx: &mut Context) -> i32 {
    // what is made here is only shown to a route for requests, and one that was started by `async` elsewhere has none
    if cx.transaction.is_some() || cx.route_kind != RouteKind::Request {
        return -1;
    }
    match tm::create(cx) {
        Created::New(_) => 1,
        Created::Retransmission => 0,
        Created::Ack(Found::Own(t)) => {
            tm::absorb_ack(&cx.worker, &t);
            0
        }
        Created::Ack(_) => 1,
        Created::Impossible(e) => e.code(),
    }
}

/// Forwards statefully. `flags` is a list of words, `next_hop` is `[proto:]host[:port]`.
pub async fn t_relay(cx: &mut Context, flags: Option<Text>, next_hop: Option<Text>) -> i32 {
    let Some(flags) = RelayFlags::parse(&flags.unwrap_or_default()) else { return -1 };
    match cx.route_kind {
        RouteKind::Request | RouteKind::Failure => tm::relay_to(cx, flags, next_hop).await,
        _ => 0,
    }
}

/// Sends a copy of the request, in transactions of its own whose replies go nowhere, to a URI and to the additional
/// branches. `flags` as those of `t_relay`; only `no-dns-failover` means anything.
pub async fn t_replicate(cx: &mut Context, uri: Text, flags: Option<Text>) -> i32 {
    let Some(flags) = RelayFlags::parse(&flags.unwrap_or_default()) else { return -1 };
    if cx.message.method() == Some(Method::Ack) || sipc_sip::Uri::parse(&uri).is_err() {
        return -1;
    }
    tm::local::replicate(cx, uri, flags).await.map_or_else(|e| e.relay_result(), |()| 1)
}

/// Replies through the transaction, making one if there is none.
pub fn t_reply(cx: &mut Context, code: i32, reason: Text) -> i32 {
    let Some(code) = u16::try_from(code).ok().filter(|c| (100..=699).contains(c)) else { return -1 };
    if cx.message.method() == Some(Method::Ack) {
        return 0;
    }
    match cx.route_kind {
        RouteKind::Failure if cx.transaction.is_none() => return -1,
        RouteKind::Failure => {}
        RouteKind::Request => {
            if cx.transaction.is_none() {
                match t_newtran(cx) {
                    0 => return 0,
                    n if n < 0 => return -1,
                    _ => {}
                }
            }
        }
        _ => return -1,
    }
    tm::reply(cx, code, &reason)
}

/// Replies through the transaction with a body: `content-type body`, or a body alone.
pub fn t_reply_with_body(cx: &mut Context, code: i32, reason: Text, body: Text) -> i32 {
    let kept = cx.reply_body.replace((Text::new(), body));
    let result = t_reply(cx, code, reason);
    cx.reply_body = kept;
    result
}

/// Whether the request belongs to a transaction; a retransmission is answered and ends the script.
pub fn t_check_trans(cx: &mut Context) -> i32 {
    let worker = cx.worker.clone();
    let table = worker.shared.transactions();
    if cx.message.method() == Some(Method::Cancel) {
        if table.key(&cx.message).is_none() {
            return 0;
        }
        return if table.find_cancelled(&cx.message).is_some() { 1 } else { -1 };
    }
    if cx.transaction.is_some() {
        return 1;
    }
    match table.find(&cx.message) {
        Found::Own(t) if cx.message.method() == Some(Method::Ack) => {
            cx.transaction = Some(t);
            1
        }
        Found::Own(t) => {
            tm::retransmitted(cx, &t);
            0
        }
        Found::EndToEndAck(t) => {
            tm::event(&worker, &t, TransactionEvent::Ack, 0, Some(&cx.message), None);
            -2
        }
        Found::Nothing => -1,
    }
}

/// Copies the message flags into the transaction.
pub fn t_flush_flags(cx: &mut Context) -> i32 {
    match &cx.transaction {
        Some(t) => {
            t.script.lock().flags = cx.flags;
            1
        }
        None => -1,
    }
}

/// Cancels branches of the transaction that the reply at hand belongs to: its own, with `o` the others,
/// with `a` all.
pub fn t_cancel_branch(cx: &mut Context, which: Option<Text>) -> i32 {
    let (Some(t), Some(own)) = (cx.transaction.clone(), cx.branch_index) else { return -1 };
    let which = which.unwrap_or_default();
    let ended = cx.reply_code >= 200;
    let (others, this) = match (which.contains(&b'a'), which.contains(&b'o')) {
        (true, _) => (true, !ended),
        (_, true) => (true, false),
        _ => (false, !ended),
    };
    if !t.is_invite() {
        return -1;
    }
    tm::cancel_branches(
        &cx.worker,
        &t,
        CancelCause::Other,
        |branch| if branch == own { this } else { others },
    );
    1
}

/// Adds header lines to the ACKs and CANCELs that the transaction makes.
pub fn t_add_hdrs(cx: &mut Context, headers: Text) -> i32 {
    match &cx.transaction {
        Some(t) => t.script.lock().extra_headers = headers,
        None => cx.extra_headers = headers,
    }
    1
}

/// Sets the Reason header line of CANCELs that the transaction sends.
pub fn t_add_cancel_reason(cx: &mut Context, reason: Text) -> i32 {
    let t = match cx.message.method() {
        Some(Method::Cancel) => cx.shared().transactions().find_cancelled(&cx.message),
        _ => cx.transaction.clone(),
    };
    match t {
        Some(t) => {
            t.script.lock().cancel_reason = Some(reason);
            1
        }
        None => -1,
    }
}
