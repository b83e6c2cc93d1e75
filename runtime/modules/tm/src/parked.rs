//! Replies to, and cancels of, transactions that another message or a management command names.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value as Json;
use sipc_engine::log::Level;
use sipc_engine::mi::{MiError, Params};
use sipc_engine::shared::{Job, Shared};
use sipc_engine::tm::{self, OutOfBand, Transaction};
use sipc_engine::worker::Worker;
use sipc_engine::{Context, Text};

/// Replies to the INVITE with this Call-ID and CSeq number, by default those of the message at hand.
///
/// -2 and -3 when that has none, -4 when there is no such INVITE, -1 when it had its final reply.
pub fn t_reply_by_callid(
    cx: &mut Context,
    code: i32,
    reason: Text,
    call_id: Option<Text>,
    cseq: Option<Text>,
) -> i32 {
    let Some(code) = valid(code.into()) else { return -1 };
    let own = cx.message.call_id().map(|c| cx.message.share(c));
    let Some(call_id) = call_id.or(own) else { return -2 };
    let own = cx.message.cseq().and_then(Result::ok).map(|c| cx.message.share(c.number_text));
    let Some(cseq) = cseq.or(own) else { return -3 };
    let Some(t) = cx.shared().transactions().invite(&call_id, &cseq, false) else { return -4 };
    let reply = OutOfBand { code, reason, ..OutOfBand::default() };
    if tm::reply_to(&cx.worker, &t, &reply) { 1 } else { -1 }
}

fn valid(code: i64) -> Option<u16> {
    u16::try_from(code).ok().filter(|c| (100..=699).contains(c))
}

/// `tm:reply`: replies to the transaction that `$T_id` names.
pub fn reply(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let text = |name| params.text(name).unwrap_or_default();
    let code = params
        .int("code")
        .and_then(valid)
        .ok_or_else(|| MiError::new(400, "code must be from 100 to 699"))?;
    let id =
        u64::from_str_radix(&text("trans_id"), 16).map_err(|_| MiError::new(400, "trans_id is no $T_id"))?;
    let t = shared.transactions().by_id(id).filter(|t| !t.is_local());
    let t = t.ok_or_else(|| MiError::new(404, "Transaction not found"))?;
    let lines = text("new_headers").replace("\r\n", "\n");
    let lines = lines.lines().filter(|l| !l.trim().is_empty() && *l != ".");
    let reply = OutOfBand {
        code,
        reason: text("reason").into(),
        to_tag: params.text("to_tag").filter(|t| !t.is_empty() && t != ".").map(Text::from),
        headers: lines.map(|l| format!("{l}\r\n")).collect::<String>().into(),
        body: text("body").into(),
    };
    let send = move |worker: &Rc<Worker>| {
        if !tm::reply_to(worker, &t, &reply) {
            let text = format_args!("tm:reply: a final reply went out before");
            worker.shared.log.message(Level::Warning, "tm", text);
        }
    };
    on_worker(shared, Box::new(send))
}

/// `tm:uac_cancel`: cancels an INVITE that this server made, by its Call-ID and CSeq.
pub fn uac_cancel(shared: &Shared, params: &Params) -> Result<Json, MiError> {
    let cseq = params.text("cseq").unwrap_or_default();
    let number = cseq.split_whitespace().next().unwrap_or_default().to_owned();
    let call_id = params.text("callid").unwrap_or_default();
    let found: Option<Arc<Transaction>> =
        shared.transactions().invite(call_id.as_bytes(), number.as_bytes(), true);
    let t = found.ok_or_else(|| MiError::new(481, "No such transaction"))?;
    on_worker(shared, Box::new(move |worker| tm::cancel(worker, &t)))
}

fn on_worker(shared: &Shared, job: Job) -> Result<Json, MiError> {
    match shared.on_worker(job) {
        true => Ok(Json::String("OK".into())),
        false => Err(MiError::new(500, "too much is waiting")),
    }
}
