//! Management commands.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use sipc_engine::dialogs::{Dialog, DialogId, State};
use sipc_engine::mi::{MiError, Params};
use sipc_engine::setup::Setup;
use sipc_engine::shared::Shared;
use sipc_engine::{Text, Value};

use crate::call::{CALLER, Call};
use crate::within::{self, Content};
use crate::{Calls, ending, functions, json};

type Answer = Result<Json, MiError>;

/// Registers the commands.
pub fn register(setup: &mut Setup) {
    setup.command("dialog:list", |shared, params| list(shared, params, false));
    setup.command("dialog:list_ctx", |shared, params| list(shared, params, true));
    setup.command("dialog:end_dlg", end_dlg);
    setup.command("dialog:profile_get_size", profile_get_size);
    setup.command("dialog:profile_list_dlgs", profile_list_dlgs);
    setup.command("dialog:profile_get_values", profile_get_values);
    setup.command("dialog:list_all_profiles", list_all_profiles);
    setup.command("dialog:profile_end_dlgs", profile_end_dlgs);
    setup.command("dialog:push_var", push_var);
    setup.command("dialog:send_sequential", send_sequential);
    setup.command("dialog:set_profile", set_profile);
    setup.command("dialog:unset_profile", unset_profile);
}

fn calls(shared: &Shared) -> Result<&Calls, MiError> {
    shared.state::<Calls>().ok_or_else(|| MiError::new(500, "dialog is not running"))
}

fn text(params: &Params, name: &str) -> Text {
    Text::from(params.text(name).unwrap_or_default())
}

fn ok() -> Answer {
    Ok(json!("OK"))
}

fn not_found() -> MiError {
    MiError::new(404, "Dialog Not Found")
}

fn failed() -> MiError {
    MiError::new(500, "Operation Failed")
}

fn list(shared: &Shared, params: &Params, context: bool) -> Answer {
    let calls = calls(shared)?;
    if params.has("callid") {
        let from_tag = params.text("from_tag");
        let is = |call: &Arc<Call>| {
            let inner = call.inner.lock();
            let caller = inner.legs.get(CALLER).map(|l| l.tag.clone()).unwrap_or_default();
            from_tag.as_ref().is_none_or(|tag| tag.as_bytes() == caller)
        };
        let found = calls.table.by_call_id(&text(params, "callid")).into_iter().find(is);
        let found = found.filter(|call| call.state() != State::Deleted);
        let call = found.ok_or_else(|| MiError::new(404, "No such dialog"))?;
        return Ok(json!({ "Dialog": json::shown(shared, calls, &call, context) }));
    }
    let mut out = serde_json::Map::new();
    let all = calls.table.all();
    let natural = |name: &str| params.int(name).and_then(|n| usize::try_from(n).ok());
    let (skip, most) = match natural("counter").filter(|n| *n > 0) {
        Some(counter) => {
            out.insert("count".to_owned(), json!(all.len()));
            (natural("index").unwrap_or(0), counter)
        }
        None => (0, usize::MAX),
    };
    let shown = all.iter().skip(skip).take(most).map(|call| json::shown(shared, calls, call, context));
    out.insert("Dialogs".to_owned(), shown.collect());
    Ok(Json::Object(out))
}

/// A call by its name or its Call-ID.
fn find(calls: &Calls, id: &[u8]) -> Option<Arc<Call>> {
    let alive = |call: &Arc<Call>| call.state() != State::Deleted;
    let named = DialogId::parse(id).and_then(|id| calls.table.by_id(id)).filter(alive);
    named.or_else(|| calls.table.by_call_id(id).into_iter().find(alive))
}

/// Has the first worker end a call.
fn end(shared: &Shared, call: Arc<Call>, headers: Text) -> Answer {
    if !call.inner.lock().is_talking() && call.transaction().is_none() {
        return Err(failed());
    }
    call.inner.lock().ends_because("MI Termination");
    let job = Box::new(move |worker: &std::rc::Rc<sipc_engine::worker::Worker>| {
        ending::end(worker, &call, headers);
    });
    if shared.on_worker(job) { ok() } else { Err(failed()) }
}

fn end_dlg(shared: &Shared, params: &Params) -> Answer {
    let call = find(calls(shared)?, &text(params, "dialog_id")).ok_or_else(not_found)?;
    end(shared, call, text(params, "extra_hdrs"))
}

/// The number of the profile that a command names, and whether it counts by value.
fn profile(calls: &Calls, params: &Params) -> Result<(usize, bool), MiError> {
    let found = calls.profiles.find(&text(params, "profile"));
    found.ok_or_else(|| MiError::new(404, "Profile not found"))
}

fn profile_get_size(shared: &Shared, params: &Params) -> Answer {
    let calls = calls(shared)?;
    let (number, _) = profile(calls, params)?;
    let value = params.text("value");
    let count = calls.profiles.count(number, value.as_ref().map(String::as_bytes));
    Ok(json!({ "Profile": {
        "name": calls.profiles.name(number),
        "value": value,
        "count": count,
        "shared": "no",
        "replicated": "no",
    }}))
}

/// The calls that a profile counts, with the value that the command names if it does.
fn counted(calls: &Calls, params: &Params) -> Result<Vec<Arc<Call>>, MiError> {
    let (number, _) = profile(calls, params)?;
    let value = params.text("value");
    let is = |call: &Arc<Call>| {
        let of =
            |(n, v): &(usize, Text)| *n == number && value.as_ref().is_none_or(|value| value.as_bytes() == v);
        call.inner.lock().profiles.iter().any(of)
    };
    Ok(calls.table.all().into_iter().filter(is).collect())
}

