//! The branches of a transaction as scripts see them: `$tm.branch.…`, `$bavp(…)`, and finding one by an attribute.

use sipc_engine::context::Target;
use sipc_engine::place::{Assign, Index, Place, VarRef};
use sipc_engine::tm::BranchView;
use sipc_engine::variables::{
    attr_name, avp_name, bit, change_flag, flag_list, q_text, read_avp, truth, write_avp,
};
use sipc_engine::{Context, Text, Value};
use sipc_interface::RouteKind;

/// Which branch an index means.
enum Which {
    /// The one that a branch route is about to send: it is the target of the context.
    Coming,
    /// One that was sent.
    Sent(usize),
}

/// Without index the branch at hand; numbers count all branches, with `/active` those of the present round, and
/// negative ones from the end. `None` outside of a transaction, or where there is no such branch.
fn which(cx: &Context, index: &Index) -> Option<Which> {
    let (count, first) = cx.transaction.as_ref()?.branch_counts();
    let at = match index {
        Index::None => match (cx.route_kind, cx.branch_index) {
            (RouteKind::Branch, _) => return Some(Which::Coming),
            (_, at) => at.unwrap_or(0),
        },
        Index::At(n) => absolute(i64::from(*n), count)?,
        Index::Word(text) => {
            let (number, base) = numbered(text)?;
            absolute(number + if base { i64::try_from(first).ok()? } else { 0 }, count)?
        }
        Index::All => return None,
    };
    let coming = cx.route_kind == RouteKind::Branch && Some(at) == cx.branch_index;
    Some(if coming { Which::Coming } else { Which::Sent(at) })
}

/// The number before `/active` or `/all`, and whether it counts from the present round.
fn numbered(text: &[u8]) -> Option<(i64, bool)> {
    let (number, from) = std::str::from_utf8(text).ok()?.split_once('/')?;
    let active = match from.to_ascii_lowercase().as_str() {
        "active" => true,
        "all" => false,
        _ => return None,
    };
    Some((number.parse::<i32>().ok()?.into(), active))
}

fn absolute(index: i64, count: usize) -> Option<usize> {
    let count = i64::try_from(count).ok()?;
    usize::try_from(if index < 0 { index + count } else { index }).ok()
}

/// Reads from a branch that was sent; NULL for one that is about to be.
fn sent(cx: &Context, at: &Place, f: impl FnOnce(&Context, BranchView<'_>) -> Option<Value>) -> Value {
    let Some(Which::Sent(branch)) = which(cx, &at.index) else { return Value::Null };
    let Some(t) = cx.transaction.clone() else { return Value::Null };
    t.with_branch(branch, |view| f(cx, view)).flatten().unwrap_or(Value::Null)
}

/// Reads or changes what scripts keep with a branch; `None` when there is no such branch.
fn kept<R>(cx: &mut Context, at: &Place, f: impl FnOnce(&mut Target) -> R) -> Option<R> {
    match which(cx, &at.index)? {
        Which::Coming => Some(f(&mut cx.target)),
        Which::Sent(branch) => cx.transaction.clone()?.with_branch(branch, |view| f(view.target)),
    }
}

fn may_write(cx: &Context) -> bool {
    matches!(cx.route_kind, RouteKind::Branch | RouteKind::Reply | RouteKind::Failure)
}

/// `$tm.branch.uri`
pub fn tm_branch_uri(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |_, b| Some(Value::Text(b.target.uri.to_text())))
}

/// `$tm.branch.duri`
pub fn tm_branch_duri(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |_, b| b.target.dst_uri.clone().map(Value::Text))
}

/// `$tm.branch.path`
pub fn tm_branch_path(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |_, b| b.target.path.clone().map(Value::Text))
}

/// `$tm.branch.q`
pub fn tm_branch_q(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |_, b| Some(Value::Text(q_text(b.target.q).into())))
}

/// `$tm.branch.flags`
pub fn tm_branch_flags(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |cx, b| {
        Some(Value::Text(flag_list(&cx.shared().configuration.branch_flags, b.target.flags)))
    })
}

