//! The script functions.

use std::sync::Arc;

use sipc_engine::dialogs::{Dialog, Party, State};
use sipc_engine::log::Level;
use sipc_engine::place::Assign;
use sipc_engine::script::RouteRef;
use sipc_engine::{Context, Text, Value, VarRef};
use sipc_sip::{HeaderKind, Uri};

use crate::call::{Call, Options, Routes};
use crate::current::{Loaded, current};
use crate::within::{self, Content};
use crate::{Matching, Parameters, calls, checks, create, json, sequential};

/// The words of `create_dialog`, joined by commas; `None` when one is unknown.
pub(crate) fn options(text: &[u8]) -> Option<Options> {
    let mut o = Options::default();
    for word in text.split(|c| *c == b',').map(<[u8]>::trim_ascii).filter(|w| !w.is_empty()) {
        match word.to_ascii_lowercase().as_slice() {
            b"bye-on-timeout" => o.bye_on_timeout = true,
            b"options-ping-caller" => o.ping_caller = true,
            b"options-ping-callee" => o.ping_callee = true,
            b"reinvite-ping-caller" => o.reinvite_caller = true,
            b"reinvite-ping-callee" => o.reinvite_callee = true,
            b"end-on-race-condition" => o.end_on_race = true,
            _ => return None,
        }
    }
    // one sort of ping for each party
    o.ping_caller &= !o.reinvite_caller;
    o.ping_callee &= !o.reinvite_callee;
    Some(o)
}

/// Makes the call of the INVITE at hand. 0, which ends the script, when there are too many and the request was answered.
pub fn create_dialog(cx: &mut Context, flags: Option<Text>) -> i32 {
    let wanted = match flags.as_deref().map(options) {
        None => None,
        Some(Some(options)) => Some(options),
        Some(None) => {
            cx.log(Level::Error, "create_dialog", format_args!("unknown flag"));
            return -1;
        }
    };
    match create::create(cx, wanted) {
        Ok(()) => 1,
        Err(create::Refusal::NotOne) => -1,
        Err(create::Refusal::Full) => 0,
    }
}

/// Finds the call of the request at hand, also by a name in its request URI.
pub fn match_dialog(cx: &mut Context, mode: Option<Text>) -> i32 {
    if current(cx).is_some() {
        return 1;
    }
    let Some(calls) = calls(cx) else { return -1 };
    let mode = mode.map(|m| m.to_ascii_lowercase());
    let matching = match mode.as_deref() {
        Some(b"did_only") => Matching::NameOnly,
        Some(b"did_fallback") => Matching::NameFirst,
        Some(b"did_none") => Matching::Tags,
        _ => calls.parameters.matching,
    };
    let name = name_in_uri(cx, &calls.parameters).or_else(|| name_in_route(cx, &calls.parameters));
    sequential::find(cx, &calls, name, matching);
    if current(cx).is_some() { 1 } else { -1 }
}

fn name_in_route(cx: &Context, parameters: &Parameters) -> Option<Text> {
    let params = sipc_mod_rr::route_params(cx)?;
    let value = sipc_sip::Params::of_uri(&params).value(parameters.rr_param.as_bytes())?;
    Some(Text::copy_from_slice(value))
}

/// With hidden topology the request URI is ours and names the call: in a parameter, or as `.did.NAME` in its user.
fn name_in_uri(cx: &Context, parameters: &Parameters) -> Option<Text> {
    if cx.message.has(HeaderKind::Route) {
        return None;
    }
    let uri = Uri::parse(&cx.target.uri).ok()?;
    if !cx.shared().is_myself(uri.host_text(), uri.port_or_default(), None) {
        return None;
    }
    let word = parameters.rr_param.as_bytes();
    if let Some(value) = uri.params().value(word) {
        return Some(Text::copy_from_slice(value));
    }
    let (user, mark) = (uri.user()?, [b".", word, b"."].concat());
    let at = user.windows(mark.len()).position(|w| w == mark)?;
    Some(Text::copy_from_slice(&user[at + mark.len()..]))
}

/// Whether the request at hand is what its call expects.
pub fn validate_dialog(cx: &mut Context) -> i32 {
    checks::validate(cx)
}

