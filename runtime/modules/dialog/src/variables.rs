//! `$DLG_…` and `$dlg_val(name)`.

use sipc_engine::dialogs::{Dialog, Party, State};
use sipc_engine::log::Level;
use sipc_engine::place::{Assign, Inner, Place, VariableBinding};
use sipc_engine::variables::{flag_list, flags_of};
use sipc_engine::{Context, Text, Value};

use crate::current::{WantedLifetime, current, heading};
use crate::{calls, ending, json};

/// The variables of this module, for the interpreter.
pub static VARIABLES: &[VariableBinding] = &[
    ("dlg_count", dlg_count, None),
    ("dlg_ctx_json", dlg_ctx_json, None),
    ("dlg_del_delay", dlg_del_delay, Some(set_dlg_del_delay)),
    ("dlg_did", dlg_did, None),
    ("dlg_dir", dlg_dir, None),
    ("dlg_end_reason", dlg_end_reason, None),
    ("dlg_flags", dlg_flags, Some(set_dlg_flags)),
    ("dlg_json", dlg_json, None),
    ("dlg_lifetime", dlg_lifetime, None),
    ("dlg_status", dlg_status, None),
    ("dlg_timeout", dlg_timeout, Some(set_dlg_timeout)),
    ("dlg_val", dlg_val, Some(set_dlg_val)),
];

fn number(n: u64) -> Value {
    Value::Int(i32::try_from(n).unwrap_or(i32::MAX))
}

/// `$DLG_count`: answered calls.
pub fn dlg_count(cx: &mut Context, _: &Place) -> Value {
    calls(cx).map_or(Value::Null, |c| number(u64::try_from(c.statistics.active.get()).unwrap_or(0)))
}

/// `$DLG_json`.
pub fn dlg_json(cx: &mut Context, _: &Place) -> Value {
    current(cx).map_or(Value::Null, |call| Value::Text(json::text(cx, &call, false)))
}

/// `$DLG_ctx_json`.
pub fn dlg_ctx_json(cx: &mut Context, _: &Place) -> Value {
    current(cx).map_or(Value::Null, |call| Value::Text(json::text(cx, &call, true)))
}

/// `$DLG_did`.
pub fn dlg_did(cx: &mut Context, _: &Place) -> Value {
    Value::text_or_null(current(cx).map(|call| Text::from(call.id.text())))
}

/// `$DLG_dir`.
pub fn dlg_dir(cx: &mut Context, _: &Place) -> Value {
    match heading(cx) {
        Some(Party::Caller) => Value::literal(b"upstream"),
        Some(Party::Callee) => Value::literal(b"downstream"),
        None => Value::Null,
    }
}

/// `$DLG_end_reason`.
pub fn dlg_end_reason(cx: &mut Context, _: &Place) -> Value {
    Value::text_or_null(current(cx).and_then(|call| call.inner.lock().end_reason.clone()))
}

/// `$DLG_status`.
pub fn dlg_status(cx: &mut Context, _: &Place) -> Value {
    current(cx).map_or(Value::Null, |call| Value::Int(call.state() as i32))
}

/// `$DLG_lifetime`: seconds since the answer.
pub fn dlg_lifetime(cx: &mut Context, _: &Place) -> Value {
    let Some(call) = current(cx) else { return Value::Null };
    let inner = call.inner.lock();
    let now = cx.worker.unix_us() / 1_000_000;
    number(if inner.state() > State::Early { now.saturating_sub(inner.started) } else { 0 })
}

/// `$DLG_flags`: the names of the flags that are set.
pub fn dlg_flags(cx: &mut Context, _: &Place) -> Value {
    let Some(call) = current(cx) else { return Value::Null };
    let flags = call.inner.lock().flags;
    Value::Text(flag_list(&cx.shared().configuration.dialog_flags, flags))
}

/// Assigns `$DLG_flags`.
pub fn set_dlg_flags(cx: &mut Context, _: &Place, _: Assign, value: Value) -> bool {
    let Some(call) = current(cx) else { return false };
    let flags = match &value {
        Value::Null | Value::Nothing => 0,
        value => match value.text() {
            Some(list) => flags_of(&cx.shared().configuration.dialog_flags, &list),
            None => return false,
        },
    };
    call.inner.lock().flags = flags;
    true
}

/// `$DLG_timeout`: seconds that are left; before the answer, those that the call may last.
pub fn dlg_timeout(cx: &mut Context, _: &Place) -> Value {
    let Some(call) = current(cx) else {
        let wanted = cx.extensions.get::<WantedLifetime>();
        return wanted.map_or(Value::Null, |w| number(u64::from(w.0)));
    };
    let inner = call.inner.lock();
    number(match inner.state() {
        State::Deleted => 0,
        State::Unconfirmed | State::Early => u64::from(inner.lifetime),
        _ => inner.deadline.map_or(0, |at| at.0.saturating_sub(cx.worker.now().0).div_ceil(1000)),
    })
}

/// A number that is not negative, out of an assigned value.
fn natural(cx: &Context, value: &Value) -> Option<u32> {
    let number = value.number().or_else(|| std::str::from_utf8(&value.text()?).ok()?.trim().parse().ok());
    let natural = number.and_then(|n| u32::try_from(n).ok());
    if natural.is_none() {
        cx.log(Level::Error, "dialog", format_args!("a number of seconds is needed"));
    }
    natural
}

/// Assigns `$DLG_timeout`.
pub fn set_dlg_timeout(cx: &mut Context, _: &Place, _: Assign, value: Value) -> bool {
    let Some(seconds) = natural(cx, &value) else { return false };
    match (current(cx), calls(cx)) {
        (Some(call), Some(calls)) => ending::set_lifetime(&cx.worker, &calls, &call, seconds),
        _ => cx.extensions.insert(WantedLifetime(seconds)),
    }
    true
}

/// `$DLG_del_delay`: seconds for which the call is kept when it has ended.
pub fn dlg_del_delay(cx: &mut Context, _: &Place) -> Value {
    let (Some(call), Some(calls)) = (current(cx), calls(cx)) else { return Value::Null };
    let own = call.inner.lock().delete_delay;
    number(u64::from(if own == 0 { calls.parameters.delete_delay } else { own }))
}

/// Assigns `$DLG_del_delay`.
pub fn set_dlg_del_delay(cx: &mut Context, _: &Place, _: Assign, value: Value) -> bool {
    let (Some(seconds), Some(call)) = (natural(cx, &value), current(cx)) else { return false };
    call.inner.lock().delete_delay = seconds;
    true
}

fn name(at: &Place) -> Option<Text> {
    match &at.inner {
        Inner::Name(name) => Some(name.clone()),
        Inner::Number(n) => Some(Text::from(n.to_string())),
        _ => None,
    }
}

/// `$dlg_val(name)`.
pub fn dlg_val(cx: &mut Context, at: &Place) -> Value {
    let value = name(at).zip(current(cx)).and_then(|(name, call)| call.value(&name));
    match value {
        Some(Value::Int(n)) => Value::BareInt(n),
        Some(value) => value,
        None => Value::Null,
    }
}

/// Assigns `$dlg_val(name)`; NULL forgets it.
pub fn set_dlg_val(cx: &mut Context, at: &Place, _: Assign, value: Value) -> bool {
    let (Some(name), Some(call)) = (name(at), current(cx)) else { return false };
    call.set_value(&name, Some(value).filter(|v| !v.is_null()))
}
