//! Challenges answered: the request goes out once more, with credentials and another CSeq number. Replies get the old
//! number; requests that follow in the call are counted on.

use sipc_engine::dialogs::Party;
use sipc_engine::digest::Algorithm;
use sipc_engine::hooks::Relayed;
use sipc_engine::log::Level;
use sipc_engine::tm::Transaction;
use sipc_engine::{Context, Text};
use sipc_mod_uac_auth::{Challenged, authorization, challenge, find};
use sipc_sip::{Message, Method, Params};

/// The Route parameter of calls whose INVITE was sent with another CSeq number.
const COUNTED: &[u8] = b"aci";

/// The CSeq number of a transaction was changed.
#[derive(Default)]
struct Changed {
    /// It was.
    cseq: bool,
    /// The Route parameter was added.
    marked: bool,
}

/// Answers the challenge of the reply that a failure route is about.
pub fn uac_auth(cx: &mut Context, algorithms: Option<Text>) -> i32 {
    let Some(t) = cx.transaction.clone() else {
        cx.log(Level::Critical, "uac_auth", format_args!("there is no transaction"));
        return -1;
    };
    if answer(cx, &t, algorithms).is_none() {
        return -1;
    }
    let initial = cx.message.to_tag().is_none();
    match in_call(cx).filter(|_| !initial) {
        Some(next) => set_cseq(cx, next),
        None => raise_cseq(cx, 1),
    };
    let (first, marked) = changed(&t, |c| (!std::mem::replace(&mut c.cseq, true), c.marked));
    if initial && first && !marked && !has_call(cx) {
        changed(&t, |c| c.marked = true);
        sipc_mod_rr::add_rr_param(cx, Text::from_static(b";aci=1"));
    }
    1
}

fn changed<R>(t: &Transaction, f: impl FnOnce(&mut Changed) -> R) -> R {
    f(t.script.lock().extensions.get_or_default::<Changed>())
}

fn has_call(cx: &Context) -> bool {
    cx.shared().dialogs.as_ref().is_some_and(|d| d.current(cx).is_some())
}

/// The number that the call gives to a request inside it.
fn in_call(cx: &Context) -> Option<u32> {
    let dialog = cx.shared().dialogs.as_ref()?.current(cx)?;
    let caller = dialog.side(Party::Caller).tag;
    let to = if cx.message.to_tag() == Some(&caller[..]) { Party::Caller } else { Party::Callee };
    Some(dialog.renumber(to, number(&cx.message)?, cx.message.method() == Some(Method::Invite)))
}

/// Adds the credentials and goes to the branch that was challenged.
fn answer(cx: &mut Context, t: &Transaction, algorithms: Option<Text>) -> Option<()> {
    let (Some(reply), Some(branch)) = (cx.reply.clone(), cx.branch_index) else {
        cx.log(Level::Error, "uac_auth", format_args!("there is no reply with a challenge"));
        return None;
    };
    let wanted: Vec<Algorithm> = match algorithms {
        Some(list) => {
            list.split(|c| *c == b',').map(|a| Algorithm::named(a.trim_ascii())).collect::<Option<_>>()?
        }
        None => Vec::new(),
    };
    let code = cx.reply_code;
    let Some(challenge) = challenge(&reply, code, &wanted) else {
        cx.log(Level::Error, "uac_auth", format_args!("no challenge that could be answered"));
        return None;
    };
    let who = find(cx, challenge.realm()?)?;
    let uri = t.targets().get(branch)?.uri.clone();
    let message = cx.message.clone();
    let cnonce = format!("{:08x}", cx.worker.random() as u32);
    let request = Challenged {
        code,
        method: message.request_line()?.method_name,
        uri: &uri,
        body: &message.body(),
        cnonce: cnonce.as_bytes(),
    };
    let line = authorization(&challenge, &who, &request)?;
    cx.edits.append_header(&message, line);
    cx.target.uri = uri;
    Some(())
}

fn number(message: &Message) -> Option<u32> {
    let cseq = message.cseq()?.ok()?;
    std::str::from_utf8(cseq.number_text).ok()?.parse().ok()
}

fn set_cseq(cx: &mut Context, to: u32) -> Option<()> {
    let message = cx.message.clone();
    let range = message.range_of(message.cseq()?.ok()?.number_text)?;
    cx.edits.replace_again(range, to.to_string());
    Some(())
}

fn raise_cseq(cx: &mut Context, by: i32) -> Option<()> {
    let to = number(&cx.message)?.checked_add_signed(by)?;
    set_cseq(cx, to)
}

/// Raises the CSeq number of a request that has a transaction.
pub fn uac_inc_cseq(cx: &mut Context, by: i32) -> i32 {
    let Some(t) = cx.transaction.clone() else {
        cx.log(Level::Critical, "uac_inc_cseq", format_args!("there is no transaction"));
        return -1;
    };
    if raise_cseq(cx, by).is_none() {
        return -1;
    }
    changed(&t, |c| c.cseq = true);
    1
}

/// A request of the caller inside a call whose INVITE was counted on.
pub fn on_route_taken(cx: &mut Context, params: &[u8]) {
    if !Params::of_uri(params).has(COUNTED) || !sipc_mod_rr::is_downstream(cx) || raise_cseq(cx, 1).is_none()
    {
        return;
    }
    match cx.transaction.clone() {
        Some(t) => changed(&t, |c| c.cseq = true),
        None => cx.extensions.insert(Changed { cseq: true, marked: true }),
    }
}

/// Replies get the number that the request came with.
pub fn on_relayed(hook: &mut Relayed<'_>) {
    let was = hook.transaction.script.lock().extensions.get::<Changed>().is_some_and(|c| c.cseq);
    let original = hook.transaction.request.cseq().and_then(Result::ok);
    if was
        && let (Some(original), Some(Ok(cseq))) = (original, hook.message.cseq())
        && let Some(range) = hook.message.range_of(cseq.number_text)
    {
        hook.edits.replace_again(range, hook.transaction.request.share(original.number_text));
    }
}