fn profile_list_dlgs(shared: &Shared, params: &Params) -> Answer {
    let calls = calls(shared)?;
    let found = counted(calls, params)?;
    let shown: Vec<Json> = found.iter().map(|call| json::shown(shared, calls, call, false)).collect();
    Ok(json!({ "Dialogs": shown }))
}

fn profile_get_values(shared: &Shared, params: &Params) -> Answer {
    let calls = calls(shared)?;
    let (number, with_value) = profile(calls, params)?;
    if !with_value {
        return Ok(json!([{ "value": null, "count": calls.profiles.count(number, None) }]));
    }
    let value =
        |(value, count): (Text, u64)| json!({ "value": String::from_utf8_lossy(&value), "count": count });
    Ok(calls.profiles.values(number).into_iter().map(value).collect())
}

fn list_all_profiles(shared: &Shared, _: &Params) -> Answer {
    let one = |(name, with_value): (String, bool)| json!({ "name": name, "has value": with_value });
    let profiles: Vec<Json> = calls(shared)?.profiles.names().into_iter().map(one).collect();
    Ok(json!({ "Profiles": profiles }))
}

fn profile_end_dlgs(shared: &Shared, params: &Params) -> Answer {
    for call in counted(calls(shared)?, params)? {
        // one that has just ended is no reason to leave the others
        let _ = end(shared, call, Text::new());
    }
    ok()
}

fn push_var(shared: &Shared, params: &Params) -> Answer {
    let calls = calls(shared)?;
    let (name, value) = (text(params, "dlg_val_name"), text(params, "dlg_val_value"));
    for id in params.list("DID") {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let Some(call) = find(calls, id.as_bytes()) else { continue };
        if !call.set_value(&name, Some(Value::Text(value.clone()))) {
            return Err(MiError::new(403, "Dialog Error"));
        }
    }
    ok()
}

fn set_profile(shared: &Shared, params: &Params) -> Answer {
    let calls = calls(shared)?;
    let (number, with_value) = profile(calls, params).map_err(|_| MiError::new(400, "Bad param"))?;
    let call = find(calls, &text(params, "dlg_id")).ok_or_else(not_found)?;
    let value = if with_value { text(params, "value") } else { Text::new() };
    if with_value && params.int("clear_values").is_some_and(|n| n != 0) {
        calls.profiles.leave(&call, number, None);
    }
    if calls.profiles.join(&call, number, &value) { ok() } else { Err(MiError::new(403, "Dialog Error")) }
}

fn unset_profile(shared: &Shared, params: &Params) -> Answer {
    let calls = calls(shared)?;
    let (number, with_value) = profile(calls, params).map_err(|_| MiError::new(400, "Bad param"))?;
    let call = find(calls, &text(params, "dlg_id")).ok_or_else(not_found)?;
    let value = if with_value { params.text("value").map(Text::from) } else { Some(Text::new()) };
    let all = value.is_none();
    let left = calls.profiles.leave(&call, number, value.as_deref());
    if left || all { ok() } else { Err(MiError::new(403, "Dialog Error")) }
}

/// Whom a request goes to, by the word of `mode`: the caller unless it says otherwise.
fn party(mode: Option<String>) -> Result<bool, MiError> {
    match mode.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("caller") => Ok(true),
        Some("callee") => Ok(false),
        Some(other) if other.starts_with("challenge") => {
            Err(MiError::new(501, "Negotiating with both sides is not built yet"))
        }
        Some(_) => Err(MiError::new(400, "Invalid mode")),
    }
}

/// The session description that goes with a request, by the word of `body`.
fn body_of(call: &Call, to: usize, wanted: Option<String>) -> Result<Content, MiError> {
    let wanted = wanted.unwrap_or_else(|| "none".to_owned());
    let kind = Some(Text::from_static(b"application/sdp"));
    let inner = call.inner.lock();
    let sent_by_other = inner.legs.get(inner.other(to)).and_then(|l| l.sdp.clone());
    match wanted.to_ascii_lowercase().as_str() {
        "none" => Ok(functions::content(None, None, None)),
        "inbound" => Ok(functions::content(sent_by_other, kind, None)),
        "outbound" => {
            let sent = inner.legs.get(to).and_then(|l| l.sent_sdp.clone());
            Ok(functions::content(sent.or(sent_by_other), kind, None))
        }
        custom if custom.starts_with("custom") && wanted.len() >= 10 => {
            let (kind, body) = wanted[7..].split_once(':').unwrap_or((&wanted[7..], ""));
            let of = |t: &str| Some(Text::copy_from_slice(t.as_bytes()));
            Ok(functions::content(of(body), of(kind), None))
        }
        _ => Err(MiError::new(400, "Invalid body mode")),
    }
}

fn send_sequential(shared: &Shared, params: &Params) -> Answer {
    let to_caller = party(params.text("mode"))?;
    let found = calls(shared)?.table.by_call_id(&text(params, "callid"));
    let call = found.into_iter().find(|c| c.state() != State::Deleted).ok_or_else(not_found)?;
    let to = if to_caller { CALLER } else { call.inner.lock().callee() };
    let mut content = body_of(&call, to, params.text("body"))?;
    content.headers = Text::from([&content.headers[..], &text(params, "headers")].concat());
    let method = params.text("method").unwrap_or_else(|| "INVITE".to_owned());
    let job = Box::new(move |worker: &std::rc::Rc<sipc_engine::worker::Worker>| {
        within::send_wanted(worker, &call, to, &method, &content);
    });
    if shared.on_worker(job) { Ok(json!("Accepted")) } else { Err(failed()) }
}