/// `$tm.branch.socket`
pub fn tm_branch_socket(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |cx, b| b.socket.map(|id| Value::Text(cx.shared().socket(id).uri.clone())))
}

/// `$tm.branch.last_received`: NULL before any reply.
pub fn tm_branch_last_received(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |_, b| (b.last > 0).then_some(Value::Int(b.last.into())))
}

/// `$tm.branch.type`: `sip`, or `phony` for one that waits for others.
pub fn tm_branch_type(cx: &mut Context, at: &Place) -> Value {
    sent(cx, at, |_, b| Some(Value::literal(if b.socket.is_some() { b"sip" } else { b"phony" })))
}

/// `$tm.branch.flag(name)`
pub fn tm_branch_flag(cx: &mut Context, at: &Place) -> Value {
    kept(cx, at, |target| truth(target.flags & bit(at) != 0)).unwrap_or(Value::Null)
}

/// `$tm.branch.flag(name) = n`
pub fn set_tm_branch_flag(cx: &mut Context, at: &Place, _: Assign, value: Value) -> bool {
    may_write(cx) && kept(cx, at, |target| change_flag(&mut target.flags, at, &value)).unwrap_or(false)
}

/// `$tm.branch.attr(name)`
pub fn tm_branch_attr(cx: &mut Context, at: &Place) -> Value {
    let Some(name) = attr_name(cx, at) else { return Value::Null };
    kept(cx, at, |target| target.attr(&name)).unwrap_or(Value::Null)
}

/// `$tm.branch.attr(name) = value`
pub fn set_tm_branch_attr(cx: &mut Context, at: &Place, _: Assign, value: Value) -> bool {
    let Some(name) = attr_name(cx, at).filter(|_| may_write(cx)) else { return false };
    kept(cx, at, |target| target.set_attr(name, value)).is_some()
}

/// `$bavp(name)`: AVPs of the branch at hand.
pub fn bavp(cx: &mut Context, at: &Place) -> Value {
    let Some(name) = avp_name(cx, at).filter(|_| may_write(cx)) else { return Value::Null };
    kept(cx, &Place::PLAIN, |target| read_avp(&target.avps, name, &at.index)).unwrap_or(Value::Null)
}

/// `$bavp(name) = value`
pub fn set_bavp(cx: &mut Context, at: &Place, how: Assign, value: Value) -> bool {
    let Some(name) = avp_name(cx, at).filter(|_| may_write(cx)) else { return false };
    kept(cx, &Place::PLAIN, |target| write_avp(&mut target.avps, name, &at.index, how, value))
        .unwrap_or(false)
}

/// Finds a branch by an attribute, from branch `offset` on: by its name, or also by its text or number. Its index goes
/// into `result`. -2 outside of a transaction.
pub fn t_get_branch_idx_by_attr(
    cx: &mut Context,
    attr: Text,
    text: Option<Text>,
    number: Option<i32>,
    result: Option<&VarRef>,
    offset: Option<i32>,
) -> i32 {
    let Some(t) = cx.transaction.clone() else { return -2 };
    let wanted = text.map(Value::Text).or(number.map(Value::Int));
    let matches = |value: Value| match (&wanted, value) {
        (_, Value::Null) => false,
        (None, _) => true,
        (Some(Value::Int(n)), Value::Int(m)) => *n == m,
        (Some(wanted), value) => wanted.only_text().is_some() && *wanted == value,
    };
    let (count, _) = t.branch_counts();
    let start = usize::try_from(offset.unwrap_or(0)).unwrap_or(0);
    let found =
        (start..count).find(|n| t.with_branch(*n, |b| matches(b.target.attr(&attr))).unwrap_or(false));
    let Some(found) = found else { return -1 };
    if let Some(result) = result {
        let index = Value::Int(i32::try_from(found).unwrap_or(i32::MAX));
        if !result.write(cx, Assign::Set, index) {
            return -1;
        }
    }
    1
}
