//! A call as JSON, for `$DLG_json`, and as management commands show it.

use std::sync::Arc;

use chrono::{Local, TimeZone};
use serde_json::{Map, Value as Json, json};
use sipc_engine::shared::Shared;
use sipc_engine::variables::flag_list;
use sipc_engine::{Context, Text, Value};

use crate::call::{CALLER, Call, Inner};
use crate::leg::Leg;
use crate::{Calls, calls};

fn lossy(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

fn routes(leg: &Leg) -> String {
    lossy(&leg.routes.join(&b","[..]))
}

fn socket(shared: &Shared, leg: &Leg) -> Option<String> {
    leg.socket.map(|id| lossy(&shared.socket(id).uri))
}

fn optional(text: &Option<Text>) -> String {
    text.as_ref().map(|t| lossy(t)).unwrap_or_default()
}

/// The text of `$DLG_json`, or of `$DLG_ctx_json` with what is kept with the call.
pub fn text(cx: &Context, call: &Arc<Call>, context: bool) -> Text {
    let shared = cx.shared();
    let inner = call.inner.lock();
    let mut out = Map::new();
    let mut put = |name: &str, value: Json| out.insert(name.to_owned(), value);
    put("ID", json!(call.id.wide().to_string()));
    put("state", json!((inner.state() as i32).to_string()));
    put("user_flags", json!(lossy(&flag_list(&shared.configuration.dialog_flags, inner.flags))));
    put("callid", json!(lossy(&call.call_id)));
    put("timestart", json!(inner.started.to_string()));
    put("timeout", json!(inner.ends.to_string()));
    put("from_uri", json!(lossy(&call.from_uri)));
    put("to_uri", json!(lossy(&call.to_uri)));
    let leg = |leg: &Leg| {
        json!({
            "tag": lossy(&leg.tag),
            "contact": optional(&leg.contact),
            "cseq": leg.cseq.to_string(),
            "route_set": routes(leg),
            "bind_addr": socket(shared, leg).unwrap_or_default(),
            "sdp": optional(&leg.sent_sdp),
        })
    };
    if let Some(caller) = inner.legs.first() {
        put("caller", leg(caller));
    }
    put("callees", inner.legs.iter().skip(1).map(leg).collect());
    if context {
        put_context(cx, &inner, &mut out);
    }
    Text::from(Json::Object(out).to_string())
}

fn put_context(cx: &Context, inner: &Inner, out: &mut Map<String, Json>) {
    if !inner.values.is_empty() {
        let pairs = inner.values.iter().map(|(name, value)| (lossy(name), plain(value)));
        out.insert("values".to_owned(), Json::Object(pairs.collect()));
    }
    let Some(calls) = calls(cx).filter(|_| !inner.profiles.is_empty()) else { return };
    let mut profiles = Map::new();
    for (number, value) in &inner.profiles {
        let list = profiles.entry(calls.profiles.name(*number)).or_insert_with(|| json!([]));
        if let Json::Array(list) = list {
            list.push(json!(lossy(value)));
        }
    }
    out.insert("profiles".to_owned(), Json::Object(profiles));
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Int(n) => json!(n),
        other => json!(other.text().map(|t| lossy(&t)).unwrap_or_default()),
    }
}

/// A call as `dlg_list` shows it; with what is kept with it, as `dlg_list_ctx` does.
pub fn shown(shared: &Shared, calls: &Calls, call: &Call, context: bool) -> Json {
    let inner = call.inner.lock();
    let mut out = Map::new();
    let mut put = |name: &str, value: Json| out.insert(name.to_owned(), value);
    put("ID", json!(call.id.text()));
    put("db_id", json!(call.id.wide().to_string()));
    put("state", json!(inner.state() as i32));
    put("user_flags", json!(lossy(&flag_list(&shared.configuration.dialog_flags, inner.flags))));
    put("timestart", json!(inner.started));
    if let Some(date) = date(inner.started) {
        put("datestart", json!(date));
    }
    put("timeout", json!(inner.ends));
    if let Some(date) = date(inner.ends) {
        put("dateout", json!(date));
    }
    put("callid", json!(lossy(&call.call_id)));
    put("from_uri", json!(lossy(&call.from_uri)));
    put("to_uri", json!(lossy(&call.to_uri)));
    if let Some(caller) = inner.legs.get(CALLER) {
        put_leg(shared, &mut out, caller, "caller", "callee");
    }
    let callees = inner.legs.iter().skip(1).map(|leg| {
        let mut one = Map::new();
        put_leg(shared, &mut one, leg, "callee", "caller");
        Json::Object(one)
    });
    let callees: Vec<Json> = callees.collect();
    out.insert("CALLEES".to_owned(), Json::Array(callees));
    if context {
        out.insert("context".to_owned(), kept(calls, &inner));
    }
    Json::Object(out)
}

fn put_leg(shared: &Shared, out: &mut Map<String, Json>, leg: &Leg, side: &str, other: &str) {
    let mut put = |name: &str, value: Json| out.insert(format!("{side}_{name}"), value);
    put("tag", json!(lossy(&leg.tag)));
    put("contact", json!(optional(&leg.contact)));
    put("route_set", json!(routes(leg)));
    put("bind_addr", json!(socket(shared, leg)));
    if let Some(sdp) = &leg.sdp {
        put("sdp", json!(lossy(sdp)));
    }
    if let Some(sdp) = &leg.sent_sdp {
        put("sent_sdp", json!(lossy(sdp)));
    }
    // the requests that a leg gets are numbered by the other one
    out.insert(format!("{other}_cseq"), json!(leg.cseq.to_string()));
}

fn kept(calls: &Calls, inner: &Inner) -> Json {
    let mut out = Map::new();
    if !inner.values.is_empty() {
        let values = inner.values.iter().map(|(name, value)| json!({ lossy(name): escaped(value) }));
        out.insert("values".to_owned(), values.collect());
    }
    if !inner.profiles.is_empty() {
        let one = |(n, value): &(usize, Text)| json!({ calls.profiles.name(*n): lossy(value) });
        out.insert("profiles".to_owned(), inner.profiles.iter().map(one).collect());
    }
    Json::Object(out)
}

/// Texts with what cannot be printed as escapes.
fn escaped(value: &Value) -> Json {
    if let Value::Int(n) = value {
        return json!(n);
    }
    let mut out = String::new();
    for byte in value.text().unwrap_or_default() {
        match byte {
            0x08 => out.push_str("\\b"),
            b'\t' => out.push_str("\\t"),
            b'\n' => out.push_str("\\n"),
            0x0c => out.push_str("\\f"),
            b'\r' => out.push_str("\\r"),
            0x20..0x7f => out.push(char::from(byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    json!(out)
}

fn date(unix: u64) -> Option<String> {
    let seconds = i64::try_from(unix).ok().filter(|s| *s != 0)?;
    Some(Local.timestamp_opt(seconds, 0).single()?.format("%Y-%m-%d %H:%M:%S").to_string())
}