/// Brings the request at hand on the way that its call remembers.
pub fn fix_route_dialog(cx: &mut Context) -> i32 {
    checks::fix_route(cx).map_or(-1, |()| 1)
}

fn profile(cx: &Context, name: &[u8]) -> Option<(usize, bool)> {
    let found = calls(cx)?.profiles.find(name);
    if found.is_none() {
        let name = String::from_utf8_lossy(name);
        cx.log(Level::Error, "dialog", format_args!("profile <{name}> not defined"));
    }
    found
}

/// Counts the call in a profile.
pub fn set_dlg_profile(cx: &mut Context, name: Text, value: Option<Text>, clear: Option<i32>) -> i32 {
    let (Some((number, with_value)), Some(calls)) = (profile(cx, &name), calls(cx)) else { return -1 };
    let Some(call) = current(cx) else { return -1 };
    let value = match (with_value, value) {
        (true, None) => {
            cx.log(Level::Warning, "set_dlg_profile", format_args!("the profile needs a value"));
            return -1;
        }
        (true, Some(value)) => value,
        (false, _) => Text::new(),
    };
    if with_value && clear.is_some_and(|c| c != 0) {
        calls.profiles.leave(&call, number, None);
    }
    if calls.profiles.join(&call, number, &value) { 1 } else { -1 }
}

/// Counts it there no longer.
pub fn unset_dlg_profile(cx: &mut Context, name: Text, value: Option<Text>) -> i32 {
    let (Some((number, with_value)), Some(calls)) = (profile(cx, &name), calls(cx)) else { return -1 };
    let Some(call) = current(cx) else { return -1 };
    let value = if with_value { value } else { Some(Text::new()) };
    if calls.profiles.leave(&call, number, value.as_deref()) { 1 } else { -1 }
}

/// Whether a profile counts the call.
pub fn is_in_profile(cx: &mut Context, name: Text, value: Option<Text>) -> i32 {
    let Some((number, with_value)) = profile(cx, &name) else { return -1 };
    let Some(call) = current(cx) else { return -1 };
    let value = value.filter(|_| with_value);
    let is = |(n, v): &(usize, Text)| *n == number && value.as_ref().is_none_or(|value| value == v);
    let found = call.inner.lock().profiles.iter().any(is);
    if found { 1 } else { -1 }
}

/// How many calls a profile counts.
pub fn get_profile_size(cx: &mut Context, name: Text, value: Option<Text>, size: &VarRef) -> i32 {
    let (Some((number, _)), Some(calls)) = (profile(cx, &name), calls(cx)) else { return -1 };
    let count = calls.profiles.count(number, value.as_deref());
    store(cx, size, Value::BareInt(i32::try_from(count).unwrap_or(i32::MAX)))
}

fn store(cx: &mut Context, to: &VarRef, value: Value) -> i32 {
    if to.write(cx, Assign::Set, value) { 1 } else { -1 }
}

/// Sets a flag of the call.
pub fn set_dlg_flag(cx: &mut Context, bit: u32) -> i32 {
    change_flags(cx, |flags| *flags |= mask(bit))
}

/// Takes one away.
pub fn reset_dlg_flag(cx: &mut Context, bit: u32) -> i32 {
    change_flags(cx, |flags| *flags &= !mask(bit))
}

/// Whether it is set.
pub fn is_dlg_flag_set(cx: &mut Context, bit: u32) -> i32 {
    let set = current(cx).is_some_and(|call| call.inner.lock().flags & mask(bit) != 0);
    if set { 1 } else { -1 }
}

/// Turns a flag around if it is what is expected: 1 or 0.
pub fn test_and_set_dlg_flag(cx: &mut Context, bit: u32, expected: i32) -> i32 {
    let Some(call) = current(cx) else { return -2 };
    let mut inner = call.inner.lock();
    let is_set = inner.flags & mask(bit) != 0;
    if !(0..=1).contains(&expected) || is_set != (expected == 1) {
        return -1;
    }
    inner.flags ^= mask(bit);
    1
}

fn mask(bit: u32) -> u32 {
    1u32.wrapping_shl(bit)
}

fn change_flags(cx: &Context, change: impl FnOnce(&mut u32)) -> i32 {
    let Some(call) = current(cx) else { return -1 };
    change(&mut call.inner.lock().flags);
    1
}

