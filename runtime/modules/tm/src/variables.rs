//! `$T_…`.

use sipc_engine::place::{Assign, Index, Place, VariableBinding};
use sipc_engine::{Context, Text, Value};
use sipc_interface::RouteKind;

use crate::branches::*;

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[
    ("t_branch_idx", t_branch_idx, None),
    ("t_reply_code", t_reply_code, None),
    ("t_ruri", t_ruri, None),
    ("t_fr_timeout", t_fr_timeout, Some(set_t_fr_timeout)),
    ("t_fr_inv_timeout", t_fr_inv_timeout, Some(set_t_fr_inv_timeout)),
    ("t_id", t_id, None),
    ("t_branch_last_reply_code", t_branch_last_reply_code, None),
    ("tm_branch_uri", tm_branch_uri, None),
    ("tm_branch_duri", tm_branch_duri, None),
    ("tm_branch_path", tm_branch_path, None),
    ("tm_branch_q", tm_branch_q, None),
    ("tm_branch_flags", tm_branch_flags, None),
    ("tm_branch_socket", tm_branch_socket, None),
    ("tm_branch_last_received", tm_branch_last_received, None),
    ("tm_branch_type", tm_branch_type, None),
    ("tm_branch_flag", tm_branch_flag, Some(set_tm_branch_flag)),
    ("tm_branch_attr", tm_branch_attr, Some(set_tm_branch_attr)),
    ("bavp", bavp, Some(set_bavp)),
];

fn int(n: usize) -> Value {
    Value::Int(i32::try_from(n).unwrap_or(i32::MAX))
}

/// `$T_branch_idx`.
pub fn t_branch_idx(cx: &mut Context, _: &Place) -> Value {
    match cx.route_kind {
        RouteKind::Branch | RouteKind::Reply | RouteKind::Failure => int(cx.branch_index.unwrap_or(0)),
        _ => Value::Null,
    }
}

/// `$T_reply_code`.
pub fn t_reply_code(cx: &mut Context, _: &Place) -> Value {
    let code = match (cx.route_kind, &cx.transaction) {
        (RouteKind::Reply | RouteKind::Failure, _) => cx.reply_code,
        (_, Some(t)) => t.status(),
        (_, None) => 0,
    };
    int(usize::from(code))
}

/// `$T_ruri`.
pub fn t_ruri(cx: &mut Context, _: &Place) -> Value {
    let Some(t) = &cx.transaction else {
        return if cx.is_request() { Value::Text(cx.target.uri.to_text()) } else { Value::Null };
    };
    let at = cx.branch_index.unwrap_or(0);
    match t.targets().get(at) {
        Some(target) => Value::Text(target.uri.to_text()),
        None if cx.is_request() => Value::Text(cx.target.uri.to_text()),
        None => Value::Null,
    }
}

/// `$T_id`: the number that Via branches of the transaction carry.
pub fn t_id(cx: &mut Context, _: &Place) -> Value {
    match &cx.transaction {
        Some(t) => Value::Text(Text::from(format!("{:016x}", t.id))),
        None => Value::Null,
    }
}

/// The timers of the transaction, or those that the one to come will have.
fn timers(cx: &Context) -> sipc_transaction::Settings {
    match &cx.transaction {
        Some(t) => t.settings(),
        None => cx.timers.unwrap_or(cx.shared().transactions().settings.timers),
    }
}

/// `$T_fr_timeout`, seconds.
pub fn t_fr_timeout(cx: &mut Context, _: &Place) -> Value {
    int(usize::try_from(timers(cx).final_response / 1000).unwrap_or(0))
}

/// `$T_fr_inv_timeout`, seconds.
pub fn t_fr_inv_timeout(cx: &mut Context, _: &Place) -> Value {
    int(usize::try_from(timers(cx).invite_final_response / 1000).unwrap_or(0))
}

/// Assigns `$T_fr_timeout`; NULL restores the parameter's value.
pub fn set_t_fr_timeout(cx: &mut Context, _: &Place, _: Assign, value: Value) -> bool {
    set_timer(cx, value, |s, ms, default| s.final_response = ms.unwrap_or(default.final_response))
}

/// Assigns `$T_fr_inv_timeout`; NULL restores the parameter's value.
pub fn set_t_fr_inv_timeout(cx: &mut Context, _: &Place, _: Assign, value: Value) -> bool {
    set_timer(cx, value, |s, ms, default| {
        s.invite_final_response = ms.unwrap_or(default.invite_final_response)
    })
}

fn set_timer(
    cx: &mut Context,
    value: Value,
    f: impl FnOnce(&mut sipc_transaction::Settings, Option<u64>, &sipc_transaction::Settings),
) -> bool {
    let default = cx.shared().transactions().settings.timers;
    let ms = match value {
        v if v.is_null() => None,
        v => match v.number().and_then(|n| u64::try_from(n).ok()).filter(|n| *n > 0) {
            Some(seconds) => Some(seconds * 1000),
            None => return false,
        },
    };
    match &cx.transaction {
        Some(t) => {
            let mut settings = t.settings();
            f(&mut settings, ms, &default);
            t.set_settings(settings);
        }
        None => {
            let settings = cx.timers.get_or_insert(default);
            f(settings, ms, &default);
        }
    }
    true
}

/// `$(T_branch_last_reply_code[i])`.
pub fn t_branch_last_reply_code(cx: &mut Context, at: &Place) -> Value {
    let Some(t) = &cx.transaction else { return Value::Null };
    let (codes, _) = t.branch_codes();
    let of = |i: usize| codes.get(i).map_or(Value::Null, |c| int(usize::from(*c)));
    match &at.index {
        Index::None => of(cx.branch_index.unwrap_or(0)),
        Index::At(i) if *i >= 0 => of(usize::try_from(*i).unwrap_or(usize::MAX)),
        Index::At(i) => match codes.len().checked_sub(i.unsigned_abs() as usize) {
            Some(i) => of(i),
            None => Value::Null,
        },
        Index::All => {
            let all: Vec<String> = codes.iter().map(u16::to_string).collect();
            Value::Text(all.join(", ").into())
        }
        Index::Word(_) => Value::Null,
    }
}