/// Keeps the value of a variable with the call.
pub fn store_dlg_value(cx: &mut Context, name: Text, value: &VarRef) -> i32 {
    let Some(call) = current(cx) else { return -1 };
    let value = value.read(cx);
    if value.is_null() {
        cx.log(Level::Error, "store_dlg_value", format_args!("the variable has no value"));
        return -1;
    }
    if call.set_value(&name, Some(value)) { 1 } else { -1 }
}

/// Reads a value that is kept with the call.
pub fn fetch_dlg_value(cx: &mut Context, name: Text, to: &VarRef) -> i32 {
    let Some(value) = current(cx).and_then(|call| call.value(&name)) else { return -1 };
    store(cx, to, value)
}

/// Calls that have not ended and keep this value under this name.
fn with_value(cx: &mut Context, name: &Text, value: &VarRef) -> Vec<Arc<Call>> {
    let wanted = value.read(cx).stored();
    let Some(calls) = calls(cx).filter(|_| !wanted.is_null()) else { return Vec::new() };
    let is = |call: &Arc<Call>| {
        let inner = call.inner.lock();
        inner.state() <= State::Confirmed && inner.value(name) == Some(&wanted)
    };
    calls.table.all().into_iter().filter(is).collect()
}

/// A value of all calls that keep another one; the number of those calls.
pub fn get_dialog_info(
    cx: &mut Context,
    wanted: Text,
    to: &VarRef,
    key: Text,
    key_value: &VarRef,
    number: &VarRef,
) -> i32 {
    let found = with_value(cx, &key, key_value);
    for call in &found {
        let Some(value) = call.value(&wanted) else { return -1 };
        if !to.write(cx, Assign::Set, value) {
            return -1;
        }
    }
    counted(cx, found.len(), number)
}

fn counted(cx: &mut Context, found: usize, number: &VarRef) -> i32 {
    let found = i32::try_from(found).unwrap_or(i32::MAX);
    if found == 0 || store(cx, number, Value::BareInt(found)) < 0 { -1 } else { found }
}

/// Names and values of all that is kept with the call of a Call-ID.
pub fn get_dialog_vals(cx: &mut Context, names: &VarRef, values: &VarRef, call_id: Text) -> i32 {
    let found = calls(cx).and_then(|c| c.table.by_call_id(&call_id).into_iter().find(is_alive));
    let Some(call) = found else { return -1 };
    let kept = call.inner.lock().values.clone();
    for (name, value) in kept {
        if !(names.write(cx, Assign::Set, Value::Text(name)) && values.write(cx, Assign::Set, value)) {
            return -1;
        }
    }
    1
}

fn is_alive(call: &Arc<Call>) -> bool {
    call.inner.lock().state() <= State::Confirmed
}

/// All calls that keep a value, as JSON.
pub fn get_dialogs_by_val(
    cx: &mut Context,
    name: Text,
    value: &VarRef,
    out: &VarRef,
    number: &VarRef,
) -> i32 {
    let found = with_value(cx, &name, value);
    describe(cx, &found, out, number)
}

/// All calls that a profile counts, as JSON.
pub fn get_dialogs_by_profile(
    cx: &mut Context,
    name: Text,
    value: Option<Text>,
    out: &VarRef,
    number: &VarRef,
) -> i32 {
    let (Some((profile, with_value)), Some(calls)) = (profile(cx, &name), calls(cx)) else { return -1 };
    let value = value.filter(|_| with_value);
    let is = |call: &Arc<Call>| {
        let inner = call.inner.lock();
        let counted = |(n, v): &(usize, Text)| *n == profile && value.as_ref().is_none_or(|value| value == v);
        inner.state() <= State::Confirmed && inner.profiles.iter().any(counted)
    };
    let found: Vec<Arc<Call>> = calls.table.all().into_iter().filter(is).collect();
    describe(cx, &found, out, number)
}

fn describe(cx: &mut Context, found: &[Arc<Call>], out: &VarRef, number: &VarRef) -> i32 {
    for call in found {
        let text = json::text(cx, call, true);
        if !out.write(cx, Assign::Set, Value::Text(text)) {
            return -1;
        }
    }
    counted(cx, found.len(), number)
}

/// Makes another call the one that the script works on.
pub fn load_dialog_ctx(cx: &mut Context, id: Text, by: Option<Text>, active: Option<i32>) -> i32 {
    if cx.extensions.get::<Loaded>().is_some() {
        cx.log(Level::Error, "load_dialog_ctx", format_args!("another call is loaded already"));
        return -1;
    }
    let Some(calls) = calls(cx) else { return -1 };
    let candidates = match by.map(|b| b.to_ascii_lowercase()).as_deref() {
        Some(b"did") => sipc_engine::dialogs::DialogId::parse(&id)
            .and_then(|id| calls.table.by_id(id))
            .into_iter()
            .collect(),
        None | Some(b"callid") => calls.table.by_call_id(&id),
        Some(_) => Vec::new(),
    };
    let any = active.is_none_or(|a| a == 0);
    let Some(call) = candidates.into_iter().find(|c| any || is_alive(c)) else { return -1 };
    cx.extensions.insert(Loaded(call));
    1
}

/// Goes back to the message's own call.
pub fn unload_dialog_ctx(cx: &mut Context) -> i32 {
    if cx.extensions.remove::<Loaded>().is_some() { 1 } else { -1 }
}

fn set_route(cx: &Context, set: impl FnOnce(&mut Routes)) -> i32 {
    let Some(call) = current(cx) else {
        cx.log(Level::Warning, "dialog", format_args!("there is no call yet: create_dialog() makes one"));
        return -1;
    };
    let mut inner = call.inner.lock();
    if inner.state() > State::Early {
        drop(inner);
        cx.log(Level::Warning, "dialog", format_args!("the call is answered: too late to set its routes"));
        return -1;
    }
    set(&mut inner.routes);
    1
}

/// The route that runs when the time of the call is over.
pub fn dlg_on_timeout(cx: &mut Context, route: Option<RouteRef>) -> i32 {
    set_route(cx, |routes| routes.timeout = route)
}

/// The route that runs when the call is answered.
pub fn dlg_on_answer(cx: &mut Context, route: Option<RouteRef>) -> i32 {
    set_route(cx, |routes| routes.answer = route)
}

/// The route that runs when the call is ended by a BYE.
pub fn dlg_on_hangup(cx: &mut Context, route: Option<RouteRef>) -> i32 {
    set_route(cx, |routes| routes.hangup = route)
}

/// Sends a request within the call to the caller or the callee.
pub fn dlg_send_sequential(
    cx: &mut Context,
    method: Text,
    party: Text,
    body: Option<Text>,
    kind: Option<Text>,
    headers: Option<Text>,
) -> i32 {
    let Some(call) = current(cx) else {
        cx.log(Level::Warning, "dlg_send_sequential", format_args!("there is no call"));
        return -1;
    };
    let party = if party.eq_ignore_ascii_case(b"caller") { Party::Caller } else { Party::Callee };
    let Ok(method) = std::str::from_utf8(&method) else { return -1 };
    let content = content(body, kind, headers);
    let to = call.inner.lock().leg_of(party);
    let worker = cx.worker.clone();
    if within::send_wanted(&worker, &call, to, method, &content) { 1 } else { -1 }
}

/// What a request within a call carries.
pub(crate) fn content(body: Option<Text>, kind: Option<Text>, headers: Option<Text>) -> Content {
    let kind = kind.map(|kind| [b"Content-Type: ", &kind[..], b"\r\n"].concat()).unwrap_or_default();
    let headers = Text::from([&kind[..], &headers.unwrap_or_default()].concat());
    Content { headers, body: body.unwrap_or_default(), with_contact: true }
}

/// Requests to the party with a tag get higher CSeq numbers from now on.
pub fn dlg_inc_cseq(cx: &mut Context, tag: Option<Text>, count: Option<i32>) -> i32 {
    let Some(call) = current(cx) else { return -2 };
    let tag = tag.or_else(|| cx.message.to_tag().map(|t| cx.message.share(t)));
    let Some(tag) = tag else { return -1 };
    let count = u32::try_from(count.unwrap_or(1)).unwrap_or(0);
    let mut inner = call.inner.lock();
    let Some(leg) = inner.legs.iter_mut().skip(1).find(|l| l.tag == tag) else { return -1 };
    leg.made_cseq = Some(leg.made_cseq.unwrap_or(leg.cseq).wrapping_add(count));
    1
}
